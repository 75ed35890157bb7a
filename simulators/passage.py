"""The way between customers and the organisation: what faults of the network and the database do to what passes.

A customer's act passes on it twice, as it is asked and as it is answered. What was done and not told is not done again:
whoever tries again is told what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from journeys.eventlog import NAN
from journeys.faults import OF_DATABASE, Fault
from journeys.intents import Acted
from journeys.population import Population
from simulators.cases import Case
from simulators.clocks import NEVER, Clock, Timer

PATIENCE_S = 10.0
"""How long what a customer does waits for its database before it is told to have failed."""

Told = Callable[[Acted], None]


@dataclass(slots=True, eq=False)
class Passing:
    """One act on its way.

    Parameters
    ----------
    case, step, station: whose act, and where. clock: the step's own. deadline_s: of the act, on that clock.
    told: takes what came of it, once. do: lets the organisation do it: takes what is left of the deadline, and who is
    told.
    """

    case: Case
    step: str
    station: str
    clock: Clock
    deadline_s: float
    told: Told
    do: Callable[[float, Told], None]
    sent_at: float = 0.0
    ready_s: float = 0.0
    done: Acted | None = None
    over: bool = False
    late: Timer = NEVER


class Passage:
    """The way to one organisation.

    Parameters
    ----------
    faults: those that pass (`Fault.passes`), without bandwidth, which no journey says enough of to be played.
    clock: of machines. run_s: tells the run's seconds. population: whose luck it is.
    """

    def __init__(
        self, faults: Sequence[Fault], clock: Clock, run_s: Callable[[], float], population: Population
    ) -> None:
        self._faults, self._clock, self._run_s, self._population = faults, clock, run_s, population
        self._active: list[Fault] = []
        self._held: list[tuple[Passing, Callable[[Passing], None], Timer]] = []
        self._unheard: dict[Case, tuple[str, Acted]] = {}

    def start(self) -> None:
        """Begin the faults at their times; to be called at the run's zero."""
        for fault in self._faults:
            self._clock.after(fault.at.s, self._starter(fault))

    def _starter(self, fault: Fault) -> Callable[[], None]:
        def starts() -> None:
            self._active.append(fault)
            self._clock.after(fault.lasting.s, ends)

        def ends() -> None:
            self._active.remove(fault)
            held, self._held = self._held, []
            for passing, go_on, patience in held:
                patience.cancel()
                passing.late.cancel()
                if not passing.over:
                    go_on(passing)

        return starts

    # What passes -----------------------------------------------------------------------------------------------------

    def expects(self, case: Case, step: str) -> bool:
        """Tell whether an act of a customer is one that was done, and not told."""
        return self._unheard.get(case, ("",))[0] == step

    def forget(self, case: Case) -> bool:
        """Let go of what a customer was not told, and will not ask again; tell whether there was anything."""
        return self._unheard.pop(case, None) is not None

    def send(self, passing: Passing) -> None:
        """Let an act pass, be done, and its answer pass."""
        passing.sent_at, passing.ready_s = passing.clock.now_s(), self._run_s()
        lost = self._hit("errors", passing, self._count(passing))
        if lost:
            self._tell(passing, Acted("failed", None, passing.ready_s, NAN, passing.ready_s, -1, lost))
            return
        slow = [fault for fault in self._active if fault.kind == "latency" and fault.station == passing.station]
        if not slow:
            self._arrive(passing)
            return
        passing.late = passing.clock.after(passing.deadline_s, lambda: self._too_late(passing))
        self._clock.after(sum(fault.delay.s for fault in slow), lambda: self._arrive(passing))

    def _arrive(self, passing: Passing) -> None:
        """Let an act be done, once the database can be read, and a new case be written."""
        if passing.over:
            return
        if self._database_is("gone") or (not passing.case.served and self._database_is("locked")):
            self._hold(passing, self._arrive)
            return
        passing.late.cancel()
        left_s = max(0.0, passing.deadline_s - (passing.clock.now_s() - passing.sent_at))
        known = self._unheard.pop(passing.case, None)
        if known is not None:
            passing.done = known[1]._replace(ready_s=passing.ready_s, start_s=self._run_s())
            self._written(passing)
        elif not passing.case.ended:
            passing.do(left_s, lambda acted: self._answer(passing, acted._replace(ready_s=passing.ready_s)))

    def _answer(self, passing: Passing, acted: Acted) -> None:
        """Let what came of an act be told."""
        lost = self._hit("reset", passing, passing.case.served.get(passing.step, 1) - 1)
        if lost:
            self._lose(passing, acted, "failed", lost)
            return
        passing.done = acted
        self._written(passing)

    def _written(self, passing: Passing) -> None:
        acted = passing.done
        assert acted is not None
        if self._database_is(*OF_DATABASE):
            self._hold(passing, self._written)
            return
        self._tell(passing, acted._replace(end_s=self._run_s()))

    # The database ----------------------------------------------------------------------------------------------------

    def _database_is(self, *kinds: str) -> bool:
        return any(fault.kind in kinds for fault in self._active)

    def _hold(self, passing: Passing, go_on: Callable[[Passing], None]) -> None:
        """Let an act wait for the database, for as long as it and its customer have patience."""
        left_s = max(0.0, passing.deadline_s - (passing.clock.now_s() - passing.sent_at))
        passing.late.cancel()
        passing.late = passing.clock.after(left_s, lambda: self._too_late(passing))
        patience = self._clock.after(PATIENCE_S, lambda: self._in_vain(passing, "failed"))
        self._held.append((passing, go_on, patience))

    def _too_late(self, passing: Passing) -> None:
        self._in_vain(passing, "timed_out")

    def _in_vain(self, passing: Passing, outcome: str) -> None:
        if passing.over:
            return
        why = ", ".join(fault.name for fault in self._active)
        if passing.done is not None:
            self._lose(passing, passing.done, outcome, why)
        else:
            self._tell(passing, Acted(outcome, None, passing.ready_s, NAN, self._run_s(), -1, why))

    # Telling ---------------------------------------------------------------------------------------------------------

    def _lose(self, passing: Passing, acted: Acted, outcome: str, why: str) -> None:
        if not passing.over:
            self._unheard[passing.case] = (passing.step, acted)
            self._tell(passing, Acted(outcome, None, passing.ready_s, acted.start_s, self._run_s(), -1, why))

    def _tell(self, passing: Passing, acted: Acted) -> None:
        if not passing.over:
            passing.over = True
            passing.late.cancel()
            passing.told(acted)

    # Luck ------------------------------------------------------------------------------------------------------------

    def _count(self, passing: Passing) -> int:
        sent = passing.case.sent = passing.case.sent or {}
        sent[passing.step] = nth = sent.get(passing.step, -1) + 1
        return nth

    def _hit(self, kind: str, passing: Passing, nth: int) -> str:
        """Return the first fault of a kind at an act's station that its luck lets it meet; empty for none."""
        for fault in self._active:
            if fault.kind == kind and fault.station == passing.station and is_hit(
                self._population, fault, passing.case.customer, passing.step, nth
            ):  # fmt: skip
                return fault.name
        return ""


def is_hit(population: Population, fault: Fault, customer: int, step: str, nth: int) -> bool:
    """Tell whether a fault that hits a share of acts hits a customer's n-th at a step: for each engine the same."""
    return population.choices(step, f"fault:{fault.name}").at(customer, nth) < fault.share


def passage_of(
    faults: Sequence[Fault], clock: Clock, run_s: Callable[[], float], population: Population
) -> Passage | None:
    """Return the passage that some faults disturb; None where none of them does, and nobody need look."""
    passing = [fault for fault in faults if fault.passes and fault.kind != "bandwidth"]
    return Passage(passing, clock, run_s, population) if passing else None
