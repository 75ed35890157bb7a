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

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.paths import apply

_TOP = ("journey", "baseline", "scenarios", "seed", "replications", "customers", "title")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, and the paths that it changes in the journey."""

    name: str
    title: str
    changes: Mapping[str, Any]

    def of(self, journey: Journey) -> Journey:
        """Return the journey as it is in this scenario; raises InvalidInput with all problems."""
        return apply(journey, self.changes)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Scenarios to compare, the first or the named one being the baseline."""

    journey: str
    baseline: str
    scenarios: tuple[Scenario, ...]
    title: str = ""
    seed: int = 1
    replications: int = 20
    customers: int | None = None

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of that name; raises InvalidInput with near-miss names."""
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        known = [scenario.name for scenario in self.scenarios]
        raise InvalidInput([Problem("scenario", f"there is no {name!r}", "", did_you_mean(name, known))])


def read_what_if(path: str | Path) -> WhatIf:
    """Read a what-if file; raises InvalidInput with all problems of its form (paths are checked when applied)."""
    where = str(path)
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput([Problem(where, f"cannot be read ({error.strerror})")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput([Problem(where, f"is not TOML ({error})")]) from None
    problems = [
        Problem(f"{where}: {key}", "is not known", "", did_you_mean(key, _TOP)) for key in raw if key not in _TOP
    ]
    tables = raw.get("scenarios", {})
    if not isinstance(tables, dict) or not tables:
        problems.append(Problem(f"{where}: scenarios", "there are none", "", "one [scenarios.NAME] each"))
        tables = {}
    for key in ("seed", "replications", "customers"):
        if key in raw and (not isinstance(raw[key], int) or raw[key] < (0 if key == "seed" else 1)):
            problems.append(Problem(f"{where}: {key}", "must be a whole number", repr(raw[key])))
    if not isinstance(raw.get("journey"), str):
        problems.append(Problem(f"{where}: journey", "is missing", "", "a journey's name or file"))
    for name, table in tables.items():
        for included in table.get("includes", []):
            if included not in tables:
                problems.append(
                    Problem(f"{where}: scenarios.{name}.includes", f"there is no {included!r}", "",
                            did_you_mean(included, list(tables)))
                )  # fmt: skip
    if not problems:
        problems += [
            Problem(f"{where}: scenarios.{name}.includes", "includes itself", " -> ".join(loop))
            for name in tables
            if (loop := _loop(tables, name, ()))
        ]
    baseline = raw.get("baseline", next(iter(tables), ""))
    if tables and baseline not in tables:
        problems.append(
            Problem(f"{where}: baseline", f"there is no {baseline!r}", "", did_you_mean(str(baseline), list(tables)))
        )
    if problems:
        raise InvalidInput(problems)
    scenarios = tuple(
        Scenario(name, str(table.get("title", "")) or name.replace("-", " "), _changes(tables, name))
        for name, table in tables.items()
    )
    return WhatIf(
        raw["journey"], baseline, scenarios, str(raw.get("title", "")), raw.get("seed", 1),
        raw.get("replications", 20), raw.get("customers"),
    )  # fmt: skip


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
    own = {key: value for key, value in tables[name].items() if key not in ("title", "includes")}
    return changes | dict(_flat(own, ""))


def _flat(table: Mapping[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        at = f"{path}.{key}" if path else key
        found += _flat(value, at) if isinstance(value, dict) else [(at, value)]
    return found
