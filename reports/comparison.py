"""Scenarios against a baseline: each metric's change, replication by replication, with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from journeys.errors import InvalidInput, Problem, did_you_mean
from reports.measuring.metrics import Results
from reports.measuring.quantities import Floats
from reports.statistics import LEVEL, Estimate, Paired, Verdict, paired, verdict
from reports.wording import Unit

COMPARED = (
    "completion", "drop-off", "denied", "rejected", "calls", "contacts", "decision.median", "decision.p90",
    "decision.approved.median", "decision.denied.median", "reasked", "work", "work.contacts", "failed-steps", "staffed",
    "revenue", "cost", "cost.staff", "cost.contacts", "cost.completed", "value.completed", "net", "answered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One scenario's value of a metric, and how it differs from the baseline's."""

    scenario: str
    value: Estimate
    paired: Paired
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """One metric in the baseline and in each scenario."""

    key: str
    title: str
    unit: Unit
    better: int
    baseline: Estimate
    changes: tuple[Change, ...]

    def change(self, scenario: str) -> Change:
        """Return the change in one scenario; raises KeyError."""
        for change in self.changes:
            if change.scenario == scenario:
                return change
        raise KeyError(scenario)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All scenarios against one baseline.

    Parameters
    ----------
    scenarios: those compared with the baseline, in their order. combined: the one in which all levers are pulled.
    replications: how many the scenarios share, replication by replication.
    metrics: those that at least one scenario or the baseline measured, by key.
    """

    baseline: str
    combined: str
    scenarios: tuple[str, ...]
    replications: int
    metrics: Mapping[str, ComparedMetric]
    warnings: tuple[str, ...]

    @property
    def levers(self) -> tuple[str, ...]:
        """The scenarios that change one thing each: all but the combined one."""
        return tuple(name for name in self.scenarios if name != self.combined)


def compare(arms: Mapping[str, Results], baseline: str, combined: str | None = None) -> Comparison:
    """Compare simulated runs of one journey's scenarios, at least the baseline and one other.

    Parameters: `arms` by scenario name; `combined`, the scenario with all levers; None for the last.
    Raises InvalidInput where the baseline or the combined scenario is not among them.
    """
    names = list(arms)
    for field, name in (("baseline", baseline), ("combined", combined)):
        if name is not None and name not in arms:
            raise InvalidInput([Problem(field, f"there is no run {name!r}", "", did_you_mean(name, names))])
    others = tuple(name for name in names if name != baseline)
    shared = sorted(set.intersection(*(set(arm.replications) for arm in arms.values())))
    metrics: dict[str, ComparedMetric] = {}
    for key in compared_keys(arms[baseline]):
        found = _metric(key, arms, baseline, others, shared)
        if found is not None:
            metrics[key] = found
    last = combined or (others[-1] if others else baseline)
    return Comparison(baseline, last, others, len(shared), metrics, tuple(_warnings(arms, baseline, shared)))


def against(arms: Mapping[str, Results], key: str, one: str, other: str, level: float = LEVEL) -> Paired:
    """Compare a metric of one scenario with that of another, neither need be the baseline, over shared replications."""
    shared = sorted(set(arms[one].replications) & set(arms[other].replications))
    return paired(_values(arms[other], key, shared), _values(arms[one], key, shared), level)


def own_keys(results: Results) -> list[str]:
    """Return the keys of what the journey names itself, and of repeat custom and referral."""
    return [key for key in results.quantities if key.startswith("measure.") or key in ("returned", "referred")]


def compared_keys(results: Results) -> list[str]:
    """Return the keys of what is worth comparing between scenarios: headline metrics, stations, segments, reasons."""
    more = ("sold.", "utilisation.", "segment.", "calls.", "entered.", "dropped.", "abandoned.", "level.")
    return [
        *(key for key in COMPARED if key in results.quantities),
        *own_keys(results),
        *(key for prefix in more for key in results.quantities if key.startswith(prefix)),
    ]


def _metric(
    key: str, arms: Mapping[str, Results], baseline: str, others: Sequence[str], shared: Sequence[int]
) -> ComparedMetric | None:
    own = arms[baseline].quantities[key]
    base = _values(arms[baseline], key, shared)
    changes = []
    for name in others:
        if key not in arms[name].quantities:
            continue
        both = paired(base, _values(arms[name], key, shared))
        value = arms[name].quantities[key].estimate()
        changes.append(Change(name, value, both, verdict(both.difference, own.better)))
    estimate = own.estimate()
    if not estimate.measured and not any(change.value.measured for change in changes):
        return None
    if not estimate.value and not any(change.value.value for change in changes) and key not in COMPARED[:5]:
        return None
    return ComparedMetric(key, own.title, own.unit, own.better, estimate, tuple(changes))


def _values(results: Results, key: str, shared: Sequence[int]) -> Floats:
    at = {replication: index for index, replication in enumerate(results.replications)}
    return results.quantities[key].values[np.array([at[number] for number in shared], dtype=np.int64)]


def _warnings(arms: Mapping[str, Results], baseline: str, shared: Sequence[int]) -> list[str]:
    base, found = arms[baseline].manifest, []
    if len(shared) < 2:
        found.append("Fewer than two replications: differences have no intervals, and nothing is settled.")
    for name, results in arms.items():
        other = results.manifest
        if other.seed != base.seed:
            found.append(
                f"{name}: seed {other.seed} is not the baseline's {base.seed}; other customers, wider intervals."
            )
        if (other.customers, other.cohort_s) != (base.customers, base.cohort_s):
            found.append(f"{name}: its customers or its cohort are not the baseline's; read its changes with care.")
        if set(results.replications) != set(shared):
            extra = len(set(results.replications) - set(shared))
            found.append(f"{name}: {extra} of its replications have no partner and are left out of the differences.")
    return found
