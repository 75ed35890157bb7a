"""An organisation whose cases outlive it: they are taken up again, and customers' steps may be served elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem
from journeys.intents import Acted
from simulators.cases import Case, Work
from simulators.organisation import Organisation


def without_passing_faults(journey: Journey) -> Journey:
    """Return a journey without the faults that happen between customers and the organisation."""
    return replace(journey, faults=tuple(fault for fault in journey.faults if not fault.passes))


class KeptOrganisation(Organisation):
    """The organisation of a back end: what happens to a case is written down also where its customer hears nothing."""

    def _arrive(self, case: Case, to: str) -> int:
        before = case.version
        version = super()._arrive(case, to)
        if case.version == before and case.mover is not None and not case.ended:
            case.mover()
        return version

    def resume(
        self,
        customer: int,
        step: str,
        version: int,
        visits: Mapping[str, int],
        served: Mapping[str, int],
        missed: Iterable[str],
        done_s: Mapping[str, float],
        answers: Mapping[str, str],
        notes: Mapping[str, str],
    ) -> Case:
        """Open a case again where it stood, with what its customer had used up; work in hand begins anew."""
        case = Case(customer, self._population.segment(customer))
        case.version = version
        case.visits.update(visits)
        case.served.update(served)
        case.missed.update(missed)
        case.done_s.update(done_s)
        case.answers.update(answers)
        case.notes.update(notes)
        case.visits.setdefault(step, 1)
        case.known = self._arrive(case, step)
        return case

    def hand_out(self, case: Case, step: str, spoken_s: float = 0.0) -> Work:
        """Return the work at a customer's step, with its draws, to be done elsewhere; `take_back` lets the case go on.

        `spoken_s`: what is asked in person takes so much longer. Raises InvalidInput when it is not their turn.
        """
        if not case.acts or case.step != step:
            raise InvalidInput([Problem(f"case.{step}", "is not this customer's turn", f"at {case.step}")])
        plan = self._plans[case.segment][step]
        work = Work(case, plan, case.visits[step] - 1, 0, self._run_s(), math.inf, self._acted)
        work.spoken_s = spoken_s
        self._draw(work)
        return work

    def take_back(self, work: Work, how: str, end_s: float, done: Callable[[Acted], None]) -> None:
        """Let a case go on after work that was done elsewhere and ended `how`, at `end_s` of the run."""
        work.told = lambda acted: done(acted._replace(end_s=end_s))
        self._acted(work, how)
