"""The engines that simulate a journey, in order of preference, and which of them a run gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.errors import Missing, Problem, Unsupported
from journeys.faults import Fault

EngineName = Literal["", "simpy", "compiled"]
"""Which engine; empty for the first of ENGINES that can."""

Take = Callable[[Columns], None]
"""Takes the next rows of a replication."""


class Engine(Protocol):
    """What simulates one replication of a journey; every engine's rows are the same."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The installed packages whose versions a manifest tells."""

    def missing(self) -> str:
        """Return why it cannot run on this machine, and what would let it; empty where it can."""

    def unsupported(self, journey: Journey) -> Sequence[Problem]:
        """Return what of the journey it cannot express, by path."""

    def prepare(self, tell: Callable[[str], None]) -> None:
        """Make ready what is needed once on a machine, and `tell` what takes its time; raises Missing if it cannot."""

    def replicate(
        self, journey: Journey, seed: int, replication: int, customers: int, arrivals: Arrivals | None,
        until_s: float | None, speed: float, take: Take,
    ) -> None:  # fmt: skip
        """Simulate one replication; its rows are taken in parts, in the order in which they were written."""


class _Compiled:
    """The fastest, where there is or was a C compiler; Python of the user's own it cannot express."""

    packages = ()

    def missing(self) -> str:
        from simulators import compiled

        return compiled.missing()

    def unsupported(self, journey: Journey) -> Sequence[Problem]:
        from simulators import compiled

        return compiled.unsupported(journey)

    def prepare(self, tell: Callable[[str], None]) -> None:
        from simulators import compiled

        compiled.prepare(tell)

    def replicate(
        self, journey: Journey, seed: int, replication: int, customers: int, arrivals: Arrivals | None,
        until_s: float | None, speed: float, take: Take,
    ) -> None:  # fmt: skip
        from simulators import compiled

        compiled.replicate(journey, seed, replication, customers, arrivals, until_s, speed, take=take)


class _SimPy:
    """The reference: it expresses everything that a journey says enough of, everywhere."""

    packages = ("simpy",)

    def missing(self) -> str:
        return ""

    def unsupported(self, journey: Journey) -> Sequence[Problem]:
        return [*map(_unknown, unforeseeable(journey.faults))]

    def prepare(self, tell: Callable[[str], None]) -> None:
        return

    def replicate(
        self, journey: Journey, seed: int, replication: int, customers: int, arrivals: Arrivals | None,
        until_s: float | None, speed: float, take: Take,
    ) -> None:  # fmt: skip
        from simulators.simpy_engine import replicate

        take(Columns.of(replicate(journey, seed, replication, customers, arrivals, until_s, speed)))


def unforeseeable(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults of which no journey says enough to be simulated: how many bytes pass, what a browser does."""
    return [fault for fault in faults if fault.kind == "bandwidth" or fault.where == "browser"]


def _unknown(fault: Fault) -> Problem:
    if fault.where == "browser":
        what, instead = "is in the browser, which is not simulated", "walk it: journeywright browse"
    else:
        what, instead = "cannot be simulated: no journey says how many bytes pass", "kind latency, place network"
    return Problem(f"faults.{fault.name}.kind", what, fault.kind, "", instead)


ENGINES: Mapping[str, Engine] = {"compiled": _Compiled(), "simpy": _SimPy()}


def choose(name: str, journey: Journey, tell: Callable[[str], None]) -> str:
    """Return the name of the engine that a journey gets, made ready.

    An engine that was asked for is taken, or refused: raises Missing where it cannot run here, and Unsupported with
    each path that it cannot express. Otherwise it is the first of ENGINES that can; `tell` why an earlier one cannot.
    """
    for candidate in [name] if name else ENGINES:
        try:
            _expect_able(candidate, journey)
            ENGINES[candidate].prepare(tell)
        except (Missing, Unsupported) as error:
            if name or candidate == list(ENGINES)[-1]:
                raise
            tell(f"not by the {candidate} engine, which would be faster: {'; '.join(str(error).splitlines())}")
        else:
            return candidate
    raise AssertionError("the last engine is taken or raises")


def _expect_able(name: str, journey: Journey) -> None:
    lacking, problems = ENGINES[name].missing(), ENGINES[name].unsupported(journey)
    if lacking:
        raise Missing(lacking)
    if problems:
        raise Unsupported(name, problems)
