"""The report's tables, as rows of words ready for a page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.comparison import Change, ComparedMetric
from reports.judging import Judgement
from reports.measuring.metrics import FATES, LATENCIES, FunnelStep, Results
from reports.measuring.quantities import Quantity
from reports.parameters import ParameterRow
from reports.side_by_side import Pair, engine_word
from reports.statistics import Estimate
from reports.wording import DASH, Unit, change, change_digits, change_span, count, number, signed, span

if TYPE_CHECKING:
    from reports.study import Study

LEVER_KEYS = (
    "completion", "drop-off", "denied", "calls", "contacts", "decision.median", "decision.p90",
    "decision.approved.median", "decision.denied.median", "reasked", "work", "work.contacts", "cost", "cost.completed",
    "net",
)  # fmt: skip
SHOWN_FATES = {fate: words for fate, words in FATES.items() if fate != "open"}
AGREEMENT = {"agrees": "agrees", "differs": "differs", "not measured": DASH}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a value, what is said of it in small print, and the tone it is shown in."""

    text: str
    small: str = ""
    tone: str = ""


def cell(estimate: Estimate, unit: Unit, currency: str = "") -> Cell:
    """Return a value with its interval and n in small print."""
    between = span(estimate, unit, currency)
    n = f"n = {estimate.n:,} {estimate.of}" if estimate.measured and estimate.of != "replications" else ""
    return Cell(number(estimate.value, unit, currency), "; ".join(part for part in (between, n) if part))


def change_text(found: Change) -> str:
    """Return a relative change with its interval, or why there is none."""
    estimate = found.paired.change
    if not estimate.measured:
        return found.verdict
    digits = change_digits(estimate)
    between = f" ({change_span(estimate, digits)})" if estimate.bounded else ""
    return change(estimate.value, digits) + between


def verdict_text(found: Change) -> str:
    """Return the verdict; an inconclusive one with how many replications would settle it."""
    if found.verdict != "inconclusive":
        return found.verdict
    needed = found.paired.needed
    return f"inconclusive; about {count(needed, 'replication')} would settle it" if needed else "inconclusive"


def lever_rows(
    study: Study, keys: Sequence[str] = LEVER_KEYS, scenarios: Sequence[str] | None = None
) -> Iterator[tuple[ComparedMetric, list[Cell]]]:
    """Yield each compared metric with the baseline's cell and one for each scenario (all, unless told which)."""
    comparison = study.comparison
    if comparison is None:
        return
    currency = study.journey.money.currency
    for key in keys:
        metric = comparison.metrics.get(key)
        if metric is None:
            continue
        cells = [cell(metric.baseline, metric.unit, currency)]
        for name in comparison.scenarios if scenarios is None else scenarios:
            found = metric.change(name)
            words = change_text(found) if found.paired.change.measured else _difference(metric, found, currency)
            if found.verdict in ("inconclusive", "no difference"):
                words = f"{words}; {verdict_text(found)}" if found.verdict == "inconclusive" else found.verdict
            tone = found.verdict.replace(" ", "-")
            cells.append(Cell(number(found.value.value, metric.unit, currency), words, tone))
        yield metric, cells


def _difference(metric: ComparedMetric, found: Change, currency: str) -> str:
    return signed(found.paired.difference.value, metric.unit, currency)


def combined_rows(study: Study, prefix: str) -> list[tuple[ComparedMetric, list[Cell]]]:
    """Return the metrics whose keys begin with `prefix`, in the baseline and in the combined scenario."""
    comparison = study.comparison
    if comparison is None:
        return []
    keys = [key for key in comparison.metrics if key.startswith(prefix)]
    return list(lever_rows(study, keys, [comparison.combined]))


def budget_tallies(study: Study) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return of each run with budgets how many are kept, missed, and not settled: (title, [(status, how many)]).

    A comparison tells of its baseline and of the scenario with all levers: those are the ones to decide between.
    """
    shown = (study.baseline, study.combined) if study.comparison is not None else tuple(study.everything)
    found = []
    for name in (*shown, *(name for name in study.measured if name not in shown)):
        own = [judged.status for judged in study.judgements if judged.arm == name]
        tally = [("kept", own.count("kept")), ("missed", own.count("missed"))]
        tally.append(("not settled", len(own) - sum(n for _, n in tally)))
        if own:
            found.append((study.titles[name], [(status, n) for status, n in tally if n]))
    return found


def unmet_budgets(study: Study) -> list[tuple[str, str, str, str]]:
    """Return each budget to look at that is not kept: (status, budget, whose, value with its interval), missed first.

    Of a comparison those of the scenario with all levers and of what was measured: the others are known to be worse.
    """
    shown = {study.combined, *study.measured} if study.comparison is not None else set(study.everything)
    found = []
    for one in study.judgements:
        if one.arm in shown and one.status in ("missed", "inconclusive"):
            between = span(one.estimate, one.unit)
            value = number(one.estimate.value, one.unit) + (f" ({between})" if between else "")
            value += f"; {why}" if (why := undecided(one)) else ""
            status = "missed" if one.status == "missed" else "not settled"
            found.append((status, one.budget, study.titles[one.arm], value))
    return sorted(found, key=lambda one: one[0] != "missed")


def undecided(one: Judgement) -> str:
    """Return why a budget is not settled though the whole interval is on one side of its limit; else nothing."""
    apart = one.estimate.bounded and not one.estimate.low <= one.limit <= one.estimate.high
    return "customers still on their way may yet decide it" if one.status == "inconclusive" and apart else ""


def paired_saving(study: Study) -> str:
    """Return what common random numbers saved on the completion ratio, in words; empty where nothing is known."""
    comparison = study.comparison
    metric = comparison.metrics.get("completion") if comparison is not None else None
    if metric is None or comparison is None:
        return ""
    saved = metric.change(comparison.combined).paired.variance_reduction
    if not math.isfinite(saved):
        return ""
    if saved < 0.05:
        return "Sharing customers did not narrow the interval of the change in completion this time."
    return f"Sharing customers took away {saved:.0%} of the variance of the change in completion."


def saving_rows(study: Study) -> Iterator[tuple[ComparedMetric, list[Cell]]]:
    """Yield each metric with the variance that pairing took away, and the standard deviations it comes from."""
    comparison = study.comparison
    if comparison is None or comparison.replications < 2:
        return
    currency = study.journey.money.currency
    for key in LEVER_KEYS:
        metric = comparison.metrics.get(key)
        if metric is None:
            continue
        cells = []
        for name in comparison.scenarios:
            found = metric.change(name).paired
            paired, unpaired = (
                number(math.sqrt(variance), metric.unit, currency) for variance in (found.variance, found.unpaired)
            )
            saved = found.variance_reduction
            cells.append(Cell(change(-saved), f"{paired} paired, {unpaired} not" if math.isfinite(saved) else ""))
        yield metric, cells


def funnel_rows(results: Results) -> Iterator[tuple[FunnelStep, list[Cell]]]:
    """Yield each step reached: came, visits each, went on, dropped off with causes, drop-off, denied."""
    for step in results.funnel:
        entered = int(step.entered.sum())
        if not entered:
            continue
        dropped = int(step.dropped.sum())
        lost = results.quantities[f"dropped.{step.step}"].estimate()
        causes = sorted(step.causes.items(), key=lambda item: -int(item[1].sum()))
        why = ", ".join(f"{name} {int(counts.sum()):,}" for name, counts in causes)
        yield (
            step,
            [
                Cell(f"{entered:,}"),
                Cell(f"{int(step.visits.sum()) / entered:.2f}"),
                Cell(f"{int(step.converted.sum()):,}"),
                Cell(f"{dropped:,}" if dropped else DASH, why),
                Cell(number(lost.value, "share"), span(lost, "share")) if dropped else Cell(DASH),
                Cell(f"{int(step.denied.sum()):,}" if step.denied.sum() else DASH),
            ],
        )


def outcome_text(results: Results) -> str:
    """Return the conservation of customers as a sum."""
    counts = {name: int(values.sum()) for name, values in results.outcomes.items()}
    words = {"dropped": "dropped off", "rejected": "turned away", "censored": "still on their way"}
    parts = [f"{value:,} {words.get(name, name)}" for name, value in counts.items() if name != "entered"]
    return f"{counts['entered']:,} entered = {' + '.join(parts)}"


def contact_rows(results: Results) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each reason to ask, with what became of the questions (SHOWN_FATES) and calls, per 100 customers."""
    for contact in results.journey.contacts:
        quantities = [results.quantities[f"contacts.{contact.name}.{fate}"] for fate in SHOWN_FATES]
        phone = results.quantities[f"calls.{contact.name}"].estimate()
        if not phone.value and not any(item.estimate().value for item in quantities):
            continue
        cells = [Cell(number(item.estimate().value, "per_100")) for item in quantities]
        yield contact.reason or contact.name, [*cells, cell(phone, "per_100")]


def latency_rows(results: Results) -> Iterator[tuple[str, str, list[Cell]]]:
    """Yield (step, what is timed, cells of mean, p50, p90, p95, p99 and n) of the steps that were measured."""
    for step in results.journey.steps:
        for of, words in LATENCIES.items():
            base = f"latency.{step.name}.{of}"
            mean = results.quantities.get(f"{base}.mean")
            if mean is None or not mean.units or _is_nothing(mean):
                continue
            cells = [cell_of(results.quantities[f"{base}.{stat}"]) for stat in ("mean", "p50", "p90", "p95", "p99")]
            yield step.label, words, [*cells, Cell(f"{mean.units:,}")]


def cell_of(quantity: Quantity) -> Cell:
    """Return a quantity's value with its interval."""
    estimate = quantity.estimate()
    return Cell(number(estimate.value, quantity.unit), span(estimate, quantity.unit))


def _is_nothing(mean: Quantity) -> bool:
    return not (abs(mean.values) > 0).any()


def pair_rows(pairs: Sequence[Pair], latencies: bool) -> Iterator[tuple[str, Cell, Cell, Cell]]:
    """Yield (title, simulated, measured, agreement) of the pairs that are latencies of steps, or are not."""
    for pair in pairs:
        if pair.key.startswith("latency.") == latencies:
            forecast = cell(pair.forecast, pair.unit) if pair.forecast is not None else Cell(DASH)
            tone = pair.agreement.replace(" ", "-")
            yield pair.title, forecast, cell(pair.measured, pair.unit), Cell(AGREEMENT[pair.agreement], tone=tone)


def judgement_rows(study: Study) -> list[tuple[str, list[tuple[Cell, str]]]]:
    """Return (budget, (value with interval, status) on each run that has the budget) in the order of the runs."""
    rows: dict[str, dict[str, tuple[Cell, str]]] = {}
    for item in study.judgements:
        shown = cell(item.estimate, item.unit)
        small = "; ".join(filter(None, (shown.small, undecided(item))))
        rows.setdefault(item.budget, {})[item.arm] = (Cell(shown.text, small), item.status)
    nothing = (Cell(DASH), "not measured")
    return [(budget, [found.get(name, nothing) for name in study.everything]) for budget, found in rows.items()]


def run_rows(study: Study) -> Iterator[tuple[str, str, list[Cell]]]:
    """Yield (title, kind, cells) of how each run was made."""
    for name, results in study.everything.items():
        manifest = results.manifest
        window = manifest.cohort_s
        yield (
            study.titles[name],
            manifest.kind,
            [
                Cell(engine_word(manifest.engine, manifest.kind), manifest.engine),
                Cell(f"{manifest.seed}"),
                Cell(f"{len(results.replications)} × {manifest.customers:,}"),
                Cell(
                    f"{results.entered:,}",
                    f"arrivals {number(window[0], 's')} to {number(window[1], 's')}" if window else "",
                ),
                Cell(
                    f"{manifest.speed:g}×"
                    if manifest.speed != 1
                    else "real time"
                    if manifest.kind == "measured"
                    else DASH
                ),
                Cell(
                    "finished" if manifest.finished else "unfinished",
                    manifest.reason,
                    "" if manifest.finished else "missed",
                ),
                Cell(
                    manifest.journey_digest,
                    ", ".join(f"{key} {value}" for key, value in sorted(manifest.versions.items())),
                ),
            ],
        )


def parameter_groups(rows: Sequence[ParameterRow]) -> list[tuple[str, int]]:
    """Return how many parameters are derived, cited (where any is), given and assumed."""
    found = [(kind, sum(row.kind == kind for row in rows)) for kind in ("derived", "cited", "given", "assumed")]
    return [(kind, many) for kind, many in found if many or kind != "cited"]
