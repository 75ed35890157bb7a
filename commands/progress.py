"""Bars that tell a person how far a command has come, and how long it may still take."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from commands.saying import narrowed, plain


def time_left_s(first: tuple[float, int], now_s: float, done: int, total: int) -> float | None:
    """Return how long the rest takes if it goes as before: time since `first` (when, how much was done), a piece.

    None before another piece is done.

    >>> time_left_s((10.0, 20), 40.0, 30, 100)  # ten pieces in 30 s; seventy are left
    210.0
    """
    began_s, already = first
    return (now_s - began_s) / (done - already) * (total - done) if done > already else None


class Teller:
    """Is told how far a command has come, and the figures so far; this one keeps them to itself: nobody looks on."""

    looked_at = False

    def __call__(self, done: int, total: int) -> None:
        """Tell how much is done, of how much."""

    def show(self, table: Sequence[Sequence[str]]) -> None:
        """Show figures so far below the bar, in place of those shown before: rows of cells, the first of headings."""


@contextlib.contextmanager
def progress(what: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Teller]:
    """Give a teller to be told (done, of how many), shown as a bar where a person looks on.

    What is done when it is first told was done before, and says nothing of how fast it goes.
    """
    if not sys.stderr.isatty():
        yield Teller()
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Table
    from rich.text import Text

    columns = (TextColumn("{task.description:44}"), BarColumn(), TextColumn("{task.fields[count]}"),
               TextColumn("{task.fields[left]}"))  # fmt: skip
    console = Console(stderr=True)
    bars = Progress(*columns, console=console)
    task = bars.add_task(plain(what), total=None, left="", count="")

    class Shown(Teller):
        """Shows a bar, and below it the figures so far."""

        looked_at = True
        first: tuple[float, int] | None = None

        def __call__(self, done: int, total: int) -> None:
            now_s = clock()
            self.first = self.first or (now_s, done)
            left = _left(time_left_s(self.first, now_s, done, total))
            bars.update(task, completed=done, total=total, left=left, count=f"{done:,}/{total:,}")

        def show(self, table: Sequence[Sequence[str]]) -> None:
            fitted = narrowed(table, console.width)
            pairs = len(fitted[0]) == 2 < len(table[0])
            drawn = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim", show_header=not pairs)
            for title in ("", "") if pairs else fitted[0]:
                drawn.add_column(Text(plain(title)))
            for row in fitted if pairs else fitted[1:]:
                drawn.add_row(*(Text(plain(cell)) for cell in row))
            live.update(Group(bars, drawn))

    with Live(bars, console=console, refresh_per_second=4) as live:
        yield Shown()


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}") + " left"
