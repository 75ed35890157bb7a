"""Directions: what a step asks of a customer, and where it leads where nobody tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from journeys.blueprint import Journey
from journeys.facts import Knowledge
from journeys.loyalty import Further, Loyalty, generation, referred, returned
from journeys.plans import StepPlan
from journeys.population import Population, by_segment
from journeys.routes import Condition, FactIs, InSegment, VisitsAtLeast, choose


class Asking(NamedTuple):
    """What a step asks: facts, the effort in human seconds, the probability of giving up here, and how its rows say
    which are asked again; `told` is what is known then.
    """

    facts: tuple[str, ...]
    effort_s: float
    leaving: float
    again: tuple[str, ...]
    told: Knowledge


class Directions:
    """The directions of one journey for one population."""

    def __init__(self, journey: Journey, population: Population) -> None:
        self._journey, self._population = journey, population
        self._facts = {fact.name: fact for fact in journey.facts}
        self._views = by_segment(journey)
        self._askings: dict[tuple[Knowledge, str], Asking] = {}
        self._ways = [{step.name: (step.routes, view.after(step.name)) for step in view.steps} for view in self._views]
        self._routes = {step.name: population.choices(step.name, "route") for step in journey.steps}
        self._loyalty = [view.loyalty for view in self._views]
        self._returns, self._refers = (population.choices("loyalty", purpose) for purpose in ("returns", "refers"))
        laws = [loyalty or Loyalty() for loyalty in self._loyalty]
        self._after = population.stream("loyalty", "after", [loyalty.after for loyalty in laws])
        self._refers_after = population.stream("loyalty", "refers_after", [loyalty.refers_after for loyalty in laws])

    def asking(self, knowledge: Knowledge, plan: StepPlan) -> Asking:
        """Return what a step asks of customers of one segment with one knowledge, worked out once for all of them."""
        step = plan.step
        found = self._askings.get((knowledge, step.name))
        if found is None:
            asked, told = knowledge.ask(plan.system, step.asks)
            stays = 1.0 - step.abandon
            for name in asked.again:
                stays *= 1.0 - self._facts[name].reask_abandon
            effort_s = 0.0
            for name in asked.facts:  # one after the other, which `sum` is free not to do
                effort_s += self._facts[name].effort.s
            again = ("re-asked: " + ", ".join(asked.again),) if asked.again else ()
            leaving = 1.0 - stays if step.asks else step.abandon
            found = self._askings[knowledge, step.name] = Asking(asked.facts, effort_s, leaving, again, told)
        return found

    def further(self, customer: int, reasks: int, calls: int, lasted_s: float) -> Iterator[Further]:
        """Yield the journeys that follow from one that was completed, by what happened in it; see `Loyalty`."""
        loyalty = self._loyalty[self._population.segment(customer)]
        if loyalty is None or generation(customer) >= loyalty.generations:
            return
        factor = loyalty.factor(reasks, calls, lasted_s)
        if self._returns.at(customer) < loyalty.returns * factor:
            yield Further(returned(customer), self._after.at(customer), "returned")
        if self._refers.at(customer) < loyalty.refers * factor:
            yield Further(referred(customer), self._refers_after.at(customer), "referred")

    def route(self, step: str, customer: int, visit: int, visits: Mapping[str, int]) -> str:
        """Return where a customer goes after a step by their own draw, for targets that do not tell."""
        segment = self._population.segment(customer)

        def holds(condition: Condition) -> bool:
            if isinstance(condition, InSegment):
                return self._journey.segments[segment].name in condition.segments
            if isinstance(condition, VisitsAtLeast):
                return visits.get(condition.step, 0) >= condition.visits
            if isinstance(condition, FactIs):
                return self._population.value_of(condition.fact, customer) in condition.values
            return False

        routes, after = self._ways[segment][step]
        return (choose(routes, self._routes[step].at(customer, visit), holds) if routes else "") or after
