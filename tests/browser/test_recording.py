from __future__ import annotations

import doctest
import zipfile
from pathlib import Path

import pytest

import journeys.browser.recording
import journeys.clients.target
from journeys.browser.recording import Recorder, Watch, without_secrets
from journeys.browser.timeline import RunClock
from journeys.clients.target import Target, row
from journeys.errors import CannotWrite, InvalidInput


def test_secrets_are_masked_however_they_are_written(tmp_path: Path) -> None:
    secret = 'p"4 <é/&'
    written = ['p"4 <é/&', 'p\\"4 <\\u00e9/&', "p%224%20%3C%C3%A9/%26", "p%224+%3C%C3%A9%2F%26", "p&quot;4 &lt;é/&amp;"]
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for index, text in enumerate(written):
            old.writestr(f"{index}.txt", f"before {text} after")

    without_secrets(tmp_path / "old.zip", tmp_path / "new.zip", [secret])

    with zipfile.ZipFile(tmp_path / "new.zip") as new:
        assert [new.read(f"{index}.txt") for index in range(5)] == [b"before *** after"] * 5


def test_secrets_are_masked_in_texts_and_no_secret_masks_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, RunClock(), trace=False)
    try:
        assert Watch(recorder, 3, ["1234", ""]).masked("PIN 1234!") == "PIN ***!"
        assert Watch(recorder, 3, [""]).masked("PIN 1234!") == "PIN 1234!"
    finally:
        recorder.close()


def test_failures_of_an_earlier_run_are_not_kept(tmp_path: Path) -> None:
    (tmp_path / "failures").mkdir()
    (tmp_path / "failures" / "customer-1.txt").write_text("old")

    Recorder(tmp_path, RunClock(), trace=False).close()

    assert list((tmp_path / "failures").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"absent: cannot be written \(No such file or directory\)"):
        Recorder(tmp_path / "absent", RunClock(), trace=False)


@pytest.mark.parametrize("text", ["localhost:8000", "ftp://x", "http://", "http://x:port", "", "http://x/?q=1"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="--target: is not an address"):
        Target.parse(text)


def test_an_address_is_shown_without_its_password() -> None:
    target = Target.parse("https://ada:secret@example.org/shop/")

    assert (target.url, target.shown) == ("https://ada:secret@example.org/shop", "https://example.org/shop")
    assert (target.host, target.port, target.path) == ("example.org", 443, "/shop")


def test_times_that_never_came_are_read_as_nan() -> None:
    made = row([1, "all", "step", 0, "backstage", "", -1, 1.0, 1.0, None, 2.0, "withdrawn", "", ""])

    assert made.start_s != made.start_s
    assert (made.intended_s, made.end_s, made.detail) == (1.0, 2.0, "")


def test_examples_hold() -> None:
    assert doctest.testmod(journeys.browser.recording).failed == 0
    assert doctest.testmod(journeys.clients.target).failed == 0
