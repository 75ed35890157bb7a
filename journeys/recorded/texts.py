"""Texts of a journey's file: names, quoted texts, lines."""

from __future__ import annotations

import keyword
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

LONGEST_NAME, LONGEST_LABEL = 30, 60


def slug(text: str, otherwise: str) -> str:
    """Return a name that Python and the blueprint can use.

    >>> slug("Your name *", "field"), slug("Straße", "field"), slug("2nd", "field"), slug("--", "field")
    ('your_name', 'strasse', 'field_2nd', 'field')
    """
    text = text.replace("ß", "ss").replace("E-mail", "email").replace("e-mail", "email")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    found = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_NAME].strip("_") or otherwise
    return f"{otherwise}_{found}" if found[0].isdigit() or keyword.iskeyword(found) else found


def unique(name: str, taken: Iterable[str]) -> str:
    """Return the name, numbered where it is taken."""
    known = set(taken)
    number = 2
    found = name
    while found in known:
        found, number = f"{name}_{number}", number + 1
    return found


def quoted(text: str) -> str:
    """Return a Python text in double quotes.

    >>> print(quoted('Say "yes"'), quoted("plain"))
    'Say "yes"' "plain"
    """
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown else shown


def escaped(text: str) -> str:
    """Return a text in which nothing is a template.

    >>> escaped("a {b} {c d}")
    'a {{b}} {c d}'
    """
    return re.sub(r"\{([A-Za-z0-9_-]+)\}", r"{{\1}}", text)


def short(label: str) -> str:
    """Return a label as far as it names something: its first words."""
    if len(label) <= LONGEST_LABEL:
        return label
    return label[:LONGEST_LABEL].rpartition(" ")[0] or label[:LONGEST_LABEL]


def varies(text: str) -> bool:
    """Tell whether a text looks like one customer's own: it has a digit."""
    return any(character.isdigit() for character in text)


def rounded(value: float) -> str:
    """Return a number as people write it."""
    return f"{value:.0f}" if value >= 10 else f"{round(value, 1):g}"


def tuple_of(name: str, lines: Sequence[str]) -> list[str]:
    """Return the lines of an argument that is a tuple; none for an empty one."""
    if not lines:
        return []
    return [f"    {name}=(", *(textwrap.indent(line, " " * 8) for line in lines), "    ),"]


def imports_of(words: Iterable[str]) -> str:
    """Return names as they stand in an import, in lines."""
    names = ", ".join(sorted(words, key=lambda word: (word[0].islower(), word)))
    return textwrap.fill(names + ",", 116, initial_indent="    ", subsequent_indent="    ")


def origin_of(url: str) -> str:
    """Return the site of an address.

    >>> origin_of("https://ada:x@example.org/shop?a=1")
    'https://example.org'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
