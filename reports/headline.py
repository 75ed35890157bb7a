"""The answer first: a verdict in sentences, four cards, and how well measured runs agree with the forecast."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reports.calibration.trust import Trust, trust_in
from reports.comparison import Change, ComparedMetric, Comparison
from reports.kinds import kind_of
from reports.measuring.metrics import Results
from reports.recommendation import recommendation
from reports.sections.saved import saved_sentence
from reports.side_by_side import SameCustomers, SideBySide, engine_word
from reports.verdict import Sentence, opening, sentences, what_it_costs
from reports.wording import (
    change,
    change_digits,
    change_span,
    count,
    duration,
    number,
    points,
    points_digits,
    points_span,
    span,
)  # fmt: skip

if TYPE_CHECKING:
    from journeys.eventlog import Manifest
    from reports.study import Study

CARDS = ("completion", "calls", "decision.median", "work")


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
    """What the first screen says: the answer, what else, what it rests on, cards, one line for each measured run.

    `stamps`: what takes from the answer so much that it is told before all else. `budgets`: whether those of the
    journey are judged there.
    `decides`: what a comparison says to whoever has to decide: what to fund, what it costs, what would overturn it.
    """

    answer: str
    sentences: tuple[Sentence, ...]
    findings: tuple[Sentence, ...]
    basis: str
    cards: tuple[Card, ...]
    checks: tuple[str, ...]
    trust: Trust | None
    stamps: tuple[str, ...] = ()
    budgets: bool = True
    decides: tuple[Sentence, ...] = ()

    @property
    def told(self) -> tuple[Sentence, ...]:
        """All that is said after the answer, in order: what decides first."""
        return *self.decides, *self.sentences, *self.findings


def headline(study: Study) -> Headline:
    """Return the headline of a study, whatever it holds."""
    kind = kind_of(study)
    if kind not in ("comparison", "simulation"):
        from reports.first_screens import SCREENS

        return SCREENS[kind](study)
    told = checks(study)
    if nobody := _nobody_counts(study):
        return Headline(nobody, (), (), basis(study.simulated[study.baseline]), (), told, None)
    if study.comparison is not None:
        return Headline(
            opening(study, study.comparison),
            tuple(sentences(study, study.comparison)),
            tuple(_findings(study)),
            basis(study.simulated[study.baseline], paired=study.comparison.replications),
            tuple(_compared_cards(study, study.comparison)),
            told,
            trust_in(study),
            decides=tuple(_deciding(study, study.comparison)),
        )
    name, results = next(iter(study.simulated.items()))
    answer = single_answer(study.titles[name], results)
    return Headline(answer, (), (), basis(results), tuple(single_cards(results)), told, trust_in(study))


def checks(study: Study) -> tuple[str, ...]:
    """Return a line for each measured run that was simulated, too: how well they agree."""
    return tuple(_check(side, side.customers) for side in study.sides if side.customers is not None)


def _nobody_counts(study: Study) -> str:
    """Return why there are no figures where all came within warm-up and cool-down, and what helps; else nothing.

    How many would be enough is estimated from how fast they came.
    """
    runs = [*study.simulated.values()]
    cohort = runs[0].manifest.cohort_s if runs else None
    if study.measured or cohort is None or any(results.entered for results in runs):
        return ""
    journey, customers = study.journey, runs[0].manifest.customers
    warm_up, cool_down = journey.warm_up.s, journey.cool_down.s
    lasted_s = cohort[1] + cool_down  # until the last arrival
    enough = customers * (10.0 if lasted_s <= 0 else 1.5 * (warm_up + cool_down) / lasted_s)
    out = f"{duration(warm_up)} of warm-up" + (f" and {duration(cool_down)} of cool-down" if cool_down else "")
    return (
        f"Nobody counts: all {count(customers, 'customer')} of a replication arrive within {out}, which are left out. "
        f"Simulate more of them, such as --customers {math.ceil(enough / 100) * 100}."
    )


def _deciding(study: Study, comparison: Comparison) -> Iterator[Sentence]:
    """Yield what is recommended, what it costs and how soon that is paid back, and what would overturn it."""
    best = recommendation(study, comparison)
    if best is not None:
        yield best.sentence
    yield from what_it_costs(study, comparison, (best and best.scenario) or comparison.combined)
    if study.found.get("doubts"):
        from reports.sections.doubts import doubts_at_the_top

        yield from doubts_at_the_top(study)
    else:
        yield Sentence("Which assumption would overturn this was not looked for: --explain does.", ())


def _findings(study: Study) -> Iterator[Sentence]:
    """Yield what was found out about those customers: who was saved, which lever does most, who is to blame."""
    if (saved := saved_sentence(study)) is not None:
        yield saved
    if study.found.get("levers"):
        from reports.sections.levers import lever_sentence

        if (lever := lever_sentence(study)) is not None:
            yield lever
    if study.found.get("blame"):
        from reports.sections.blame import blame_sentence

        if (blame := blame_sentence(study)) is not None:
            yield blame


def _compared_cards(study: Study, comparison: Comparison) -> Iterator[Card]:
    for key in CARDS:
        metric = comparison.metrics.get(key)
        if metric is None:
            continue
        found = metric.change(comparison.combined)
        yield Card(
            metric.title,
            number(metric.baseline.value, metric.unit, study.journey.money.currency),
            number(found.value.value, metric.unit, study.journey.money.currency),
            *_change(metric, found),
            found.verdict,
            "simulated",
        )


def _change(metric: ComparedMetric, found: Change) -> tuple[str, str]:
    """Return a change and its interval: of a share in points, of anything else in per cent."""
    estimate = found.paired.difference if metric.unit == "share" else found.paired.change
    if metric.unit == "share":
        digits = points_digits(estimate)
        text, between = f"{points(estimate.value, digits)} points", points_span(estimate, digits)
    else:
        digits = change_digits(estimate)
        text, between = change(estimate.value, digits), change_span(estimate, digits)
    return text, f"({between})" if estimate.bounded else "no interval"


def single_answer(title: str, results: Results) -> str:
    """Return how the customers of one run fared, in a sentence."""
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


def single_cards(results: Results) -> Iterator[Card]:
    """Yield the metrics of one run at a glance."""
    for key in CARDS:
        quantity = results.quantities.get(key)
        if quantity is not None and (estimate := quantity.estimate()).measured:
            between = span(estimate, quantity.unit)
            interval = f"95% CI {between}" if between else "no interval"
            now = number(estimate.value, quantity.unit)
            yield Card(quantity.title, "", now, "", interval, "", results.manifest.kind)


def basis(results: Results, paired: int = 0) -> str:
    """Return what the figures of a run rest on."""
    manifest = results.manifest
    counted = f"; {results.entered:,} customers counted in all" if manifest.cohort_s else ""
    what = "paired replication" if paired else "replication"
    how = f"{count(paired or len(results.replications), what)} of {count(manifest.customers, 'customer')}"
    word = engine_word(manifest.engine, manifest.kind).capitalize()
    again = " A replication: a simulation with customers of its own." if len(results.replications) > 1 else ""
    shared = " Paired: every scenario meets the same ones." if paired else ""
    return f"{word}: {how}{counted}{_made(manifest)}. Seed {manifest.seed}. CI: 95% confidence interval.{again}{shared}"


def _made(manifest: Manifest) -> str:
    """Return against what a run was walked, and when; nothing of a simulation or a log, to which that says nothing."""
    if manifest.kind != "measured" or not manifest.target:
        return ""
    address = urlsplit(manifest.target)  # without a user's name that may be in it
    mocked = manifest.settings.get("mocked")
    against = "the mocked back end" if mocked else f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
    at = ""
    with contextlib.suppress(ValueError):
        began = datetime.fromisoformat(manifest.started).astimezone(UTC)
        at = f", {began.day} {began:%b %Y, %H:%M} UTC"
    return f" against {against}{at}"


def _check(side: SideBySide, same: SameCustomers) -> str:
    hits = round(same.same_outcome.value * same.shared)
    text = (
        f"{side.word.capitalize()}: {count(side.n, 'customer')}; {hits:,} of {same.shared:,} ended as simulated "
        f"({span(same.same_outcome, 'share')})"
    )
    if same.decision_ratio.measured:
        text += (
            f", decisions took {same.decision_ratio.value:.2f} times the forecast (median, n = {same.decision_ratio.n})"
        )
    return text + "."
