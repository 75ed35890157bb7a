"""The blueprint of a journey: frozen values that say what happens, and know no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from journeys.actions import Page, Request
from journeys.arrivals import Arrivals
from journeys.batches import Batch
from journeys.budgets import Budget
from journeys.contacts import Contact
from journeys.distributions import ZERO, Distribution, Never
from journeys.durations import Duration, seconds
from journeys.facts import Fact, System
from journeys.faults import Fault
from journeys.forks import Fork
from journeys.loyalty import Loyalty
from journeys.measures import Measure
from journeys.money import Money
from journeys.processes import Process
from journeys.routes import Route
from journeys.stations import Station, with_calendar
from journeys.stock import Stock

Lane = Literal["customer", "frontstage", "backstage", "support"]
LANES: tuple[Lane, ...] = ("customer", "frontstage", "backstage", "support")


@dataclass(frozen=True, slots=True)
class Attempts:
    """Technical tries of a step.

    Parameters
    ----------
    timeout: an attempt that is not answered this long after it was sent has failed (outcome *timed_out*); its work
        at the station is withdrawn.
    limit: the most attempts, the first included.
    backoff: the pause before the second attempt, doubled before each further one.
    failure: probability that an attempt fails by itself, at the end of its service (outcome *failed*).
    """

    timeout: Distribution = Never()
    limit: int = 1
    backoff: Duration = seconds(1)
    failure: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the journey, in its lane.

    The order within a visit: perhaps skipped; facts asked (those not yet known to its system); thinking; contacts
    `At` its entry; giving up (`abandon`); the batch window; the station's queue and service (or, without a station,
    `service` as a pure delay), with its attempts; stock taken; the route to what follows, or the fork.

    Parameters
    ----------
    name: unique, short, lower case.
    lane: customer, frontstage, backstage or support. In a *customer* step the customer acts: a browser drives its
        page, load sends its requests; the others go on by themselves.
    title: as a person reads it.
    asks: names of facts.
    system: the system of record that is told them.
    in_person: who serves asks the facts (an agent on the phone, a clerk at a counter): their `effort` is part of the
        service of this visit, at each attempt, and holds the server, instead of part of the thinking before.
    think: the customer's own time before acting (reading, typing); facts add their `effort`, unless `in_person`.
    abandon: probability of giving up here instead of acting, on each visit.
    skip: probability that this visit is passed over, straight to the routes' remainder (or the next step).
    batch: windows at which work is taken up; None for at once.
    station: whose service; empty for a pure delay of `service`.
    service: the law of service times.
    skill: what a server must be able to do, where the station has groups; empty for nothing in particular.
    process: a SimPy process of one's own that is the service, in place of `station` and `service`; None for none.
    priority: in the station's queue; lower is served first.
    patience: how long the customer stays in the station's queue before reneging; None for without end.
    response_patience: how long the customer waits for the step's end, queue and service together, before leaving
        (latency-caused abandonment); None for without end.
    balk_above: the customer does not join a queue in which more than this many wait; None for never.
    attempts: timeouts and retries; None for one attempt without end.
    takes: name of a stock of which one unit is taken; empty for none.
    routes: ways out; empty for the next step in the journey's order, or completed after the last.
    fork: parallel branches that begin after the step, in place of routes; None for none.
    on_renege, on_balk, on_rejected, on_failure: where a customer goes who left the queue, did not join it, was turned
        away by a full one, or whose last attempt failed; a step or an end.
    awaits: name of the `Wait` in which the customer is meanwhile; steps that follow each other in the same wait
        are one wait.
    value: what each time the step is served adds to the journey's value, if that is completed (a thing put in the
        basket; below zero for a discount). cost: what it costs, whatever the end (a refund, a payment called back).
    shows: names of facts that the mocked back end's page tells back, as far as they are known: a summary, or a basket
        with its sum where they have prices; and of stocks, in or out as the front end sees them.
    page, http: actions on a running application other than the mocked back end.
    """

    name: str
    lane: Lane
    title: str = ""
    asks: tuple[str, ...] = ()
    system: str = ""
    in_person: bool = False
    think: Distribution = ZERO
    abandon: float = 0.0
    skip: float = 0.0
    batch: Batch | None = None
    station: str = ""
    service: Distribution = ZERO
    skill: str = ""
    process: Process | None = None
    priority: int = 0
    patience: Distribution | None = None
    response_patience: Distribution | None = None
    balk_above: int | None = None
    attempts: Attempts | None = None
    takes: str = ""
    routes: tuple[Route, ...] = ()
    fork: Fork | None = None
    on_renege: str = "dropped"
    on_balk: str = "dropped"
    on_rejected: str = "rejected"
    on_failure: str = "dropped"
    awaits: str = ""
    value: float = 0.0
    cost: float = 0.0
    shows: tuple[str, ...] = ()
    page: Page | None = None
    http: tuple[Request, ...] = ()

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").replace("-", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time of uncertainty: the customer waits for an outcome, over one or more steps.

    Its clock starts when the first of those steps is entered and stops when another step is, or the journey ends. It
    starts anew with each later wait. A customer whose patience ends drops off at that moment, and the work in hand is
    withdrawn; one who is asking for help just then (see `Contact`) does so when that is over, unless there is news.

    Parameters
    ----------
    name: unique, short, lower case.
    uncertain: patience of a customer who cannot see how things stand.
    informed: patience of one who can.
    visible: share of customers who see a live status (0 where there is none).
    """

    name: str
    title: str = ""
    uncertain: Distribution = Never()
    informed: Distribution = Never()
    visible: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A kind of customer: a share of all, and the paths in which it differs (`{"steps.form.think.mean": "9 min"}`)."""

    name: str
    share: float = 1.0
    differs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers at `path` (or below it) come from.

    `kind`: *derived* from data (`note` says which, and by what query), *cited* from what was read (`note` says where),
    *given* by the case, or *assumed*.
    """

    path: str
    kind: Literal["derived", "cited", "given", "assumed"]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A service blueprint: everything that every engine needs to know, and nothing about any of them.

    Time zero of a run is a Monday, 00:00. Customers arriving before `warm_up`, or in the last `cool_down` before the
    last arrival, walk the journey and use its staff, but are not counted by comparisons.

    Parameters
    ----------
    name: unique, short, lower case.
    title, story: as a person reads them.
    arrivals: the law of arrival.
    steps: in order; the first is where customers enter.
    customers: how many a run has unless told otherwise; those come besides whom `loyalty` brings.
    loyalty: repeat custom and referral; None for none.
    decision: (step whose end starts the clock, step whose end stops it), for the time to decision; empty for none.
    measures: what the journey is judged by besides what every journey is.
    starts: the date of time zero, a Monday such as ``2026-11-30``; needed where a closure is given as a date.
    rules: how the back end takes up a changed rule (bounds and choices of a fact): at a ``"restart"``, or ``"live"``,
        while it runs. The mocked back end does either; nothing that is simulated depends on it.
    settings: numbers and durations by name that the journey's own processes are made with (see `Process`); a what-if
        changes them by ``settings.NAME``.
    """

    name: str
    title: str = ""
    story: str = ""
    arrivals: Arrivals
    steps: tuple[Step, ...]
    stations: tuple[Station, ...] = ()
    segments: tuple[Segment, ...] = (Segment("everyone"),)
    waits: tuple[Wait, ...] = ()
    contacts: tuple[Contact, ...] = ()
    facts: tuple[Fact, ...] = ()
    systems: tuple[System, ...] = ()
    stock: tuple[Stock, ...] = ()
    faults: tuple[Fault, ...] = ()
    budgets: tuple[Budget, ...] = ()
    money: Money = Money()
    loyalty: Loyalty | None = None
    sources: tuple[Source, ...] = ()
    customers: int = 1000
    warm_up: Duration = Duration(0.0)
    cool_down: Duration = Duration(0.0)
    decision: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    starts: str = ""
    rules: Literal["restart", "live"] = "restart"
    settings: Mapping[str, float | Duration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Tell closures that are dates when the clock starts."""
        object.__setattr__(self, "stations", with_calendar(self.stations, self.starts))

    def step(self, name: str) -> Step:
        """Return the step of that name; raises KeyError."""
        return _named(self.steps, name)

    def station(self, name: str) -> Station:
        """Return the station of that name; raises KeyError."""
        return _named(self.stations, name)

    def wait(self, name: str) -> Wait:
        """Return the wait of that name; raises KeyError."""
        return _named(self.waits, name)

    def contact(self, name: str) -> Contact:
        """Return the contact of that name; raises KeyError."""
        return _named(self.contacts, name)

    def fact(self, name: str) -> Fact:
        """Return the fact of that name; raises KeyError."""
        return _named(self.facts, name)

    def system(self, name: str) -> System:
        """Return the system of that name; one that reads no other, where it is not declared."""
        for system in self.systems:
            if system.name == name:
                return system
        return System(name=name)

    def after(self, step: str) -> str:
        """Return the step that follows in the journey's order, or ``completed`` after the last.

        A fork's branches are passed over: after the forking step, and after a step that is followed by the first step
        of a branch, that is where they join.
        """
        following, found = "completed", False
        for known in self.steps:
            if found:
                following = known.name
                break
            found = known.name == step
            if found and known.fork is not None:
                return known.fork.joins
        if not found:
            raise KeyError(step)
        for known in self.steps:
            if known.fork is not None and following in known.fork.branches:
                return known.fork.joins
        return following

    def leads_to(self, step: str) -> tuple[str, ...]:
        """Return where a step that has been served may lead: its branches and their join, its routes, or the next."""
        own = self.step(step)
        if own.fork is not None:
            return (*own.fork.branches, own.fork.joins)
        return tuple(route.to for route in own.routes) or (self.after(step),)

    def clock(self, step: str) -> Literal["human", "system"]:
        """Tell which clock a step's times are on: *system* at a station of machines, else *human*."""
        name = self.step(step).station
        return "system" if name and self.station(name).kind == "system" else "human"


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_HasName)


def _named(items: tuple[Named, ...], name: str) -> Named:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
