"""The town's homes: which nights are taken, what search sees of that, which homes a guest is shown, and which appeal.

Each home has a calendar of its own, night by night, so a gap is a gap in somebody's calendar. Search reads a copy of
the calendars that is made every `index_age`; a booking asks the calendar itself. Homes and guests have three traits
(say: quiet or lively, plain or grand, old or new); a home appeals to who is like it, and can pay for it.

`market` is made once in each replication, and once for a back end. It is the process behind several of the journey's
steps, told apart by their names: to `look` for homes, to `choose` among those of a page, to ask the home's `calendar`,
and the nights of a stay. Nothing of it takes time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from journeys.catalogue.stay_booking.facts import AREAS, DAYS, FESTIVAL, PRICE, STAYS

NIGHTS = 35  # all of June, and the week after it, into which stays reach
FESTIVAL_STAYS = range(14, 22)  # the nights that homes acquired for the festival have on offer
PER_PAGE = 6
CIRCLES = 300  # of friends, about a dozen guests each
LIKE_FRIENDS = 0.6  # how much of somebody's traits is that of their circle
APPEALS = 0.85  # how alike home and guest must be
KINDS = ("Boathouse", "Loft", "Cottage", "Villa", "Garden flat", "Mill")
_ROOT = 1.2207440846  # of x^4 = x + 1: multiples of its powers, less the whole numbers, fill a cube evenly
_TURNS = (1 / _ROOT, 1 / _ROOT**2, 1 / _ROOT**3)

Steps = Generator[simpy.Event, Any, str | None]
Settings = Mapping[str, float]
Traits = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """A home: in which area (empty for the outskirts, that are shown to all), what it is like, and its usual price."""

    number: int
    name: str
    area: str
    traits: Traits
    price: float


@dataclass(eq=False, slots=True)
class Guest:
    """A guest: who they are, and how far they have come."""

    traits: Traits
    budget: float
    circle: int
    area: str
    arrival: int
    nights: int
    shown: list[Home] = field(default_factory=list)
    page: int = 0
    last: str = ""
    home: Home | None = None
    left: list[int] = field(default_factory=list)


def market(environment: simpy.Environment, settings: Settings) -> Callable[[Any], Steps]:
    """Return what happens on a visit to each of the steps behind which the homes are."""
    homes = Market(environment, settings)
    stages = {"look": homes.look, "choose": homes.choose, "calendar": homes.calendar}

    def run(visit: Any) -> Steps:
        yield from ()  # which takes no time
        return stages.get(visit.step, homes.night)(visit)

    return run


class Market:
    """The homes of one replication with their calendars, and the guests who look for one.

    `booked_at` tells when each night of each home was booked, in seconds of the run, shape (n_homes, NIGHTS).
    """

    def __init__(self, environment: simpy.Environment, settings: Settings) -> None:
        self._environment, self._settings = environment, settings
        each, acquired = round(settings["homes"]), round(settings["acquired"] * settings["predicted"])
        areas = [area for area in AREAS for _ in range(each)] + [""] * acquired
        self.homes = [_home(number, area) for number, area in enumerate(areas)]
        self.booked_at = np.full((len(areas), NIGHTS), np.inf)
        outskirts = len(areas) - acquired
        self.booked_at[outskirts:, : FESTIVAL_STAYS.start] = self.booked_at[outskirts:, FESTIVAL_STAYS.stop :] = -np.inf
        self._near = {
            area: np.array([home.number for home in self.homes if home.area in (area, "")], dtype=int) for area in AREAS
        }
        self._outskirts = outskirts
        self._liked: dict[int, list[Home]] = defaultdict(list)
        self._guests: dict[int, Guest] = {}

    # What the steps do -----------------------------------------------------------------------------------------------

    def look(self, visit: Any) -> str:
        """Find homes that the index has free; after a first answer, for a longer stay or for other days."""
        guest = self._guest(visit)
        if guest.last == "too_short":
            guest.nights = max(guest.nights, self._least(guest.arrival, guest.nights))
        if guest.last == "sold_out":
            guest.arrival = next((day for day in self._other_days(guest) if self._on_offer(guest, day)), guest.arrival)
        free, short = self._free(guest, guest.arrival), guest.nights < self._least(guest.arrival, guest.nights)
        lets = [home for home in free if self._fills_a_gap(home, guest, guest.arrival)] if short else free
        guest.shown = self._ranked(visit, guest, lets)
        guest.last = "results" if guest.shown else "too_short" if free and guest.last != "too_short" else "sold_out"
        guest.page = 0
        self._tell_page(visit, guest)
        return guest.last

    def choose(self, visit: Any) -> str:
        """Choose the home of the page that is most like oneself, if any appeals; else turn the page."""
        guest = self._guest(visit)
        page = guest.shown[PER_PAGE * guest.page : PER_PAGE * (guest.page + 1)]
        guest.home = max(
            (home for home in page if self._appeals(home, guest)), key=lambda home: _alike(home.traits, guest.traits),
            default=None,
        )  # fmt: skip
        if guest.home is None:
            guest.page += 1
            self._tell_page(visit, guest)
            return "results" if PER_PAGE * guest.page < len(guest.shown) else "found_nothing"
        visit.note(f"{guest.home.name}, page {guest.page + 1}")
        where, total = guest.home.area or "the outskirts", guest.nights * self._price(guest.home, guest)
        visit.tell("On this page", "")
        visit.tell("Your home", f"{guest.home.name}, {where}: {_told(guest)}, EUR {total:,.0f}")
        return "book"

    def calendar(self, visit: Any) -> str:
        """Ask the home's own calendar: are the nights still free? If so, they are the guest's."""
        guest, home = self._guest(visit), self._guest(visit).home
        if home is None:  # a back end that was ended has forgotten what they chose
            return "double_booked"
        nights = slice(guest.arrival, guest.arrival + guest.nights)
        if (self.booked_at[home.number, nights] <= self._environment.now).any():
            visit.note(f"{home.name} is taken")
            return "double_booked"
        self.booked_at[home.number, nights] = self._environment.now
        self._liked[guest.circle].append(home)
        guest.left = list(range(guest.arrival, guest.arrival + guest.nights))
        return "confirmed"

    def night(self, visit: Any) -> str:
        """Count one night of the stay, if this is one; return what kind the next one is."""
        guest = self._guest(visit)
        if visit.step != "stay" and guest.left and guest.home is not None:
            night = guest.left.pop(0)
            visit.note(f"{guest.home.name}, {_date(night)}")
        return _kind(guest.left[0]) if guest.left else "completed"

    # What search sees, and hosts allow -------------------------------------------------------------------------------

    def _guest(self, visit: Any) -> Guest:
        found = self._guests.get(visit.customer)
        if found is None:
            circle = math.floor(CIRCLES * visit.uniform("circle"))
            own = [visit.uniform(f"trait {number}") for number in range(len(_TURNS))]
            traits = tuple(
                LIKE_FRIENDS * theirs + (1 - LIKE_FRIENDS) * mine
                for theirs, mine in zip(_evenly(circle), own, strict=True)
            )
            found = self._guests[visit.customer] = Guest(
                traits, 80 + 160 * visit.uniform("budget"), circle, visit.fact("area"),
                DAYS.index(visit.fact("arrival")), STAYS[visit.fact("nights")],
            )  # fmt: skip
        return found

    def _seen_s(self) -> float:
        """Return when the index was copied."""
        now, age_s = self._environment.now, self._settings["index_age"]
        return math.floor(now / age_s) * age_s if age_s else now

    def _free(self, guest: Guest, arrival: int) -> list[Home]:
        """Return the homes near the guest that were free for all of their nights when the index was copied."""
        near = self._near[guest.area]
        if self._environment.now < self._settings["acquired_by"]:
            near = near[near < self._outskirts]
        free = (self.booked_at[near, arrival : arrival + guest.nights] > self._seen_s()).all(axis=1)
        return [self.homes[number] for number in near[free]]

    def _least(self, arrival: int, nights: int) -> int:
        """Return how many nights hosts ask for: one number where the stay has a weekend's night, another midweek."""
        weekend = any(night % 7 in (4, 5) for night in range(arrival, arrival + nights))
        return round(self._settings["least_weekend" if weekend else "least_midweek"])

    def _fills_a_gap(self, home: Home, guest: Guest, arrival: int) -> bool:
        """Tell whether the host lets it for a stay that is too short, where it is in a gap that is too short itself."""
        if not self._settings["fill_gaps"]:
            return False
        begin, end, taken = arrival, arrival + guest.nights, self.booked_at[home.number] <= self._seen_s()
        while begin > 0 and not taken[begin - 1]:
            begin -= 1
        while end < NIGHTS and not taken[end]:
            end += 1
        return end - begin < self._least(arrival, guest.nights)

    def _on_offer(self, guest: Guest, arrival: int) -> bool:
        free, short = self._free(guest, arrival), guest.nights < self._least(arrival, guest.nights)
        return any(not short or self._fills_a_gap(home, guest, arrival) for home in free)

    @staticmethod
    def _other_days(guest: Guest) -> list[int]:
        near = [guest.arrival + by for by in (-1, 1, -2, 2, -3, 3)]
        return [day for day in near if 0 <= day < len(DAYS)]

    # What comes first, and what appeals ------------------------------------------------------------------------------

    def _ranked(self, visit: Any, guest: Guest, homes: list[Home]) -> list[Home]:
        """Return homes in the order in which they are shown: those most like the guest first, as far as that is known.

        Of guests who have been here before, the ranking knows the traits, with an error; of others, what friends have
        booked. Of nobody it knows more than `personal` and `social` let it; then the order is everybody's.
        """
        guesses: list[Traits] = []
        if self._settings["personal"] and visit.segment == "regulars":
            error = self._settings["ranking_error"]
            guesses.append(
                tuple(trait + error * (2 * visit.uniform(f"error {at}") - 1) for at, trait in enumerate(guest.traits))
            )
        friends = self._liked[guest.circle]
        if self._settings["social"] and friends:
            guesses.append(tuple(float(np.mean(each)) for each in zip(*(one.traits for one in friends), strict=True)))
        if not guesses:
            return homes
        guess = tuple(float(np.mean(each)) for each in zip(*guesses, strict=True))
        return sorted(homes, key=lambda home: -_alike(home.traits, guess))

    def _price(self, home: Home, guest: Guest) -> float:
        """Return what a night of the stay costs on average."""
        kinds = [_kind(night) for night in range(guest.arrival, guest.arrival + guest.nights)]
        return home.price * sum(self._settings[f"{kind}_price"] for kind in kinds) / len(kinds)

    def _appeals(self, home: Home, guest: Guest) -> bool:
        return _alike(home.traits, guest.traits) >= APPEALS and self._price(home, guest) <= guest.budget

    def _tell_page(self, visit: Any, guest: Guest) -> None:
        """Let the guest's next page tell which homes are on it."""
        page = guest.shown[PER_PAGE * guest.page : PER_PAGE * (guest.page + 1)]
        shown = [f"{home.name}: EUR {self._price(home, guest):.0f} a night" for home in page]
        visit.tell("On this page", "\n".join((_told(guest), *shown)) if page else "")


# Homes, nights, likeness ---------------------------------------------------------------------------------------------


def _home(number: int, area: str) -> Home:
    price = PRICE * (0.7 + 0.6 * ((0.5 + number * 0.6180339887) % 1))
    return Home(number, f"{KINDS[number % len(KINDS)]} {number + 1}", area, _evenly(number), price)


def _evenly(number: int) -> Traits:
    """Return the traits of the how-manieth home or circle: spread evenly, the same in every run."""
    return tuple((0.5 + number * turn) % 1 for turn in _TURNS)


def _alike(one: Traits, other: Traits) -> float:
    """Return how alike two are, 0 to 1.

    >>> _alike((0.0, 0.5, 1.0), (0.0, 0.5, 0.7))
    0.9
    """
    return 1 - sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _kind(night: int) -> str:
    """Return what kind of night it is, counted from 1 June.

    >>> _kind(0), _kind(4), _kind(18)
    ('midweek_night', 'weekend_night', 'festival_night')
    """
    return "festival_night" if night in FESTIVAL else "weekend_night" if night % 7 in (4, 5) else "midweek_night"


def _date(night: int) -> str:
    """Return a night's date; those after June are July's.

    >>> _date(0), _date(28)
    ('Mon 1 June', 'Mon 29 June')
    """
    if night < len(DAYS):
        return DAYS[night]
    weekday = DAYS[night % 7].split()[0]
    return f"{weekday} {night + 1} June" if night < 30 else f"{weekday} {night - 29} July"


def _told(guest: Guest) -> str:
    return f"{_date(guest.arrival)}, {guest.nights} night{'s' if guest.nights > 1 else ''}"
