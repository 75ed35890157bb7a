"""Experiments: small journeys simulated in replications by any engine, and held against a truth by their own interval.

Every theory test runs through `replicate_rows`, with the engine that the fixture ``engine`` gives it. The tolerance is
always the interval of the replications at 99.9%: a test fails where simulation and theory differ by more than chance
explains, and also where the replications are too few to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from journeys import Journey, Poisson, Station, Step, per_hour
from journeys.columns import Columns
from journeys.distributions import Distribution
from journeys.eventlog import Row
from simulators import compiled, simpy_engine

CONFIDENCE = 0.999
HOUR_S = 3600.0
SEED = 11
ROUNDING = 1e-9
WARM_UP, COOL_DOWN = 0.2, 0.05
"""Shares of the customers, by number, left out at the beginning and at the end."""

Floats = NDArray[np.float64]


class Refuted(AssertionError):
    """The simulation differs from the theory by more than chance explains."""


class Engine(Protocol):
    """Simulates one replication: its rows, in the order in which they were written."""

    def __call__(
        self, journey: Journey, seed: int, replication: int, customers: int, until_s: float | None = None
    ) -> list[Row]: ...


ENGINES = ("simpy", "compiled")
"""Names of the engines, the slowest first."""


def replicate_columns(
    journey: Journey, seed: int, replication: int, customers: int, until_s: float | None = None, *,
    engine: str = "simpy",
) -> Columns:  # fmt: skip
    """Return the rows of one replication by column, as the engine of that name simulates it."""
    if engine == "simpy":
        return Columns.of(replicate_rows(journey, seed, replication, customers, until_s))
    if lacks := compiled.unsupported(journey):
        pytest.skip(str(lacks[0]))
    parts: list[Columns] = []
    compiled.replicate(journey, seed, replication, customers, until_s=until_s, take=parts.append)
    return Columns.joined(parts)


def replicate_rows(
    journey: Journey, seed: int, replication: int, customers: int, until_s: float | None = None, *,
    engine: str = "simpy",
) -> list[Row]:  # fmt: skip
    """Return the rows of one replication, as the engine of that name simulates it."""
    if engine == "simpy":
        return simpy_engine.replicate(journey, seed, replication, customers, until_s=until_s)
    return replicate_columns(journey, seed, replication, customers, until_s, engine=engine).rows()


def missing(engine: str) -> str:
    """Return why an engine cannot run here; empty where it can."""
    return compiled.missing() if engine == "compiled" else ""


def queue(lam_per_h: float, service: Distribution, servers: int, **parts: Any) -> Journey:
    """Return one station, ``desk``, with Poisson arrivals and one step, ``serve``.

    `queue_limit`, `shifts`, `closures`, `at_closing`, `preemptive` and `groups` are the station's, `segments`, `faults`
    and `arrivals` the journey's, and the other `parts` the step's.
    """
    own = {name: parts.pop(name) for name in ("segments", "faults", "arrivals") if name in parts}
    desk = {
        name: parts.pop(name)
        for name in ("queue_limit", "shifts", "closures", "at_closing", "preemptive", "groups")
        if name in parts
    }
    return Journey(
        name="queue",
        arrivals=own.pop("arrivals", Poisson(per_hour(lam_per_h))),
        steps=(Step(**{"name": "serve", "lane": "backstage", "station": "desk", "service": service} | parts),),
        stations=(Station(name="desk", servers=servers, **desk),),
        **own,
    )


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of one step, by column, in the order in which they became ready; times in hours."""

    customer: NDArray[np.int64]
    server: NDArray[np.int64]
    ready_h: Floats
    start_h: Floats
    end_h: Floats
    outcome: NDArray[np.str_]

    @classmethod
    def of(cls, rows: Sequence[Row], step: str = "serve", segment: str = "") -> Visits:
        """Return the visits of a step, of all customers or of one segment's."""
        chosen = [row for row in rows if row.step == step and segment in ("", row.segment)]
        chosen.sort(key=lambda row: row.ready_s)

        def times_h(name: str) -> Floats:
            return np.array([getattr(row, name) for row in chosen]) / HOUR_S

        return cls(
            np.array([row.customer for row in chosen], dtype=np.int64),
            np.array([row.server for row in chosen], dtype=np.int64),
            times_h("ready_s"),
            times_h("start_s"),
            times_h("end_s"),
            np.array([row.outcome for row in chosen], dtype=np.str_),
        )

    @classmethod
    def steady(cls, rows: Sequence[Row], step: str = "serve", segment: str = "") -> Visits:
        """Return the visits of customers who came after warm-up, and before the system runs empty."""
        customers = 1 + max(row.customer for row in rows)
        every = cls.of(rows, step, segment)
        return every.where((every.customer >= WARM_UP * customers) & (every.customer < (1 - COOL_DOWN) * customers))

    def where(self, chosen: NDArray[np.bool_]) -> Visits:
        """Return some of them."""
        return Visits(
            self.customer[chosen], self.server[chosen], self.ready_h[chosen], self.start_h[chosen],
            self.end_h[chosen], self.outcome[chosen],
        )  # fmt: skip

    def ended(self, outcome: str) -> Visits:
        """Return those of one outcome."""
        return self.where(self.outcome == outcome)

    def share(self, outcome: str) -> float:
        """Return the share of one outcome."""
        return float(np.mean(self.outcome == outcome))

    @property
    def wait_h(self) -> Floats:
        """Time in the queue: until service began, or for those never served until they left."""
        return np.where(np.isnan(self.start_h), self.end_h, self.start_h) - self.ready_h

    @property
    def service_h(self) -> Floats:
        """Time in service."""
        return self.end_h - self.start_h

    @property
    def sojourn_h(self) -> Floats:
        """Time from joining to leaving."""
        return self.end_h - self.ready_h


def served_after_warm_up(rows: Sequence[Row], customers: int, step: str = "serve") -> list[Row]:
    """Return the rows of a step of the customers after warm-up and before the system runs empty."""
    return [row for row in rows if row.step == step and WARM_UP * customers <= row.customer < 0.95 * customers]


def replicated(
    journey: Journey, measure: Callable[[list[Row]], ArrayLike], *, engine: Engine = replicate_rows,
    replications: int = 16, customers: int = 2500, seed: int = SEED, until_s: float | None = None,
) -> Floats:  # fmt: skip
    """Return what was measured in each replication, shape (replications,), or (replications, n) for n numbers each."""
    rows = (engine(journey, seed, number, customers, until_s) for number in range(replications))
    return np.array([measure(log) for log in rows], dtype=np.float64)


def assert_within_interval(values: ArrayLike, truth: ArrayLike, *, within: float = 0.25) -> None:
    """Assert that the truth lies in the interval of the replications, at 99.9%, for each number measured.

    `within`: the interval may reach no farther than this share of the truth, else it says too little. Raises Refuted
    where the truth lies outside, AssertionError where there are too few replications.
    """
    columns = np.atleast_2d(np.asarray(values, dtype=np.float64).T)
    truths = np.atleast_1d(np.asarray(truth, dtype=np.float64))
    assert len(columns) == len(truths), f"{len(columns)} numbers measured, {len(truths)} of theory"
    means, n = np.mean(columns, axis=1), columns.shape[1]
    reaches = stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * np.std(columns, axis=1, ddof=1) / np.sqrt(n)
    told = [
        f"number {index}: simulated {mean:.6g} +- {reach:.3g}, theory {expected:.6g}"
        for index, (mean, reach, expected) in enumerate(zip(means, reaches, truths, strict=True))
    ]
    outside = ~(np.abs(means - truths) <= reaches + ROUNDING * np.abs(truths))
    if outside.any():
        raise Refuted("; ".join(np.array(told)[outside]))
    too_wide = reaches > within * np.abs(truths)
    assert not too_wide.any(), f"{'; '.join(np.array(told)[too_wide])}: the interval is too wide to say anything"


def assert_same_times(simulated: ArrayLike, expected: ArrayLike) -> None:
    """Assert that times are equal to the last bit; raises Refuted with the first that differs."""
    simulated, expected = np.asarray(simulated), np.asarray(expected)
    assert simulated.shape == expected.shape, (simulated.shape, expected.shape)
    differ = np.flatnonzero(simulated != expected)
    if len(differ):
        first = int(differ[0])
        raise Refuted(f"{len(differ)} differ, first number {first}: {simulated[first]!r}, expected {expected[first]!r}")


def mean_wait_h(customers: int = 2500) -> Callable[[list[Row]], float]:
    """Return the measure: mean wait in queue, in hours, of those served."""

    def measure(rows: list[Row]) -> float:
        waits = [row.start_s - row.ready_s for row in served_after_warm_up(rows, customers) if row.outcome == "served"]
        return float(np.mean(waits)) / HOUR_S

    return measure
