"""record and mock on the command line."""

from __future__ import annotations

import contextlib
import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import Underway, journeywright

ENTRY = {
    "startedDateTime": "2026-11-28T12:00:00Z", "time": 5, "timings": {"send": 0, "wait": 5, "receive": 0},
    "request": {"method": "GET", "url": "http://shop.example/", "headers": []},
    "response": {"status": 200, "headers": [], "content": {"mimeType": "text/html", "text": "<h1>Hello</h1>"}},
}  # fmt: skip


@pytest.fixture
def har(tmp_path: Path) -> Path:
    path = tmp_path / "shop.har"
    path.write_text(json.dumps({"log": {"pages": [{"title": "A shop"}], "entries": [ENTRY]}}))
    return path


def test_a_har_file_is_written_as_a_journey_once(har: Path):
    done = journeywright("record", "--har", har, "-o", "journey_shop", folder=har.parent)
    assert (done.code, done.problems) == (0, [])
    assert done.out == "journey_shop.py: try 'journeywright load journey_shop.py --target http://shop.example'\n"
    assert journeywright("show", "journey_shop.py", folder=har.parent).out.startswith("A shop\n")
    again = journeywright("record", "--har", har, "-o", "journey_shop", folder=har.parent)
    assert (again.code, again.problems) == (
        2,
        ["journey_shop.py: is there already; choose another with -o or --save-har"],
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "record: needs a URL or --har FILE, not both"),
        (("--har", "x.har"), 3, "x.har: cannot be read (No such file or directory)"),
        (("http://127.0.0.1:1/",), 3, "http://127.0.0.1:1: nothing answers"),
    ],
)
def test_what_cannot_be_recorded_is_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str):
    done = journeywright("record", *arguments, folder=tmp_path)
    assert done.code == code
    (line,) = done.problems
    assert line.startswith(said)
    assert not list(tmp_path.iterdir())


def test_a_recording_is_served_until_ctrl_c_and_what_it_lacked_is_listed(har: Path):
    with contextlib.closing(Underway("mock", har.name, "--port", "0", folder=har.parent)) as served:
        assert served.process.stdout is not None
        line = served.process.stdout.readline()
        url, _, rest = line.partition(": ")
        assert rest == "1 answers of http://shop.example; Ctrl-C to end\n"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read() == b"<h1>Hello</h1>"
        for _ in range(2):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(url + "/basket?x=1", timeout=10)
        served.process.send_signal(signal.SIGINT)
        out, err = served.process.communicate(timeout=20)
        assert (served.process.returncode, out, err) == (0, "not in shop.har: GET /basket, 2 times\n", "")
