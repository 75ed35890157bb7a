"""How far a command has come: a bar where a person looks on, with how long it may still take; nothing elsewhere."""

from __future__ import annotations

import io

import pytest

from commands.progress import progress, time_left_s


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("first", "now_s", "done", "left_s"),
    [
        ((0.0, 0), 10.0, 1, 990.0), ((0.0, 0), 10.0, 0, None), ((5.0, 90), 6.0, 90, None), ((5.0, 90), 6.0, 95, 1.0),
        ((0.0, 0), 10.0, 100, 0.0),
    ],
)  # fmt: skip
def test_the_rest_takes_as_long_as_what_was_done_here(
    first: tuple[float, int], now_s: float, done: int, left_s: float | None
) -> None:
    assert time_left_s(first, now_s, done, 100) == left_s


def test_a_person_sees_how_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, clock = Terminal(), iter([100.0, 400.0])
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress("simulating", clock.__next__) as tell:
        tell(20, 60)  # kept from an earlier run
        tell(23, 60)
    assert "23/60 1:01:40 left" in " ".join(seen.getvalue().split())


def test_nobody_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    with progress("simulating") as tell:
        tell(1, 2)
    assert seen.getvalue() == ""
