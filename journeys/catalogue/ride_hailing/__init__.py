"""Ride-hailing: an app of three taps, and all that has to work behind it, from dispatch and routing to the payment.

As it is, the app is simple because the back end is: a request goes to the driver who has been free for longest,
wherever that is; the price is the same at all hours; a payment that fails once has failed. So cars cross the town
empty, riders who wait cancel, and the drivers sent to them have driven for nothing.

`redesign.toml` beside this file holds the nearest free driver, requests matched in rounds of twenty seconds, a surge
price that lets some riders wait and brings drivers from home, payments tried again, and a car that can be seen coming.
No outcome is written here. What happens in the streets is `city.py`: a SimPy process of its own, with places, distances
and drivers who stay where the last rider got out. Waits, cancellations and empty kilometres follow from that.

The three ways to hail follow each other, and the first in use is taken: `skip` says which are not in use.
"""

from journeys import (
    Attempts,
    Budget,
    Busy,
    Constant,
    Contact,
    During,
    Exponential,
    Investment,
    Journey,
    Lognormal,
    Money,
    Poisson,
    Process,
    Route,
    Share,
    Shift,
    Span,
    Station,
    Step,
    Wait,
    Weibull,
    hours,
    milliseconds,
    minutes,
    per_hour,
    seconds,
)
from journeys.catalogue.ride_hailing.city import DRIVERS, city
from journeys.catalogue.ride_hailing.facts import FACTS
from journeys.catalogue.ride_hailing.sources import SOURCES

APP = Lognormal(milliseconds(60), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
STREETS = Process(city)

STEPS = (
    Step(
        name="where", lane="customer", title="Where to?", station="app", service=APP, attempts=QUICKLY,
        asks=("pickup", "destination"), think=Lognormal(seconds(20), cv=0.7), abandon=0.03,
    ),
    # The price: the same at all hours, unless the back end looks how busy it is.
    Step(
        name="quote", lane="support", title="Look how busy it is", process=STREETS, skip=1.0,
        routes=(Route("surge", 0.0), Route("request")),
    ),
    Step(
        name="surge", lane="customer", title="It costs more just now", station="app", service=APP, attempts=QUICKLY,
        shows=("pickup", "destination"), think=Lognormal(seconds(15), cv=0.7), abandon=0.30, value=2.0,
    ),
    Step(
        name="request", lane="customer", title="Order the ride", station="app", service=APP, attempts=QUICKLY,
        asks=("full_name", "card"), shows=("pickup", "destination"), think=Lognormal(seconds(15), cv=0.7), abandon=0.02,
    ),
    Step(name="locate", lane="support", title="Find out where the rider is", process=STREETS),
    # Finding a driver, in one of three ways; then the way to the rider, and the ride itself.
    Step(
        name="hail_batched", lane="support", title="Find a driver, in rounds", process=STREETS, skip=1.0,
        awaits="pickup", routes=(Route("approach", 1.0), Route("hail_nearest")),
    ),
    Step(
        name="hail_nearest", lane="support", title="Find a driver: the nearest", process=STREETS, skip=1.0,
        awaits="pickup", routes=(Route("approach", 1.0), Route("hail")),
    ),
    Step(
        name="hail", lane="support", title="Find a driver: who has been free for longest", process=STREETS,
        awaits="pickup",
    ),
    Step(name="approach", lane="backstage", title="The driver comes", process=STREETS, awaits="pickup"),
    Step(name="ride", lane="frontstage", title="Ride", process=STREETS, awaits="ride"),
    # The payment, when the rider has got out.
    Step(
        name="pay", lane="support", title="Charge the card", station="payments", awaits="payment",
        service=Lognormal(milliseconds(900), cv=0.6), attempts=Attempts(failure=0.06), on_failure="pay_again",
        routes=(Route("completed"),),
    ),
    Step(
        name="pay_again", lane="support", title="Try again later, on another card", skip=1.0, awaits="payment",
        service=Lognormal(minutes(20), cv=0.3), attempts=Attempts(failure=0.35), on_failure="chase",
        routes=(Route("completed", 1.0), Route("chase")),
    ),
    Step(
        name="chase", lane="backstage", title="Chase the payment", station="accounts", awaits="payment",
        service=Lognormal(minutes(12), cv=0.6), routes=(Route("completed", 0.4), Route("write_off")),
    ),
    Step(name="write_off", lane="backstage", title="Write it off", cost=11.0, routes=(Route("denied"),)),
)  # fmt: skip

NIGHT, DAY = (3, 2, 1, 1, 1, 2), (4, 7, 8, 6, 5, 5, 6, 6, 5, 5, 6, 8, 10, 11, 10, 8, 6, 4)

journey = Journey(
    name="ride-hailing",
    title="A ride through the town",
    story=(
        "Three taps order a ride. Behind them, a request goes to whoever has been free for longest, across the town if "
        "need be; in the evening there are fewer drivers than riders, at the price of the morning; and a payment that "
        "fails once has failed."
    ),
    arrivals=Poisson(per_hour(80), profile=(NIGHT + DAY) * 7),
    steps=STEPS,
    settings={"round": seconds(20), "reserve": 8},
    stations=(
        Station(name="app", title="App", kind="system", servers=16),
        Station(name="payments", title="Payments", kind="system", servers=8),
        Station(name="accounts", title="Accounts", servers=2, cost_per_hour=28.0),
        Station(
            name="hotline", title="Hotline", servers=3, shifts=(Shift("mon-sun", "06:00", "24:00"),), cost_per_hour=24.0
        ),
    ),
    waits=(
        Wait(
            name="pickup", title="Waiting for the car", uncertain=Weibull(minutes(16), shape=2.0),
            informed=Weibull(minutes(21), shape=2.0),
        ),
        # who sits in the car sees where it is, and the receipt tells what was charged
        Wait(name="ride", title="On the way", visible=1.0),
        Wait(name="payment", title="The receipt", visible=1.0),
    ),
    contacts=(
        Contact(
            name="where_is_my_car", reason="Where is my car?", arises=During("pickup", Exponential(minutes(30))),
            station="hotline", handling=Lognormal(minutes(3), cv=0.6), patience=Exponential(minutes(3)),
            comes_back=0.0, cost=0.3,
        ),
    ),
    facts=FACTS,
    budgets=(
        Budget("share(cancellations) <= 10%"),
        Budget("p90(pickup-wait) < 10 min"),
        Budget("share(unpaid) <= 2%"),
        Budget("p95(request) < 800 ms"),
    ),
    measures=(
        Span(name="pickup-wait", title="Wait for pick-up", since=("request",), until="ride"),
        Share(
            name="cancellations", title="Rides cancelled before pick-up", among=("locate",), avoided=("ride",),
            better=-1,
        ),
        Busy(
            name="drivers-busy", title="Drivers on the way to riders, or with them", steps=("approach", "ride"),
            servers=DRIVERS,
        ),
        Busy(name="drivers-paid", title="Drivers with a rider", steps=("ride",), servers=DRIVERS, better=1),
        Span(
            name="way-to-rider", title="The driver's way to the rider", since=("hail_batched", "hail_nearest", "hail"),
            until="ride",
        ),
        Share(name="surged", title="Riders who met a surge", visited=("surge",)),
        Share(
            name="recovered", title="Failed payments recovered", among=("pay_again", "chase"), avoided=("write_off",),
            ended=("completed",), better=1,
        ),
        Share(name="unpaid", title="Rides never paid", among=("ride",), visited=("write_off",), better=-1),
    ),
    money=Money(
        currency="EUR", completion_value=3.0,
        investments=(
            Investment(name="nearest", title="Matching with the nearest driver", one_off=18_000, running=3_600),
            Investment(name="rounds", title="Matching in rounds", one_off=54_000, running=10_800),
            Investment(name="surge", title="Prices that follow demand", one_off=54_000, running=10_800),
            Investment(name="retries", title="Payments tried again", one_off=18_000, running=3_600),
            Investment(name="position", title="The car on the map", one_off=54_000, running=10_800),
        ),
    ),
    sources=SOURCES,
    customers=2000,
    warm_up=hours(4),
    cool_down=hours(1),
    decision=("request", "approach"),
)  # fmt: skip
