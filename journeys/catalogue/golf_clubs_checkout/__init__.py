"""A golf shop's checkout: the site sells what the warehouse no longer has, and says so when all forms are filled.

The shop's pages show the stock as it was when it was last copied from the warehouse. So a sold-out driver is "in stock"
for half a day: customers choose a shaft, add balls, type address and card, and only then, when the checkout asks the
warehouse itself, hear that there is none. And after a delivery it is "sold out" for as long. Orders are handed over
once an hour; meanwhile the last units are sold twice, and a paid order is cancelled.

`redesign.toml` beside this file holds three levers: real-time stock, alternatives shown where something is sold out,
and a voucher for who takes one. No outcome is written here: lost sales, substitutions and cancelled orders follow from
how old the shop's picture is when somebody looks at it.
"""

from journeys import (
    At,
    Attempts,
    Batch,
    Budget,
    Constant,
    Contact,
    Exponential,
    FactIs,
    Investment,
    Journey,
    Lognormal,
    Money,
    OutOfStock,
    Poisson,
    Redial,
    Route,
    Share,
    Shift,
    Station,
    Step,
    Stock,
    Tally,
    VisitsAtLeast,
    Wait,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    seconds,
)
from journeys.catalogue.golf_clubs_checkout.facts import FACTS
from journeys.catalogue.golf_clubs_checkout.sources import SOURCES

PAGE = Lognormal(milliseconds(50), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))

# Relative visits by hour of the day, from midnight, and by day of the week, from Monday.
HOURS = (2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 7, 8, 7, 6, 6, 7, 8, 10, 12, 13, 11, 7, 4)
WEEK = (0.9, 0.9, 0.9, 1.0, 1.0, 1.2, 1.1)

STEPS = (
    # Choosing. The page tells what the shop believes to be in stock.
    Step(
        name="product", lane="customer", title="The new driver", station="shop", service=PAGE, attempts=QUICKLY,
        asks=("flex", "hand"), shows=("driver",), think=Lognormal(minutes(3), cv=0.9), abandon=0.55,
        routes=(Route("sold_out", when=OutOfStock("driver", seen=True)), Route("extras")),
    ),
    # Sold out, as far as the shop can see: what it does about that, one thing after the other.
    Step(
        name="sold_out", lane="customer", title="This driver is sold out", station="shop", service=PAGE,
        shows=("driver",), think=Lognormal(seconds(30), cv=0.6), routes=(Route("alternatives"),),
    ),
    Step(
        name="alternatives", lane="customer", title="These are like it, and here", station="shop", service=PAGE,
        skip=1.0, shows=("similar_clubs",), think=Lognormal(seconds(50), cv=0.6),
        routes=(Route("similar", 0.30), Route("voucher")),
    ),
    Step(
        name="voucher", lane="customer", title="$40 off if you take one of them today", station="shop", service=PAGE,
        skip=1.0, shows=("similar_clubs",), think=Lognormal(seconds(40), cv=0.6),
        routes=(Route("discount", 0.25), Route("look_around")),
    ),
    Step(name="discount", lane="support", title="Voucher redeemed", value=-40.0, routes=(Route("similar"),)),
    Step(
        name="look_around", lane="customer", title="Search the shop", station="shop", service=PAGE,
        think=Lognormal(minutes(4), cv=0.8), routes=(Route("similar", 0.10), Route("dropped")),
    ),
    Step(
        name="similar", lane="customer", title="A similar club", station="shop", service=PAGE, attempts=QUICKLY,
        asks=("similar",), shows=("similar_clubs",), think=Lognormal(minutes(1), cv=0.8), abandon=0.05,
        routes=(Route("extras"),),
    ),
    # The checkout. What is in the basket is lost with the club.
    Step(
        name="extras", lane="customer", title="Anything else?", station="shop", service=PAGE, attempts=QUICKLY,
        asks=("extra",), think=Lognormal(seconds(25), cv=0.8), abandon=0.02,
        routes=(Route("balls", when=FactIs("extra", ("A dozen balls",))), Route("details")),
    ),
    Step(name="balls", lane="frontstage", title="Balls in the basket", value=48.0, routes=(Route("details"),)),
    Step(
        name="details", lane="customer", title="Where shall it go?", station="shop", service=PAGE, attempts=QUICKLY,
        asks=("full_name", "email", "address"), shows=("flex", "similar", "extra"),
        think=Lognormal(seconds(40), cv=0.7), abandon=0.10,
    ),
    Step(
        name="pay", lane="customer", title="Pay", station="payments", service=Lognormal(milliseconds(400), cv=0.6),
        attempts=Attempts(timeout=Constant(seconds(20)), limit=3, backoff=seconds(1), failure=0.02), asks=("card",),
        shows=("flex", "hand", "similar", "extra"), think=Lognormal(seconds(40), cv=0.7), abandon=0.04,
        routes=(
            Route("handover_similar", when=VisitsAtLeast("similar", 1)),
            Route("not_available", when=OutOfStock("driver")),
            Route("handover"),
        ),
    ),
    Step(
        name="not_available", lane="customer", title="Sorry: the driver has just been sold", station="shop",
        service=PAGE, think=Lognormal(seconds(45), cv=0.8), routes=(Route("similar", 0.05), Route("dropped")),
    ),
    # The warehouse. Only here a unit is really taken.
    Step(
        name="handover", lane="backstage", title="Order to the warehouse", awaits="confirmation", takes="driver",
        batch=Batch(every=hours(1)), service=Constant(seconds(5)), value=549.0,
        routes=(Route("cancelled", when=OutOfStock("driver")), Route("completed")),
    ),
    Step(
        name="handover_similar", lane="backstage", title="Order to the warehouse", awaits="confirmation",
        takes="similar_clubs", batch=Batch(every=hours(1)), service=Constant(seconds(5)), value=449.0,
        routes=(Route("cancelled", when=OutOfStock("similar_clubs")), Route("completed")),
    ),
    Step(
        name="cancelled", lane="customer", title="Your order had to be cancelled", station="shop", service=PAGE,
        think=Lognormal(hours(3), cv=1.0), cost=15.0, routes=(Route("dropped"),),
    ),
)  # fmt: skip


def _question(name: str, reason: str, arises: At) -> Contact:
    """Return a question put to the shop's help line."""
    return Contact(
        name=name, reason=reason, arises=arises, station="help_line", handling=Lognormal(minutes(4), cv=0.8),
        patience=Exponential(minutes(4)), comes_back=0.2, morning=Exponential(hours(1)),
        redial=Redial(0.4, Exponential(minutes(30)), limit=2), cost=1.0,
    )  # fmt: skip


journey = Journey(
    name="golf-clubs-checkout",
    title="Golf shop",
    story=(
        "The shop's stock view lags the warehouse by half a day. Who wants the new driver learns at the checkout that "
        "it is out of stock, when all forms are filled; the basket is lost, and some paid orders are cancelled."
    ),
    arrivals=Poisson(per_day(200), profile=tuple(day * hour for day in WEEK for hour in HOURS)),
    steps=STEPS,
    stations=(
        Station(name="shop", title="Shop", kind="system", servers=16),
        Station(name="payments", title="Payment service", kind="system", servers=8),
        Station(
            name="help_line",
            title="Help line",
            servers=2,
            shifts=(Shift("mon-sat", "08:00", "20:00"),),
            cost_per_hour=28.0,
        ),
    ),
    waits=(Wait(name="confirmation", title="Confirming your order", visible=1.0),),
    contacts=(
        _question("in_stock_or_not", "Do you have it or not?", At("not_available", 0.2)),
        _question("why_cancelled", "Why was my order cancelled?", At("cancelled", 0.6)),
    ),
    facts=FACTS,
    stock=(
        Stock(
            name="driver",
            title="The new driver",
            initial=60,
            replenish=65,
            every=hours(29),
            sync=hours(12),
        ),
        Stock(name="similar_clubs", title="Similar clubs", initial=2000, replenish=100, every=hours(29)),
    ),
    measures=(
        Share(
            name="too_late",
            title="Told at the checkout, of those who pay",
            among=("pay",),
            visited=("not_available", "cancelled"),
            better=-1,
        ),
        Share(name="oversold", title="Cancelled after payment", among=("handover",), visited=("cancelled",), better=-1),
        Share(
            name="substituted",
            title="Take another club, of those told in time",
            among=("sold_out",),
            visited=("similar",),
            better=1,
        ),
        Tally(name="cross_sold", title="Balls sold too, per 100", visited=("balls",), better=1),
    ),
    budgets=(
        Budget("completion >= 32%"),
        Budget("reach(not_available) <= 0.5%"),
        Budget("reach(cancelled) <= 0.1%"),
        Budget("p95(pay) < 2 s"),
    ),
    money=Money(
        currency="USD",
        investments=(
            Investment(name="stock", title="Shop and warehouse connected", one_off=54_000, running=10_800),
            Investment(name="alternatives", title="Alternatives on the page", one_off=18_000, running=3_600),
            Investment(name="voucher", title="Vouchers", one_off=18_000, running=3_600),
        ),
    ),
    sources=SOURCES,
    customers=4000,
    warm_up=days(3),
    cool_down=hours(12),
    decision=("pay", "handover"),
)
