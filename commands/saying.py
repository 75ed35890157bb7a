"""What a command prints: text that only is text, as wide as the terminal in which a person reads it."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

import click

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COLUMNS = re.compile(r"\S {2,}\S")
_INTERVAL = re.compile(r" \([^()]*\bto\b[^()]*\)")


def plain(text: str) -> str:
    r"""Return a text without what a terminal would obey instead of showing it: names and errors come from elsewhere.

    >>> plain("a\x1b[2Jb")
    'a�[2Jb'
    """
    return _CONTROL.sub("�", text)


def fit(lines: Iterable[str], width: int) -> list[str]:
    """Return lines with those of prose broken between words at `width`; lines with columns stay as they are.

    >>> fit(["one two three", "step  p50  p95"], 8)
    ['one two', '  three', 'step  p50  p95']
    """
    found: list[str] = []
    for line in lines:
        if len(line) <= width or _COLUMNS.search(line) or line.startswith(" "):
            found.append(line)
        else:
            found += textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return found


def width_of_terminal() -> int:
    """Return how wide the terminal is in which a person reads what is printed; 0 where nobody does."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def say(lines: Iterable[str]) -> None:
    """Print lines."""
    width = width_of_terminal()
    known = [part for line in lines for part in line.split("\n")]
    click.echo("\n".join(plain(line) for line in (fit(known, width) if width else known)))


def narrowed(table: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Return a table of one row under its headings as it is, or as pairs of heading and value where it is too wide.

    Of several rows that are too wide the intervals are left out.

    >>> narrowed([["rows", "completed"], ["73", "43% (38% to 48%)"]], 12)
    [['rows', '73'], ['completed', '43% (38% to 48%)']]
    """
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    if sum(widths) + 4 * len(widths) <= width:
        return [list(row) for row in table]
    if len(table) == 2:
        return [[title, value] for title, value in zip(*table, strict=True) if title]
    return [[_INTERVAL.sub("", cell) for cell in row] for row in table]
