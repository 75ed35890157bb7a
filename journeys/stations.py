"""Stations: where work queues for people or machines, when they are on duty, and how they break."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from journeys.arrivals import WEEK_S
from journeys.calendars import days_between, is_date
from journeys.distributions import Distribution, Never
from journeys.durations import Duration
from journeys.errors import Problem
from journeys.faults import Fault, needs_tier

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly period on duty.

    Parameters
    ----------
    days: ``"mon-fri"``, ``"sat"`` or ``"mon,wed,fri"``.
    start, end: times of day ``"08:00"``; `end` may be ``"24:00"``.
    servers: how many serve in this period; None for the station's own number.
    """

    days: str
    start: str
    end: str
    servers: int | None = None

    def intervals_s(self) -> list[tuple[float, float]]:
        """Return the periods as seconds of the week from Monday 00:00; raises ValueError on text that is no shift."""
        begin, finish = _time_of_day_s(self.start), _time_of_day_s(self.end)
        if not begin < finish:
            raise ValueError(f"{self.start}-{self.end} does not end after it starts")
        return [(day * 86400.0 + begin, day * 86400.0 + finish) for day in days_of(self.days)]


def _time_of_day_s(text: str) -> float:
    shape = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if shape is None or int(shape[1]) * 60 + int(shape[2]) > 1440 or int(shape[2]) > 59:
        raise ValueError(f"{text!r} is no time of day (write 08:30)")
    return int(shape[1]) * 3600.0 + int(shape[2]) * 60.0


def days_of(text: str) -> list[int]:
    """Return days of the week, Monday 0, from a text such as ``"mon-fri"``; raises ValueError where it names none."""
    chosen: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"{text!r} names no days (write mon-fri, sat, or mon,wed)")
        begin, end = DAYS.index(first), DAYS.index(last) if dash else DAYS.index(first)
        chosen += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return sorted(set(chosen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A period in which nobody is on duty, whatever the shifts say: a holiday, a stocktaking, a move.

    It begins like the end of a shift (work in hand is finished or laid down, as the station says) and ends like the
    beginning of one. Closures that overlap or touch are one. Where it ends at the very moment of a shift's end, nobody
    is on duty in between. At equal times a change of duty, by shift or closure, counts as asked for at the change
    before it (the first at the run's zero); who phones at such a moment finds what holds after it.

    Parameters
    ----------
    name: unique at its station, short, lower case.
    at: when it begins, from the run's zero (a Monday, 00:00), on the station's clock. date: or the date on which it
        begins, 00:00, such as ``2026-12-25``; the journey says on which date its clock `starts`. One of both.
    lasting: for how long.
    zero: the journey's `starts`, which writes it here.
    """

    name: str
    at: Duration | None = None
    lasting: Duration
    date: str = ""
    zero: str = ""

    @property
    def begin_s(self) -> float:
        """When it begins, in seconds from the run's zero, of a sound closure in a journey."""
        if self.date:
            return 86400.0 * days_between(self.zero, self.date)
        return self.at.s if self.at else 0.0

    @classmethod
    def on(cls, date: str, name: str, days: int = 1) -> Closure:
        """Return a closure of whole days, the first of them a date such as ``2026-12-25``."""
        return cls(name=name, date=date, lasting=Duration(86400.0 * days))

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with its beginning and its length; the journey knows whether a run comes to it."""
        if bool(self.date) == (self.at is not None):
            yield Problem(path, "begins `at` a time, or on a `date`", "both" if self.date else "neither", "one of both")
        elif self.date and not is_date(self.date):
            yield Problem(f"{path}.date", "is no date", repr(self.date), "such as 2026-12-25")
        elif self.at and not 0 <= self.at.s < math.inf:
            yield Problem(f"{path}.at", "must not be negative", str(self.at))
        if not 0 < self.lasting.s < math.inf:
            yield Problem(f"{path}.lasting", "must be > 0", str(self.lasting), "a duration above zero")

    @classmethod
    def day(cls, day: int, name: str, days: int = 1) -> Closure:
        """Return a closure of whole days: `day` 0 is the run's first Monday, 9 the Wednesday of its second week."""
        return cls(name=name, at=Duration(86400.0 * day), lasting=Duration(86400.0 * days))


@dataclass(frozen=True, slots=True)
class Replicas:
    """Copies of a technical station that break and are repaired, each on its own.

    Parameters
    ----------
    count: how many replicas; the station's `servers` are those of each replica.
    needed: the station serves while at least this many are up (k-of-n); with fewer, all work in hand fails.
    between_failures: time from start or repair to the next breakdown, each replica on its own.
    repair: time from breakdown to service.
    failover: for this long after a breakdown, or until the repair if that is sooner, work that a live replica has a
        server for is still sent to the dead one in its turn, and fails.
    retries: how often work that a replica lost or never answered is sent to another, at that same moment and before
        all who came after it, instead of failing.
    none_up: while no replica is up, arrivals ``"wait"`` in the queue; or they ``"fail"``, and so do those who wait.

    Work in hand on a replica that breaks fails at that moment.
    """

    count: int = 1
    needed: int = 1
    between_failures: Distribution = Never()
    repair: Distribution = Never()
    failover: Duration = Duration(0.0)
    retries: int = 0
    none_up: Literal["wait", "fail"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Servers of a station who have the same skills.

    Parameters
    ----------
    name: unique at its station, short, lower case.
    servers: how many they are.
    skills: what they can do, named as steps and contacts ask for it (`skill`); empty for work that asks for nothing.
    """

    name: str
    servers: int = 1
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """People or machines that serve, and the queue before them.

    Who is next: the lowest `priority` number first, within it first come, first served; equal times in the order in
    which they happened. A server that frees takes the next at that same moment. A customer who reneges at the very
    moment at which a server frees is served if the server's event came first, and leaves if theirs did.

    Parameters
    ----------
    name: unique, short, lower case.
    kind: ``"people"`` work on the human clock (scaled when a back end is mocked), a ``"system"`` on the real one.
    servers: how many are served at once while on duty (per replica, if there are replicas).
    groups: the servers by their skills, numbered in this order; empty where all can do everything. Work is served by
        those alone who have the `skill` that it asks for, or by anybody if it asks for none. A server that frees takes
        the first in the queue that it has the skill for, passing over the others. An arrival takes the free server
        with the fewest skills that has the one it needs (then the lowest number), and so does each in the queue, in its
        order, when several are free at once. All groups have the same shifts, without `servers` of their own; shifts
        that overlap count once. `servers` is left out: it is their sum. No `replicas`. At a pre-emptive station an
        arrival takes the server of one who has its skill, and what it lays down may take another's in turn.
    shifts: when they are on duty; empty for always.
    closures: when they are not, whatever the shifts say.
    preemptive: an arrival that finds no server free lays down the work in hand that stands last in the queue's order,
        if that has a higher `priority` number, and takes its server at that moment; it neither balks nor is rejected.
        Laid-down work goes back to its place in the queue: its priority, and within it when it first came, so before
        all who have not begun. It goes on where it was left, does not count against `queue_limit`, and its customer
        has no patience to lose any more. Work that ends at this very moment is not laid down, and the arrival queues;
        nor is work of somebody off duty, broken or paused: when they are back, those who wait take their turn at it.
    at_closing: work in hand when a shift ends, or a closure begins, is finished (``"finish"``), or laid down
        (``"pause"``) and taken up where it was left by the first servers free on duty: before the queue or, at a
        pre-emptive station, from its place in it. Laid-down work is nobody's to lose: no fault makes it fail. Those
        who leave are the servers with the highest numbers.
    queue_limit: the most that may wait; a further arrival is rejected. None for without limit.
    cost_per_hour: of one server on duty, in the journey's currency.
    replicas: copies that break; None for a station that never does.
    """

    name: str
    title: str = ""
    kind: Literal["people", "system"] = "people"
    servers: int = 1
    groups: tuple[Group, ...] = ()
    shifts: tuple[Shift, ...] = ()
    closures: tuple[Closure, ...] = ()
    preemptive: bool = False
    at_closing: Literal["finish", "pause"] = "finish"
    queue_limit: int | None = None
    cost_per_hour: float = 0.0
    replicas: Replicas | None = None

    @property
    def capacity(self) -> int:
        """How many are served at once while everybody is on duty, by one replica; shifts may say otherwise."""
        return sum(group.servers for group in self.groups) if self.groups else self.servers

    def roster(self) -> list[tuple[float, int]]:
        """Return the weekly staffing: (second of the week from which, servers on duty), rising, the first at 0.

        Closures are not in it: see `closed_s`.
        """
        if not self.shifts:
            return [(0.0, self.capacity)]
        change: dict[float, int] = {0.0: 0}
        for shift in self.shifts:
            on_duty = self.capacity if shift.servers is None else shift.servers
            for begin, end in shift.intervals_s():
                change[begin] = change.get(begin, 0) + on_duty
                if end < WEEK_S:
                    change[end] = change.get(end, 0) - on_duty
        shifts_now = 0
        roster: list[tuple[float, int]] = []
        for moment in sorted(change):
            shifts_now += change[moment]
            level = min(shifts_now, self.capacity) if self.groups else shifts_now
            if not roster or roster[-1][1] != level:
                roster.append((moment, level))
        return roster

    def closed_s(self) -> list[tuple[float, float]]:
        """Return the closures as (begin, end) in seconds from the run's zero, rising, without those inside others."""
        closed: list[tuple[float, float]] = []
        for begin, end in sorted((closure.begin_s, closure.begin_s + closure.lasting.s) for closure in self.closures):
            if closed and begin <= closed[-1][1]:
                closed[-1] = (closed[-1][0], max(end, closed[-1][1]))
            else:
                closed.append((begin, end))
        return closed

    def staffed_s(self, begin_s: float, end_s: float) -> float:
        """Return the server-seconds on duty between two times of the run, in seconds from Monday 00:00."""
        return self._staffed_until_s(end_s) - self._staffed_until_s(begin_s)

    def _staffed_until_s(self, time_s: float) -> float:
        away = sum(
            self._rostered_until_s(min(time_s, end)) - self._rostered_until_s(min(time_s, begin))
            for begin, end in self.closed_s()
        )
        return self._rostered_until_s(time_s) - away

    def _rostered_until_s(self, time_s: float) -> float:
        weeks, rest = divmod(time_s, WEEK_S)
        roster = [*self.roster(), (WEEK_S, 0)]
        whole = sum((after - at) * level for (at, level), (after, _) in pairwise(roster))
        part = sum(max(0.0, min(after, rest) - at) * level for (at, level), (after, _) in pairwise(roster))
        return weeks * whole + part

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the numbers and the shifts."""
        own = self.capacity
        on_duty = [own if shift.servers is None else shift.servers for shift in self.shifts] or [own]
        yield from self._group_problems(path)
        if self.servers < 0 or min(on_duty) < 0:
            yield Problem(f"{path}.servers", "must not be negative", str(min(self.servers, *on_duty)))
        elif max(on_duty) == 0:
            yield Problem(f"{path}.servers", "nobody is ever on duty", "0", "a whole number above zero")
        if self.queue_limit is not None and self.queue_limit < 0:
            yield Problem(f"{path}.queue_limit", "must not be negative", str(self.queue_limit))
        if self.cost_per_hour < 0:
            yield Problem(f"{path}.cost_per_hour", "must not be negative", f"{self.cost_per_hour:g}")
        for index, shift in enumerate(self.shifts):
            try:
                shift.intervals_s()
            except ValueError as error:
                yield Problem(f"{path}.shifts.{index}", str(error))
        for closure in self.closures:
            yield from closure.problems(f"{path}.closures.{closure.name}")
        if self.replicas is not None:
            if not 1 <= self.replicas.needed <= self.replicas.count:
                yield Problem(
                    f"{path}.replicas.needed", "must be from 1 to count", str(self.replicas.needed),
                    f"1 to {self.replicas.count}",
                )  # fmt: skip
            yield from self.replicas.between_failures.problems(f"{path}.replicas.between_failures")
            yield from self.replicas.repair.problems(f"{path}.replicas.repair")
            if self.replicas.failover.s < 0:
                yield Problem(f"{path}.replicas.failover", "must not be negative", str(self.replicas.failover))
            if self.replicas.retries < 0:
                yield Problem(f"{path}.replicas.retries", "must not be negative", str(self.replicas.retries))

    def _group_problems(self, path: str) -> Iterator[Problem]:
        for group in self.groups:
            if group.servers < 0:
                yield Problem(f"{path}.groups.{group.name}.servers", "must not be negative", str(group.servers))
        if not self.groups:
            return
        if self.servers != 1:
            yield Problem(f"{path}.servers", "is the sum of the groups'", str(self.servers), "leave it out")
        for index, shift in enumerate(self.shifts):
            if shift.servers is not None:
                yield Problem(
                    f"{path}.shifts.{index}.servers", "groups are on duty together", str(shift.servers), "leave it out"
                )
        if self.replicas is not None:
            yield Problem(f"{path}.replicas", "replicas are all alike", "", "groups or replicas, not both")


def with_calendar(stations: Any, starts: str) -> Any:
    """Return stations whose closures with a date know on which date the run's clock starts; what is none stays."""
    if not isinstance(stations, tuple):
        return stations
    return tuple(_with_calendar(station, starts) for station in stations)


def _with_calendar(station: Any, starts: str) -> Any:
    if not (isinstance(station, Station) and isinstance(station.closures, tuple)):
        return station
    told = tuple(_told(closure, starts) for closure in station.closures)
    same = all(new is old for new, old in zip(told, station.closures, strict=True))
    return station if same else replace(station, closures=told)


def _told(closure: Any, starts: str) -> Any:
    if isinstance(closure, Closure) and closure.date and closure.zero != starts:
        return replace(closure, zero=starts)
    return closure


def is_tier(station: Station, faults: Sequence[Fault]) -> bool:
    """Tell whether a station's replicas stand behind a balancer that retries, or one of them is hit by itself."""
    retries = station.replicas is not None and (station.replicas.retries > 0 or station.replicas.none_up == "fail")
    return retries or any(needs_tier(fault) for fault in faults if fault.station == station.name)
