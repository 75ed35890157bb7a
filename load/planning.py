"""Planning a load run: which customers arrive when, within the caps, and what of the journey the target can show."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import Poisson
from journeys.blueprint import Journey
from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput, Problem
from journeys.population import BLOCK, Population
from load.shapes import Shape
from load.workloads import Closed, Replay

MOST_WORKERS = 64
SPARE_FILES = 64
BUSIEST_S = 10.0


def plan(
    journey: Journey,
    seed: int,
    *,
    rate: Rate | None,
    duration_s: float,
    customers: int | None,
    speed: float,
    max_rate: Rate,
    max_customers: int,
    workload: Shape | Replay | None = None,
) -> NDArray[np.float64]:
    """Return when customers 0, 1, ... arrive, in wall seconds of the run, shape (n_customers,).

    By `workload`, at `rate`, or by the journey's own arrivals; the last, and a replay, on a clock `speed` times as
    fast. Those within `duration_s`, and the first `customers` of them at most. Raises InvalidInput where that is
    nobody, or more than the caps allow.
    """
    if rate is not None and rate.per_s > max_rate.per_s:
        raise InvalidInput([_too_fast("--rate", rate, max_rate)])
    if isinstance(workload, Shape) and workload.peak.per_s > max_rate.per_s:
        raise InvalidInput([_too_fast("--shape", workload.peak, max_rate)])
    times_s = _law(journey, seed, rate, speed, workload)
    wanted = max_customers + 1 if customers is None else customers
    arrivals_s = np.zeros(0)
    count = min(BLOCK, wanted)
    while count:
        arrivals_s = times_s(count)
        if count == wanted or len(arrivals_s) < count or arrivals_s[-1] > duration_s:
            break
        count = min(count * 4, wanted)
    arrivals_s = arrivals_s[arrivals_s <= duration_s]
    full = len(arrivals_s) > max_customers
    if not len(arrivals_s):
        what = f"nobody arrives within {duration_s:g} s"
        raise InvalidInput([Problem("--duration", what, "", "a longer run", "or arrivals at another rate with --rate")])
    own = Rate(len(arrivals_s) / (arrivals_s[-1] if full else duration_s))
    if isinstance(workload, Replay):
        own = _busiest(arrivals_s)
    if rate is None and not isinstance(workload, Shape) and own.per_s > max_rate.per_s:
        raise InvalidInput([_too_fast("--speed", own, max_rate)])
    if full:
        raise InvalidInput([_too_many("--duration", f"more than {max_customers}", max_customers)])
    return arrivals_s


def _law(
    journey: Journey, seed: int, rate: Rate | None, speed: float, workload: Shape | Replay | None
) -> Callable[[int], NDArray[np.float64]]:
    """Return what gives the first so many arrival times, in wall seconds."""
    population = Population(journey, seed)
    if isinstance(workload, Shape):
        return lambda count: workload.times_s(population.arrivals_s(count, Poisson(Rate(1.0))))
    if isinstance(workload, Replay):
        return lambda count: np.array(workload.times_s[:count]) / speed
    if rate is not None:
        return lambda count: population.arrivals_s(count, Poisson(rate))
    return lambda count: population.arrivals_s(count) / speed


def _busiest(arrivals_s: NDArray[np.float64]) -> Rate:
    """Return the highest rate that was kept up for ten seconds."""
    before = np.searchsorted(arrivals_s, arrivals_s - BUSIEST_S, side="right")
    return Rate(float(np.max(np.arange(1, len(arrivals_s) + 1) - before)) / BUSIEST_S)


def check_options(
    *,
    duration_s: float,
    customers: int | None,
    workers: int,
    speed: float,
    in_flight: int,
    follow_up_s: float,
    rate: Rate | None,
    max_customers: int,
    max_duration_s: float = math.inf,
    closed: Closed | None = None,
) -> None:
    """Raise InvalidInput with every option that cannot be used."""
    problems = [
        *_times(duration_s, follow_up_s, max_duration_s, speed),
        *_numbers(customers, workers, in_flight, max_customers, closed),
    ]
    if rate is not None and not (rate.per_s > 0 and math.isfinite(rate.per_s)):
        problems.append(Problem("--rate", "must be > 0", str(rate), "arrivals per time, such as '5 / s'"))
    if problems:
        raise InvalidInput(problems)


def _times(duration_s: float, follow_up_s: float, max_duration_s: float, speed: float) -> Iterator[Problem]:
    if not (duration_s > 0 and math.isfinite(duration_s)):
        yield Problem("--duration", "must be > 0", f"{duration_s:g} s", "a duration above zero, such as '60 s'")
    elif duration_s > max_duration_s:
        what, allowed = "is longer than the cap", f"at most {Duration(max_duration_s)}"
        yield Problem("--duration", what, str(Duration(duration_s)), allowed, "raise the cap with --max-time")
    if not (follow_up_s >= 0 and math.isfinite(follow_up_s)):
        yield Problem("--follow-up", "must not be negative", f"{follow_up_s:g} s", "a duration of zero or more")
    if not (speed > 0 and math.isfinite(speed)):
        yield Problem("--speed", "must be > 0", f"{speed:g}", "human seconds a second, such as 3600")


def _numbers(
    customers: int | None, workers: int, in_flight: int, max_customers: int, closed: Closed | None
) -> Iterator[Problem]:
    if customers is not None and customers < 1:
        yield Problem("--customers", "must be 1 or more", str(customers))
    elif customers is not None and customers > max_customers:
        yield _too_many("--customers", str(customers), max_customers)
    if not 1 <= workers <= MOST_WORKERS:
        yield Problem("--workers", "out of range", str(workers), f"1 to {MOST_WORKERS}, one a processor core")
    if in_flight < 1:
        yield Problem("--in-flight", "must be 1 or more", str(in_flight))
    elif workers >= 1 and math.ceil(in_flight / workers) > open_files() - SPARE_FILES:
        what, allowed = "needs more connections than the system lets a process open", f"{open_files() - SPARE_FILES:g}"
        yield Problem("--in-flight", what, str(in_flight), f"at most {allowed} a worker", "or more --workers")
    if closed is not None and not 1 <= closed.users <= in_flight:
        yield Problem("--users", "out of range", str(closed.users), f"1 to {in_flight}, the most customers at once")
    if closed is not None and not 0 <= closed.pause.s < math.inf:
        yield Problem("--pause", "must not be negative", str(closed.pause), "a duration of zero or more")


def open_files() -> float:
    """Return how many files and connections a process may open at most, once it has asked for it."""
    if sys.platform == "win32":  # has no such limit
        return math.inf
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return math.inf if hard == resource.RLIM_INFINITY else float(hard)


def allow_connections(number: int) -> None:
    """Let this process open as many connections, where the system's first limit is lower."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number + SPARE_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number + SPARE_FILES, hard))


def _too_fast(option: str, rate: Rate, most: Rate) -> Problem:
    next_step = "raise the cap with --max-rate where the target is yours to load"
    return Problem(option, "is more than the cap on arrivals", str(rate), f"at most {most}", next_step)


def _too_many(option: str, customers: str, most: int) -> Problem:
    what, allowed = "is more customers than the cap", f"at most {most}"
    return Problem(option, what, customers, allowed, "raise the cap with --max-customers")
