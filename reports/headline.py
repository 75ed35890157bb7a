"""The answer first: one sentence, four cards, and how well measured runs agree with the forecast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.comparison import ComparedMetric, Comparison
from reports.metrics import Results
from reports.side_by_side import SideBySide, engine_word
from reports.wording import change, change_digits, change_span, count, number, span

if TYPE_CHECKING:
    from reports.study import Study

CARDS = ("completion", "calls", "decision.median", "work")
WORDS = {"completion": "completed", "calls": "calls per 100", "decision.median": "median time to decision"}
SINGLE = {
    "completion": "{} completed",
    "calls": "{} calls per 100",
    "decision.median": "median time to decision {}",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One metric at a glance: its value before (empty for a single run) and now, the change, and what it rests on."""

    title: str
    before: str
    now: str
    change: str
    interval: str
    verdict: str
    kind: str


@dataclass(frozen=True, slots=True)
class Headline:
    """What the first screen says: the answer, what it rests on, cards, and one line for each measured run."""

    answer: str
    basis: str
    cards: tuple[Card, ...]
    checks: tuple[str, ...]


def headline(study: Study) -> Headline:
    """Return the headline of a study, whatever it holds."""
    checks = tuple(_check(side) for side in study.sides)
    if study.comparison is not None:
        return Headline(
            _compared_answer(study, study.comparison),
            _basis(study.simulated[study.baseline], paired=study.comparison.replications),
            tuple(_compared_cards(study, study.comparison)),
            checks,
        )
    arms = study.simulated or study.measured
    name, results = next(iter(arms.items()))
    return Headline(_single_answer(study.titles[name], results), _basis(results), tuple(_single_cards(results)), checks)


def _compared_answer(study: Study, comparison: Comparison) -> str:
    parts: list[str] = []
    for key in ("completion", "calls"):
        if key in comparison.metrics:
            words = _change_in_words(comparison.metrics[key], comparison.combined)
            parts.append(f"{WORDS[key]} {words if parts else words.replace('(', '(95% CI ', 1)}")
    metric = comparison.metrics.get("decision.median")
    if metric is not None:
        before, now = metric.baseline, metric.change(comparison.combined).value
        parts.append(f"{WORDS['decision.median']} {number(before.value, 's')} → {number(now.value, 's')}")
    return f"{study.titles[comparison.combined]}: {', '.join(parts)}."


def _change_in_words(metric: ComparedMetric, scenario: str) -> str:
    found = metric.change(scenario)
    estimate = found.paired.change
    digits = change_digits(estimate)
    if not estimate.measured:
        return f"{number(found.value.value, metric.unit)}, from {number(metric.baseline.value, metric.unit)}"
    if not estimate.bounded:
        return f"{change(estimate.value, digits)}, without an interval"
    text = f"{change(estimate.value, digits)} ({change_span(estimate, digits)})"
    return text + (", inconclusive" if found.verdict == "inconclusive" else "")


def _compared_cards(study: Study, comparison: Comparison) -> Iterator[Card]:
    for key in CARDS:
        metric = comparison.metrics.get(key)
        if metric is None:
            continue
        found = metric.change(comparison.combined)
        estimate = found.paired.change
        digits = change_digits(estimate)
        yield Card(
            metric.title,
            number(metric.baseline.value, metric.unit, study.journey.money.currency),
            number(found.value.value, metric.unit, study.journey.money.currency),
            change(estimate.value, digits),
            f"({change_span(estimate, digits)})" if estimate.bounded else "no interval",
            found.verdict,
            "simulated",
        )


def _single_answer(title: str, results: Results) -> str:
    parts = []
    for key, words in (
        ("completion", "{} completed"),
        ("calls", "{} calls per 100"),
        ("decision.median", "median decision {}"),
    ):
        quantity = results.quantities.get(key)
        if quantity is None:
            continue
        estimate = quantity.estimate()
        if estimate.measured:
            between = span(estimate, quantity.unit)
            value = words.format(number(estimate.value, quantity.unit))
            parts.append(value + (f" (95% CI {between})" if between else ""))
    return f"{title}: {', '.join(parts) or 'nothing was measured'}."


def _single_cards(results: Results) -> Iterator[Card]:
    for key in CARDS:
        quantity = results.quantities.get(key)
        if quantity is not None and (estimate := quantity.estimate()).measured:
            between = span(estimate, quantity.unit)
            interval = f"95% CI {between}" if between else "no interval"
            now = number(estimate.value, quantity.unit)
            yield Card(quantity.title, "", now, "", interval, "", results.manifest.kind)


def _basis(results: Results, paired: int = 0) -> str:
    manifest = results.manifest
    counted = f"; {results.entered:,} customers counted in all" if manifest.cohort_s else ""
    what = "paired replication" if paired else "replication"
    how = f"{count(paired or len(results.replications), what)} of {count(manifest.customers, 'customer')}"
    word = engine_word(manifest.engine, manifest.kind).capitalize()
    return f"{word}: {how}{counted}. Seed {manifest.seed}. CI: 95% confidence interval."


def _check(side: SideBySide) -> str:
    who = f"{side.word.capitalize()}: {count(side.n, 'customer')}"
    same = side.customers
    if same is None:
        return f"{who}, without a simulation of the same customers to compare with."
    hits = round(same.same_outcome.value * same.shared)
    text = f"{who}; {hits:,} of {same.shared:,} ended as simulated ({span(same.same_outcome, 'share')})"
    if same.decision_ratio.measured:
        text += (
            f", decisions took {same.decision_ratio.value:.2f} times the forecast (median, n = {same.decision_ratio.n})"
        )
    return text + "."
