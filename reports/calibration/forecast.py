"""What a calibrated model forecasts of a load that it has not seen, and whether the measurement bears it out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from journeys.columns import Columns
from journeys.eventlog import ARRIVAL, Run
from reports.calibration.causes import UnderTest, tested
from reports.calibration.diagnosis import load_of
from reports.calibration.evidence import late_s, visits_of
from reports.calibration.fitting import Calibration
from reports.calibration.stations import Draw
from reports.loading.generation import generation
from reports.statistics import Estimate

TOLERANCE = 0.10
SATURATION_TOLERANCE = 0.05
STATISTICS = {"mean": math.nan, "p50": 0.5, "p95": 0.95}
JUDGED = "p95"
BLOCKS = 20

Verdict = Literal["validated", "not validated", "inconclusive", "model wrong", "saturated"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a calibrated model expects of a load.

    Parameters
    ----------
    share: of the capacity. rate_per_s: customers a second of the run. customers: who come, at which times is planned.
    values: by metric, such as ``p95(submit)`` in seconds or ``throughput`` in customers a second: the median over
        draws of the parameters (and of luck, where the target has its own), and the interval that holds 95% of them.
    saturated: by station, the share of draws in which it is overloaded.
    draws: how many. visits: to the station that sets the capacity, from which it was calibrated.
    luck: whether the target has luck of its own, which the intervals then hold too.
    """

    share: float
    rate_per_s: float
    customers: int
    values: Mapping[str, Estimate]
    saturated: Mapping[str, float]
    draws: int
    visits: int = 0
    luck: bool = False

    def known_within(self, metric: str) -> float:
        """Return half the width of a metric's interval, as a share of its value."""
        one = self.values[metric]
        return (one.high - one.low) / (2 * one.value) if one.value > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Examined:
    """A forecast beside its measurement.

    Parameters
    ----------
    run: its folder. measured: by metric. stations: by name, as the measurement shows them.
    verdict: *model wrong* where a station is none that the model can bring about; *saturated* where one was overloaded;
        else *validated* where the judged metrics are within the tolerance, *not validated* where one is outside it and
        outside the forecast's interval, *inconclusive* where it is outside the tolerance alone.
    holds: whether the forecast may be believed: validated, or saturated as it said and with the throughput it said.
    reasons: why, in words.
    """

    forecast: Forecast
    run: str
    measured: Mapping[str, float]
    stations: Mapping[str, UnderTest]
    verdict: Verdict
    holds: bool
    reasons: tuple[str, ...]

    def error(self, metric: str) -> float:
        """Return forecast / measured - 1; NaN where either is missing."""
        forecast, measured = self.forecast.values.get(metric), self.measured.get(metric, math.nan)
        return forecast.value / measured - 1 if forecast is not None and measured > 0 else math.nan

    @property
    def worst(self) -> float:
        """The largest error of a judged metric, as a ratio; of the throughput where the run was saturated."""
        judged = ["throughput"] if self.verdict == "saturated" else [
            metric for metric in self.measured if metric.startswith(f"{JUDGED}(")
        ]  # fmt: skip
        errors = [abs(error) for metric in judged if not math.isnan(error := self.error(metric))]
        return max(errors, default=math.nan)


def steps_forecast(known: Calibration) -> tuple[str, ...]:
    """Return the steps whose times are forecast: those of calibrated stations."""
    return tuple(
        step.name
        for step in known.journey.steps
        if step.station in known.known and step.name in known.known[step.station].services
    )


def observe(known: Calibration, rows: Columns, speed: float, overheads_s: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics of one run's rows: sojourns of each step in seconds of its clock, and the throughput.

    Parameters: `overheads_s`, by step, what a request spends elsewhere and the rows do not have; none in measured ones.
    """
    found: dict[str, float] = {}
    served = rows.outcome.among("served")
    for step in steps_forecast(known):
        scale = speed if known.journey.clock(step) == "human" else 1.0
        own = rows.step.among(step) & served
        sojourn_s = (rows.end_s - rows.ready_s)[own] * scale + overheads_s.get(step, 0.0)
        for name, q in STATISTICS.items():
            value = math.nan
            if len(sojourn_s):
                value = float(sojourn_s.mean() if math.isnan(q) else np.quantile(sojourn_s, q))
            found[f"{name}({step})"] = value
    arrived_s = rows.ready_s[rows.step.among(ARRIVAL)]
    if known.bottleneck and len(arrived_s) > 1:
        last = known.journey.station(known.bottleneck)
        steps = [step.name for step in known.journey.steps if step.station == last.name]
        half = float(arrived_s.min() + arrived_s.max()) / 2
        ended = rows.step.among(*steps) & served & (rows.end_s > half) & (rows.end_s <= arrived_s.max())
        each = sum(known.visits.get(step, 0.0) for step in steps)
        found["throughput"] = float(np.count_nonzero(ended)) / each / (float(arrived_s.max()) - half)
    return found


def saturated_in(known: Calibration, draws: Mapping[str, Draw], rows: Columns, speed: float) -> list[str]:
    """Return the calibrated stations that are overloaded in rows simulated with some values."""
    found = []
    for name, draw in draws.items():
        visits = visits_of(known.journey.station(name), rows, speed, seen=True)
        if len(visits) > BLOCKS and load_of(visits, draw.servers).saturated:
            found.append(name)
    return found


def forecast(
    known: Calibration, share: float, rate_per_s: float, customers: int,
    simulated: Sequence[tuple[Mapping[str, float], Sequence[str]]], luck: bool = False,
) -> Forecast:  # fmt: skip
    """Return the forecast of simulations, one a draw: each with its metrics and its overloaded stations."""
    values = {}
    for metric in simulated[0][0]:
        column = np.array([metrics[metric] for metrics, _ in simulated])
        column = column[~np.isnan(column)]
        if len(column):
            # the next one lies between ranks i and j of n with probability (j - i) / (n + 1)
            low, value, high = (float(end) for end in np.quantile(column, [0.025, 0.5, 0.975], method="weibull"))
            values[metric] = Estimate(value, low, high, len(column), "draws", "predictive")
    overloaded = {name: sum(name in stations for _, stations in simulated) / len(simulated) for name in known.known}
    visits = known.known[known.bottleneck].n if known.bottleneck else 0
    return Forecast(share, rate_per_s, customers, values, overloaded, len(simulated), visits, luck)


def put_to_test(
    known: Calibration, expected: Forecast, run: Run, rows: Columns, tolerance: float = TOLERANCE
) -> Examined:
    """Lay a forecast beside the run that measured the same load, and judge it.

    A load that was not made as planned tests nothing: *inconclusive*, with what went wrong.
    """
    measured = observe(known, rows, run.manifest.speed, {})
    late = late_s(rows, run.manifest)
    stations = {name: tested(known, name, run, expected.share, late) for name in known.known}
    plain = Examined(expected, str(run.folder), measured, stations, "validated", True, ())
    made = generation(run)
    busier = tuple(dict.fromkeys(said for one in stations.values() if (said := one.busier())))
    wrong = [why for one in stations.values() for why in one.wrong()]
    overloaded = [name for name, one in stations.items() if one.load.saturated]
    if made is not None and made.problems:
        return replace(plain, verdict="inconclusive", holds=False, reasons=made.problems)
    if wrong:
        return replace(plain, verdict="model wrong", holds=False, reasons=(*wrong, *busier))
    if overloaded:
        error = plain.error("throughput")
        foreseen = all(expected.saturated.get(name, 0.0) >= 0.5 for name in overloaded)
        said = f"{', '.join(overloaded)} overloaded, {'as' if foreseen else 'not'} forecast; throughput {error:+.1%}"
        holds = foreseen and abs(error) <= SATURATION_TOLERANCE
        return replace(plain, verdict="saturated", holds=holds, reasons=(said,))
    verdict, reasons = _judged(plain, tolerance)
    if verdict != "validated" and (causes := list(_causes(plain, tolerance))):
        return replace(plain, verdict="model wrong", holds=False, reasons=(*causes, *reasons, *busier))
    holds = verdict == "validated"
    return replace(plain, verdict=verdict, holds=holds, reasons=(*reasons, *(() if holds else busier)))


def _causes(plain: Examined, tolerance: float) -> Iterator[str]:
    """Yield why forecasts missed by more than the tolerance: what their stations do otherwise, in that direction."""
    for station in plain.stations.values():
        errors = [plain.error(f"{JUDGED}({step})") for step in station.shift.steps]
        missed = [error for error in errors if abs(error) > tolerance]
        if missed:
            yield from station.wrong(slower=min(missed, key=lambda error: -abs(error)) < 0)


def _judged(plain: Examined, tolerance: float) -> tuple[Verdict, list[str]]:
    verdict: Verdict = "validated"
    reasons = []
    for metric, value in plain.measured.items():
        expected, error = plain.forecast.values.get(metric), plain.error(metric)
        if not metric.startswith(f"{JUDGED}(") or expected is None or math.isnan(error):
            continue
        reasons.append(f"{metric} {error:+.1%}")
        if abs(error) > tolerance:
            reasons[-1] = (
                f"{metric} {_time(value)} instead of {_time(expected.value)}, the forecast off by {error:+.1%}"
            )
            outside = not expected.low <= value <= expected.high
            verdict = "not validated" if outside or verdict == "not validated" else "inconclusive"
    return (verdict, reasons) if reasons else ("inconclusive", ["nothing that was forecast was measured"])


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
