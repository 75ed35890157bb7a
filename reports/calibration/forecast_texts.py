"""Forecasts of a calibrated model and their tests, as lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from reports.calibration.forecast import JUDGED, TOLERANCE, Examined, Forecast
from reports.wording import duration

SHOWN = (f"{JUDGED}(", "throughput")
"""The metrics that a terminal shows, by how their names begin; the record beside the what-if file has all."""


def forecast_lines(forecasts: Sequence[Forecast], tested: Sequence[Examined]) -> list[str]:
    """Return the lines to print: each load with what is expected, what was measured, and the verdict."""
    tests = {one.forecast.share: one for one in tested}
    lines = []
    for one in forecasts:
        lines += ["", *_lines(one, tests.get(one.share))]
    return [*lines, *_answer(forecasts, tested)]


def _answer(forecasts: Sequence[Forecast], tested: Sequence[Examined]) -> Iterator[str]:
    """Yield what a planner may take away from all tests together."""
    if forecasts and not tested:
        yield ""
        yield "model: not validated: none of these forecasts was put to a test; --measure does"
    if not tested:
        return
    each = ", ".join(
        f"{one.forecast.share:.0%} {one.verdict}{' as forecast' if one.verdict == 'saturated' and one.holds else ''}"
        for one in tested
    )
    borne_out = all(one.holds for one in tested)
    yield ""
    yield f"model: {'validated' if borne_out else 'not validated'}: {each}"


def _lines(one: Forecast, test: Examined | None) -> Iterator[str]:
    rate = f"{one.rate_per_s:.4g} / s" if one.rate_per_s >= 0.1 else f"{one.rate_per_s * 3600:.4g} / h"
    yield f"at {one.share:.0%} of capacity: {rate}, {one.customers:,} customers" + ("" if test else "; not tested")
    heads = ["", "expected", "95% of the time", *(["measured", "error"] if test else [])]
    table = [heads, *(_row(one, test, metric) for metric in one.values if metric.startswith(SHOWN))]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    likely = {name: share for name, share in one.saturated.items() if share > 0}
    for name, share in likely.items():
        yield f"  {name} is overloaded in {share:.0%} of {one.draws} draws"
    yield from _doubts(one)
    if test is not None:
        for name, station in test.stations.items():
            change = station.shift.mean
            if math.isfinite(change.low):
                yield (f"  {name}: services {change.value:+.1%} ({change.low:+.1%} to {change.high:+.1%}) "
                       "against the calibration")  # fmt: skip
        also = ", not as forecast" if test.verdict == "saturated" and not test.holds else ""
        yield f"  {test.verdict}{also}: {'; '.join(test.reasons)}"


def _doubts(one: Forecast) -> Iterator[str]:
    """Yield which judged metrics the calibration cannot tell within the tolerance, and what would do."""
    if max(one.saturated.values(), default=0.0) >= 0.5:
        return
    for metric in one.values:
        within = one.known_within(metric)
        if metric.startswith(f"{JUDGED}(") and within > TOLERANCE:
            visits = float(f"{one.visits * (within / TOLERANCE) ** 2:.2g}")
            also = ", and a longer test (it holds the luck of that, too)" if one.luck else ""
            yield (f"  {metric} is known within {within:.0%}; within {TOLERANCE:.0%} takes a calibration from about "
                   f"{visits:,.0f} visits{also}")  # fmt: skip


def _row(one: Forecast, test: Examined | None, metric: str) -> list[str]:
    value = one.values[metric]
    shown = (lambda number: f"{number:.4g} / s") if metric == "throughput" else _duration
    row = [metric, shown(value.value), f"{shown(value.low)} to {shown(value.high)}"]
    if test is not None:
        measured, error = test.measured.get(metric, math.nan), test.error(metric)
        row += [shown(measured) if math.isfinite(measured) else "-", f"{error:+.1%}" if math.isfinite(error) else "-"]
    return row


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else duration(seconds)
