"""A journey and its population, translated into the tables that the kernel reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.batches import weekdays
from journeys.blueprint import LANES, Journey, Step
from journeys.contacts import At, Contact, During
from journeys.distributions import ZERO, Distribution
from journeys.errors import Problem
from journeys.eventlog import ARRIVAL, CONTACT, EXIT
from journeys.facts import System
from journeys.forks import Fork
from journeys.loyalty import Loyalty
from journeys.population import address, by_segment
from journeys.routes import ENDS, FactIs, InSegment, LongSince, OutOfStock, Route, VisitsAtLeast, law_of_way, remainder
from simulators.compiled.layout import FAULT_KINDS, code, table
from simulators.compiled.stations import skills_of, station_tables
from simulators.compiled.streams import NONE, Law, Streams
from simulators.compiled.texts import texts_of
from simulators.compiled.variants import is_plain

MOST = 64  # facts, or kinds of stock: as many as an integer has bits


def unsupported(journey: Journey) -> list[Problem]:
    """Return what the kernel cannot express of a journey, each naming the path that needs it."""
    many = [
        Problem(name, f"the compiled engine knows at most {MOST}", str(len(items)), "", "use --engine simpy")
        for name, items in (("facts", journey.facts), ("stock", journey.stock))
        if len(items) > MOST
    ]
    own = [f"steps.{step.name}.process" for step in journey.steps if step.process is not None]
    own += [
        f"faults.{fault.name}.kind"
        for fault in journey.faults
        if fault.kind not in FAULT_KINDS or fault.where != "station"
    ]
    return many + [Problem(path, "is beyond the compiled engine", "", "", "use --engine simpy") for path in own]


@dataclass(slots=True)
class Tables:
    """The tables of one journey, whoever walks it.

    Parameters
    ----------
    arrays: each table by its name in the kernel. numbers: the kernel's single numbers. texts: what the codes of texts
    mean. laws: by stream. conditions: on facts, by number. steps, places: what the codes of the rows' columns mean.
    plain: whether the journey has nothing of what the kernel calls rare.
    """

    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    laws: list[Law] = field(default_factory=list)
    conditions: list[FactIs] = field(default_factory=list)
    steps: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    plain: bool = False


def tables(journey: Journey) -> Tables:
    """Return the tables of a checked journey."""
    return _Translation(journey).tables


class _Translation:
    def __init__(self, journey: Journey) -> None:
        self.journey, self.views = journey, by_segment(journey)
        self.tables = Tables()
        self._step = {step.name: number for number, step in enumerate(journey.steps)}
        self._place = {name: number for number, name in enumerate([*self._step, *ENDS])}
        self._station = {station.name: number for number, station in enumerate(journey.stations)}
        self._contact = {contact.name: number for number, contact in enumerate(journey.contacts)}
        self._wait = {wait.name: number for number, wait in enumerate(journey.waits)}
        self._stock = {stock.name: number for number, stock in enumerate(journey.stock)}
        self._fact = {fact.name: number for number, fact in enumerate(journey.facts)}
        self._systems = self._all_systems()
        self._marks = self._all_marks()
        self._streams = Streams(self.views)
        self._lists: list[int] = []
        self._routes: list[dict[str, Any]] = []
        self._texts()
        rows = {
            "steps": [
                self._step_row(view, step, segment.name)
                for view, segment in zip(self.views, journey.segments, strict=True)
                for step in view.steps
            ],
            "contacts": [self._contact_row(contact) for view in self.views for contact in view.contacts],
            "waits": [self._wait_row(view, wait.name) for view in self.views for wait in view.waits],
            "systems": [self._system_row(system) for system in self._systems.values()],
            "loyalty": [self._loyalty_row(view.loyalty) for view in self.views if view.loyalty is not None],
            "facts": [
                {"effort_s": fact.effort.s, "reask_abandon": fact.reask_abandon} for fact in journey.facts
            ],
            "stock": [
                {"initial": item.initial, "replenish": item.replenish, "every_s": item.every.s, "sync_s": item.sync.s,
                 "up_to": NONE if item.up_to is None else item.up_to}
                for item in journey.stock
            ],
            "faults": list(self._fault_rows()),
        }  # fmt: skip
        rows |= station_tables(journey, self._streams, self._lists)
        rows["routes"] = self._routes
        rows |= self._streams.tables()
        self.tables.laws = self._streams.laws
        kinds = {
            "steps": "Step", "contacts": "Contact", "waits": "Wait", "systems": "System", "facts": "Fact",
            "stock": "Stock", "loyalty": "Loyalty", "faults": "Fault", "stations": "Station", "rosters": "Duty",
            "closures": "Closed", "routes": "Route", "streams": "Stream", "laws": "Law",
        }  # fmt: skip
        arrays = self.tables.arrays
        for name, kind in kinds.items():
            arrays[name] = table(kind, rows[name])
        arrays["knots"] = np.array(self._streams.knots, dtype="f8")
        arrays["lists"] = np.array(self._lists, dtype="i4")
        arrays["shares"] = np.cumsum([segment.share for segment in journey.segments])
        arrays["outcome_of_end"] = np.array([code("OUTCOME", end) for end in ENDS], dtype="i4")
        arrays["fault_luck"] = self._fault_luck()
        self._add_numbers()
        self.tables.plain = is_plain(self.views, rows["stations"])

    # Texts and codes -------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        names, tables = list(self._step), self.tables
        for group, texts in texts_of(self.journey).items():
            tables.numbers[f"text_{group}"] = len(tables.texts)
            tables.texts += texts
        tables.steps = (*names, ARRIVAL, EXIT, *(CONTACT + name for name in self._contact))
        tables.places = tuple(self._place)

    def _add_numbers(self) -> None:
        journey, names = self.journey, self._step
        replicas = [station.replicas.count for station in journey.stations if station.replicas]
        self.tables.numbers |= {
            "n_segments": len(journey.segments),
            "n_steps": len(names),
            "n_contacts": len(journey.contacts),
            "n_waits": len(journey.waits),
            "n_stations": len(journey.stations),
            "n_faults": len(journey.faults),
            "n_stock": len(journey.stock),
            "n_systems": len(self._systems),
            "n_marks": len(self._marks),
            "n_streams": len(self._streams),
            "most_replicas": max(replicas, default=0),
            "n_places": 2 ** (1 + max(view.loyalty.generations if view.loyalty else 0 for view in self.views)) - 1,
            "dropped": self._place["dropped"],
            "arrival_row": len(names),
            "exit_row": len(names) + 1,
            "contact_rows": len(names) + 2,
            "segment_at": address("customer", "segment"),
        }

    def _listed(self, numbers: Iterable[int]) -> tuple[int, int]:
        begin = len(self._lists)
        self._lists += numbers
        return begin, len(self._lists)

    # Steps -----------------------------------------------------------------------------------------------------------

    def _step_row(self, view: Journey, step: Step, segment: str) -> dict[str, Any]:
        name, attempts = step.name, step.attempts

        def timeout(own: Journey) -> Distribution | None:
            tries = own.step(name).attempts
            return tries.timeout if tries else None

        def here(on: str) -> Iterator[int]:
            for contact in view.contacts:
                if isinstance(contact.arises, At) and contact.arises.step == name and contact.arises.on == on:
                    yield self._contact[contact.name]

        def stream(purpose: str, wanted: object, pick: Callable[[Journey], Distribution | None]) -> int:
            return self._streams.customers(name, purpose, pick) if wanted else NONE

        thinks = any(own.step(name).think != ZERO for own in self.views)
        takes_time = any(own.step(name).service != ZERO for own in self.views)
        row: dict[str, Any] = {
            "abandon": step.abandon,
            "skip": step.skip,
            "failure": attempts.failure if attempts else 0.0,
            "backoff_s": attempts.backoff.s if attempts else 0.0,
            "limit": attempts.limit if attempts else 1,
            "batch_first_s": step.batch.first.s if step.batch else 0.0,
            "batch_every_s": step.batch.every.s if step.batch else 0.0,
            "batch_days": weekdays(step.batch.days) if step.batch else 0,
            **{f"{purpose}_at": address(name, purpose) for purpose in ("abandon", "skip", "route", "fails")},
            "acts": step.lane == "customer",
            "in_person": step.in_person,
            "by_chance": any(route.probability is not None for route in step.routes),
            "machines": view.clock(name) == "system",
            "lane": LANES.index(step.lane),
            "station": self._station.get(step.station, NONE),
            "priority": step.priority,
            "skill": self._skill(step.station, step.skill),
            "balk_above": NONE if step.balk_above is None else step.balk_above,
            "takes": self._stock.get(step.takes, NONE),
            "wait": self._wait.get(step.awaits, NONE),
            "after": self._place[view.after(name)],
            "remainder": self._place[remainder(step.routes) or view.after(name)],
            **{
                f"on_{how}": self._place[getattr(step, f"on_{how}")]
                for how in ("renege", "balk", "rejected", "failure")
            },
            "system": list(self._systems).index(step.system),
            "think": stream("think", thinks, lambda own: own.step(name).think),
            "service": stream("service", takes_time, lambda own: own.step(name).service),
            "patience": stream("patience", step.patience, lambda own: own.step(name).patience),
            "response": stream(
                "response_patience", step.response_patience, lambda own: own.step(name).response_patience
            ),
            "timeout": stream("timeout", attempts, timeout),
        }
        row["routes"], row["routes_end"] = self._routes_of(step, segment)
        row["marks"], row["marks_end"] = self._listed(mark for steps, mark in self._marks.items() if name in steps)
        row["asks"], row["asks_end"] = self._listed(self._fact[fact] for fact in step.asks)
        row["entry"], row["entry_end"] = self._listed(here("entry"))
        row["failing"], row["failing_end"] = self._listed(here("failure"))
        return row | self._fork_row(step.fork)

    def _fork_row(self, fork: Fork | None) -> dict[str, int]:
        names = fork.branches if fork else ()
        begin, end = self._listed(self._step[name] for name in names)
        said = self._text("in parallel: " + ", ".join(names)) if fork else NONE
        return {"branches": begin, "branches_end": end, "needs": fork.needed if fork else 0, "in_parallel": said}

    def _text(self, text: str) -> int:
        if text not in self.tables.texts:
            self.tables.texts.append(text)
        return self.tables.texts.index(text)

    def _skill(self, station: str, skill: str) -> int:
        return skills_of(self.journey.station(station)).index(skill) if station and skill else 0

    def _routes_of(self, step: Step, segment: str) -> tuple[int, int]:
        begin = len(self._routes)
        self._routes += [self._route_row(route, step, segment) for route in step.routes]
        return begin, len(self._routes)

    def _route_row(self, route: Route, step: Step, segment: str) -> dict[str, Any]:
        when, what, number = "always", 0, 0
        condition = route.when
        if isinstance(condition, InSegment):
            when, what = "in_segment", int(segment in condition.segments)
        elif isinstance(condition, VisitsAtLeast):
            when, what, number = "visits", self._step[condition.step], condition.visits
        elif isinstance(condition, FactIs):
            when, what = "fact", len(self.tables.conditions)
            self.tables.conditions.append(condition)
        elif isinstance(condition, LongSince):
            when, what, number = "long_since", self._marks[condition.steps], self._since(step, condition)
        elif isinstance(condition, OutOfStock):
            when, what, number = "out_of_stock", self._stock[condition.stock], int(condition.seen)
        probability = -1.0 if route.probability is None else route.probability
        to = self._place[route.to]
        return {"probability": probability, "to": to, "when": code("WHEN", when), "what": what, "number": number}

    def _since(self, step: Step, condition: LongSince) -> int:
        """Return the stream of how long ago it must be for a way to be open; alike conditions share it."""
        to = next(route.to for route in step.routes if route.when == condition)
        return self._streams.customers(step.name, f"since:{to}", lambda own: law_of_way(own.step(step.name).routes, to))

    # Waits and contacts ----------------------------------------------------------------------------------------------

    def _wait_row(self, view: Journey, name: str) -> dict[str, Any]:
        key = f"wait:{name}"
        begin, end = self._listed(
            self._contact[contact.name]
            for contact in view.contacts
            if isinstance(contact.arises, During) and contact.arises.wait == name
        )
        return {
            "visible": view.wait(name).visible,
            "sees_at": address(key, "sees"),
            "uncertain": self._streams.customers(key, "patience", lambda own: own.wait(name).uncertain),
            "informed": self._streams.customers(key, "patience", lambda own: own.wait(name).informed, 1),
            "contacts": begin,
            "contacts_end": end,
        }

    def _contact_row(self, contact: Contact) -> dict[str, Any]:
        key, name, redial, callback = CONTACT + contact.name, contact.name, contact.redial, contact.callback

        def every(own: Journey) -> Distribution | None:
            arises = own.contact(name).arises
            return arises.every if isinstance(arises, During) else None

        def again(own: Journey) -> Distribution | None:
            tries = own.contact(name).redial
            return tries.after if tries else None

        shares = ("arises", "self_service", "chatbot", "comes_back", "redial", "gives_up", "callback", "reached")
        return {
            "probability": contact.arises.probability if isinstance(contact.arises, At) else 0.0,
            "self_service": contact.self_service,
            "chatbot": contact.chatbot,
            "chatbot_time_s": contact.chatbot_time.s,
            "comes_back": contact.comes_back,
            "redial_probability": redial.probability if redial else 0.0,
            "gives_up": contact.gives_up,
            **{f"{purpose}_at": address(key, purpose) for purpose in shares},
            "station": self._station[contact.station],
            "priority": contact.priority,
            "skill": self._skill(contact.station, contact.skill),
            "callback_above": callback.above if callback else NONE,
            "callback": callback.probability if callback else 0.0,
            "reached": callback.reached if callback else 0.0,
            "ring_s": callback.ring.s if callback else 0.0,
            "every": self._streams.customers(key, "every", every) if isinstance(contact.arises, During) else NONE,
            "patience": self._streams.customers(key, "patience", lambda own: own.contact(name).patience),
            "morning": self._streams.customers(key, "morning", lambda own: own.contact(name).morning),
            "handling": self._streams.customers(key, "handling", lambda own: own.contact(name).handling),
            "redial_after": self._streams.customers(key, "redial_after", again) if redial else NONE,
            "redial_limit": redial.limit if redial else 0,
            "escalates": contact.chatbot_time.s != 0,
        }

    # Loyalty ---------------------------------------------------------------------------------------------------------

    def _loyalty_row(self, loyalty: Loyalty) -> dict[str, Any]:
        def stream(purpose: str) -> int:
            def law(own: Journey) -> Distribution | None:
                return getattr(own.loyalty, purpose) if own.loyalty else None

            return self._streams.customers("loyalty", purpose, law)

        return {
            **{name: getattr(loyalty, name) for name in ("returns", "refers", "per_reask", "per_call", "per_hour")},
            "expected_s": loyalty.expected.s,
            "generations": loyalty.generations,
            **{f"{purpose}_at": address("loyalty", purpose) for purpose in ("returns", "refers")},
            **{purpose: stream(purpose) for purpose in ("after", "refers_after")},
        }

    # Stations, faults, systems ---------------------------------------------------------------------------------------

    def _fault_rows(self) -> Iterator[dict[str, Any]]:
        for fault in self.journey.faults:
            replicas = self.journey.station(fault.station).replicas
            yield {
                "at_s": fault.at.s,
                "lasting_s": fault.lasting.s,
                "delay_s": fault.delay.s,
                "share": fault.share,
                "station": self._station[fault.station],
                "kind": code("FAULT", fault.kind),
                "replica": (fault.replica or 0) % (replicas.count if replicas else 1),
                "single": fault.replica is not None,
                "text": self._text(fault.name),
            }

    def _fault_luck(self) -> NDArray[np.uint64]:
        work = [*self._step, *(CONTACT + name for name in self._contact)]
        lucks = [address(step, f"fault:{fault.name}") for fault in self.journey.faults for step in work]
        return np.array(lucks, dtype="u8")

    def _all_marks(self) -> dict[tuple[str, ...], int]:
        """Return the numbers of the moments that routes look back to, each the last service at any of some steps."""
        conditions = (route.when for view in self.views for step in view.steps for route in step.routes)
        steps = (condition.steps for condition in conditions if isinstance(condition, LongSince))
        return {names: number for number, names in enumerate(dict.fromkeys(steps))}

    def _all_systems(self) -> dict[str, System]:
        systems = {system.name: system for system in self.journey.systems}
        for view in self.views:
            for step in view.steps:
                systems.setdefault(step.system, System(name=step.system))
        return systems

    def _system_row(self, system: System) -> dict[str, Any]:
        names = list(self._systems)
        begin, end = self._listed(names.index(other) for other in system.reads)
        return {"reads": begin, "reads_end": end}
