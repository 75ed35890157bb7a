"""Files of faults: a schedule in TOML, played by every engine as the blueprint's own is.

A table `actuator`, and `do` and `undo` of a fault, are for whoever brings them about at an application of one's own.

[[fault]]
name = "disk-full"
station = "portal"
kind = "kill"
replica = 1
at = "10 s"
lasting = "5 s"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from journeys.durations import Duration
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.faults import OF_DATABASE, Fault, FaultKind, Place
from journeys.toml_files import read_toml, unknown_keys

_FIELDS = tuple(field.name for field in fields(Fault))
_NEEDED = ("name", "kind", "at", "lasting")
_DURATIONS = ("at", "lasting", "delay")
_COMMANDS = ("do", "undo")


def read_faults(path: Path) -> tuple[Fault, ...]:
    """Return the faults of a file; raises InvalidInput with all that is wrong with it."""
    told = read_toml(path)
    tables = told.get("fault", [])
    found = unknown_keys(f"{path}.", told, ("fault", "actuator"))
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        found.append(Problem(str(path), "has no faults", "", "one [[fault]] table or more"))
        tables = []
    faults = []
    for index, table in enumerate(tables):
        at = f"{path}.fault.{table.get('name', index)}"
        wrong = list(_problems(at, table))
        found += wrong
        if not wrong:
            read: dict[str, Any] = {
                name: Duration.parse(value) if name in _DURATIONS else value
                for name, value in table.items()
                if name in _FIELDS
            }
            faults.append(Fault(**read))
    if found:
        raise InvalidInput(found)
    return tuple(faults)


def _problems(at: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    nowhere = table.get("kind") in (*OF_DATABASE, "offline") or table.get("place") == "browser"
    for name in _NEEDED if nowhere else ("station", *_NEEDED):
        if name not in table:
            yield Problem(f"{at}.{name}", "is missing")
    for name, value in table.items():
        path, got = f"{at}.{name}", repr(value)
        if name not in (*_FIELDS, *_COMMANDS):
            yield Problem(path, "is not known", "", did_you_mean(name, _FIELDS))
        elif name in _DURATIONS:
            try:
                Duration.parse(str(value))
            except ValueError as error:
                yield Problem(path, str(error))
        elif name == "kind" and value not in get_args(FaultKind):
            yield Problem(path, "is no kind of fault", got, ", ".join(get_args(FaultKind)))
        elif name == "place" and value not in get_args(Place):
            yield Problem(path, "is no place of a fault", got, ", ".join(get_args(Place)))
        elif name == "replica" and (isinstance(value, bool) or not isinstance(value, int)):
            yield Problem(path, "must be a whole number", got, "the first is 0")
        elif name in ("share", "bytes_per_s") and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield Problem(path, "must be a number", got, "0 to 1" if name == "share" else "bytes a second")
        elif name in ("name", "station", *_COMMANDS) and not isinstance(value, str):
            yield Problem(path, "must be a text", got)
