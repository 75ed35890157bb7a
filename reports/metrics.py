"""Metrics of one run: funnel, outcomes, contacts, latencies, decisions, workload and money, as quantities by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.errors import CannotRead
from journeys.eventlog import CONTACT, Manifest, Run
from reports.abandonment import abandonment
from reports.quantities import Quantity, per, quantile, share, summed
from reports.walks import OUTCOMES, Walks, read_walks
from reports.workload import workload

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.int64]
QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99))
LATENCIES = {
    "wait": "waiting in the queue",
    "service": "being served",
    "sojourn": "queue and service",
    "intended": "from the planned start",
}
FATES = {
    "answered": "answered by a person",
    "abandoned": "abandoned in the queue",
    "chatbot": "resolved by the chatbot",
    "self_service": "resolved by self-service",
    "closed": "outside opening hours, and dropped",
    "open": "still open",
}
REACHED_PHONE = ("answered", "abandoned", "open")


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """What became of the customers who came to one step; each array has shape (n_replications,).

    entered = converted + dropped + denied + rejected + censored: the last four are those whose journey ended here.
    `visits` counts rows, so rework and further attempts show; `causes` splits `dropped`.
    """

    step: str
    title: str
    entered: Counts
    visits: Counts
    converted: Counts
    dropped: Counts
    denied: Counts
    rejected: Counts
    censored: Counts
    causes: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Results:
    """All metrics of one run.

    Parameters
    ----------
    outcomes: how many of the cohort's customers in each replication, by outcome, and `entered`.
    quantities: by key, in the order in which reports show them.
    customers: one row a customer, see `reports.walks.Walks`.
    unfinished: customers without an exit row in a run that was cut short, counted as censored.
    failures: what went wrong with attempts that failed or timed out: (step, reason, how often), the commonest first.
    """

    journey: Journey
    manifest: Manifest
    replications: tuple[int, ...]
    outcomes: Mapping[str, Counts]
    funnel: tuple[FunnelStep, ...]
    quantities: Mapping[str, Quantity]
    customers: pd.DataFrame
    unfinished: int
    failures: tuple[tuple[str, str, int], ...]

    @property
    def entered(self) -> int:
        """Customers counted, over all replications."""
        return int(self.outcomes["entered"].sum())


def measure(journey: Journey, run: Run) -> Results:
    """Return the metrics of a run; raises CannotRead where its log is broken (see `read_walks`)."""
    return measure_frame(journey, run.frame(), run.manifest)


def measure_frame(journey: Journey, frame: pd.DataFrame, manifest: Manifest) -> Results:
    """Return the metrics of rows in the order of `Run.frame`; raises CannotRead where they are broken."""
    walks = read_walks(journey, frame, manifest)
    outcomes = _outcomes(walks)
    funnel = tuple(_funnel(journey, walks))
    found: dict[str, Quantity] = {}
    for quantity in (
        *_shares(outcomes, funnel),
        *_contacts(journey, walks, manifest),
        *_decisions(walks),
        *_reasked(walks),
        *_failures(walks),
        *workload(journey, walks, manifest),
        *_segments(journey, walks),
        *_latencies(journey, walks, manifest),
        *abandonment(journey, walks),
    ):
        found[quantity.key] = quantity
    return Results(
        journey, manifest, walks.replications, outcomes, funnel, found, walks.customers, walks.unfinished,
        tuple(_reasons(walks)),
    )  # fmt: skip


def conserve(outcomes: Mapping[str, Counts]) -> None:
    """Raise CannotRead unless entered = completed + denied + dropped + rejected + censored in each replication."""
    total = sum(outcomes[name] for name in OUTCOMES)
    if not np.array_equal(total, outcomes["entered"]):
        parts = " + ".join(f"{name} {int(outcomes[name].sum())}" for name in OUTCOMES)
        raise CannotRead(f"log: entered {int(outcomes['entered'].sum())} is not {parts}; run it again")


def _outcomes(walks: Walks) -> dict[str, Counts]:
    n = len(walks.replications)
    index = np.asarray(walks.customers["index"], dtype=np.int64)
    outcome = np.asarray(walks.customers["outcome"])
    counts = {"entered": np.bincount(index, minlength=n)}
    counts |= {name: np.bincount(index[outcome == name], minlength=n) for name in OUTCOMES}
    conserve(counts)
    return counts


def _funnel(journey: Journey, walks: Walks) -> Iterator[FunnelStep]:
    n = len(walks.replications)
    customers, rows = walks.customers, walks.steps
    names, row_keys = np.asarray(rows["step"].astype(str)), np.asarray(rows["key"])
    keys, index = np.asarray(customers["key"]), np.asarray(customers["index"], dtype=np.int64)
    at, outcome, cause = (np.asarray(customers[name]) for name in ("at", "outcome", "cause"))
    for step in journey.steps:
        own = names == step.name
        here = at == step.name
        came = np.isin(keys, row_keys[own]) | here

        def ended(how: str, here: NDArray[np.bool_] = here) -> Counts:
            return np.bincount(index[here & (outcome == how)], minlength=n)

        entered = np.bincount(index[came], minlength=n)
        left = {how: ended(how) for how in ("dropped", "denied", "rejected", "censored")}
        dropped = here & (outcome == "dropped")
        yield FunnelStep(
            step=step.name,
            title=step.label,
            entered=entered,
            visits=np.bincount(np.asarray(rows["index"], dtype=np.int64)[own], minlength=n),
            converted=entered - left["dropped"] - left["denied"] - left["rejected"] - left["censored"],
            causes={
                str(name): np.bincount(index[dropped & (cause == name)], minlength=n)
                for name in sorted(set(cause[dropped]))
            },
            **left,
        )


def _shares(outcomes: Mapping[str, Counts], funnel: tuple[FunnelStep, ...]) -> Iterator[Quantity]:
    entered = outcomes["entered"]
    yield share("completion", "Completed", outcomes["completed"], entered, better=1)
    yield share("drop-off", "Dropped off", outcomes["dropped"], entered, better=-1)
    yield share("denied", "Denied", outcomes["denied"], entered)
    yield share("rejected", "Turned away", outcomes["rejected"], entered, better=-1)
    yield share("censored", "Still on their way", outcomes["censored"], entered)
    for step in funnel:
        yield share(f"entered.{step.step}", f"Came to {step.title}", step.entered, entered)
    for step in funnel:
        yield share(f"dropped.{step.step}", f"Dropped off at {step.title}", step.dropped, step.entered, better=-1)


def _contacts(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    n = len(walks.replications)
    keys, index = np.asarray(walks.customers["key"]), np.asarray(walks.customers["index"], dtype=np.int64)
    if any(f"contacts.{contact.name}" in manifest.not_measured for contact in journey.contacts):
        keys, index = keys[:0], index[:0]  # nobody was seen to call, and nobody could have been: no sample, not zeros
    rows = walks.contacts
    names = np.asarray(rows["step"].astype(str))
    fates = _fates(rows)
    place = np.searchsorted(keys, np.asarray(rows["key"]))

    def counted(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(place[chosen], minlength=len(keys)).astype(np.float64)

    phone = np.isin(fates, REACHED_PHONE)
    yield per("calls", "Calls per 100", counted(phone), index, n)
    yield per("contacts", "Questions asked per 100", counted(np.ones(len(rows), dtype=bool)), index, n)
    for contact in journey.contacts:
        own, reason = names == CONTACT + contact.name, contact.reason or contact.name.replace("_", " ")
        yield per(f"calls.{contact.name}", f"Calls per 100: {reason}", counted(own & phone), index, n)
        for fate, words in FATES.items():
            better = {"answered": 0, "abandoned": -1}.get(fate, 0)
            title = f"{reason}, {words}, per 100"
            yield per(f"contacts.{contact.name}.{fate}", title, counted(own & (fates == fate)), index, n, better=better)


def _fates(rows: pd.DataFrame) -> NDArray[np.str_]:
    """Return what became of each contact, one of FATES."""
    outcome, detail = np.asarray(rows["outcome"].astype(str)), np.asarray(rows["detail"].astype(str))
    fate = np.full(len(rows), "abandoned", dtype="U12")
    fate[outcome == "served"] = "answered"
    fate[outcome == "balked"] = "closed"
    fate[outcome == "censored"] = "open"
    deflected = outcome == "deflected"
    fate[deflected] = np.where(detail[deflected] == "chatbot", "chatbot", "self_service")
    return fate


def _decisions(walks: Walks) -> Iterator[Quantity]:
    n, customers = len(walks.replications), walks.customers
    approved = np.asarray(customers["approved"], dtype=bool)
    decided = ~np.isnan(np.asarray(customers["decision_s"], dtype=np.float64))
    for key, title, chosen in (
        ("decision", "Time to decision", decided),
        ("decision.approved", "Time to approval", decided & approved),
        ("decision.denied", "Time to denial", decided & ~approved),
    ):
        sample = np.asarray(customers["decision_s"], dtype=np.float64)[chosen]
        index = np.asarray(customers["index"], dtype=np.int64)[chosen]
        yield quantile(f"{key}.median", f"{title}, median", sample, index, n, 0.5, of="decisions")
        yield quantile(f"{key}.p90", f"{title}, 90th percentile", sample, index, n, 0.9, of="decisions")
        yield per(f"{key}.mean", f"{title}, mean", sample, index, n, unit="s", factor=1.0, of="decisions")


def _reasked(walks: Walks) -> Iterator[Quantity]:
    n, keys = len(walks.replications), np.asarray(walks.customers["key"])
    details = walks.steps["detail"].astype(str)
    asked = details[details.str.contains("re-asked: ", regex=False)]
    facts = [len(text.split("re-asked: ")[1].split(";")[0].split(",")) for text in asked]
    place = np.searchsorted(keys, np.asarray(walks.steps["key"])[np.asarray(asked.index)])
    counts = summed(place, np.array(facts, dtype=np.float64), len(keys))
    index = np.asarray(walks.customers["index"], dtype=np.int64)
    yield per("reasked", "Facts asked again per 100", counts, index, n)


def _failures(walks: Walks) -> Iterator[Quantity]:
    outcome = np.asarray(walks.steps["outcome"].astype(str))
    failed = np.isin(outcome, ("failed", "timed_out")).astype(np.float64)
    index = np.asarray(walks.steps["index"], dtype=np.int64)
    yield per(
        "failed-steps", "Failed attempts per 1,000 steps", failed, index, len(walks.replications),
        unit="per_1000", factor=1000.0, of="attempts",
    )  # fmt: skip


def _reasons(walks: Walks) -> Iterator[tuple[str, str, int]]:
    steps = walks.steps
    failed = steps[np.isin(np.asarray(steps["outcome"].astype(str)), ("failed", "timed_out"))]
    details = failed["detail"].astype(str).str.replace(r"^attempt \d+(; )?", "", regex=True)
    counted = Counter(zip(failed["step"].astype(str), details, strict=True))
    for (step, reason), times in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        yield step, reason, times


def _segments(journey: Journey, walks: Walks) -> Iterator[Quantity]:
    if len(journey.segments) < 2:
        return
    n, customers = len(walks.replications), walks.customers
    segment, outcome = np.asarray(customers["segment"]), np.asarray(customers["outcome"])
    index = np.asarray(customers["index"], dtype=np.int64)
    decision_s = np.asarray(customers["decision_s"], dtype=np.float64)
    place = np.searchsorted(np.asarray(customers["key"]), np.asarray(walks.contacts["key"]))
    calls = summed(place, np.isin(_fates(walks.contacts), REACHED_PHONE), len(customers))
    for known in journey.segments:
        own = segment == known.name
        key, title = f"segment.{known.name}", known.name.replace("_", " ").replace("-", " ")
        entered = np.bincount(index[own], minlength=n)
        completed = np.bincount(index[own & (outcome == "completed")], minlength=n)
        dropped = np.bincount(index[own & (outcome == "dropped")], minlength=n)
        decided = own & ~np.isnan(decision_s)
        yield share(f"{key}.completion", f"Completed, {title}", completed, entered, better=1)
        yield share(f"{key}.drop-off", f"Dropped off, {title}", dropped, entered, better=-1)
        yield per(f"{key}.calls", f"Calls per 100, {title}", calls[own], index[own], n)
        yield quantile(
            f"{key}.decision.median", f"Time to decision, median, {title}", decision_s[decided], index[decided], n, 0.5,
            of="decisions",
        )  # fmt: skip
        yield quantile(
            f"{key}.decision.p90", f"Time to decision, 90th percentile, {title}", decision_s[decided], index[decided],
            n, 0.9, of="decisions",
        )  # fmt: skip


def _latencies(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield mean and percentiles by step, in seconds on the journey's clock.

    Waiting and being served: of attempts that were served. Queue and service, and from the planned start: also of
    those that failed or timed out, so that a slow failure can't flatter.
    """
    n, rows = len(walks.replications), walks.steps
    names, outcome = np.asarray(rows["step"].astype(str)), np.asarray(rows["outcome"].astype(str))
    times = {name: np.asarray(rows[f"{name}_s"], dtype=np.float64) for name in ("intended", "ready", "start", "end")}
    spans = {
        "wait": times["start"] - times["ready"],
        "service": times["end"] - times["start"],
        "sojourn": times["end"] - times["ready"],
        "intended": times["end"] - times["intended"],
    }
    index = np.asarray(rows["index"], dtype=np.int64)
    for step in journey.steps:
        speed = manifest.speed if step.name in manifest.human_steps else 1.0
        here = names == step.name
        for of, words in LATENCIES.items():
            if of == "intended" and (manifest.kind == "simulated" or step.lane != "customer"):
                continue
            outcomes = ("served",) if of in ("wait", "service") else ("served", "failed", "timed_out")
            chosen = here & np.isin(outcome, outcomes) & ~np.isnan(spans[of])
            sample, own = spans[of][chosen] * speed, index[chosen]
            key, title = f"latency.{step.name}.{of}", f"{step.label}: {words}"
            yield per(f"{key}.mean", f"{title}, mean", sample, own, n, unit="s", factor=1.0, of="visits")
            for name, q in QUANTILES:
                yield quantile(f"{key}.{name}", f"{title}, {name}", sample, own, n, q, of="visits")
