"""Bars that tell a person how far a command has come, and how long it may still take."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator


def time_left_s(first: tuple[float, int], now_s: float, done: int, total: int) -> float | None:
    """Return how long the rest takes if it goes as before: time since `first` (when, how much was done), a piece.

    None before another piece is done.

    >>> time_left_s((10.0, 20), 40.0, 30, 100)  # ten pieces in 30 s; seventy are left
    210.0
    """
    began_s, already = first
    return (now_s - began_s) / (done - already) * (total - done) if done > already else None


@contextlib.contextmanager
def progress(what: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[int, int], None]]:
    """Give a function to be told (done, of how many), shown as a bar where a person looks on.

    What is done when it is first told was done before, and says nothing of how fast it goes.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:44}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TextColumn("{task.fields[left]}"))  # fmt: skip
    first: tuple[float, int] | None = None
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=None, left="")

        def tell(done: int, total: int) -> None:
            nonlocal first
            now_s = clock()
            first = first or (now_s, done)
            bars.update(task, completed=done, total=total, left=_left(time_left_s(first, now_s, done, total)))

        yield tell


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}") + " left"
