"""Booking a stay: a lodging marketplace whose search shows what is taken, and whose calendars do not bend.

Homes on two sides of a holiday town, the old town and the lake, are on offer by the weekend and by the midweek. Search
reads an index that is copied from the hosts' calendars once a day: after the last home has gone, guests still choose
it, type name and card, and learn afterwards that it was taken. Hosts ask for three nights, so that a gap of two stays
empty. In the second week a festival doubles demand for four days, and more.

`redesign.toml` beside this file holds a real-time index, calendar rules that let short stays in, homes acquired for the
festival because it was predicted, and a ranking that knows its guest; and what becomes of the third when the prediction
is wrong. No outcome is written here: who is booked twice follows from how old the index is when somebody looks at it;
who finds nothing, from what is left; how many book, from how many pages they have to turn. `spike.toml` asks how fast
search is in the busiest minutes.

How calendars are stock: each Monday the homes' calendars open for the next stays, so that there are as many as homes
again; what was not booked by then has stayed empty.
"""

from journeys import (
    Attempts,
    Budget,
    Constant,
    Contact,
    During,
    Exponential,
    FactIs,
    Journey,
    Lognormal,
    Money,
    OutOfStock,
    Poisson,
    Route,
    Segment,
    Share,
    Shift,
    Span,
    Spike,
    Station,
    Step,
    Stock,
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
from journeys.catalogue.stay_booking.facts import FACTS, LAKE, SHORT, TOWN, WEEKEND
from journeys.catalogue.stay_booking.sources import SOURCES

FIND = Lognormal(milliseconds(120), cv=0.6)
PAGE = Lognormal(milliseconds(40), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
A_WEEK = days(7)

# side and days of the stay: how it is called, and how many homes are on offer for it each week
HOMES = {
    "town_weekend": ("in town, over the weekend", 75),
    "town_midweek": ("in town, midweek", 90),
    "lake_weekend": ("at the lake, over the weekend", 90),
    "lake_midweek": ("at the lake, midweek", 110),
}


def _listing(name: str) -> tuple[Step, Step]:
    """Return what becomes of a guest who wants one of these homes: shown as free or not, and booked."""
    words = HOMES[name][0]
    return (
        Step(
            name=f"shown_{name}", lane="support", title=f"Shown {words}",
            routes=(Route("sold_out", when=OutOfStock(name, seen=True)), Route(f"book_{name}")),
        ),
        # The hosts' calendars are the truth, and are asked when the booking is made.
        Step(
            name=f"book_{name}", lane="customer", title=f"Book {words}", station="portal", service=PAGE,
            attempts=QUICKLY, asks=("full_name", "email", "card"), shows=("side", "arrival", "nights"),
            think=Lognormal(minutes(4), cv=0.8), abandon=0.12, takes=name,
            routes=(Route("double_booked", when=OutOfStock(name)), Route("confirmed")),
        ),
    )  # fmt: skip


STEPS = (
    # Searching: where, when, how long.
    Step(
        name="search", lane="customer", title="Find a place to stay", station="search", service=FIND, attempts=QUICKLY,
        asks=("side",), think=Lognormal(minutes(1), cv=0.8), abandon=0.10,
    ),
    Step(
        name="dates", lane="customer", title="Choose your dates", station="search", service=FIND, attempts=QUICKLY,
        asks=("arrival", "nights"), think=Lognormal(minutes(1), cv=0.8), abandon=0.08,
        routes=(Route("too_short", when=FactIs("nights", SHORT)), Route("results")),
    ),
    # Three nights at least: the calendar's rule, not the guest's wish.
    Step(
        name="too_short", lane="customer", title="Three nights at least", station="portal", service=PAGE,
        attempts=QUICKLY, shows=("nights",), think=Lognormal(minutes(1), cv=0.8), abandon=0.65,
        routes=(Route("results"),),
    ),
    # Turning pages until a home appeals, or patience ends.
    Step(
        name="results", lane="customer", title="Look at homes", station="search", service=FIND, attempts=QUICKLY,
        shows=("side", "arrival"), think=Lognormal(minutes(2), cv=0.8), abandon=0.14,
        routes=(
            Route("found_nothing", when=VisitsAtLeast("results", 8)),
            Route("found_by_the_lake", 0.16, when=FactIs("side", LAKE)),
            Route("found_in_town", 0.16, when=FactIs("side", TOWN)),
            Route("results"),
        ),
    ),
    Step(name="found_nothing", lane="support", title="Nothing appeals", routes=(Route("dropped"),)),
    Step(
        name="found_by_the_lake", lane="support", title="A home by the lake",
        routes=(Route("shown_lake_weekend", when=FactIs("arrival", WEEKEND)), Route("shown_lake_midweek")),
    ),
    Step(
        name="found_in_town", lane="support", title="A home in town",
        routes=(Route("shown_town_weekend", when=FactIs("arrival", WEEKEND)), Route("shown_town_midweek")),
    ),
    *(step for name in HOMES for step in _listing(name)),
    # Sold out, as far as search can see. Who is told so may take other days, or a home acquired for the festival.
    Step(
        name="sold_out", lane="support", title="Sold out for these days",
        routes=(
            Route("gone", when=VisitsAtLeast("sold_out", 2)),
            Route("other_days", when=OutOfStock("acquired")),
            Route("offer_acquired"),
        ),
    ),
    Step(
        name="other_days", lane="customer", title="Try other days", station="search", service=FIND, attempts=QUICKLY,
        shows=("side", "arrival"), think=Lognormal(minutes(1), cv=0.8), abandon=0.4,
        routes=(Route("other_days_at_the_lake", when=FactIs("side", LAKE)), Route("other_days_in_town")),
    ),
    Step(
        name="other_days_at_the_lake", lane="support",
        routes=(Route("shown_lake_midweek", when=FactIs("arrival", WEEKEND)), Route("shown_lake_weekend")),
    ),
    Step(
        name="other_days_in_town", lane="support",
        routes=(Route("shown_town_midweek", when=FactIs("arrival", WEEKEND)), Route("shown_town_weekend")),
    ),
    Step(name="gone", lane="support", title="Leave with nothing", routes=(Route("dropped"),)),
    Step(
        name="offer_acquired", lane="customer", title="A home on the outskirts", station="portal", service=PAGE,
        attempts=QUICKLY, asks=("full_name", "email", "card"), think=Lognormal(minutes(5), cv=0.8), abandon=0.45,
        takes="acquired", routes=(Route("double_booked", when=OutOfStock("acquired")), Route("confirmed")),
    ),
    # The host finds two guests for one home, and cancels the later one.
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
        awaits="confirmation", routes=(Route("completed"),),
    ),
)  # fmt: skip

EVENINGS = (1, 1, 1, 1, 1, 1, 2, 4, 5, 5, 5, 6, 8, 7, 5, 5, 6, 7, 9, 12, 14, 13, 9, 4)
WEEK = (1.1, 1.0, 1.0, 1.0, 0.8, 0.8, 1.2)

journey = Journey(
    name="stay-booking",
    title="Stays in a lakeside town",
    story=(
        "A lodging marketplace whose search reads an index that is a day old: guests choose homes that were taken long "
        "ago, and are cancelled afterwards. Hosts ask for three nights, whatever gap there is. When a festival doubles "
        "demand, the homes that would be needed are not there."
    ),
    arrivals=Poisson(
        per_day(200),
        profile=tuple(day * hour for day in WEEK for hour in EVENINGS),
        spikes=(Spike(at=days(7), lasting=days(4), factor=2.5),),
    ),
    segments=(Segment("strangers", 0.7), Segment("regulars", 0.3)),
    steps=STEPS,
    stations=(
        Station(name="portal", title="Portal", kind="system", servers=8),
        Station(name="search", title="Search", kind="system", servers=2),
        Station(
            name="support_desk", title="Support", servers=2, shifts=(Shift("mon-sun", "08:00", "22:00"),),
            cost_per_hour=24.0,
        ),
    ),
    stock=(
        *(
            Stock(name=name, title=f"Homes {words}", initial=homes, up_to=homes, every=A_WEEK, sync=days(1))
            for name, (words, homes) in HOMES.items()
        ),
        Stock(name="acquired", title="Homes on the outskirts", initial=0, replenish=0, every=days(7)),
    ),
    waits=(Wait(name="confirmation", title="Waiting for the host"),),
    contacts=(
        Contact(
            name="is_it_confirmed", reason="Is it confirmed?", arises=During("confirmation", Exponential(days(1))),
            station="support_desk", handling=Lognormal(minutes(5), cv=0.8), patience=Exponential(minutes(6)),
            morning=Uniform(minutes(0), hours(1)), cost=0.5,
        ),
    ),
    facts=FACTS,
    budgets=(
        Budget("completion >= 25%"),
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
        Span(name="search-time", title="Time from search to booking", since=("search",), until="confirmed"),
    ),
    money=Money(currency="EUR", completion_value=38.0),
    sources=SOURCES,
    customers=3600,
    decision=("search", "results"),
)  # fmt: skip
