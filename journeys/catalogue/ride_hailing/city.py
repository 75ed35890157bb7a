"""The city: where riders and drivers are, which driver comes, and how long the way takes.

Nine zones, three by three, 2.5 kilometres from middle to middle. Cars follow the streets, east-west and north-south, at
24 kilometres an hour. A driver stays where the last rider got out, until the next one calls.

`city` is made once in each replication, and once for a back end. It is the process behind several of the journey's
steps, told apart by their names: a `quote` (is it busy?), to `locate` the rider, the three ways to `hail` a driver, the
`approach`, and the `ride`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import simpy

ZONES = (
    "Harbour", "University", "Garden city",
    "Station", "Old town", "Fairground",
    "Airport road", "Mill quarter", "Stadium",
)  # fmt: skip
SPACING_KM = 2.5
S_PER_KM = 150.0

DRIVERS = 32
COMES_AFTER_S, STAYS_S = 600.0, 5400.0  # who comes for a surge

Place = tuple[float, float]
Steps = Generator[simpy.Event, Any, str | None]


@dataclass(eq=False, slots=True)
class Driver:
    """A driver: where they are, since when they have been free, and until when they work."""

    at: Place
    free_since: float = 0.0
    until: float = float("inf")


@dataclass(eq=False, slots=True)
class Request:
    """A rider who waits for a driver to be found; `found` comes with the driver."""

    at: Place
    how: str
    found: simpy.Event
    driver: Driver | None = None


def city(environment: simpy.Environment, settings: Mapping[str, float]) -> Callable[[Any], Steps]:
    """Return what happens on a visit to each of the steps behind which the city is."""
    streets = City(environment, round_s=settings["round"], reserve=round(settings["reserve"]))
    stages = {"quote": streets.quote, "locate": streets.locate, "approach": streets.approach, "ride": streets.ride}
    return lambda visit: stages.get(visit.step, streets.hail)(visit)


class City:
    """The drivers of one replication, the riders who wait for one, and who comes for whom.

    Parameters: `round_s`, how long requests are collected before they are matched, in seconds; `reserve`, how many
    drivers are at home, who come for a surge.
    """

    def __init__(self, environment: simpy.Environment, *, round_s: float, reserve: int) -> None:
        self._environment, self._round_s = environment, round_s
        self.free = [Driver(middle_of(ZONES[number % len(ZONES)])) for number in range(DRIVERS)]
        self.waiting: list[Request] = []
        self._ways: dict[int, tuple[Place, Place]] = {}  # by customer: from where to where
        self._serving: dict[int, Driver] = {}
        self._reserve = reserve
        self._collecting = False

    # What the steps do -----------------------------------------------------------------------------------------------

    def quote(self, visit: Any) -> Steps:
        """Say that there is a surge where fewer than one driver is free for each who waits, the next one included."""
        yield from ()  # which takes no time
        if len(self.free) > len(self.waiting):
            return "request"
        if self._reserve:
            self._reserve -= 1
            self._environment.process(self._come_for_the_surge())
        return "surge"

    def locate(self, visit: Any) -> Steps:
        """Learn where the rider is and wants to go: somewhere in the zones that they named."""
        yield from ()  # which takes no time either
        self._way_of(visit)
        return None

    def hail(self, visit: Any) -> Steps:
        """Wait until a driver is found, in the way that the step's name tells."""
        visit.tell("Your driver", "we are looking for one")
        request = Request(self._way_of(visit)[0], visit.step, self._environment.event())
        self.waiting.append(request)
        if visit.step == "hail_batched":
            self._collect()
        else:
            self._match()
        try:
            driver = yield request.found
        except simpy.Interrupt:
            self._forget(request)
        else:
            self._serving[visit.customer] = driver
            visit.tell("Your driver", f"coming from {zone_of(driver.at)}")
        return None

    def approach(self, visit: Any) -> Steps:
        """Drive to the rider; a driver whose rider has given up is free again, wherever they are by then."""
        driver, at = self._driver_of(visit), self._way_of(visit)[0]
        began, lasts_s = self._environment.now, S_PER_KM * distance_km(driver.at, at)
        visit.tell("Your driver", f"coming from {zone_of(driver.at)}, here in about {minutes_of(lasts_s)}")
        try:
            yield self._environment.timeout(lasts_s)
            driver.at = at
        except simpy.Interrupt:
            driver.at = between(driver.at, at, (self._environment.now - began) / lasts_s if lasts_s else 1.0)
            self._set_free(driver)
        return None

    def ride(self, visit: Any) -> Steps:
        """Drive to where the rider wants to go, and be free there."""
        driver = self._driver_of(visit)
        del self._serving[visit.customer]
        there = self._way_of(visit)[1]
        del self._ways[visit.customer]
        way_km = distance_km(driver.at, there)
        lasts_s = S_PER_KM * way_km + 60.0
        visit.tell("Your driver", "")
        visit.tell("Your ride", f"to {zone_of(there)}, there in about {minutes_of(lasts_s)}")
        yield self._environment.timeout(lasts_s)
        visit.tell("Your ride", f"to {zone_of(there)}, {way_km:.1f} kilometres: thank you")
        driver.at = there
        self._set_free(driver)
        return None

    # A back end that was ended has forgotten its city: who rides is driven on, by whoever is there -------------------

    def _way_of(self, visit: Any) -> tuple[Place, Place]:
        """Return from where to where a rider goes."""
        if visit.customer not in self._ways:
            self._ways[visit.customer] = place_of(visit, "pickup"), place_of(visit, "destination")
        return self._ways[visit.customer]

    def _driver_of(self, visit: Any) -> Driver:
        """Return who drives a rider."""
        if visit.customer not in self._serving:
            self._serving[visit.customer] = Driver(self._way_of(visit)[0])
        return self._serving[visit.customer]

    # Who comes for whom ----------------------------------------------------------------------------------------------

    def _match(self) -> None:
        """Give free drivers to those who wait, the longest first: the one free for longest, or the nearest."""
        while self.free and (request := next((one for one in self.waiting if one.how != "hail_batched"), None)):
            if request.how == "hail_nearest":
                driver = min(self.free, key=lambda free: distance_km(free.at, request.at))
            else:
                driver = min(self.free, key=lambda free: free.free_since)
            self._give(driver, request)

    def _collect(self) -> None:
        """See to it that those who wait are matched at the end of the round."""
        if not self._collecting and self.free:
            self._collecting = True
            self._environment.process(self._round())

    def _round(self) -> Steps:
        """After a while, match all who wait with all who are free: the shortest ways first."""
        yield self._environment.timeout(self._round_s)
        self._collecting = False
        ways = sorted(
            ((distance_km(driver.at, request.at), one, other)
             for one, request in enumerate(self.waiting) for other, driver in enumerate(self.free)),
        )  # fmt: skip
        requests, drivers = list(self.waiting), list(self.free)
        for _, one, other in ways:
            if requests[one] in self.waiting and drivers[other] in self.free:
                self._give(drivers[other], requests[one])
        return None

    def _give(self, driver: Driver, request: Request) -> None:
        self.free.remove(driver)
        self.waiting.remove(request)
        request.driver = driver
        request.found.succeed(driver)

    def _forget(self, request: Request) -> None:
        """Take back a request whose rider has left, and the driver who was on the point of coming."""
        if request.driver is None:
            self.waiting.remove(request)
        else:
            self._set_free(request.driver)

    def _set_free(self, driver: Driver) -> None:
        if self._environment.now >= driver.until:
            self._reserve += 1
            return
        driver.free_since = self._environment.now
        self.free.append(driver)
        self._match()
        if self.waiting:
            self._collect()

    def _come_for_the_surge(self) -> Steps:
        """Let a driver of the reserve come, to the middle of the town, and stay for a while."""
        yield self._environment.timeout(COMES_AFTER_S)
        self._set_free(Driver(middle_of("Old town"), until=self._environment.now + STAYS_S))
        return None


# Where things are ----------------------------------------------------------------------------------------------------


def middle_of(zone: str) -> Place:
    """Return the middle of a zone, in kilometres east and south of the harbour's.

    >>> middle_of("Harbour"), middle_of("Stadium")
    ((0.0, 0.0), (5.0, 5.0))
    """
    row, column = divmod(ZONES.index(zone), 3)
    return column * SPACING_KM, row * SPACING_KM


def zone_of(place: Place) -> str:
    """Return the zone of a place; the nearest, for one at the edge of the town.

    >>> zone_of((2.6, 2.4)), zone_of((6.1, 5.2))
    ('Old town', 'Stadium')
    """
    column, row = (min(2, max(0, round(along / SPACING_KM))) for along in place)
    return ZONES[3 * row + column]


def minutes_of(time_s: float) -> str:
    """Return a time as a driver tells it.

    >>> minutes_of(50), minutes_of(400)
    ('1 minute', '7 minutes')
    """
    many = max(1, round(time_s / 60))
    return f"{many} minute" if many == 1 else f"{many} minutes"


def place_of(visit: Any, fact: str) -> Place:
    """Return where somebody is within the zone that they named: anywhere in it."""
    east, south = middle_of(visit.fact(fact))
    aside, along = (visit.uniform(f"{fact}:{side}") - 0.5 for side in ("aside", "along"))
    return east + SPACING_KM * aside, south + SPACING_KM * along


def distance_km(one: Place, other: Place) -> float:
    """Return the way along the streets.

    >>> distance_km((0.0, 0.0), (1.5, 2.0))
    3.5
    """
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def between(one: Place, other: Place, share: float) -> Place:
    """Return the place at a share of the way, 0 to 1, along the line.

    >>> between((0.0, 0.0), (4.0, 2.0), 0.5)
    (2.0, 1.0)
    """
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])
