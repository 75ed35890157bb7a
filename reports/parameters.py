"""The parameters table: every number that a journey was given, where it comes from, and what a scenario changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from journeys.blueprint import Journey
from journeys.paths import parameters, source_of

LONGEST = 64


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter: its value in the baseline, in the combined scenario where that differs, and its source."""

    path: str
    value: str
    changed: str
    kind: Literal["derived", "cited", "given", "assumed"]
    note: str


def parameter_rows(journey: Journey, other: Journey | None = None) -> Iterator[ParameterRow]:
    """Yield the parameters of a journey in its order, then those that only `other` has."""
    own = {path: _text(value) for path, value in parameters(journey)}
    theirs = {path: _text(value) for path, value in parameters(other)} if other is not None else own
    for path in [*own, *(path for path in theirs if path not in own)]:
        source = source_of(journey, path)
        value, changed = own.get(path, "default"), theirs.get(path, "default")
        yield ParameterRow(path, value, changed if changed != value else "", source.kind, source.note)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        text = ", ".join(_text(item) for item in value)
        return text if len(text) <= LONGEST else f"{len(value)} values, {_text(min(value))} to {_text(max(value))}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
