"""The measures that a journey names itself, and who came again or was referred, from one replication's rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.eventlog import ARRIVAL, Manifest
from journeys.measures import Busy, Measure, Share, Span, Tally
from reports.measuring.quantities import Floats, Quantity, per, quantiles, share, whole
from reports.measuring.walks import Walks
from reports.measuring.workload import window_of

PREFIX = "measure."
_SPAN = {"p50": ("median", 0.5), "p90": ("90th percentile", 0.9)}


def measures(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield the quantities of each measure, keyed ``measure.NAME`` (of a span ``.mean``, ``.p50`` and ``.p90``)."""
    for measure in journey.measures:
        yield from _quantities(measure, walks, manifest)
    if journey.loyalty is not None and "loyalty" not in manifest.not_measured:
        yield from _loyalty(walks)


def _quantities(measure: Measure, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    key = f"{PREFIX}{measure.name}"
    if isinstance(measure, Span):
        sample = _spans_s(measure, walks) * manifest.speed
        title = measure.title
        yield replace(
            per(f"{key}.mean", f"{title}, mean", sample, unit="s", factor=1.0, of="spans"), better=measure.better
        )
        for found in quantiles(key, title, sample, _SPAN, of="spans"):
            yield replace(found, better=measure.better)
    elif isinstance(measure, Tally):
        visits = np.bincount(walks.steps.place[_visits_to(walks, measure.visited)], minlength=len(walks.customers))
        yield per(key, f"{measure.title} per 100", visits.astype(np.float64), better=measure.better)
    elif isinstance(measure, Busy):
        yield whole(key, measure.title, "share", *_busy(measure, walks, manifest), better=measure.better)
    elif measure.of == "visits":
        visits_to = [len(_visits_to(walks, steps)) for steps in (measure.visited, measure.among)]
        yield share(key, measure.title, visits_to[:1], visits_to[1:], better=measure.better, of="visits")
    else:
        among, hits = _chosen(measure, walks)
        yield share(key, measure.title, [hits.sum()], [among.sum()], better=measure.better)


def _chosen(measure: Share, walks: Walks) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which customers a share is of, and which of them count."""
    among = _came(walks, measure.among) if measure.among else np.ones(len(walks.customers), dtype=bool)
    hits = among & ~_came(walks, measure.avoided)
    if measure.visited:
        hits &= _came(walks, measure.visited)
    if measure.ended:
        hits &= walks.customers.outcome.among(*measure.ended)
    return among, hits


def _visits_to(walks: Walks, steps: Sequence[str]) -> NDArray[np.intp]:
    return np.concatenate([np.zeros(0, dtype=np.intp), *(walks.steps.to(step) for step in steps)])


def _came(walks: Walks, steps: Sequence[str]) -> NDArray[np.bool_]:
    came = np.zeros(len(walks.customers), dtype=bool)
    came[walks.steps.place[_visits_to(walks, steps)]] = True
    return came


def _spans_s(measure: Span, walks: Walks) -> Floats:
    """Return the spans in seconds of the log; rows are sorted by customer, then by their end."""
    rows, place = walks.steps.rows, walks.steps.place
    served = rows.outcome.among("served")
    begins = np.zeros(len(rows), dtype=bool)
    begins[_visits_to(walks, measure.since)] = True
    begins &= served
    numbers = np.where(begins, np.arange(len(rows)), -1)
    latest = np.concatenate([[-1], np.maximum.accumulate(numbers)[:-1]]) if len(rows) else numbers
    ends = walks.steps.to(measure.until)
    ends = ends[served[ends] & (latest[ends] >= 0)]
    ends = ends[place[latest[ends]] == place[ends]]
    until_s = rows.end_s[ends] if measure.to_the_end else rows.start_s[ends]
    spans = until_s - rows.end_s[latest[ends]]
    return np.asarray(spans[spans >= 0], dtype=np.float64)


def _busy(measure: Busy, walks: Walks, manifest: Manifest) -> tuple[float, float]:
    """Return the seconds in which servers were busy, and those that there were."""
    rows = walks.everyone
    own = rows.step.among(*measure.steps) & ~np.isnan(rows.start_s)
    begin_s, end_s = window_of(walks, manifest)
    low = np.maximum(rows.start_s[own] * manifest.speed, begin_s)
    high = np.minimum(rows.end_s[own] * manifest.speed, end_s)
    there_s = measure.servers * (end_s - begin_s) if walks.counts_staff else 0.0
    return float(np.maximum(high - low, 0.0).sum()), there_s


def _loyalty(walks: Walks) -> Iterator[Quantity]:
    """Yield how many further journeys began for each hundred that entered, whoever they followed from."""
    rows = walks.everyone
    arrived = rows.step.among(ARRIVAL) & np.isin(rows.customer, walks.customers.customer)
    for key, title in (("returned", "Came again"), ("referred", "Came by referral")):
        hits = int((arrived & rows.detail.among(key)).sum())
        yield share(key, title, [hits], [len(walks.customers)], better=1)
