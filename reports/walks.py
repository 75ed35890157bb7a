"""What became of each customer: one row a customer, read from a run's rows, with the check that nobody got lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.errors import CannotRead
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Manifest
from reports.quantities import summed

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("completed", "denied", "dropped", "rejected", "censored")
_CAUSES = (
    ("gave up waiting", "gave up waiting"),
    ("gave up at", "gave up while acting"),
    ("no patience for", "answer took too long"),
    ("nobody answered", "calls went unanswered"),
    ("failed at", "technical failure"),
    ("reneged at", "left the queue"),
    ("balked at", "queue too long"),
    ("rejected at", "turned away"),
)


@dataclass(frozen=True, slots=True)
class Walks:
    """A run's rows, sorted for reading, and what became of each customer who counts.

    Parameters
    ----------
    replications: their numbers, rising.
    customers: one row for each customer of the cohort: `key` (replication and customer in one number), `index` (of
        the replication, from 0), `replication`, `customer`, `segment`, `arrived_s` (planned, on the journey's clock),
        `outcome`, `at` (the step at which the journey ended), `cause` (of dropping off, else empty), `decision_s`
        (time to decision, on the journey's clock; NaN where none was reached) and `approved`.
    steps, contacts: the cohort's rows of steps, and of contacts, each with `key` and `index`.
    everyone: all rows, also of customers outside the cohort, with `index`.
    unfinished: customers of the cohort without an exit row, counted as censored.
    """

    replications: tuple[int, ...]
    customers: pd.DataFrame
    steps: pd.DataFrame
    contacts: pd.DataFrame
    everyone: pd.DataFrame
    unfinished: int


def read_walks(journey: Journey, frame: pd.DataFrame, manifest: Manifest) -> Walks:
    """Return what became of each customer of the cohort.

    Raises CannotRead where a customer arrived or left more than once, left without having arrived, left with an
    outcome that is none, or (in a run that finished) never left.
    """
    import pandas as pd

    names = np.asarray(frame["step"].astype(str))
    frame = frame.assign(key=np.asarray(frame["replication"], dtype=np.int64) * (1 << 40) + frame["customer"])
    arrivals = frame[names == ARRIVAL].sort_values("key", kind="stable")
    exits = frame[names == EXIT].sort_values("key", kind="stable")
    replications = tuple(int(item) for item in np.unique(np.asarray(arrivals["replication"])))
    frame = frame.assign(index=np.searchsorted(np.array(replications), np.asarray(frame["replication"])))
    _check(arrivals, exits, manifest)

    outcome = pd.Series(np.asarray(exits["outcome"].astype(str)), index=np.asarray(exits["key"]))
    reason = pd.Series(np.asarray(exits["detail"].astype(str)), index=np.asarray(exits["key"]))
    keys = np.asarray(arrivals["key"])
    customers = pd.DataFrame(
        {
            "key": keys,
            "index": np.searchsorted(np.array(replications), np.asarray(arrivals["replication"])),
            "replication": np.asarray(arrivals["replication"]),
            "customer": np.asarray(arrivals["customer"]),
            "segment": np.asarray(arrivals["segment"].astype(str)),
            "arrived_s": np.asarray(arrivals["intended_s"]) * manifest.speed,
            "outcome": np.asarray(outcome.reindex(keys).fillna("censored")),
            "cause": [_cause(str(text)) for text in reason.reindex(keys).fillna("")],
        }
    )
    customers["cause"] = np.where(customers["outcome"] == "dropped", customers["cause"], "")
    if manifest.cohort_s is not None:
        begin, end = manifest.cohort_s
        arrived = np.asarray(customers["arrived_s"])
        customers = customers[(arrived >= begin) & (arrived <= end)].reset_index(drop=True)
    counted = np.asarray(customers["key"])
    inside = np.isin(np.asarray(frame["key"]), counted)
    is_contact = np.char.startswith(names.astype(str), CONTACT) if len(names) else np.zeros(0, dtype=bool)
    own = inside & ~is_contact & (names != EXIT)
    steps = _in_order(journey, frame[own])
    customers["at"] = _last_place(journey, steps, counted)
    decision_s, approved = _decisions(journey, steps, manifest, customers)
    customers["decision_s"], customers["approved"] = decision_s, approved
    unfinished = int((~np.isin(counted, np.asarray(exits["key"]))).sum())
    return Walks(
        replications, customers, steps[np.asarray(steps["step"].astype(str)) != ARRIVAL].reset_index(drop=True),
        frame[inside & is_contact].reset_index(drop=True), frame, unfinished,
    )  # fmt: skip


def _check(arrivals: pd.DataFrame, exits: pd.DataFrame, manifest: Manifest) -> None:
    def fail(problem: str, rows: pd.DataFrame) -> None:
        some = ", ".join(f"{row.customer} of replication {row.replication}" for row in rows.head(3).itertuples())
        run = f"{manifest.journey} ({manifest.engine}, {manifest.scenario or 'no scenario'})"
        raise CannotRead(f"{run}: {problem} (customer {some}); the log does not conserve its customers; run it again")

    if len(twice := arrivals[arrivals["key"].duplicated()]):
        fail("customers arrive more than once", twice)
    if len(twice := exits[exits["key"].duplicated()]):
        fail("customers leave more than once", twice)
    if len(strange := exits[~exits["key"].isin(arrivals["key"])]):
        fail("customers leave without having arrived", strange)
    if len(strange := exits[~exits["outcome"].isin(OUTCOMES)]):
        fail("customers leave with an outcome that is none", strange)
    if manifest.finished and len(lost := arrivals[~arrivals["key"].isin(exits["key"])]):
        fail("customers arrive and never leave, in a run that says it finished", lost)


def _in_order(journey: Journey, rows: pd.DataFrame) -> pd.DataFrame:
    """Sort rows of steps by customer and time; at equal times (steps that take none) by the journey's order."""
    order = {ARRIVAL: -1, **{step.name: index for index, step in enumerate(journey.steps)}}
    rank = [order.get(str(name), len(order)) for name in rows["step"]]
    rows = rows.assign(rank=np.array(rank, dtype=np.int64))
    return rows.sort_values(["key", "end_s", "ready_s", "rank"], kind="stable", ignore_index=True)


def _last_place(journey: Journey, steps: pd.DataFrame, keys: NDArray[Any]) -> NDArray[Any]:
    """Return at which step each customer's journey ended.

    Rule: the step that the customer's last row leads `to`; the row's own step where it leads to an end or nowhere.
    """
    import pandas as pd

    known = {step.name for step in journey.steps}
    last = steps.drop_duplicates("key", keep="last")
    to, own = last["to"].astype(str), last["step"].astype(str)
    first = journey.steps[0].name
    place = [b if b in known else a if a in known else first for a, b in zip(own, to, strict=True)]
    return np.asarray(pd.Series(place, index=np.asarray(last["key"])).reindex(keys).fillna(first))


def _cause(detail: str) -> str:
    for start, cause in _CAUSES:
        if detail.startswith(start):
            return cause
    return "other"


# Time to decision ----------------------------------------------------------------------------------------------------


def decision_steps(journey: Journey) -> tuple[str, ...]:
    """Return the steps whose last end stops the clock of the time to decision: those in the stop step's wait."""
    if len(journey.decision) != 2:
        return ()
    stop = journey.step(journey.decision[1])
    if not stop.awaits:
        return (stop.name,)
    return tuple(step.name for step in journey.steps if step.awaits == stop.awaits)


def leads_only_to(journey: Journey, place: str, end: str) -> bool:
    """Tell whether everybody at `place` who is not lost on the way arrives at `end`."""
    return _reachable(journey, place) & {"completed", "denied"} == {end}


def _reachable(journey: Journey, place: str) -> set[str]:
    """Return the steps and ends that can come after arriving at `place`, itself included."""
    known = {step.name: step for step in journey.steps}
    todo, seen = [place], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            if name in known:
                todo += [route.to for route in known[name].routes] or [journey.after(name)]
    return seen


def _decisions(
    journey: Journey, steps: pd.DataFrame, manifest: Manifest, customers: pd.DataFrame
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the time to decision, in seconds on the journey's clock, and whether it was an approval.

    Rule: from the end of the first served visit of `decision[0]` to the end of the last row of any step in the same
    wait as `decision[1]`, if that row was served and leads to `completed`, to `denied` or to a step from which nobody
    comes back into the wait (so papers asked for are no decision). It is a denial when everybody who goes there is
    denied. Where the log's clock is scaled, the time that machines served is on the real clock and the rest is
    multiplied by the run's speed.
    """
    import pandas as pd

    keys = np.asarray(customers["key"])
    nothing = np.full(len(keys), np.nan)
    group = decision_steps(journey)
    if not group or not len(steps):
        return nothing, np.zeros(len(keys), dtype=bool)
    names = np.asarray(steps["step"].astype(str))
    served = np.asarray(steps["outcome"].astype(str)) == "served"
    started = steps[(names == journey.decision[0]) & served].drop_duplicates("key", keep="first")
    last = steps[np.isin(names, group)].drop_duplicates("key", keep="last")
    places = {"completed", "denied", *(step.name for step in journey.steps)}
    beyond = {place for place in places if not _reachable(journey, place) & {*group, journey.decision[0]}}
    to = np.asarray(last["to"].astype(str))
    decided = last[np.isin(to, sorted(beyond)) & (np.asarray(last["outcome"].astype(str)) == "served")]
    denials = {place for place in beyond if leads_only_to(journey, place, "denied")}

    began = _by_key(started, "end_s", keys)
    ended = _by_key(decided, "end_s", keys)
    where = pd.Series(np.asarray(decided["to"].astype(str)), index=np.asarray(decided["key"])).reindex(keys).fillna("")
    span_s = ended - began
    span_s[span_s < 0] = np.nan
    if manifest.speed != 1:
        machine_s = _machine_time(journey, steps, manifest.human_steps, began, ended, keys)
        span_s = (span_s - machine_s) * manifest.speed + machine_s
    return span_s, np.asarray((where != "") & ~where.isin(denials)) & ~np.isnan(span_s)


def _by_key(rows: pd.DataFrame, column: str, keys: NDArray[Any]) -> NDArray[np.float64]:
    import pandas as pd

    found = pd.Series(np.asarray(rows[column], dtype=np.float64), index=np.asarray(rows["key"])).reindex(keys)
    return np.array(found, dtype=np.float64)


def _machine_time(
    journey: Journey,
    steps: pd.DataFrame,
    human: Sequence[str],
    began: NDArray[np.float64],
    ended: NDArray[np.float64],
    keys: NDArray[Any],
) -> NDArray[np.float64]:
    """Return the seconds that each customer spent at machines between two times; steps do not overlap."""
    machines = [step.name for step in journey.steps if step.name not in human and journey.clock(step.name) == "system"]
    rows = steps[np.isin(np.asarray(steps["step"].astype(str)), machines)]
    place = np.searchsorted(keys, np.asarray(rows["key"]))
    low = np.maximum(np.asarray(rows["ready_s"], dtype=np.float64), began[place])
    high = np.minimum(np.asarray(rows["end_s"], dtype=np.float64), ended[place])
    spent = np.nan_to_num(np.maximum(0.0, high - low))
    return summed(place, spent, len(keys))
