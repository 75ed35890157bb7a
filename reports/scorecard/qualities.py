"""The eight qualities: what each asks, what is 0 and what is 1, and its score, from rows of evidence alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from journeys.evidence import QUALITIES, Evidence, Quality
from reports.wording import duration

SATISFIED_S = 1.0
"""A step's limit where the journey has no p95 budget for it: a rule of thumb for what feels like going on."""

TOLERATED = 4.0
ANSWER_S = 10.0
CRITICAL = ("unauthenticated", "other-customer", "script", "query", "secrets")
"""Checks by which a customer's data is lost: one that is broken makes the score 0."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a quality asks in a product manager's words, and what its score means."""

    title: str
    asks: str
    nought: str
    one: str
    how: str


DEFINITIONS: Mapping[Quality, Definition] = {
    "integrated": Definition(
        "Integrated", "Do its parts know the same, so that nobody is asked twice?",
        "every question is a repeated one, or no two parts agree", "nothing is asked again, and all parts agree",
        "(1 - facts asked again / facts asked) x (the mean over pairs of parts of 1 - contradictions / comparisons)",
    ),
    "flexible": Definition(
        "Flexible", "What does it take to change a rule while customers are served?",
        "open cases are lost by it", "one call: no file, no restart",
        "1 / (1 + files + restarts); 0 where a case is lost",
    ),
    "scalable": Definition(
        "Scalable", "How much more does each further replica get done?",
        "a further replica adds nothing", "a further replica adds as much as the first one does",
        "(throughput of n / throughput of 1 - 1) / (n - 1), within 0 and 1",
    ),
    "fast": Definition(
        "Fast", "How long do customers wait for an answer at the nominal rate?",
        "every answer takes over four times its limit, or fails", "every answer comes within its limit",
        "Apdex: (within the limit + half of those within four times it) / all; a limit is the step's own p95 budget, "
        "or 1 s",
    ),
    "database-agnostic": Definition(
        "Database-agnostic", "Do customers fare the same on another database?",
        "no customer fares the same", "every customer fares the same on SQLite and PostgreSQL",
        "customers whose steps, outcomes and end are the same / customers; what differs must differ twice",
    ),
    "ad-hoc analysis": Definition(
        "Ad-hoc analysis", "Can a power user ask it a new question, and have the answer now?",
        "no question has an answer", "every question is answered by SQL within 10 s",
        "questions answered within 10 s / questions",
    ),
    "redundant": Definition(
        "Redundant", "What do customers notice when a process dies?",
        "nobody is served meanwhile, or something acknowledged is lost", "nobody notices",
        "steps served at once and no slower than twice the slowest before / steps while a replica is dead; 0 where "
        "something acknowledged is lost or done twice",
    ),
    "secure": Definition(
        "Secure", "Does it keep what customers tell it to themselves?",
        "a customer's data can be read, or a script or query be slipped in", "every check holds",
        "(checks that hold + half of the weak ones) / checks made; 0 where a critical one is broken",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """A quality's score, 0 to 1, None where it could not be measured (`raw` says why); `raw` is the measurement.

    `notes` are what a reader should know besides: findings, limits of the measurement.
    """

    quality: Quality
    value: float | None
    raw: str
    notes: tuple[str, ...] = ()


def scores(evidence: Iterable[Evidence]) -> dict[Quality, Score]:
    """Return the score of each quality."""
    rows = list(evidence)
    return {name: _score(name, [row for row in rows if row.quality == name]) for name in QUALITIES}


def _score(quality: Quality, rows: Sequence[Evidence]) -> Score:
    missing = tuple(row.detail for row in rows if row.verdict == "not measured" and row.measure == "quality")
    if missing or not rows:
        return Score(quality, None, missing[0] if missing else "not asked for")
    return _SCORING[quality](rows)


def total(rows: Sequence[Evidence], measure: str) -> float:
    """Return the sum of the values of a measure."""
    return math.fsum(row.value for row in rows if row.measure == measure and row.value is not None)


def _limits(rows: Sequence[Evidence]) -> tuple[str, ...]:
    return tuple(row.detail for row in rows if row.measure == "note")


def _integrated(rows: Sequence[Evidence]) -> Score:
    asked, again = total(rows, "facts asked"), total(rows, "facts asked again")
    compared, contradicted = total(rows, "comparisons"), total(rows, "contradictions")
    parts = [f"{again:.0f} of {asked:.0f} facts were asked again"] if asked else []
    parts += [f"{contradicted:.0f} contradictions in {compared:.0f} comparisons"] if compared else []
    if not parts:
        return Score("integrated", None, "nothing was asked, and nothing could be compared", _limits(rows))
    agreed = [
        1 - total(own, "contradictions") / total(own, "comparisons")
        for own in ([row for row in rows if row.subject == pair] for pair in {row.subject for row in rows})
        if total(own, "comparisons")
    ]
    value = (1 - (again / asked if asked else 0.0)) * (math.fsum(agreed) / len(agreed) if agreed else 1.0)
    named = [f"{row.subject}: {row.detail}" for row in rows if row.measure == "contradictions" and row.value]
    again_at = [row for row in rows if row.measure == "facts asked again" and row.value]
    named += [f"asked again at {row.subject}: {row.detail}" for row in again_at]
    return Score("integrated", max(0.0, value), ", ".join(parts), (*named[:4], *_limits(rows)))


def _flexible(rows: Sequence[Evidence]) -> Score:
    files, restarts, lost = (total(rows, name) for name in ("files", "restarts", "cases lost"))
    took = total(rows, "until in force")
    refused, away = total(rows, "refused"), total(rows, "away")
    raw = f"{files:.0f} file{'s' * (files != 1)}, {restarts:.0f} restart{'s' * (restarts != 1)}, {duration(took)}"
    if restarts:
        raw += f", {duration(away)} of it away ({refused:.0f} requests refused)"
    if lost:
        raw += f", {lost:.0f} open cases lost"
    return Score("flexible", 0.0 if lost else 1 / (1 + files + restarts), raw, _limits(rows))


def _scalable(rows: Sequence[Evidence]) -> Score:
    by_count = {int(row.subject.split()[0]): row.value for row in rows if row.measure == "throughput" and row.value}
    if 1 not in by_count or len(by_count) < 2:
        return Score("scalable", None, "the load got nothing done", _limits(rows))
    most = max(by_count)
    gain = (by_count[most] / by_count[1] - 1) / (most - 1)
    raw = ", ".join(f"{value:.1f} steps/s by {count}" for count, value in sorted(by_count.items()))
    return Score("scalable", min(1.0, max(0.0, gain)), f"{raw}: {gain:+.0%} per replica added", _limits(rows))


def _fast(rows: Sequence[Evidence]) -> Score:
    answers = total(rows, "answers")
    if not answers:
        return Score("fast", None, "no step of a system was reached", _limits(rows))
    value = (total(rows, "satisfied") + total(rows, "tolerated") / 2) / answers
    slowest = max(
        (row for row in rows if row.measure == "p95" and row.value is not None), key=lambda row: row.value or 0
    )
    raw = (
        f"slowest step {slowest.subject}, p95 {duration(slowest.value or 0)} of {slowest.detail}; {answers:.0f} answers"
    )
    return Score("fast", value, raw, _limits(rows))


def _agnostic(rows: Sequence[Evidence]) -> Score:
    compared, differ = total(rows, "customers"), total(rows, "differs")
    if not compared:
        return Score("database-agnostic", None, "nobody could be compared", _limits(rows))
    named = tuple(f"customer {row.subject}: {row.detail}" for row in rows if row.measure == "differs" and row.value)
    raw = f"{compared - differ:.0f} of {compared:.0f} customers fare the same"
    return Score("database-agnostic", 1 - differ / compared, raw, (*named[:3], *_limits(rows)))


def _analysed(rows: Sequence[Evidence]) -> Score:
    asked = [row for row in rows if row.measure == "question"]
    answered = [row for row in asked if row.verdict == "held"]
    slowest = max((row.value or 0.0 for row in answered), default=0.0)
    raw = f"{len(answered)} of {len(asked)} questions answered, the slowest in {duration(slowest)}"
    open_ = tuple(f"{row.subject}: {row.detail}" for row in asked if row.verdict != "held")
    return Score("ad-hoc analysis", len(answered) / len(asked) if asked else None, raw, (*open_[:4], *_limits(rows)))


def _redundant(rows: Sequence[Evidence]) -> Score:
    due, unhurt = total(rows, "steps in the fault"), total(rows, "unhurt")
    lost, doubled = total(rows, "lost"), total(rows, "done twice")
    if not due:
        return Score("redundant", None, "nobody acted while the replica was dead", _limits(rows))
    count = next((row.subject for row in rows if row.measure == "steps in the fault"), "")
    raw = f"{count} killed: {unhurt:.0f} of {due:.0f} steps unhurt, {lost:.0f} lost, {doubled:.0f} done twice"
    return Score("redundant", 0.0 if lost or doubled else unhurt / due, raw, _limits(rows))


def _secure(rows: Sequence[Evidence]) -> Score:
    worst: dict[str, str] = {}
    order = ("held", "weak", "broken")
    for row in rows:
        if row.verdict in order:
            worst[row.measure] = max(worst.get(row.measure, "held"), row.verdict, key=order.index)
    if not worst:
        why = next((row.detail for row in rows if row.verdict == "not measured"), "nothing could be looked at")
        return Score("secure", None, why)
    counted = {verdict: sum(one == verdict for one in worst.values()) for verdict in order}
    value = (counted["held"] + counted["weak"] / 2) / len(worst)
    if any(worst.get(name) == "broken" for name in CRITICAL):
        value = 0.0
    raw = f"{counted['held']} of {len(worst)} checks hold, {counted['weak']} weak, {counted['broken']} broken"
    named = [f"{row.measure}: {row.detail}" + (f" ({row.subject})" * bool(row.subject))
             for verdict in ("broken", "weak") for row in rows if row.verdict == verdict]  # fmt: skip
    out = [f"{row.measure}: not measured, {row.detail}" for row in rows if row.verdict == "not measured"]
    return Score("secure", value, raw, (*named[:6], *out))


_SCORING: Mapping[Quality, Callable[[Sequence[Evidence]], Score]] = {
    "integrated": _integrated, "flexible": _flexible, "scalable": _scalable, "fast": _fast,
    "database-agnostic": _agnostic, "ad-hoc analysis": _analysed, "redundant": _redundant, "secure": _secure,
}  # fmt: skip
