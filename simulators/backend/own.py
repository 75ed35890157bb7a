"""A user's own SimPy processes in the back end: the very ones of the simulation, on the clock of its people."""

from __future__ import annotations

import logging
from collections.abc import Callable

from journeys.blueprint import Journey, Step
from journeys.errors import InvalidInput
from journeys.population import Population
from simulators.clocks import Clock
from simulators.tickets import Server

_log = logging.getLogger(__name__)


def own_processes(
    journey: Journey, population: Population, human: Clock, run_s: Callable[[], float]
) -> Callable[[Step], Server] | None:
    """Return what gives the server of a step with a process of its own; None where the journey has none.

    One customer's visit that goes wrong does not stop the others: its work fails, and what was wrong is logged.
    """
    if not _steps(journey):
        return None
    from simulators.own_time import ClockedEnvironment
    from simulators.processes import Processes

    return Processes(journey, population, ClockedEnvironment(human), run_s, _note).of


def expect_processes(journey: Journey) -> None:
    """Raise InvalidInput where a process cannot even be made."""
    own = _steps(journey)
    if own:
        import simpy

        from simulators.processes import Processes

        processes = Processes(journey, Population(journey, 0), simpy.Environment(), lambda: 0.0)
        for step in own:
            processes.of(step)


def _steps(journey: Journey) -> list[Step]:
    return [step for step in journey.steps if step.process is not None]


def _note(wrong: InvalidInput) -> None:
    _log.error("%s", wrong)
