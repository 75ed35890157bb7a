"""What would be if one part of a service were perfect: the parts, and the blueprint with some of them so.

Perfect means, for each kind of part:

- a *department* or a *system* (a station): whatever is brought to it is done at once, at any hour, and never fails: no
  service time, no queue, no closing, no batch windows, no breakdowns, no faults; calls to it are answered at once and
  take no time;
- what happens *elsewhere* (steps of one lane at no station, behind the counter): it takes no time and never fails;
- the *forms* (the customers' own steps): nobody gives up there, and no question arises there. Thinking still takes the
  customers' time;
- *asking again* what the customer has told already: every system knows what any other was told;
- *not knowing* how things stand, where a wait names the patience of customers who do know: everybody sees a live
  status, and nobody asks for it.

What is left with every part perfect has no part to blame: such as denials, routes by chance, and stock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from journeys.blueprint import Attempts, Journey, Lane, Segment, Step
from journeys.contacts import At, Contact, During
from journeys.distributions import ZERO, Never
from journeys.facts import System
from journeys.stations import Station

Kind = Literal["department", "system", "elsewhere", "forms", "asking again", "not knowing"]
MANY = 10_000
LANES: dict[Lane, str] = {
    "customer": "Customer actions", "frontstage": "Frontstage", "backstage": "Back office", "support": "Support",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a service that can be to blame: what kind, its title, the lane that it is in, and which it is.

    `name`: the station's or the lane's; empty for the others.
    """

    kind: Kind
    name: str
    title: str
    lane: Lane

    @property
    def key(self) -> str:
        """What it is called in the summary."""
        return f"{self.kind} {self.name}".strip().replace(" ", "-")


def parts(journey: Journey) -> tuple[Part, ...]:
    """Return the parts of a journey that can be to blame, in the order of the journey."""
    return tuple(_parts(journey))


def perfect(journey: Journey, chosen: Sequence[Part]) -> Journey:
    """Return the journey in which some of its parts are perfect."""
    stations = {part.name for part in chosen if part.kind in ("department", "system")}
    lanes = {part.name for part in chosen if part.kind == "elsewhere"}
    kinds = {part.kind for part in chosen}
    settled = tuple(_settled(journey, stations, lanes, "forms" in kinds, "not knowing" in kinds))
    return dataclasses.replace(
        journey,
        segments=tuple(_segment(one, settled) for one in journey.segments),
        stations=tuple(_station(one) if one.name in stations else one for one in journey.stations),
        steps=tuple(_step(one, stations, lanes, "forms" in kinds) for one in journey.steps),
        contacts=tuple(_contact(one, stations, "forms" in kinds, "not knowing" in kinds) for one in journey.contacts),
        systems=_sharing(journey) if "asking again" in kinds else journey.systems,
        faults=tuple(fault for fault in journey.faults if fault.station not in stations),
        waits=tuple(
            dataclasses.replace(wait, visible=1.0) if "not knowing" in kinds and _can_know(wait.informed) else wait
            for wait in journey.waits
        ),
    )


def _parts(journey: Journey) -> Iterator[Part]:
    if any(step.lane == "customer" for step in journey.steps):
        yield Part("forms", "", "Forms and instructions", "customer")
    for station in journey.stations:
        lanes = [step.lane for step in journey.steps if step.station == station.name]
        called = any(contact.station == station.name for contact in journey.contacts)
        if not lanes and not called:
            continue
        title = station.title or station.name.replace("_", " ").capitalize()
        lane: Lane = next((lane for lane in lanes if lane != "customer"), "frontstage" if lanes else "support")
        yield Part("system" if station.kind == "system" else "department", station.name, title, lane)
    for own in LANES:
        steps = [step for step in journey.steps if step.lane == own and _delays(step)]
        if steps and own != "customer":
            titles = ", ".join(step.label for step in steps[:3]) + (", …" if len(steps) > 3 else "")
            yield Part("elsewhere", own, titles, own)
    if _asks_again(journey):
        yield Part("asking again", "", "Asking again what is known", "frontstage")
    if any(_can_know(wait.informed) and wait.visible < 1 for wait in journey.waits):
        yield Part("not knowing", "", "Not knowing how things stand", "frontstage")


def _asks_again(journey: Journey) -> bool:
    """Tell whether a fact is asked for two systems, one of which is not told what the other was, to any effect."""
    for fact in journey.facts:
        told = {step.system for step in journey.steps if fact.name in step.asks}
        if (fact.reask_abandon or fact.effort.s) and any(
            one != other and other not in journey.system(one).reads for one in told for other in told
        ):
            return True
    return False


def _sharing(journey: Journey) -> tuple[System, ...]:
    names = sorted({*(step.system for step in journey.steps if step.system), *(one.name for one in journey.systems)})
    return tuple(System(name=name, reads=tuple(other for other in names if other != name)) for name in names)


def _can_know(informed: object) -> bool:
    return not isinstance(informed, Never)


def _delays(step: Step) -> bool:
    """Tell whether a step at no station is ever gone through, and takes time or can fail.

    A process that chooses where to go (some way has no chance but by it) is left as it is: without it, nobody would.
    """
    chooses = step.process is not None and any(route.probability == 0 for route in step.routes)
    return (
        not step.station
        and step.skip < 1
        and not chooses
        and (step.service != ZERO or step.batch is not None or step.process is not None)
    )


def _settled(journey: Journey, stations: set[str], lanes: set[str], forms: bool, known: bool) -> Iterator[str]:
    """Yield the paths, or beginnings of paths, in which segments may no longer differ."""
    yield from (f"stations.{name}." for name in stations)
    for step in journey.steps:
        if step.station in stations or (_delays(step) and step.lane in lanes):
            yield from (f"steps.{step.name}.{field}" for field in ("service", "batch", "skill", "attempts.failure"))
        if forms and step.lane == "customer":
            yield f"steps.{step.name}.abandon"
    for contact in journey.contacts:
        if contact.station in stations:
            yield from (f"contacts.{contact.name}.{field}" for field in ("handling", "skill"))
        if (forms and isinstance(contact.arises, At)) or (known and isinstance(contact.arises, During)):
            yield f"contacts.{contact.name}.arises"
    if known:
        yield from (f"waits.{wait.name}.visible" for wait in journey.waits)


def _segment(segment: Segment, settled: Sequence[str]) -> Segment:
    differs = {path: value for path, value in segment.differs.items() if not path.startswith(tuple(settled))}
    return dataclasses.replace(segment, differs=differs)


def _station(station: Station) -> Station:
    # more servers than anybody needs: work takes no time, but a customer who is asked in person keeps one busy
    return Station(
        name=station.name, title=station.title, kind=station.kind, servers=MANY, cost_per_hour=station.cost_per_hour
    )


def _step(step: Step, stations: set[str], lanes: set[str], forms: bool) -> Step:
    if step.station in stations or (_delays(step) and step.lane in lanes):
        attempts = step.attempts
        if attempts is not None:
            attempts = Attempts(attempts.timeout, attempts.limit, attempts.backoff, failure=0.0)
        step = dataclasses.replace(
            step, service=ZERO, process=None, batch=None, skill="", balk_above=None, attempts=attempts
        )
    if forms and step.lane == "customer":
        step = dataclasses.replace(step, abandon=0.0)
    return step


def _contact(contact: Contact, stations: set[str], forms: bool, known: bool) -> Contact:
    if contact.station in stations:
        contact = dataclasses.replace(contact, handling=ZERO, skill="")
    arises = contact.arises
    if forms and isinstance(arises, At) and arises.on == "entry":
        return dataclasses.replace(contact, arises=dataclasses.replace(arises, probability=0.0))
    if known and isinstance(arises, During):
        return dataclasses.replace(contact, arises=dataclasses.replace(arises, every=Never()))
    return contact
