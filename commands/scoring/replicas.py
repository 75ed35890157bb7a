"""Scalable, and redundant: what further replicas get done, and what customers notice when one is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.scoring.pace import Pace, note
from journeys.evidence import Evidence

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.eventlog import Run

USERS = 16
STEP_S = 0.1
TWO_S, ONE_S = (1.0, 4.5), (6.0, 9.5)
"""When both replicas work, and when one of them has been dead for long enough that nothing of it hangs any more."""

SATURATED_SPEED = 200_000.0
BUSY = 95.0
FAULTY_S, FOLLOW_UP_S = 7.5, 2.0
TWICE = 2.0
Tell = Callable[[int, int], None]


def why_not(journey: Journey) -> str:
    """Return why a journey's back end cannot have replicas here, or nothing."""
    from journeys.errors import Missing
    from simulators.replicas.balancer import find_envoy
    from simulators.replicas.hosting import hosted_stations

    if not hosted_stations(journey):
        return "the journey has no system at which customers act alone, for replicas to host"
    try:
        find_envoy()
    except Missing as error:
        return str(error)
    return ""


def scaled(journey: Journey, out: Path, seed: int, tell: Tell) -> list[Evidence]:
    """Return how many steps a second two replicas get done, and one of them alone, when there is always more to do.

    One run, in which the second replica dies halfway. Each replica serves one customer at a time at each of its
    stations, for STEP_S a step, so that the replicas are the limit and not this machine.
    """
    from journeys.distributions import Constant
    from journeys.durations import Duration
    from simulators.replicas.hosting import hosted_stations

    hosted = hosted_stations(journey)
    stations = tuple(
        replace(one, servers=1, queue_limit=None, replicas=None) if one.name in hosted else one
        for one in journey.stations
    )
    steps = tuple(
        replace(step, service=Constant(Duration(STEP_S)), attempts=None, response_patience=None, patience=None)
        if step.station in hosted else step
        for step in journey.steps
    )  # fmt: skip
    run, busy = _saturated(replace(journey, stations=stations, steps=steps), hosted[0], out / "saturated", seed, tell)
    how = (
        f"{USERS} customers at once; replicas with one server each, {1000 * STEP_S:.0f} ms a step; one of two is killed"
    )
    found = [
        Evidence("scalable", "throughput", words, _per_second(run, hosted, *span), "steps/s")
        for words, span in (("1 replica", ONE_S), ("2 replicas", TWO_S))
    ]
    found += [Evidence("scalable", "machine busy", "", busy, "%"), note("scalable", how)]
    if busy > BUSY:
        found.append(
            note("scalable", f"this machine was {busy:.0f}% busy meanwhile: it may be the limit, not the replicas")
        )
    return found


def _saturated(journey: Journey, station: str, folder: Path, seed: int, tell: Tell) -> tuple[Run, float]:
    """Return the run, and how busy this machine was while both replicas worked, in percent."""
    import psutil

    from commands.tiers import as_tier
    from journeys.durations import Duration
    from journeys.eventlog import Run
    from journeys.faults import Fault
    from load.engine import load
    from load.job import LoadProgress
    from load.workloads import Closed
    from simulators.backend.process import BackendProcess

    dies = Fault(name="fewer", station=station, kind="kill", replica=1, at=Duration(TWO_S[1]), lasting=Duration(60.0))
    tier, seen = as_tier(journey, 2, [dies]), list[float]()

    def at(now: LoadProgress) -> None:
        share = float(psutil.cpu_percent())
        if TWO_S[0] < now.elapsed_s < TWO_S[1]:
            seen.append(share)
        tell(round(now.elapsed_s), round(ONE_S[1]))

    with BackendProcess(tier, seed=seed, speed=SATURATED_SPEED, replicas=2, waits=True) as backend:
        load(
            tier, target=backend.url, mocked=True, folder=folder, seed=seed, workload=Closed(USERS),
            duration_s=ONE_S[1], speed=SATURATED_SPEED, follow_up_s=0.5, scenario=folder.name, progress=at,
        )  # fmt: skip
    return Run.open(folder), sum(seen) / max(1, len(seen))


def _per_second(run: Run, hosted: tuple[str, ...], begin_s: float, end_s: float) -> float:
    names = ", ".join(f"'{name}'" for name in hosted)
    found = run.sql(
        f"SELECT count(*) AS n FROM events WHERE station IN ({names}) AND outcome = 'served'"
        f" AND end_s >= {begin_s} AND end_s < {end_s}"
    )
    return float(found["n"].iloc[0]) / (end_s - begin_s)


def declared(journey: Journey, hosted: tuple[str, ...]) -> int:
    """Return how many replicas the blueprint gives to the systems of its customers; one where it says nothing."""
    return max(one.replicas.count if one.replicas else 1 for one in journey.stations if one.name in hosted)


def killed(journey: Journey, out: Path, seed: int, pace: Pace, tell: Tell) -> list[Evidence]:
    """Kill one of the replicas that the blueprint gives, under load, and return what customers noticed."""
    from commands.tiers import as_tier
    from journeys.durations import Duration
    from journeys.faults import Fault
    from simulators.replicas.hosting import hosted_stations

    hosted = hosted_stations(journey)
    count = declared(journey, hosted)
    used = Counter(step.station for step in journey.steps if step.station in hosted).most_common(1)[0][0]
    third_s = FAULTY_S / 3
    fault = Fault(name="kill", station=used, kind="kill", replica=0, at=Duration(third_s), lasting=Duration(third_s))
    tier = as_tier(journey, count, [fault])
    run, held = _broken(tier, out / f"killed-{count}", seed, count, pace, tell)
    acts = run.sql(
        "SELECT min(intended_s) AS begin_s, max(end_s) AS end_s, bool_and(outcome = 'served') AS ok FROM events"
        f" WHERE lane = 'customer' AND station IN ({', '.join(repr(name) for name in hosted)})"
        " AND outcome IN ('served', 'failed', 'timed_out', 'rejected') GROUP BY customer, step, visit"
    )
    acts["took_s"] = acts["end_s"] - acts["begin_s"]
    before = acts[acts["end_s"] < third_s]
    during = acts[(acts["begin_s"] >= third_s) & (acts["begin_s"] < 2 * third_s)]
    slowest_s = float(before["took_s"].max()) if len(before) else 1.0
    unhurt = int((during["ok"] & (during["took_s"] <= TWICE * slowest_s)).sum())
    subject = f"1 of {count} replica{'s' * (count > 1)}"
    how = f"{pace.rate_per_s:.3g} customers a second for {FAULTY_S:g} s; the replica is dead in the middle third"
    found = [
        Evidence("redundant", "steps in the fault", subject, len(during), "steps"),
        Evidence("redundant", "unhurt", subject, unhurt, "steps"),
        Evidence("redundant", "failed", subject, int((~during["ok"]).sum()), "steps"),
        Evidence("redundant", "slowest before", subject, slowest_s, "s"),
        Evidence("redundant", "slowest during", subject, float(during["took_s"].max()) if len(during) else None, "s"),
        Evidence("redundant", "acknowledged", subject, held.acknowledged, "steps"),
        Evidence("redundant", "lost", subject, held.lost, "steps", "broken" if held.lost else "held"),
        Evidence("redundant", "done twice", subject, held.doubled, "steps", "broken" if held.doubled else "held"),
        note("redundant", how),
    ]  # fmt: skip
    if count == 1:
        found.append(
            note("redundant", "the blueprint gives its systems no second replica (stations.NAME.replicas.count)")
        )
    return found


def _broken(journey: Journey, folder: Path, seed: int, count: int, pace: Pace, tell: Tell) -> tuple[Run, Any]:
    from journeys.durations import per_second
    from journeys.eventlog import Run
    from load.engine import load
    from simulators.backend.process import BackendProcess
    from simulators.replicas.audit import audit

    database = folder.with_suffix(".db")
    for old in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        old.unlink(missing_ok=True)
    with BackendProcess(
        journey, seed=seed, speed=pace.speed, replicas=count, database=database, waits=True
    ) as backend:  # fmt: skip
        load(
            journey, target=backend.url, mocked=True, folder=folder, seed=seed, rate=per_second(pace.rate_per_s),
            duration_s=FAULTY_S, speed=pace.speed, follow_up_s=FOLLOW_UP_S, scenario=folder.name,
            progress=lambda at: tell(at.done, at.planned),
        )  # fmt: skip
    run = Run.open(folder)
    own = {step.name for step in journey.steps if step.lane == "customer"}
    served = run.sql("SELECT customer, step FROM events WHERE outcome = 'served' AND lane = 'customer'")
    acts = zip(served["customer"].tolist(), served["step"].tolist(), strict=True)
    told = Counter((int(who), str(step)) for who, step in acts if step in own)
    return run, audit(database, told)
