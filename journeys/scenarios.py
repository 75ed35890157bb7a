"""What-if files: scenarios of one journey, each a set of dotted paths and values, in TOML.

journey = "loan-application"
baseline = "as-is"

[scenarios.as-is]

[scenarios.more-staff]
"stations.underwriters.servers" = 8

[scenarios.everything]
includes = ["more-staff", "live-status"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.checks import problems
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.paths import apply
from journeys.toml_files import read_toml, unknown_keys

_TOP = ("journey", "baseline", "scenarios", "seed", "replications", "customers", "title")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, and the paths that it changes in the journey; `note` says where its numbers come from."""

    name: str
    title: str
    changes: Mapping[str, Any]
    note: str = ""

    def of(self, journey: Journey) -> Journey:
        """Return the checked journey as it is in this scenario; raises InvalidInput with all problems."""
        at = f"scenarios.{self.name}"
        try:
            changed = apply(journey, self.changes)
        except InvalidInput as error:
            raise InvalidInput(replace(problem, path=f"{at}.{problem.path}") for problem in error.problems) from None
        found = [replace(problem, path=f"{at}.{problem.path}") for problem in problems(changed)]
        if found:
            raise InvalidInput(found)
        return changed


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Scenarios to compare, the first or the named one being the baseline; `path` is the file they were read from."""

    journey: str
    baseline: str
    scenarios: tuple[Scenario, ...]
    title: str = ""
    seed: int = 1
    replications: int = 20
    customers: int | None = None
    path: str = ""

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of that name; raises InvalidInput with near-miss names."""
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        known = [scenario.name for scenario in self.scenarios]
        raise InvalidInput([Problem("scenario", f"there is no {name!r}", "", did_you_mean(name, known))])

    def levers(self) -> tuple[Scenario, ...]:
        """Return the scenarios that make up the last one: alone a part of its changes each, together all of them.

        Nothing where they do not, or where there are fewer than two. Scenarios of other values are no levers.
        """
        combined, nothing = self.scenarios[-1], object()
        parts = tuple(
            one
            for one in self.scenarios[:-1]
            if one.name != self.baseline
            and one.changes
            and all(combined.changes.get(path, nothing) == value for path, value in one.changes.items())
        )
        together: dict[str, Any] = dict(self.scenario(self.baseline).changes)
        for part in parts:
            together |= part.changes
        return parts if len(parts) > 1 and together == dict(combined.changes) else ()


def read_what_if(path: str | Path) -> WhatIf:
    """Read a what-if file; raises InvalidInput with all problems of its form (paths are checked when applied)."""
    where = str(path)
    raw = read_toml(path)
    wrong = unknown_keys(f"{where}: ", raw, _TOP)
    tables = raw.get("scenarios", {})
    if not isinstance(tables, dict) or not tables:
        wrong.append(Problem(f"{where}: scenarios", "there are none", "", "one [scenarios.NAME] each"))
        tables = {}
    for key in ("seed", "replications", "customers"):
        if key in raw and (type(raw[key]) is not int or raw[key] < (0 if key == "seed" else 1)):
            wrong.append(Problem(f"{where}: {key}", "must be a whole number", repr(raw[key])))
    if not isinstance(raw.get("journey"), str):
        wrong.append(Problem(f"{where}: journey", "is missing", "", "a journey's name or file"))
    for name, table in list(tables.items()):
        if not isinstance(table, dict):
            wrong.append(Problem(f"{where}: scenarios.{name}", "is not a table", repr(table), f"[scenarios.{name}]"))
            tables = {**tables, name: {}}
        else:
            wrong += _wrong_includes(f"{where}: scenarios.{name}.includes", table.get("includes", []), list(tables))
    if not wrong:
        wrong += [
            Problem(f"{where}: scenarios.{name}.includes", "includes itself", " -> ".join(loop))
            for name in tables
            if (loop := _loop(tables, name, ()))
        ]
    baseline = raw.get("baseline", next(iter(tables), ""))
    if tables and (not isinstance(baseline, str) or baseline not in tables):
        wrong.append(
            Problem(f"{where}: baseline", f"there is no {baseline!r}", "", did_you_mean(str(baseline), list(tables)))
        )
    if wrong:
        raise InvalidInput(wrong)
    return WhatIf(
        _from_here(raw["journey"], Path(path)), baseline, tuple(_scenario(tables, name) for name in tables),
        str(raw.get("title", "")), raw.get("seed", 1), raw.get("replications", 20), raw.get("customers"), where,
    )  # fmt: skip


def _wrong_includes(path: str, includes: object, known: list[str]) -> list[Problem]:
    if not isinstance(includes, list) or not all(isinstance(included, str) for included in includes):
        return [Problem(path, "must be a list of names", repr(includes), "[...]")]
    return [
        Problem(path, f"there is no {included!r}", "", did_you_mean(included, known))
        for included in includes
        if included not in known
    ]


def _scenario(tables: Mapping[str, Any], name: str) -> Scenario:
    table = tables[name]
    title = str(table.get("title", "")) or name.replace("-", " ")
    return Scenario(name, title, _changes(tables, name), str(table.get("note", "")))


def _from_here(journey: str, what_if: Path) -> str:
    """Return a journey's reference as it reads from the current folder; a file is looked for beside its what-if."""
    beside = what_if.parent / journey
    return str(beside) if journey.endswith(".py") and beside.is_file() else journey


def _loop(tables: Mapping[str, Any], name: str, above: tuple[str, ...]) -> tuple[str, ...]:
    if name in above:
        return (*above, name)
    for included in tables[name].get("includes", []):
        if found := _loop(tables, included, (*above, name)):
            return found
    return ()


def _changes(tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for included in tables[name].get("includes", []):
        changes |= _changes(tables, included)
    own = {key: value for key, value in tables[name].items() if key not in ("title", "includes", "note")}
    return changes | dict(_flat(own, ""))


def _flat(table: Mapping[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        at = f"{path}.{key}" if path else key
        found += _flat(value, at) if isinstance(value, dict) else [(at, value)]
    return found
