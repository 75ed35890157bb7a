"""OpenTelemetry: a run as OTLP JSON lines, the form of the file exporter, so that observability back ends take it in.

A trace is a customer's journey, with a span for each visit, call and stay in a queue. Metrics are what rows add up to.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from journeys.eventlog import ARRIVAL, EXIT, Run
from reports.exports.visits import Visit, customers, visits, written

SPANS = 500  # a line
# bounds of the durations' histogram, seconds: three a decade, from a millisecond to about four months
BOUNDS_S = (*(float(f"{step}e{power}") for power in range(-3, 7) for step in (1, 2, 5)), 1e7)
_INTERNAL, _ERROR, _CUMULATIVE = 1, 2, 2  # numbers of the protocol's enumerations
_WENT_WRONG = ("failed", "timed_out", "rejected")


def write_traces(run: Run, zero: datetime, path: Path) -> None:
    """Write a run's customers as traces; raises CannotRead or CannotWrite."""
    with written(path) as file:
        waiting: list[dict[str, Any]] = []
        for who, own in customers(run):
            waiting += _spans(run, who, own, zero)
            if len(waiting) >= SPANS:
                _line(file, run, "resourceSpans", "scopeSpans", "spans", waiting)
                waiting = []
        if waiting:
            _line(file, run, "resourceSpans", "scopeSpans", "spans", waiting)


def write_metrics(run: Run, zero: datetime, path: Path) -> None:
    """Write what a run's rows add up to: customers by outcome, visits' durations by step and outcome.

    Raises CannotRead or CannotWrite.
    """
    ended: dict[tuple[str, str], int] = {}
    times: dict[tuple[str, str, str], _Histogram] = {}
    last_s = 0.0
    for row in visits(run):
        last_s = max(last_s, row.over_s)
        if row.step == EXIT:
            key = row.outcome, row.segment
            ended[key] = ended.get(key, 0) + 1
        elif row.step != ARRIVAL and not math.isnan(row.end_s - row.ready_s):
            times.setdefault((row.step, row.outcome, row.station), _Histogram()).add(row.end_s - row.ready_s)
    at = {"startTimeUnixNano": _nanos(zero, 0.0), "timeUnixNano": _nanos(zero, last_s)}
    exits = [
        {"attributes": _attributes(outcome=outcome, segment=segment), "asInt": str(count), **at}
        for (outcome, segment), count in sorted(ended.items())
    ]
    durations = [
        {"attributes": _attributes(step=step, outcome=outcome, station=station), **histogram.values(), **at}
        for (step, outcome, station), histogram in sorted(times.items())
    ]
    metrics = [
        {"name": "journeywright.customers", "unit": "{customer}", "description": "customers by how they ended",
         "sum": {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": exits}},
        {"name": "journeywright.step.duration", "unit": "s", "description": "from joining a step's queue to its end",
         "histogram": {"aggregationTemporality": _CUMULATIVE, "dataPoints": durations}},
    ]  # fmt: skip
    with written(path) as file:
        _line(file, run, "resourceMetrics", "scopeMetrics", "metrics", metrics)


def _spans(run: Run, who: str, own: Sequence[Visit], zero: datetime) -> Iterator[dict[str, Any]]:
    """Yield a customer's spans, the journey itself first."""
    trace = _identity(16, _name_of(run), who)
    root = _identity(8, _name_of(run), who)
    arrival, last = own[0], own[-1]
    ended = last.outcome if last.step == EXIT else "censored"
    began_s = arrival.ready_s if not math.isnan(arrival.ready_s) else arrival.over_s
    over_s = max(row.over_s for row in own)
    yield _span(
        trace, root, "", run.manifest.journey, _nanos(zero, began_s), _nanos(zero, over_s),
        _attributes(segment=arrival.segment, customer=arrival.customer, replication=arrival.replication, outcome=ended),
        ended,
    )  # fmt: skip
    for row in own:
        if row.step in (ARRIVAL, EXIT) or math.isnan(row.end_s):
            continue
        from_s = row.ready_s if not math.isnan(row.ready_s) else row.intended_s
        about = _attributes(step=row.step, visit=row.visit, lane=row.lane, station=row.station, outcome=row.outcome,
                            detail=row.detail, **({"server": row.server} if row.server >= 0 else {}))  # fmt: skip
        span = _span(
            trace, _identity(8, _name_of(run), who, row.step, str(row.visit), repr(row.end_s)), root, row.step,
            _nanos(zero, min(from_s, row.end_s)), _nanos(zero, row.end_s), about, row.outcome,
        )  # fmt: skip
        if not math.isnan(row.start_s):
            span["events"] = [{"timeUnixNano": _nanos(zero, row.start_s), "name": "service began"}]
        yield span


def _span(
    trace: str, own: str, parent: str, name: str, began: str, over: str, attributes: Any, outcome: str
) -> dict[str, Any]:
    wrong = outcome in _WENT_WRONG
    return {
        "traceId": trace, "spanId": own, **({"parentSpanId": parent} if parent else {}), "name": name,
        "kind": _INTERNAL, "startTimeUnixNano": began, "endTimeUnixNano": over, "attributes": attributes,
        "status": {"code": _ERROR, "message": outcome} if wrong else {},
    }  # fmt: skip


class _Histogram:
    """Durations counted between `BOUNDS_S`; a bound belongs to the bucket that it ends."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum, self._least, self._most = 0.0, math.inf, -math.inf

    def add(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(BOUNDS_S, seconds)] += 1
        self._sum += seconds
        self._least, self._most = min(self._least, seconds), max(self._most, seconds)

    def values(self) -> dict[str, Any]:
        """Return a data point's fields."""
        return {
            "count": str(sum(self._counts)), "sum": self._sum, "min": self._least, "max": self._most,
            "explicitBounds": list(BOUNDS_S), "bucketCounts": [str(count) for count in self._counts],
        }  # fmt: skip


def _line(file: Any, run: Run, whole: str, scoped: str, kind: str, items: Sequence[dict[str, Any]]) -> None:
    manifest = run.manifest
    about = {
        "service.name": manifest.journey, "service.version": manifest.journey_digest,
        "journeywright.scenario": manifest.scenario, "journeywright.engine": manifest.engine,
        "journeywright.kind": manifest.kind, "journeywright.seed": manifest.seed,
    }  # fmt: skip
    scope = {"name": "journeywright", "version": manifest.versions.get("journeywright", "")}
    value = {whole: [{"resource": {"attributes": _pairs(about)}, scoped: [{"scope": scope, kind: list(items)}]}]}
    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _attributes(**values: str | int) -> list[dict[str, Any]]:
    return _pairs({f"journeywright.{name}": value for name, value in values.items() if value != ""})


def _pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]


def _name_of(run: Run) -> str:
    manifest = run.manifest
    return f"{manifest.journey_digest} {manifest.scenario} {manifest.engine} {manifest.seed} {manifest.started}"


def _identity(size: int, *parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=size).hexdigest()


def _nanos(zero: datetime, seconds: float) -> str:
    whole = round(zero.timestamp())
    return str(whole * 1_000_000_000 + round(seconds * 1e9))
