"""Forecasts: what a calibrated model expected of loads that it had not seen, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.calibration.forecast_figure import forecast_figure
from reports.calibration.record import trust_of
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.tables import Cell
from reports.wording import DASH, change

if TYPE_CHECKING:
    from reports.study import Study

NAME = "forecasts"
JUDGED = "p95("


def _records(study: Study) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = study.found.get(NAME, {})
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    records = _records(study)
    if not records:
        return None
    arms = [(name, study.titles[name], trust_of(record), list(_rows(record))) for name, record in records.items()]
    return {"arms": arms}


def _rows(record: Mapping[str, Any]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each forecast load with its judged metrics and throughput."""
    for one in record["forecasts"]:
        for metric, told in one["metrics"].items():
            if metric.startswith(JUDGED) or metric == "throughput":
                yield f"{one['share']:.0%} of capacity, {one['rate_per_s']:.4g} / s", _cells(one, metric, told)


def _cells(one: Mapping[str, Any], metric: str, told: Mapping[str, Any]) -> list[Cell]:
    error = change(told["error"], 1) if told["error"] is not None else DASH
    judged = one["verdict"] if (metric == "throughput") == (one["verdict"] == "saturated") else ""
    tone = "agrees" if one["holds"] else "missed" if one["run"] else ""
    return [
        Cell(metric),
        Cell(_shown(told["forecast"], metric), f"{_shown(told['low'], metric)} to {_shown(told['high'], metric)}"),
        Cell(_shown(told["measured"], metric)),
        Cell(error),
        Cell(judged, "; ".join(one["reasons"]) if judged else "", tone),
    ]


def _shown(value: float | None, metric: str) -> str:
    if value is None or not math.isfinite(value):
        return DASH
    if metric == "throughput":
        return f"{value:.4g} / s"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def _pictures(study: Study) -> Iterator[Picture]:
    for name, record in _records(study).items():
        if record["forecasts"]:
            figure = forecast_figure(record["forecasts"], JUDGED)
            words = "95th percentile by load, forecast and measured: the table holds the same numbers."
            yield drawn(f"forecast-{name}", f"{study.titles[name]}: forecasts", words, figure)


def _machine(study: Study) -> Mapping[str, Any] | None:
    records = _records(study)
    return {name: dict(record) for name, record in records.items()} or None


SECTION = Section(NAME, "Forecasts, and their tests", _values, _pictures, _machine)
