"""Planning a load run: which customers arrive when, within the caps, and what of the journey the target can show."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import Arrivals, Poisson
from journeys.blueprint import Journey
from journeys.durations import Rate
from journeys.errors import InvalidInput, Problem
from journeys.population import BLOCK, Population

MOST_WORKERS = 64
SPARE_FILES = 64


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
) -> NDArray[np.float64]:
    """Return when customers 0, 1, ... arrive, in wall seconds of the run, shape (n_customers,).

    At `rate`, or by the journey's own arrivals on a clock `speed` times as fast; those within `duration_s`, and the
    first `customers` of them at most. Raises InvalidInput where that is nobody, or more than the caps allow.
    """
    law: Arrivals = Poisson(rate) if rate is not None else journey.arrivals
    scale = 1.0 if rate is not None else speed
    if rate is not None and rate.per_s > max_rate.per_s:
        raise InvalidInput([_too_fast("--rate", rate, max_rate)])
    population = Population(journey, seed)
    wanted = max_customers + 1 if customers is None else customers
    arrivals_s = np.zeros(0)
    count = min(BLOCK, wanted)
    while count:
        arrivals_s = population.arrivals_s(count, law) / scale
        if count == wanted or len(arrivals_s) < count or arrivals_s[-1] > duration_s:
            break
        count = min(count * 4, wanted)
    arrivals_s = arrivals_s[arrivals_s <= duration_s]
    full = len(arrivals_s) > max_customers
    if not len(arrivals_s):
        what = f"nobody arrives within {duration_s:g} s"
        raise InvalidInput([Problem("--duration", what, "", "a longer run", "or arrivals at another rate with --rate")])
    own = Rate(len(arrivals_s) / (arrivals_s[-1] if full else duration_s))
    if rate is None and own.per_s > max_rate.per_s:
        raise InvalidInput([_too_fast("--speed", own, max_rate)])
    if full:
        raise InvalidInput([_too_many("--duration", f"more than {max_customers}", max_customers)])
    return arrivals_s


def check_options(
    *, duration_s: float, customers: int | None, workers: int, speed: float, in_flight: int, follow_up_s: float,
    rate: Rate | None, max_customers: int,
) -> None:  # fmt: skip
    """Raise InvalidInput with every option that cannot be used."""
    problems = list(_options(duration_s, customers, workers, speed, in_flight, follow_up_s, rate, max_customers))
    if problems:
        raise InvalidInput(problems)


def _options(
    duration_s: float, customers: int | None, workers: int, speed: float, in_flight: int, follow_up_s: float,
    rate: Rate | None, max_customers: int,
) -> Iterator[Problem]:  # fmt: skip
    if not (duration_s > 0 and math.isfinite(duration_s)):
        yield Problem("--duration", "must be > 0", f"{duration_s:g} s", "a duration above zero, such as '60 s'")
    if not (follow_up_s >= 0 and math.isfinite(follow_up_s)):
        yield Problem("--follow-up", "must not be negative", f"{follow_up_s:g} s", "a duration of zero or more")
    if not (speed > 0 and math.isfinite(speed)):
        yield Problem("--speed", "must be > 0", f"{speed:g}", "human seconds a second, such as 3600")
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
    if rate is not None and not (rate.per_s > 0 and math.isfinite(rate.per_s)):
        yield Problem("--rate", "must be > 0", str(rate), "arrivals per time, such as '5 / s'")


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
