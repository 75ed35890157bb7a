"""Planning: steps and contacts with the draws that the organisation needs for them, and with who serves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from journeys.blueprint import Journey, Step
from journeys.contacts import Contact
from journeys.distributions import ZERO, Distribution, Never
from journeys.population import Population, Stream, Uniforms, by_segment
from journeys.routes import LongSince, Ways, law_of_way, remainder
from journeys.rows import CONTACT
from simulators.cases import Line, Plan
from simulators.clocks import Clock
from simulators.stations import StationState
from simulators.tickets import Delay, Server


class Planner:
    """Makes the plans of one population's organisation; a stream is shared by all segments.

    Parameters
    ----------
    journey, population: the blueprint, and whose draws.
    stations, delay, own: who serves: stations by name, steps without one, and steps with a process of one's own.
    human, system: clocks of people and of machines.
    """

    def __init__(
        self,
        journey: Journey,
        population: Population,
        stations: Mapping[str, StationState],
        delay: Delay,
        human: Clock,
        system: Clock,
        own: Callable[[Step], Server] | None,
    ) -> None:
        self._journey, self._population = journey, population
        self._views = by_segment(journey)
        self._stations, self._delay, self._own = stations, delay, own
        self._human, self._system = human, system
        self._streams: dict[tuple[str, str], Stream] = {}
        self._uniforms: dict[tuple[str, str], Uniforms] = {}

    def plan(self, step: Step, view: Journey) -> Plan:
        """Return the plan of a step, as the segment of `view` lives it."""
        name = step.name

        def timeout(view: Journey) -> Distribution | None:
            attempts = view.step(name).attempts
            return attempts.timeout if attempts else None

        acts, by_chance = step.lane == "customer", not step.takes and all(route.when is None for route in step.routes)
        following = view.after(name)
        instant = all(view.step(name).service == ZERO for view in self._views)
        return Plan(
            step=step,
            acts=acts,
            clock=self._system if self._journey.clock(name) == "system" else self._human,
            service=None if instant else self._stream(name, "service", lambda view: view.step(name).service),
            patience=self._stream(name, "patience", lambda view: view.step(name).patience) if step.patience else None,
            timeout=self._stream(name, "timeout", timeout) if step.attempts and not acts else None,
            fails=self._choices(name, "fails") if step.attempts and step.attempts.failure else None,
            skip=self._choices(name, "skip"),
            route=self._choices(name, "route"),
            station=self._server_of(step),
            ways=Ways(step.routes, following) if by_chance and step.fork is None and step.process is None else None,
            since=self._since(step),
            beyond=remainder(step.routes) or following,
        )

    def line(self, contact: Contact) -> Line:
        """Return how a contact is answered."""
        name = contact.name
        return Line(
            contact=contact,
            step=CONTACT + name,
            handling=self._stream(CONTACT + name, "handling", lambda view: view.contact(name).handling),
            station=self._stations[contact.station],
            accepts=self._choices(CONTACT + name, "callback") if contact.callback else None,
            reached=self._choices(CONTACT + name, "reached") if contact.callback else None,
        )

    def _since(self, step: Step) -> dict[LongSince, Stream]:
        """Return the draws of how long ago it must be for a way to be open; alike conditions share the first's."""

        def stream(to: str) -> Stream:
            return self._stream(step.name, f"since:{to}", lambda view: law_of_way(view.step(step.name).routes, to))

        return {route.when: stream(route.to) for route in reversed(step.routes) if isinstance(route.when, LongSince)}

    def _server_of(self, step: Step) -> Server:
        if step.process is not None and self._own is not None:
            return self._own(step)
        return self._stations[step.station] if step.station else self._delay

    def _stream(self, step: str, purpose: str, pick: Callable[[Journey], Distribution | None]) -> Stream:
        found = self._streams.get((step, purpose))
        if found is None:
            laws = [pick(view) or Never() for view in self._views]
            found = self._streams[step, purpose] = self._population.stream(step, purpose, laws)
        return found

    def _choices(self, step: str, purpose: str) -> Uniforms:
        return self._uniforms.setdefault((step, purpose), self._population.choices(step, purpose))
