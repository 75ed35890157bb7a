"""Signposts: which way out of a step a case takes, by chance and by conditions: on the customer, on stock, on time."""

from __future__ import annotations

from journeys.blueprint import Journey, Step
from journeys.population import Population, by_segment
from journeys.routes import Condition, FactIs, InSegment, LongSince, OutOfStock, VisitsAtLeast, choose
from simulators.cases import Case, Work
from simulators.clocks import Clock
from simulators.warehouse import Warehouse


class Signposts:
    """Tells the ways of one journey's cases.

    Parameters
    ----------
    journey, population: the blueprint, and whose draws. human: the clock on which time passes for people.
    warehouse: the stock, of which a step that takes some takes it here.
    """

    def __init__(self, journey: Journey, population: Population, human: Clock, warehouse: Warehouse) -> None:
        self._population, self._human, self._warehouse = population, human, warehouse
        self._views = by_segment(journey)
        self._segments = [segment.name for segment in journey.segments]
        conditions = (route.when for step in journey.steps for route in step.routes)
        self._looked_back_to = {
            name for condition in conditions if isinstance(condition, LongSince) for name in condition.steps
        }

    def way(self, work: Work) -> str:
        """Return where a case goes after a step that has served it."""
        case, plan = work.case, work.plan
        if plan.ways is not None:
            to = plan.ways.only or plan.ways.at(plan.route.at(case.customer, work.visit))
        else:
            to = self._chosen(work)
        if plan.step.name in self._looked_back_to:
            case.done_s[plan.step.name] = self._human.now_s()
        return to

    def _chosen(self, work: Work) -> str:
        """Return where a case goes where conditions or stock have a say."""
        case, plan, step = work.case, work.plan, work.plan.step
        if step.takes:
            (case.missed.discard if self._warehouse.take(step.takes) else case.missed.add)(step.takes)

        def holds(condition: Condition) -> bool:
            if isinstance(condition, InSegment):
                return self._segments[case.segment] in condition.segments
            if isinstance(condition, VisitsAtLeast):
                return case.visits.get(condition.step, 0) >= condition.visits
            if isinstance(condition, FactIs):
                answer = case.answers.get(condition.fact) or self._population.value_of(condition.fact, case.customer)
                return answer in condition.values
            if isinstance(condition, LongSince):
                done = [case.done_s[name] for name in condition.steps if name in case.done_s]
                long_s = plan.since[condition].at(case.customer, work.visit)
                return bool(done) and self._human.now_s() - max(done) > long_s
            return self._is_out_of_stock(condition, step, case)

        if work.sent_to:
            return work.sent_to
        chosen = choose(step.routes, plan.route.at(case.customer, work.visit), holds)
        return chosen or self._views[case.segment].after(step.name)

    def _is_out_of_stock(self, condition: OutOfStock, step: Step, case: Case) -> bool:
        if not condition.seen and step.takes == condition.stock:
            return condition.stock in case.missed
        return self._warehouse.level(condition.stock, seen=condition.seen) <= 0
