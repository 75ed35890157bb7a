"""Claims judged: supported, refuted or undecided, by paired replications."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from journeys.claims import Band, Claim
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.measures import names_for
from reports.judging import quantity_of
from reports.statistics import Estimate, kept, paired, replications_needed
from reports.wording import Unit, change, change_span, count, number, points, points_span, span

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from reports.measuring.metrics import Results
    from reports.measuring.quantities import Floats, Quantity
    from reports.study import Study

DIGITS = 1  # of a change: claims are judged near their limits
Status = Literal["supported", "refuted", "undecided", "not measured"]
_STATUS: Mapping[str, Status] = {
    "kept": "supported", "missed": "refuted", "inconclusive": "undecided", "not measured": "not measured",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One claim, judged.

    Parameters
    ----------
    claim: with its scenarios' names filled in; `against` empty where it is a limit.
    kind: what its figures are: simulated or measured.
    unit: of the metric. estimate: of the change, or of the value where the claim is a limit.
    scale: of the estimate: relative or absolute change, or the value itself.
    status: *supported* where the whole 95% interval is within what is claimed, *refuted* where none of it is.
    needed: how many replications would settle an undecided one, if mean and spread stay; None where none is in sight.
    """

    claim: Claim
    kind: str
    unit: Unit
    scale: Literal["relative", "absolute", "value"]
    estimate: Estimate
    status: Status
    needed: int | None = None

    @property
    def figure(self) -> str:
        """The estimate in words, with its interval."""
        if not self.estimate.measured:
            return "not measured"
        if self.scale == "relative":
            value, between = change(self.estimate.value, DIGITS), change_span(self.estimate, DIGITS)
        elif self.scale == "absolute" and self.unit == "share":
            value = f"{points(self.estimate.value, DIGITS)} points"
            between = points_span(self.estimate, DIGITS)
        else:
            value, between = number(self.estimate.value, self.unit), span(self.estimate, self.unit)
            if self.scale == "absolute" and self.estimate.value > 0:
                value = f"+{value}"
        return f"{value} ({between})" if between and self.estimate.bounded else value

    @property
    def more(self) -> str:
        """What would settle it, in words; empty where it is settled or no number is in sight."""
        if self.needed is None or self.needed <= self.estimate.n:
            return ""
        return f"about {count(self.needed - self.estimate.n, 'more replication')} would settle it"


def judge_claims(claims: Sequence[Claim], study: Study) -> tuple[Judged, ...]:
    """Judge claims on the runs of a study; raises InvalidInput where they name runs or steps that are not there."""
    filled = expect_known(claims, study.journey, list(study.everything), study.baseline, study.combined)
    return tuple(_judged(claim, study.everything) for claim in filled)


def expect_known(
    claims: Sequence[Claim], journey: Journey, runs: Sequence[str], baseline: str = "", combined: str = ""
) -> list[Claim]:
    """Return claims with their runs' names filled in; raises InvalidInput with every name that is not there."""
    filled = [
        Claim(
            claim.says, claim.scenario or combined or runs[-1],
            "" if claim.limit is not None else claim.against or baseline or runs[0], claim.note,
        )
        for claim in claims
    ]  # fmt: skip
    wrong = [problem for place, one in enumerate(filled, start=1) for problem in _problems(place, one, journey, runs)]
    if wrong:
        raise InvalidInput(wrong)
    return filled


def _problems(place: int, claim: Claim, journey: Journey, runs: Sequence[str]) -> list[Problem]:
    at = f"claim {place}"
    asked = [("scenario", claim.scenario), *([("against", claim.against)] if claim.against else [])]
    wrong = [
        Problem(f"{at}.{field}", f"there is no run {name!r}", "", did_you_mean(name, runs))
        for field, name in asked
        if name not in runs
    ]
    steps, stations = ([one.name for one in some] for some in (journey.steps, journey.stations))
    known, own = names_for(claim.metric, journey.measures, steps, stations), claim.metric.step
    if own and own not in known:
        what = "station" if claim.metric.name == "utilisation" else "step"
        wrong.append(Problem(f"{at}.says", f"there is no {what} {own!r}", "", did_you_mean(own, known)))
    if claim.against == claim.scenario:
        wrong.append(Problem(at, "compares a run with itself", claim.scenario, "another scenario, or another against"))
    return wrong


def _judged(claim: Claim, arms: Mapping[str, Results]) -> Judged:
    results = arms[claim.scenario]
    quantity, kind = quantity_of(claim.metric, results), results.manifest.kind
    unit: Unit = quantity.unit if quantity is not None else "count"
    if claim.limit is not None:
        estimate = quantity.estimate() if quantity is not None else Estimate(math.nan)
        holds = [claim.limit.holds(end) for end in (estimate.low, estimate.value, estimate.high)]
        return Judged(claim, kind, unit, "value", estimate, _STATUS[kept(estimate, holds)])
    base = quantity_of(claim.metric, arms[claim.against])
    band = claim.band
    assert band is not None
    if quantity is None or base is None:
        return Judged(claim, kind, unit, band.scale, Estimate(math.nan), "not measured")
    before, after = _paired_values(base, arms[claim.against], quantity, results)
    both = paired(before, after)
    estimate = both.change if band.scale == "relative" else both.difference
    holds = [band.low <= end <= band.high for end in (estimate.low, estimate.value, estimate.high)]
    status = _STATUS[kept(estimate, holds)]
    if status == "refuted" and estimate.low < band.low and estimate.high > band.high:
        status = "undecided"  # what is claimed lies within the interval, and its ends do not
    needed = _needed(band, before, after) if status == "undecided" else None
    return Judged(claim, kind, unit, band.scale, estimate, status, needed)


def _paired_values(base: Quantity, first: Results, other: Quantity, second: Results) -> tuple[Floats, Floats]:
    """Return the values of the replications that both runs have."""
    shared = sorted(set(first.replications) & set(second.replications))
    sides = ((base, first), (other, second))
    before, after = (
        quantity.values[np.array([results.replications.index(one) for one in shared], dtype=np.int64)]
        for quantity, results in sides
    )
    return before, after


def _needed(band: Band, before: Floats, after: Floats) -> int | None:
    """Return how many replications would put the whole interval on one side of every end of the band.

    A relative end r is passed where mean(after - (1 + r) before) differs from 0, an absolute one, d, where
    mean(after - before - d) does.
    """
    found = []
    for end in (band.low, band.high):
        if math.isfinite(end):
            against = (1 + end) * before if band.scale == "relative" else before + end
            found.append(replications_needed(after - against))
    known = [count for count in found if count is not None]
    return max(known) if len(known) == len(found) else None


def claim_lines(judged: Sequence[Judged]) -> list[str]:
    """Return a line for each claim, for a terminal."""
    lines = []
    for one in judged:
        who = one.claim.scenario + (f" against {one.claim.against}" if one.claim.against else "")
        more = f"; {one.more}" if one.more else ""
        lines.append(f"{one.status}: {one.claim.says} ({who}): {one.figure}, {one.kind}{more}")
    return lines


def unsupported(judged: Sequence[Judged]) -> list[str]:
    """Return a line for each claim that the runs do not support."""
    return [f"claim {line}" for one, line in zip(judged, claim_lines(judged), strict=True) if one.status != "supported"]
