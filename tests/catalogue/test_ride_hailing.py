"""Ride-hailing: who comes for whom in the city's streets, and the redesign does what its story claims."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import simpy

from journeys.catalogue.ride_hailing.city import DRIVERS, S_PER_KM, City, Driver, distance_km, middle_of
from journeys.loading import load
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values

NAME = "ride-hailing"
REPLICATIONS, CUSTOMERS = 3, 1700
CLAIMS = (
    Claim("measure.pickup-wait.mean", 0.3, 0.8),
    Claim("measure.cancellations", 0.1, 0.5),
    Claim("measure.drivers-paid", 1.15, 1.7),
    Claim("measure.recovered", 1.3, 3.0),
    Claim("calls", 0.02, 0.4),
    Claim("completion", 1.15, 1.7),
    # alone
    Claim("measure.way-to-rider.mean", 0.4, 0.9, "nearest-driver"),
    Claim("measure.cancellations", 0.3, 0.95, "nearest-driver"),
    Claim("measure.way-to-rider.mean", 0.3, 0.8, "batching"),
    Claim("measure.cancellations", 0.2, 0.8, "batching"),
    Claim("measure.cancellations", 0.5, 0.97, "surge"),
    Claim("measure.recovered", 1.3, 3.0, "payment-recovery"),
    # who sees the car come waits for it, and so the queue is longer
    Claim("measure.cancellations", 0.6, 0.97, "live-position"),
    Claim("measure.pickup-wait.mean", 1.02, 1.5, "live-position"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(load(NAME))
    expect_levers(NAME)


@dataclass
class Visit:
    """A visit to a step of a customer who stands in the middle of their zone."""

    customer: int
    step: str
    facts: dict[str, str] = field(default_factory=dict)

    def fact(self, name: str) -> str:
        return self.facts[name]

    def uniform(self, purpose: str) -> float:
        return 0.5

    def tell(self, label: str, text: str) -> None:
        return


class Town:
    """A city with a few drivers, each in the middle of a zone and free for longer than those after them."""

    def __init__(self, *zones: str) -> None:
        self.environment = simpy.Environment()
        self.city = City(self.environment, round_s=20.0, reserve=8)
        self.city.free = [Driver(middle_of(zone), free_since=float(at)) for at, zone in enumerate(zones)]
        self.drivers = list(self.city.free)

    def hail(self, customer: int, how: str, pickup: str, destination: str = "Stadium") -> simpy.Process:
        facts = {"pickup": pickup, "destination": destination}
        list(self.city.locate(Visit(customer, "locate", facts)))
        return self.environment.process(self.city.hail(Visit(customer, how, facts)))

    def who_came(self, customer: int) -> int:
        return self.drivers.index(self.city._serving[customer])


@pytest.mark.parametrize(("how", "driver"), [("hail", 0), ("hail_nearest", 1), ("hail_batched", 1)])
def test_who_comes(how: str, driver: int) -> None:
    town = Town("Harbour", "Mill quarter", "Stadium")
    town.hail(0, how, "Stadium" if how == "hail" else "Airport road")
    town.environment.run(60)

    assert town.who_came(0) == driver


def test_who_waits_longest_is_served_first_and_in_rounds_who_is_nearest() -> None:
    for how, served in (("hail_nearest", 0), ("hail_batched", 1)):
        town = Town("Stadium")
        town.hail(0, how, "Harbour")
        town.hail(1, how, "Stadium")
        town.environment.run(60)
        assert list(town.city._serving) == [served]


def test_a_ride_takes_its_way_and_the_driver_stays_there() -> None:
    town = Town("Old town")
    environment = town.environment
    town.hail(0, "hail", "Station", "Stadium")
    environment.run(1)
    approach = environment.process(town.city.approach(Visit(0, "approach")))
    environment.run(approach)
    assert environment.now == 1 + 2.5 * S_PER_KM
    environment.run(environment.process(town.city.ride(Visit(0, "ride"))))
    assert environment.now == 1 + (2.5 + 7.5) * S_PER_KM + 60
    assert town.city.free == town.drivers
    assert town.drivers[0].at == middle_of("Stadium")


def test_a_driver_whose_rider_gives_up_is_free_half_way() -> None:
    town = Town("Old town")
    town.hail(0, "hail", "Station")
    town.environment.run(1)
    approach = town.environment.process(town.city.approach(Visit(0, "approach")))
    town.environment.run(1 + 1.25 * S_PER_KM)
    approach.interrupt()
    town.environment.run(400)
    assert town.city.free == town.drivers
    assert distance_km(town.drivers[0].at, middle_of("Station")) == pytest.approx(1.25)


def test_a_rider_who_gives_up_is_not_waited_for() -> None:
    town = Town()
    waiting = town.hail(0, "hail", "Station")
    town.environment.run(10)
    waiting.interrupt()
    town.environment.run(20)
    assert town.city.waiting == []


def test_a_surge_is_when_nobody_is_free_for_the_next_and_brings_a_driver() -> None:
    town = Town("Harbour")
    environment = town.environment
    assert environment.run(environment.process(town.city.quote(Visit(0, "quote")))) == "request"
    town.city.free.clear()
    assert environment.run(environment.process(town.city.quote(Visit(0, "quote")))) == "surge"
    town.environment.run(3600)
    assert len(town.city.free) == 1


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_as_it_is_the_town_is_as_the_story_tells() -> None:
    found = values(measured(NAME, "as-is", REPLICATIONS, CUSTOMERS))

    assert DRIVERS == 32
    assert 0.15 < found["measure.cancellations"] < 0.5
    # of the time that drivers are on the road, half is without a rider
    assert found["measure.drivers-paid"] < 0.65 * found["measure.drivers-busy"]
