"""Booking a stay: a lodging marketplace whose search shows what is taken, and whose calendars do not bend.

Two hundred and forty homes of a lakeside town are on offer, night by night, for June. Search reads an index that is
copied from the hosts' calendars once a day: guests choose homes that went in the morning, type name and card, and are
cancelled afterwards. Hosts ask for three nights, so that a gap of two stays empty. Everybody is shown the same homes
first, at one price for all nights. In the second week the programme of a festival comes out: for four days two and a
half times as many search, and more than can be housed want the three nights of it.

`redesign.toml` beside this file holds a real-time index, calendar rules, prices by day, homes acquired for the festival
because it was predicted, a ranking that knows its guest, and one that knows the guest's friends; and what becomes of
the prediction when it is wrong. `spike.toml` asks how fast search is in the busiest minutes. No outcome is written
here: what happens between search and calendar is `homes.py`, a SimPy process with each home's calendar. Who is booked
twice follows from how old the index is when somebody looks at it; who books, from how many pages they have to turn
until a home appeals; how full the homes are, from the stays that fit.
"""

from journeys import (
    Attempts,
    Budget,
    Constant,
    Contact,
    During,
    Exponential,
    Journey,
    Lognormal,
    Money,
    Poisson,
    Process,
    Route,
    Segment,
    Share,
    Shift,
    Span,
    Spike,
    Station,
    Step,
    Tally,
    Uniform,
    VisitsAtLeast,
    Wait,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    seconds,
)
from journeys.catalogue.stay_booking.facts import FACTS
from journeys.catalogue.stay_booking.homes import market
from journeys.catalogue.stay_booking.sources import SOURCES

FIND = Lognormal(milliseconds(120), cv=0.6)
PAGE = Lognormal(milliseconds(40), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
HOMES = Process(market)
NIGHTS = ("midweek_night", "weekend_night", "festival_night")
# each night leads to the next one of the stay, until the guest leaves
ANY_NIGHT = (*(Route(night, 0.0) for night in NIGHTS), Route("completed"))
COMMISSION = 18.0  # 15% of an average night

STEPS = (
    # Searching: where, when, how long.
    Step(
        name="search", lane="customer", title="Find a place to stay", station="search", service=FIND, attempts=QUICKLY,
        asks=("area",), think=Lognormal(minutes(1), cv=0.8), abandon=0.10,
    ),
    Step(
        name="dates", lane="customer", title="Choose your nights", station="search", service=FIND, attempts=QUICKLY,
        asks=("arrival", "nights"), think=Lognormal(minutes(1), cv=0.8), abandon=0.08,
    ),
    Step(
        name="look", lane="support", title="Look up the index", process=HOMES,
        routes=(Route("too_short", 0.0), Route("sold_out", 0.0), Route("results")),
    ),
    # Three nights at least: the hosts' rule, not the guest's wish.
    Step(
        name="too_short", lane="customer", title="Stay a little longer?", station="portal", service=PAGE,
        attempts=QUICKLY, shows=("arrival", "nights"), think=Lognormal(minutes(1), cv=0.8), abandon=0.65,
        routes=(Route("look"),),
    ),
    # Sold out, as far as the index tells. Some try other days, once.
    Step(
        name="sold_out", lane="support", title="Sold out for these nights",
        routes=(Route("gone", when=VisitsAtLeast("sold_out", 2)), Route("other_days")),
    ),
    Step(
        name="other_days", lane="customer", title="Try other days?", station="search", service=FIND, attempts=QUICKLY,
        shows=("area", "arrival", "nights"), think=Lognormal(minutes(1), cv=0.8), abandon=0.4, routes=(Route("look"),),
    ),
    Step(name="gone", lane="support", title="Nothing is left", routes=(Route("dropped"),)),
    # Turning pages until a home appeals, or patience ends.
    Step(
        name="results", lane="customer", title="Look at homes", station="search", service=FIND, attempts=QUICKLY,
        shows=("area",), think=Lognormal(minutes(2), cv=0.8), abandon=0.14,
    ),
    Step(
        name="choose", lane="support", title="Does one appeal?", process=HOMES,
        routes=(Route("book", 0.0), Route("found_nothing", 0.0), Route("results")),
    ),
    Step(name="found_nothing", lane="support", title="Nothing appeals", routes=(Route("dropped"),)),
    Step(
        name="book", lane="customer", title="Book your home", station="portal", service=PAGE, attempts=QUICKLY,
        asks=("full_name", "email", "card"), think=Lognormal(minutes(4), cv=0.8), abandon=0.12,
    ),
    # The host's calendar is the truth, and is asked when the booking is made.
    Step(
        name="calendar", lane="backstage", title="Ask the host's calendar", process=HOMES, awaits="confirmation",
        routes=(Route("double_booked", 0.0), Route("confirmed")),
    ),
    # The host finds two guests for one night, and cancels the later one.
    Step(
        name="double_booked", lane="backstage", title="Find out that it was taken", awaits="confirmation",
        service=Lognormal(hours(10), cv=0.7),
    ),
    Step(
        name="relocate", lane="backstage", title="Apologise and refund", station="support_desk", awaits="confirmation",
        service=Lognormal(minutes(25), cv=0.6), cost=40.0, routes=(Route("denied"),),
    ),
    Step(
        name="confirmed", lane="support", title="The host confirms", service=Lognormal(hours(3), cv=0.8),
        awaits="confirmation",
    ),
    # The nights of the stay, one by one, each with its commission.
    Step(name="stay", lane="support", title="The stay, night by night", process=HOMES, routes=ANY_NIGHT),
    *(Step(name=night, lane="support", process=HOMES, value=COMMISSION, routes=ANY_NIGHT) for night in NIGHTS),
)  # fmt: skip

EVENINGS = (1, 1, 1, 1, 1, 1, 2, 4, 5, 5, 5, 6, 8, 7, 5, 5, 6, 7, 9, 12, 14, 13, 9, 4)
WEEK = (1.1, 1.0, 1.0, 1.0, 0.8, 0.8, 1.2)

journey = Journey(
    name="stay-booking",
    title="Stays in a lakeside town",
    story=(
        "A lodging marketplace whose search reads an index that is a day old: guests choose homes that were taken long "
        "ago, and are cancelled afterwards. Hosts ask for three nights, whatever gap there is. When a festival more "
        "than doubles demand, the homes that would be needed are not there."
    ),
    arrivals=Poisson(
        per_day(200),
        profile=tuple(day * hour for day in WEEK for hour in EVENINGS),
        spikes=(Spike(at=days(7), lasting=days(4), factor=2.5),),
    ),
    segments=(Segment("strangers", 0.7), Segment("regulars", 0.3)),
    steps=STEPS,
    settings={
        "homes": 60,
        "index_age": days(1),
        "least_weekend": 3,
        "least_midweek": 3,
        "fill_gaps": 0,
        "midweek_night_price": 1.0,
        "weekend_night_price": 1.0,
        "festival_night_price": 1.0,
        "acquired": 80,
        "predicted": 0.0,
        "acquired_by": days(7),
        "personal": 0,
        "social": 0,
        "ranking_error": 0.2,
    },
    stations=(
        Station(name="portal", title="Portal", kind="system", servers=8),
        Station(name="search", title="Search", kind="system", servers=2),
        Station(
            name="support_desk", title="Support", servers=2, shifts=(Shift("mon-sun", "08:00", "22:00"),),
            cost_per_hour=24.0,
        ),
    ),
    waits=(Wait(name="confirmation", title="Waiting for the host", visible=1.0),),
    contacts=(
        Contact(
            name="is_it_confirmed", reason="Is it confirmed?", arises=During("confirmation", Exponential(days(1))),
            station="support_desk", handling=Lognormal(minutes(5), cv=0.8), patience=Exponential(minutes(6)),
            morning=Uniform(minutes(0), hours(1)), cost=0.5,
        ),
    ),
    facts=FACTS,
    budgets=(
        Budget("completion >= 28%"),
        Budget("share(double-bookings) <= 1%"),
        Budget("p95(search) < 800 ms"),
        Budget("p95(results) < 800 ms"),
    ),
    measures=(
        Share(
            name="search-to-book", title="Searches that end in a stay", among=("search",), ended=("completed",),
            better=1,
        ),
        Share(
            name="double-bookings", title="Bookings of what was taken", among=("double_booked", "confirmed"),
            visited=("double_booked",), of="visits", better=-1,
        ),
        Share(name="turned-away", title="Guests turned away by the minimum stay", visited=("too_short",), better=-1),
        Share(name="met-sold-out", title="Guests who met a sold-out sign", visited=("sold_out",), better=-1),
        Tally(name="nights", title="Nights sold, per 100 guests", visited=NIGHTS, better=1),
        Tally(name="festival-nights", title="Festival's nights sold, per 100 guests", visited=NIGHTS[2:], better=1),
        Span(name="search-time", title="Time from search to booking", since=("search",), until="calendar"),
    ),
    money=Money(currency="EUR"),
    sources=SOURCES,
    customers=3600,
    decision=("search", "book"),
)  # fmt: skip
