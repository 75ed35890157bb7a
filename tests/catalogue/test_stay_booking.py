"""Booking a stay: calendars night by night, what search sees of them, and the redesign does what its story claims."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import simpy

from journeys.catalogue.stay_booking.facts import DAYS
from journeys.catalogue.stay_booking.homes import NIGHTS, PER_PAGE, Guest, Market
from journeys.columns import Columns
from journeys.loading import load
from journeys.paths import apply
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values, what_if

NAME = "stay-booking"
REPLICATIONS, ALONE, CUSTOMERS = 3, 6, 3600
CLAIMS = (
    Claim("measure.search-to-book", 1.3, 1.7),
    Claim("measure.double-bookings", 0.0, 0.05),
    Claim("measure.nights", 1.1, 1.4),
    Claim("net", 1.15, 1.7),
    # alone
    Claim("measure.double-bookings", 0.0, 0.05, "real-time-index"),
    Claim("measure.search-to-book", 1.03, 1.15, "real-time-index"),
    Claim("measure.search-to-book", 1.15, 1.4, "calendar-rules"),
    Claim("measure.turned-away", 0.0, 0.2, "calendar-rules"),
    # short stays: many more bookings, few more nights
    Claim("measure.nights", 1.01, 1.15, "calendar-rules"),
    Claim("measure.festival-nights", 0.75, 0.98, "prices-by-day"),
    Claim("measure.festival-nights", 1.1, 1.4, "predicted-supply"),
    Claim("measure.search-to-book", 1.005, 1.12, "personal-ranking"),
    Claim("measure.search-to-book", 1.02, 1.15, "social-ranking"),
    # a wrong prediction: too few homes are not enough, more than enough stay empty, and late is nearly never
    Claim("measure.festival-nights", 0.85, 0.995, "predicted-half", "predicted-supply"),
    Claim("measure.festival-nights", 0.98, 1.05, "predicted-double", "predicted-supply"),
    Claim("measure.festival-nights", 0.75, 0.95, "predicted-too-late", "predicted-supply"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(load(NAME))
    expect_levers(NAME)


@dataclass
class Visit:
    """A visit to a step of a guest who is in the middle of everything."""

    customer: int
    step: str = "look"
    segment: str = "strangers"
    facts: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)

    def fact(self, name: str) -> str:
        return {"area": "Marina", "arrival": "Mon 1 June", "nights": "3 nights", **self.facts}[name]

    def uniform(self, purpose: str) -> float:
        return 0.5

    def tell(self, label: str, text: str) -> None:
        self.told[label] = text

    def note(self, text: str) -> None:
        self.noted.append(text)


class Town:
    """A market of few homes, all of them such as anybody likes, and a clock that is set by hand."""

    def __init__(self, **settings: float) -> None:
        own = {name: float(getattr(value, "s", value)) for name, value in load(NAME).settings.items()}
        self.environment = simpy.Environment()
        self.market = Market(self.environment, own | {"homes": 2.0} | settings)
        self.market._appeals = lambda home, guest: True  # type: ignore[method-assign]

    def at(self, time_s: float) -> Town:
        self.environment._now = time_s
        return self

    def books(self, customer: int, arrival: str = "Mon 1 June", nights: str = "3 nights") -> list[str]:
        """Return where the visits of a guest lead, until they have what they came for, or have none."""
        visit = Visit(customer, facts={"arrival": arrival, "nights": nights})
        ways = [self.market.look(visit)]
        if ways == ["results"]:
            ways += [self.market.choose(visit), self.market.calendar(visit)]
        return ways

    def guest(self, customer: int) -> Guest:
        return self.market._guests[customer]


BOOKED, CANCELLED = ["results", "book", "confirmed"], ["results", "book", "double_booked"]


def test_what_the_index_does_not_know_is_booked_twice() -> None:
    town = Town(index_age=100.0)
    town.at(10)
    assert town.books(0) == BOOKED
    assert town.guest(0).home is not None
    town.at(20)
    assert town.books(1) == CANCELLED  # the same home comes first, and looks free
    town.at(101)
    assert town.books(2) == BOOKED  # the index has been copied: the other home
    assert town.guest(2).home is not town.guest(0).home
    town.at(201)
    assert town.books(3) == ["sold_out"]
    assert Town(index_age=0.0).books(0) == BOOKED


def test_a_live_index_knows_it_at_once() -> None:
    town = Town(index_age=0.0)
    assert [town.books(number) for number in range(3)] == [BOOKED, BOOKED, ["sold_out"]]


def test_nights_are_taken_one_by_one() -> None:
    town = Town(homes=1.0, index_age=0.0)
    assert town.books(0, "Mon 1 June") == BOOKED
    assert town.books(1, "Wed 3 June") == ["sold_out"]  # the night of Wednesday is the first guest's last
    assert town.books(2, "Thu 4 June") == BOOKED  # who leaves in the morning makes room
    taken = np.isfinite(town.market.booked_at[town.guest(0).home.number])  # type: ignore[union-attr]
    assert np.flatnonzero(taken).tolist() == [0, 1, 2, 3, 4, 5]


def test_short_stays_are_turned_away_and_may_be_made_longer() -> None:
    town = Town(index_age=0.0)
    assert town.books(0, nights="1 night") == ["too_short"]
    assert town.books(0) == BOOKED
    assert town.guest(0).nights == 3


@pytest.mark.parametrize(("fills", "first"), [(0.0, "too_short"), (1.0, "results")])
def test_a_gap_is_let_for_as_long_as_it_is(fills: float, first: str) -> None:
    town = Town(homes=1.0, index_age=0.0, fill_gaps=fills)
    town.books(0, "Mon 1 June")
    town.books(1, "Sat 6 June")  # two nights are left between: Thursday and Friday
    assert town.books(2, "Thu 4 June", "2 nights")[0] == first
    assert town.books(3, "Tue 16 June", "2 nights") == ["too_short"]  # no gap, but an empty week


def test_who_finds_nothing_looks_at_the_days_around() -> None:
    town = Town(homes=1.0, index_age=0.0)
    town.books(0, "Mon 8 June")
    assert town.books(1, "Tue 9 June") == ["sold_out"]
    assert town.books(1) == BOOKED
    assert DAYS[town.guest(1).arrival] in ("Thu 11 June", "Fri 12 June")


def test_acquired_homes_are_for_the_festival_and_from_their_day_on() -> None:
    town = Town(homes=1.0, index_age=0.0, acquired=1.0, predicted=1.0, acquired_by=50.0)
    town.books(0, "Thu 18 June")
    assert town.books(1, "Thu 18 June") == ["sold_out"]
    town.at(50)
    assert town.books(2, "Thu 18 June") == BOOKED
    assert town.guest(2).home.area == ""  # type: ignore[union-attr]
    assert town.books(3, "Thu 18 June") == ["sold_out"]
    town.books(4, "Mon 1 June")
    assert town.books(5, "Mon 1 June") == ["sold_out"]


def test_a_ranking_that_knows_its_guest_shows_first_what_is_like_them() -> None:
    def alike(**known: float) -> list[float]:
        town, visit = Town(homes=30.0, index_age=0.0, ranking_error=0.0, **known), Visit(0, segment="regulars")
        town.market.look(visit)
        guest = town.guest(0)
        return [1 - float(np.abs(np.subtract(home.traits, guest.traits)).mean()) for home in guest.shown]

    assert alike(personal=1.0) == sorted(alike(), reverse=True) != alike()


def test_friends_show_each_other_what_they_like() -> None:
    town = Town(homes=30.0, index_age=0.0, social=1.0)
    town.books(0)
    liked = town.guest(0).home
    assert liked is not None
    town.market.look(Visit(1, facts={"arrival": "Mon 8 June"}))
    assert town.guest(1).shown[0] is liked


def test_pages_tell_what_is_on_them_and_the_log_which_night_it_was() -> None:
    town, visit = Town(homes=30.0, index_age=0.0), Visit(0, facts={"arrival": "Wed 17 June"})
    town.market.look(visit)
    assert visit.told["On this page"].startswith("Wed 17 June, 3 nights\nBoathouse 61: EUR ")
    assert visit.told["On this page"].count("EUR") == PER_PAGE
    town.market.choose(visit)
    assert "Marina: Wed 17 June, 3 nights, EUR " in visit.told["Your home"]
    town.market.calendar(visit)
    ways = []
    for step in ("stay", "midweek_night", "festival_night", "festival_night"):
        visit.step = step
        ways.append(town.market.night(visit))
    assert ways == ["midweek_night", "festival_night", "festival_night", "completed"]
    assert [text.split(", ")[1] for text in visit.noted[1:]] == ["Wed 17 June", "Thu 18 June", "Fri 19 June"]


def test_the_older_the_index_the_more_is_booked_twice() -> None:
    shares = []
    for age in ("0 s", "6 h", "1 d"):
        rows = simulated({"settings.index_age": age}, 2400)
        shares.append(rows.step.among("double_booked").sum() / rows.step.among("double_booked", "confirmed").sum())
    assert shares[0] < 0.01
    assert shares[0] < shares[1] < shares[2]


def test_no_night_of_a_home_is_sold_twice() -> None:
    rows = simulated({"settings.predicted": 1}, 1500)
    nights = rows.step.among("midweek_night", "weekend_night", "festival_night") & rows.outcome.among("served")
    sold = [rows.detail.texts[code] for code in rows.detail.codes[nights]]
    assert len(sold) > 500
    assert len(set(sold)) == len(sold)
    assert len(DAYS) + 7 == NIGHTS


def simulated(changes: dict[str, object], customers: int) -> Columns:
    journey = apply(load(NAME), changes)
    rows: list[Columns] = []
    engine = ENGINES[choose("", journey, lambda text: None)]
    engine.replicate(journey, 3, 0, customers, None, None, 1.0, rows.append)
    return Columns.joined(rows)


# SimPy alone walks this journey: what each lever does by itself is looked at beside `make test`
BY_THEMSELVES = [
    pytest.param(claim, marks=[] if claim.scenario == "redesigned" else pytest.mark.bench) for claim in CLAIMS
]


@pytest.mark.slow
@pytest.mark.parametrize("claim", BY_THEMSELVES, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS if claim.scenario == "redesigned" else ALONE, CUSTOMERS)


@pytest.mark.slow
def test_search_is_slow_in_a_spike_that_was_not_prepared_for() -> None:
    p95 = {
        scenario.name: values(measured(NAME, scenario.name, 1, 6000, what="spike"))["latency.search.sojourn.p95"]
        for scenario in what_if(NAME, "spike").scenarios
    }

    assert p95["spike"] > 1.2 * p95["usual"]
    assert p95["spike-predicted"] < 1.1 * p95["usual"]
    assert p95["spike-underestimated"] > 1.05 * p95["spike-predicted"]
