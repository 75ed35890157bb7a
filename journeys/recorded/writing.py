"""A journey's file, written from notes: steps, labels, a first guess of think times, and budgets to fill in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from journeys.personas import SECRET
from journeys.recorded.notes import Note, Stay, stays
from journeys.recorded.texts import (
    escaped,
    imports_of,
    origin_of,
    quoted,
    rounded,
    short,
    slug,
    tuple_of,
    unique,
    varies,
)

LEAST_THINK_S, THINK_CV = 1.0, 0.7
SECRET_FACT = f', kind="secret"),  # made up, or the environment\'s {SECRET}...'
PRESSED = ("button", "link", "tab", "menuitem", "option", "switch", "checkbox", "radio", "treeitem")
_RESERVED = {"customer", "arrival", "exit", "completed", "denied", "dropped", "rejected"}
PERSONAL = (
    # what a label or its autocomplete says, and the Faker provider that gives such a value
    (r"first ?name|given[- ]name|forename", "first_name"), (r"last ?name|family[- ]name|surname", "last_name"),
    (r"user ?name|login", "user_name"), (r"company|organi[sz]ation", "company"), (r"\bname\b", "name"),
    (r"street|address", "street_address"), (r"\b(city|town)\b", "city"), (r"zip|post(al)? ?code", "postcode"),
    (r"country", "country"),
)  # fmt: skip


@dataclass(slots=True)
class Written:
    """A journey's text, and what a person has to look after: `remarks`, one a line."""

    text: str
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Given:
    """A fact, as it will be written."""

    name: str
    label: str
    line: str


class Writer:
    """Writes one journey from notes: `where` is the address that was opened, `when` the day, for the file's words."""

    def __init__(self, notes: Sequence[Note], where: str, when: str, name: str = "") -> None:
        self._origin = origin_of(where)
        self._stays = stays([note for note in notes if not note.framed])
        self._framed = sorted({note.label for note in notes if note.framed and note.acts})
        self._when, self._name = when, name
        self._facts: dict[str, _Given] = {}
        self._typed: dict[str, str] = {}  # what was typed, and the fact that gives it
        self._used: set[str] = set()
        self._words = {"Budget", "Journey", "Lognormal", "Poisson", "Route", "Step", "page", "per_hour", "seconds"}
        self._remarks: list[str] = []

    def written(self) -> Written:
        """Return the file's text; without a step where nothing was done."""
        acted = [stay for stay in self._stays if stay.notes]
        names = self._step_names(acted)
        steps = [self._step(stay, names[index], index == len(acted) - 1) for index, stay in enumerate(acted)]
        title = acted[0].title if acted else ""
        name = self._name or slug(title, "recorded").replace("_", "-")
        if self._framed:
            self._remark(f"what was done in a frame or another window is not written: {', '.join(self._framed)}")
        budgets = [f'Budget("p95({names[index]}) < {_limit_s(stay)} s"),' for index, stay in enumerate(acted)]
        body = "\n".join(
            [
                f'    name="{name}",',
                f"    title={quoted(title or name)},",
                "    arrivals=Poisson(per_hour(30)),  # to be filled in: how many people begin this",
                *tuple_of("facts", [given.line for given in self._facts.values()]),
                *tuple_of("steps", steps),
                *tuple_of("budgets", ['Budget("completion >= 90%"),  # to be filled in, like those of time', *budgets]),
            ]
        )
        text = (
            f'"""{name}: recorded at {self._origin} on {self._when}; change it into yours.\n\n'
            "One person did this once: each think time is what passed then, spread by a guess.\n"
            f'"""\n\nfrom journeys import (\n{imports_of(self._words)}\n)\n\njourney = Journey(\n{body}\n)\n'
        )
        return Written(text, self._remarks)

    def _step_names(self, acted: Sequence[Stay]) -> list[str]:
        names: list[str] = []
        for stay in acted:
            last = next((part for part in reversed(stay.path.split("/")) if part and not varies(part)), "")
            found = slug(stay.heading if stay.heading and not varies(stay.heading) else last, slug(last, "start"))
            names.append(unique(found, names))
        return names

    def _step(self, stay: Stay, name: str, last: bool) -> str:
        asks: list[str] = []
        actions = [line for note in stay.notes if (line := self._action(note, asks))]
        if see := self._seen_after(stay):
            actions.append(see)
        think_s = max(LEAST_THINK_S, (stay.notes[-1].at_ms - stay.began_ms) / 1000)
        lines = [
            "Step(",
            f'    name="{name}", lane="customer", title={quoted(stay.heading or stay.title or name)},',
            f"    think=Lognormal(seconds({rounded(think_s)}), cv={THINK_CV:g}),",
        ]
        if asks:
            names = ", ".join(quoted(one) for one in dict.fromkeys(asks))
            lines.append(f"    asks=({names}{',' if len(set(asks)) == 1 else ''}),")
        lines.append(f"    page=page(\n        {quoted(self._address(stay))},")
        lines += [f"        {line}" for line in actions]
        lines.append("    ),")
        if last:
            lines.append('    routes=(Route("completed"),),')
        return "\n".join([*lines, "),"])

    def _address(self, stay: Stay) -> str:
        if not stay.opened:
            return ""
        if varies(stay.path):
            self._remark(f"{stay.path} is opened by its address, in which something looks like one customer's own")
        below = stay.url if origin_of(stay.url) != self._origin else stay.url.removeprefix(self._origin)
        return escaped(below or "/")

    def _action(self, note: Note, asks: list[str]) -> str:
        label = short(note.label)
        if note.kind == "press":
            return self._press(note, label)
        if note.kind == "key":
            self._remark(f'"{label}": Enter was pressed where no button sends the form: no action does that')
            return f"# {note.value} was pressed in {quoted(label)}"
        if not label:
            self._remark(f"a field without a name was used ({note.type}, on {note.path}): a label lets people find it")
            return f"# a field without a name was used ({note.type})"
        if note.kind in ("check", "uncheck"):
            return self._uses("Check", label) if note.kind == "check" else f"# {quoted(label)} was cleared"
        if note.kind == "attach":
            return self._uses("Attach", label, escaped(note.value or "document.pdf"))
        value = self._value(note, label, asks)
        return self._uses("Choose" if note.kind == "choose" else "Fill", label, value)

    def _press(self, note: Note, label: str) -> str:
        if not label or note.role not in PRESSED:
            shown = label or note.path
            self._remark(f"{shown}: pressed, but without a role or a name that anybody could find it by")
            return f"# {quoted(shown)} was pressed: it has no role or no name"
        role = "" if note.role == "button" else f", role={quoted(note.role)}"
        self._words.add("Press")
        within = f", within={quoted(escaped(note.within))}" if note.alike > 1 and note.within else ""
        if note.alike > 1 and not within:
            self._remark(f"{label}: {note.alike} are called so on {note.path}, and nothing tells which was meant")
        return f"Press({quoted(escaped(label))}{role}{within}),"

    def _uses(self, action: str, label: str, *values: str) -> str:
        self._words.add(action)
        return f"{action}({', '.join(quoted(text) for text in (label, *values))}),"

    def _value(self, note: Note, label: str, asks: list[str]) -> str:
        """Return the template of what was given: a fact that each customer has of their own, or the very text."""
        about = self._about(note)
        if about is None:
            return escaped(note.value)
        given = self._facts.get(label)
        if given is None:
            name = unique(slug(label, note.kind), [*self._used, *_RESERVED])
            self._used.add(name)
            given = _Given(name, label, f"Fact(name={quoted(name)}, label={quoted(label)}{about}")
            self._facts[label] = given
            self._words.add("Fact")
        if len(note.value) > 2:
            self._typed[note.value] = given.name
        asks.append(given.name)
        return f"{{{given.name}}}"

    def _about(self, note: Note) -> str | None:
        """Return the rest of a fact's line; None for a text that says nothing about whoever gave it."""
        if note.secret:
            return SECRET_FACT
        if note.kind == "choose":
            others = [one for one in note.choices if one != note.value]
            also = f"  # or {', '.join(quoted(one) for one in others[:8])}" if others else ""
            return f', kind="choice", choices=({quoted(note.value)},)),{also}'
        told = f"{note.label} {note.autocomplete}".casefold()
        if note.type in ("email", "tel"):
            told = {"email": "email", "tel": "phone"}[note.type]
        if note.type == "date":
            return ', kind="date"),'
        if note.type == "number":
            return _number(note)
        return personal(told)

    def _seen_after(self, stay: Stay) -> str:
        """Return what to wait for on the page that follows: its heading, where that is the same for everybody."""
        index = self._stays.index(stay)
        if index + 1 == len(self._stays):
            return ""
        following = self._stays[index + 1]
        text = escaped(following.heading)
        for value, name in sorted(self._typed.items(), key=lambda one: -len(one[0])):
            text = text.replace(escaped(value), f"{{{name}}}")
        if not text or following.opened or following.heading == stay.heading or varies(text):
            return ""
        self._words.add("See")
        return f"See({quoted(text)}),"

    def _remark(self, text: str) -> None:
        if text not in self._remarks:
            self._remarks.append(text)


def personal(told: str) -> str | None:
    """Return the rest of a fact's line where a name tells that a value is a person's own; None where it does not.

    >>> personal("given-name"), personal("voucher")
    (', faker="first_name"),', None)
    """
    if re.search(r"e-?mail", told):
        return ', kind="email"),'
    if re.search(r"phone|mobile", told):
        return ', kind="phone"),'
    faker = next((provider for pattern, provider in PERSONAL if re.search(pattern, told)), "")
    return f", faker={quoted(faker)})," if faker else None


def _limit_s(stay: Stay) -> int:
    took_s = (stay.next_ms - stay.notes[-1].at_ms) / 1000 if stay.next_ms else 0.0
    return max(1, math.ceil(3 * took_s))


def _number(note: Note) -> str:
    try:
        typed = float(note.value)
        low, high = float(note.low or typed), float(note.high or typed)
    except ValueError:
        return ', kind="number"),'
    whole = typed == round(typed)
    return f', kind="number", low={low:g}, high={high:g}{"" if whole else ", round_to=0.01"}),  # typed: {typed:g}'
