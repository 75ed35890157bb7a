"""Notes: what a person did on pages, one thing after the other, as a browser tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal
from urllib.parse import urlsplit

Kind = Literal["page", "fill", "choose", "check", "uncheck", "attach", "press", "key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing done, or (*page*) a page that was there.

    Parameters
    ----------
    at_ms: when, in milliseconds since 1970. url, heading, title: of the page. document_ms: when its document began.
    framed: it was in a frame of the page. role: of what was pressed. label: its accessible name, or the field's.
    value: what was given, empty where it is `secret`. name, type, autocomplete, low, high: of the field. choices: of a
    list. alike: how many are called so there, and have the role. within: what the part of the page with this one says.
    """

    kind: Kind
    at_ms: float
    url: str
    document_ms: float
    heading: str = ""
    title: str = ""
    framed: bool = False
    role: str = ""
    label: str = ""
    value: str = ""
    name: str = ""
    type: str = ""
    autocomplete: str = ""
    low: str = ""
    high: str = ""
    secret: bool = False
    alike: int = 1
    within: str = ""
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Note:
        """Read what the page's script told; a secret's value is dropped, should one have been told."""
        known = {field.name for field in fields(cls)}
        value = {name: given for name, given in told.items() if name in known}
        value["choices"] = tuple(value.get("choices", ()))
        return cls(**{**value, "value": "" if value.get("secret") else value.get("value", "")})

    @property
    def path(self) -> str:
        """The path of the page."""
        return urlsplit(self.url).path or "/"

    @property
    def acts(self) -> bool:
        """Whether it is something done."""
        return self.kind != "page"


@dataclass(frozen=True, slots=True)
class Stay:
    """What was done on one page, from when it was there (`began_ms`); `next_ms` is when the next one was, or 0.

    `opened`: its own address has to be opened, as nothing that was done before led to it.
    """

    url: str
    path: str
    heading: str
    title: str
    began_ms: float
    next_ms: float
    notes: tuple[Note, ...]
    opened: bool


def secret_names(notes: Iterable[Note]) -> frozenset[str]:
    """Return what forms call the secret fields that were filled, whatever that is."""
    return frozenset(note.name for note in notes if note.secret and note.name)


def stays(notes: Sequence[Note]) -> list[Stay]:
    """Return what was done page by page; pages on which nothing was done and nothing was seen last are passed over."""
    groups: list[list[Note]] = []
    for note in sorted(notes, key=lambda one: one.at_ms):
        if not groups or (note.document_ms, note.path) != (groups[-1][-1].document_ms, groups[-1][-1].path):
            groups.append([])
        groups[-1].append(note)
    found: list[Stay] = []
    led = False  # what was done on the page before led to this one
    for index, group in enumerate(groups):
        acts = tuple(_settled(group))
        last = index == len(groups) - 1
        shown = next((note for note in group if note.heading), group[0])
        next_ms = 0.0 if last else groups[index + 1][0].at_ms
        if acts or last:
            first = group[0]
            found.append(
                Stay(first.url, first.path, shown.heading, group[-1].title, first.at_ms, next_ms, acts, not led)
            )
        led = bool(acts) or (led and not acts)
    return found


def _settled(group: Sequence[Note]) -> list[Note]:
    """Return what was done in the end: of a field that was filled again before anything was pressed, the last value."""
    done: list[Note] = []
    for note in group:
        if not note.acts:
            continue
        if note.kind in ("fill", "choose", "attach"):
            since = next((i for i in range(len(done), 0, -1) if done[i - 1].kind in ("press", "key")), 0)
            before = (i for i in range(since, len(done)) if (done[i].kind, done[i].label) == (note.kind, note.label))
            place = next(before, len(done))
            done[place : place + 1] = [note]
        elif note.kind == "uncheck":
            done = [one for one in done if (one.kind, one.label) != ("check", note.label)]
        else:
            done.append(note)
    return done
