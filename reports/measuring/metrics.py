"""Metrics of one replication: funnel, outcomes, contacts, latencies, decisions, workload, money, by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.errors import CannotRead
from journeys.eventlog import CONTACT, Manifest, Run
from reports.measuring.abandonment import abandonment
from reports.measuring.levels import levels
from reports.measuring.measures import measures
from reports.measuring.parting import goes_in_parts, measured_parts
from reports.measuring.quantities import Floats, Quantity, per, quantiles, share, summed
from reports.measuring.results import Counts, FunnelStep, Measured, Results, commonest_first, merged
from reports.measuring.room import expect_room
from reports.measuring.spells import spells
from reports.measuring.walks import OUTCOMES, Part, Walks, read_walks
from reports.measuring.week import ANSWERED_WITHIN_S, week
from reports.measuring.workload import workload

__all__ = [
    "FATES", "FATE_NAMES", "LATENCIES", "REACHED_PHONE", "FunnelStep", "Measured", "Results", "conserve", "fates_of",
    "measure", "measure_quantities", "measure_replication", "merged",
]  # fmt: skip
MEDIAN_AND_P90 = {"median": ("median", 0.5), "p90": ("90th percentile", 0.9)}
PERCENTILES = {"p50": ("p50", 0.5), "p90": ("p90", 0.9), "p95": ("p95", 0.95), "p99": ("p99", 0.99)}
LATENCIES = {
    "wait": "waiting in the queue",
    "service": "being served",
    "sojourn": "queue and service",
    "intended": "from the planned start",
}
SPANS = {"wait": ("ready", "start"), "service": ("start", "end"), "sojourn": ("ready", "end"),
         "intended": ("intended", "end")}  # fmt: skip
FATES = {
    "answered": "answered by a person",
    "abandoned": "abandoned in the queue",
    "chatbot": "resolved by the chatbot",
    "self_service": "resolved by self-service",
    "closed": "outside opening hours, and dropped",
    "open": "still open",
}
FATE_NAMES = tuple(FATES)
REACHED_PHONE = ("answered", "abandoned", "open")
_ATTEMPT = re.compile(r"^attempt \d+(; )?")


def measure_replication(
    journey: Journey, manifest: Manifest, replication: int, rows: Columns, details: bool = True,
    part: Part | None = None,
) -> Measured:  # fmt: skip
    """Return the metrics of one replication's rows, in any order; raises CannotRead where they are broken.

    Without `details` those of segments and single steps are left out, which takes a third of the time. With `part` the
    rows are those of some of its customers, all of each, and `measuring.pooling` makes one replication of the parts.

    A function of its arguments alone: it may run in the process that simulated the rows, and `merged` does the rest.
    `manifest` may be that of the run under way, as it began: who never leaves is then taken to be on the way.
    """
    walks = read_walks(journey, rows, manifest, replication, part)
    outcomes = _outcomes(walks)
    funnel = tuple(_funnel(journey, walks))
    found = (
        *_shares(outcomes),
        *_by_step(outcomes, funnel),
        *_contacts(journey, walks, manifest),
        *_decisions(walks),
        *_waiting(journey, walks, manifest),
        *workload(journey, walks, manifest),
        *measures(journey, walks, manifest),
        *(_detailed(journey, walks, manifest) if details else ()),
    )
    return Measured(
        (replication,), outcomes, funnel, {quantity.key: quantity for quantity in found},
        walks.customers, walks.unfinished, tuple(_reasons(walks)) if details else (),
        spells(journey, walks, manifest, replication) if details else {},
        week(journey, walks, manifest) if details else None,
    )  # fmt: skip


def measure_quantities(
    journey: Journey, manifest: Manifest, replication: int, rows: Columns, keys: Sequence[str]
) -> dict[str, float]:
    """Return the values of those quantities of one replication that have the keys given, where it has them.

    They are those of `measure_replication` without its details, and what nobody asked for is not computed.
    """
    walks = read_walks(journey, rows, manifest, replication)
    wanted, found = set(keys), dict[str, float]()
    groups: tuple[tuple[tuple[str, ...], Callable[[], Iterator[Quantity]]], ...] = (
        (("completion", "drop-off", "denied", "rejected", "censored"), lambda: _shares(_outcomes(walks))),
        (("waiting",), lambda: _waiting(journey, walks, manifest)),
        (("calls", "answered", "contacts"), lambda: _contacts(journey, walks, manifest)),
        (("decision",), lambda: _decisions(walks)),
        (("entered", "dropped"), lambda: _by_step(_outcomes(walks), tuple(_funnel(journey, walks)))),
        (("measure", "returned", "referred"), lambda: measures(journey, walks, manifest)),
        (("",), lambda: workload(journey, walks, manifest)),
    )
    for starts, group in groups:
        own = {key for key in wanted if key.split(".")[0] in starts or "" in starts}
        for quantity in group() if own else ():
            if quantity.key in own:
                found[quantity.key] = float(quantity.values[0])
                own.remove(quantity.key)
                if not own:
                    break
        wanted -= found.keys()
    return found


def _detailed(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    yield from _reasked(walks)
    yield from _failures(walks)
    yield from _segments(journey, walks)
    yield from _latencies(journey, walks, manifest)
    yield from abandonment(journey, walks)
    yield from levels(journey, walks, manifest)
    yield from _through(journey, walks)


def measure(journey: Journey, run: Run) -> Results:
    """Return the metrics of a run, a replication or a group of its customers at a time.

    Raises CannotRead where its log is broken, TooLarge where one of its replications must be measured at once, and this
    machine has no room for it.
    """
    if not goes_in_parts(journey):
        expect_room(run)
    found = measured_parts(journey, run, measure_replication)
    return merged(journey, run.manifest, found or [measure_replication(journey, run.manifest, 0, Columns.of([]))])


def conserve(outcomes: Mapping[str, Counts]) -> None:
    """Raise CannotRead unless entered = completed + denied + dropped + rejected + censored in each replication."""
    total = sum(outcomes[name] for name in OUTCOMES)
    if not np.array_equal(total, outcomes["entered"]):
        parts = " + ".join(f"{name} {int(outcomes[name].sum())}" for name in OUTCOMES)
        raise CannotRead(f"log: entered {int(outcomes['entered'].sum())} is not {parts}; run it again")


def _outcomes(walks: Walks) -> dict[str, Counts]:
    counts = {"entered": _count(np.ones(len(walks.customers), dtype=bool))}
    counts |= {name: _count(walks.customers.outcome.among(name)) for name in OUTCOMES}
    conserve(counts)
    return counts


def _count(chosen: NDArray[np.bool_]) -> Counts:
    """Return how many were chosen, as the counts of one replication."""
    return np.array([np.count_nonzero(chosen)], dtype=np.int64)


def _funnel(journey: Journey, walks: Walks) -> Iterator[FunnelStep]:
    customers, visits = walks.customers, walks.steps
    for step in journey.steps:
        own = visits.to(step.name)
        here = customers.at.among(step.name)
        came = here.copy()
        came[visits.place[own]] = True
        ended = {how: here & customers.outcome.among(how) for how in ("dropped", "denied", "rejected", "censored")}
        left = {how: _count(chosen) for how, chosen in ended.items()}
        entered = _count(came)
        causes = {cause: _count(ended["dropped"] & customers.cause.among(cause)) for cause in customers.cause.texts}
        yield FunnelStep(
            step=step.name,
            title=step.label,
            entered=entered,
            visits=np.array([len(own)], dtype=np.int64),
            converted=entered - left["dropped"] - left["denied"] - left["rejected"] - left["censored"],
            causes={cause: causes[cause] for cause in sorted(causes) if causes[cause][0]},
            **left,
        )


def _shares(outcomes: Mapping[str, Counts]) -> Iterator[Quantity]:
    entered = outcomes["entered"]
    yield share("completion", "Completed", outcomes["completed"], entered, better=1)
    yield share("drop-off", "Dropped off", outcomes["dropped"], entered, better=-1)
    yield share("denied", "Denied", outcomes["denied"], entered)
    yield share("rejected", "Turned away", outcomes["rejected"], entered, better=-1)
    yield share("censored", "Still on their way", outcomes["censored"], entered)


def _by_step(outcomes: Mapping[str, Counts], funnel: tuple[FunnelStep, ...]) -> Iterator[Quantity]:
    entered = outcomes["entered"]
    for step in funnel:
        yield share(f"entered.{step.step}", f"Came to {step.title}", step.entered, entered)
    for step in funnel:
        yield share(f"dropped.{step.step}", f"Dropped off at {step.title}", step.dropped, step.entered, better=-1)


def _through(journey: Journey, walks: Walks) -> Iterator[Quantity]:
    """Yield, of those who completed, the share that each step served."""
    completed = walks.customers.outcome.among("completed")
    served = walks.steps.rows.outcome.among("served")
    for step in journey.steps:
        own = walks.steps.to(step.name)
        came = np.zeros(len(completed), dtype=bool)
        came[walks.steps.place[own[served[own]]]] = True
        title = f"Completed by way of {step.label}"
        yield share(f"through.{step.name}", title, _count(came & completed), _count(completed), of="completions")


def _contacts(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    rows, n = walks.contacts.rows, len(walks.customers)
    # where a target could not show a call, nobody was seen to call: no sample, not zeros
    blind = any(f"contacts.{contact.name}" in manifest.not_measured for contact in journey.contacts)
    fates = fates_of(rows)

    def counted(chosen: NDArray[np.bool_]) -> Floats:
        found = np.bincount(walks.contacts.place[chosen], minlength=n).astype(np.float64)
        return found[:0] if blind else found

    phone = np.isin(fates, [FATE_NAMES.index(fate) for fate in REACHED_PHONE])
    yield per("calls", "Calls per 100", counted(phone))
    if journey.contacts and not blind:
        waited_s = (rows.start_s - rows.ready_s) * manifest.speed
        quick = phone & rows.outcome.among("served") & (waited_s <= ANSWERED_WITHIN_S)
        title = f"Calls answered within {ANSWERED_WITHIN_S:.0f} s"
        yield share("answered", title, _count(quick), _count(phone), better=1, of="calls")
    yield per("contacts", "Questions asked per 100", counted(np.ones(len(rows), dtype=bool)))
    for contact in journey.contacts:
        own = rows.step.among(CONTACT + contact.name)
        reason = contact.reason or contact.name.replace("_", " ")
        yield per(f"calls.{contact.name}", f"Calls per 100: {reason}", counted(own & phone))
        for code, (fate, words) in enumerate(FATES.items()):
            better = {"answered": 0, "abandoned": -1}.get(fate, 0)
            title = f"{reason}, {words}, per 100"
            yield per(f"contacts.{contact.name}.{fate}", title, counted(own & (fates == code)), better=better)


def fates_of(rows: Columns) -> NDArray[np.int8]:
    """Return what became of each contact, by its place in FATES."""
    fates = np.full(len(rows), FATE_NAMES.index("abandoned"), dtype=np.int8)
    for outcome, fate in (("served", "answered"), ("balked", "closed"), ("censored", "open"),
                          ("deflected", "self_service")):  # fmt: skip
        fates[rows.outcome.among(outcome)] = FATE_NAMES.index(fate)
    fates[rows.outcome.among("deflected") & rows.detail.among("chatbot")] = FATE_NAMES.index("chatbot")
    return fates


def _decisions(walks: Walks) -> Iterator[Quantity]:
    decision_s, approved = walks.customers.decision_s, walks.customers.approved
    decided = ~np.isnan(decision_s)
    for key, title, chosen in (
        ("decision", "Time to decision", decided),
        ("decision.approved", "Time to approval", decided & approved),
        ("decision.denied", "Time to denial", decided & ~approved),
    ):
        sample = decision_s[chosen]
        yield from quantiles(key, title, sample, MEDIAN_AND_P90, of="decisions")
        yield per(f"{key}.mean", f"{title}, mean", sample, unit="s", factor=1.0, of="decisions")


def _waiting(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield how long customers wait for the organisation, queues and service, whether in vain or not."""
    rows = walks.steps.rows
    speeds = {step.name: manifest.speed if step.name in manifest.human_steps else 1.0 for step in journey.steps}
    speed = rows.step.mapped(np.array([speeds.get(text, 1.0) for text in rows.step.texts], dtype=np.float64))
    waited = np.nan_to_num(rows.end_s - rows.ready_s) * speed
    each = summed(walks.steps.place, waited, len(walks.customers))
    yield per("waiting", "Time waited per customer", each, unit="s", factor=1.0)


def _reasked(walks: Walks) -> Iterator[Quantity]:
    detail = walks.steps.rows.detail
    facts = np.array([_facts_asked_again(text) for text in detail.texts], dtype=np.float64)
    yield per(
        "reasked", "Facts asked again per 100", summed(walks.steps.place, detail.mapped(facts), len(walks.customers))
    )


def _facts_asked_again(detail: str) -> int:
    _, said, after = detail.partition("re-asked: ")
    return len(after.partition("re-asked: ")[0].split(";")[0].split(",")) if said else 0


def _failures(walks: Walks) -> Iterator[Quantity]:
    failed = walks.steps.rows.outcome.among("failed", "timed_out").astype(np.float64)
    yield per("failed-steps", "Failed attempts per 1,000 steps", failed, unit="per_1000", factor=1000.0, of="attempts")


def _reasons(walks: Walks) -> Iterator[tuple[str, str, int]]:
    rows = walks.steps.rows
    failed = rows[rows.outcome.among("failed", "timed_out")]
    details = [_ATTEMPT.sub("", text) for text in failed.detail.texts]
    pairs = np.stack([failed.step.codes, failed.detail.codes])
    found, times = np.unique(pairs, axis=1, return_counts=True)
    counted = Counter[tuple[str, str]]()
    for step, detail, often in zip(*found.tolist(), times.tolist(), strict=True):
        counted[failed.step.texts[step], details[detail]] += often
    yield from commonest_first(counted)


def _segments(journey: Journey, walks: Walks) -> Iterator[Quantity]:
    if len(journey.segments) < 2:
        return
    customers = walks.customers
    phone = np.isin(fates_of(walks.contacts.rows), [FATE_NAMES.index(fate) for fate in REACHED_PHONE])
    calls = summed(walks.contacts.place, phone, len(customers))
    completed, dropped = customers.outcome.among("completed"), customers.outcome.among("dropped")
    decided = ~np.isnan(customers.decision_s)
    for known in journey.segments:
        own = customers.segment.among(known.name)
        key, title = f"segment.{known.name}", known.name.replace("_", " ").replace("-", " ")
        yield share(f"{key}.completion", f"Completed, {title}", _count(own & completed), _count(own), better=1)
        yield share(f"{key}.drop-off", f"Dropped off, {title}", _count(own & dropped), _count(own), better=-1)
        yield per(f"{key}.calls", f"Calls per 100, {title}", calls[own])
        sample = customers.decision_s[own & decided]
        for found in quantiles(f"{key}.decision", "Time to decision", sample, MEDIAN_AND_P90, of="decisions"):
            yield replace(found, title=f"{found.title}, {title}")


def _latencies(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield mean and percentiles by step, in seconds on the journey's clock.

    Waiting and being served: of attempts that were served. Queue and service, and from the planned start: also of
    those that failed or timed out, so that a slow failure can't flatter.
    """
    rows = walks.steps.rows
    served, tried = rows.outcome.among("served"), rows.outcome.among("served", "failed", "timed_out")
    for step in journey.steps:
        speed = manifest.speed if step.name in manifest.human_steps else 1.0
        here = walks.steps.to(step.name)
        outcomes = {"served": here[served[here]], "tried": here[tried[here]]}
        for of, words in LATENCIES.items():
            if of == "intended" and (manifest.kind == "simulated" or step.lane != "customer"):
                continue
            own = outcomes["served" if of in ("wait", "service") else "tried"]
            begin_s, end_s = (getattr(rows, f"{name}_s")[own] for name in SPANS[of])
            span_s = end_s - begin_s
            sample = span_s[~np.isnan(span_s)] * speed
            key, title = f"latency.{step.name}.{of}", f"{step.label}: {words}"
            yield per(f"{key}.mean", f"{title}, mean", sample, unit="s", factor=1.0, of="visits")
            yield from quantiles(key, title, sample, PERCENTILES, of="visits")
