"""A bank's transfer: a beautiful app, behind which money waits for the night, for the morning, and for Monday.

What is confirmed by 18:00 on a working day goes into that night's file; the core posts it at 22:00, the clearing house
takes it at 7:00, and the other bank books it in its own run at 20:00. What comes later waits a day, and what comes on
Friday evening, the weekend too. The app tells nothing of that. So customers ring, and some take the silence for a
failure and send the money again: the bank posts that too, and people must find it and ask for it back, the same people
who review what the fraud screening stops.

`redesign.toml` beside this file holds three levers: real-time posting beside the batch, batches around the clock, and a
live status. No outcome is written here: times follow from windows, weekends and queues, and duplicates from doubt that
comes before the money does.
"""

from journeys import (
    Attempts,
    Batch,
    Budget,
    Constant,
    Contact,
    During,
    Exponential,
    Fork,
    Investment,
    Journey,
    Lognormal,
    Money,
    Poisson,
    Redial,
    Route,
    Shift,
    Station,
    Step,
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
from journeys.catalogue.bank_transfer.facts import FACTS
from journeys.catalogue.bank_transfer.sources import SOURCES

APP = Lognormal(milliseconds(90), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
WORKING_DAYS = "mon-fri"

# Relative transfers by hour of the day, from midnight.
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 7, 7, 8, 7, 6, 6, 7, 9, 11, 12, 12, 10, 7, 4)


def _daily(at: float) -> Batch:
    """Return a window at that hour of each working day."""
    return Batch(every=days(1), first=hours(at), days=WORKING_DAYS)


STEPS = (
    # In the app: two minutes, and everything looks done.
    Step(
        name="sign_in", lane="customer", title="Sign in", station="app", service=APP, attempts=QUICKLY, asks=("pin",),
        think=Lognormal(seconds(5), cv=0.5), abandon=0.01,
    ),
    Step(
        name="transfer", lane="customer", title="Send money", station="app", service=APP, attempts=QUICKLY,
        asks=("payee", "account", "amount", "purpose"), think=Lognormal(seconds(15), cv=0.8), abandon=0.03,
    ),
    Step(
        name="confirm", lane="customer", title="Check and confirm", station="app", attempts=QUICKLY,
        service=Lognormal(milliseconds(250), cv=0.5), asks=("confirmation",),
        shows=("payee", "account", "amount", "purpose"), think=Lognormal(seconds(15), cv=0.8), abandon=0.015,
    ),
    # Behind it: is it fraud, and can it be done at once?
    Step(
        name="screening", lane="support", title="Fraud screening", awaits="credit", service=Constant(seconds(2)),
        routes=(Route("review", 0.02), Route("instant")),
    ),
    Step(
        name="review", lane="backstage", title="Reviewed by people", station="back_office", awaits="credit",
        service=Lognormal(minutes(15), cv=0.8), routes=(Route("denied", 0.10), Route("accepted")),
    ),
    Step(
        name="instant", lane="support", title="Posted in real time", skip=1.0, awaits="credit",
        service=Constant(seconds(10)), routes=(Route("credited", 0.90), Route("accepted")),
    ),
    # The batch: the money goes one way, and doubt grows beside it. Whichever comes first decides.
    Step(
        name="accepted", lane="support", title="Accepted for the batch", awaits="credit",
        fork=Fork(branches=("collect", "doubt"), joins="credited", needs=1),
    ),
    Step(name="collect", lane="support", title="Into the file", awaits="credit", batch=_daily(18)),
    Step(
        name="overnight", lane="support", title="Nightly run of the core", awaits="credit", batch=_daily(22),
        service=Constant(hours(3)),
    ),
    Step(
        name="clearing", lane="support", title="Clearing house", awaits="credit", batch=_daily(7),
        service=Constant(hours(2)),
    ),
    Step(
        name="payee_bank", lane="support", title="The other bank books it", awaits="credit", batch=_daily(20),
        service=Constant(hours(1)), routes=(Route("credited"),),
    ),
    Step(
        name="doubt", lane="frontstage", title="Nothing to be seen", awaits="credit",
        service=Lognormal(days(30), cv=2.0),
    ),
    Step(
        name="send_again", lane="frontstage", title="Sent once more", awaits="credit",
        routes=(Route("doubt", 0.5), Route("resigned")),
    ),
    Step(
        name="resigned", lane="frontstage", title="Waits for either", awaits="credit", service=Constant(days(365)),
        routes=(Route("credited"),),
    ),
    Step(
        name="credited", lane="support", title="On the payee's account", awaits="credit",
        routes=(Route("recall", when=VisitsAtLeast("send_again", 1)), Route("completed")),
    ),
    Step(
        name="recall", lane="backstage", title="Find what was paid twice", station="back_office", priority=1,
        service=Lognormal(minutes(25), cv=0.7), cost=12.0, routes=(Route("completed"),),
    ),
)  # fmt: skip

OFFICE = (Shift(WORKING_DAYS, "08:00", "18:00"),)

journey = Journey(
    name="bank-transfer",
    title="Mobile bank",
    story=(
        "The app takes two minutes, the transfer days: a nightly batch on an old core, with a cut-off and weekends. "
        "Customers see nothing of it. They ring to ask where their money is, and some send it again."
    ),
    arrivals=Poisson(per_day(300), profile=HOURS * 7),
    steps=STEPS,
    stations=(
        Station(name="app", title="App", kind="system", servers=16),
        Station(name="back_office", title="Back office", servers=2, shifts=OFFICE, cost_per_hour=36.0),
        Station(name="phone", title="Service line", servers=2, shifts=OFFICE, cost_per_hour=27.0),
    ),
    waits=(Wait(name="credit", title="Your transfer"),),
    contacts=(
        Contact(
            name="where_is_my_money", reason="Where is my money?", arises=During("credit", Exponential(days(9))),
            station="phone", handling=Lognormal(minutes(6), cv=0.7), patience=Exponential(minutes(4)), comes_back=0.5,
            morning=Exponential(hours(2)), redial=Redial(0.5, Exponential(hours(1)), limit=2), cost=1.0,
        ),
    ),
    facts=FACTS,
    measures=(
        Tally(name="duplicates", title="Sent again, per 100", visited=("send_again",), better=-1),
        Tally(name="recalls", title="Payments to be asked back, per 100", visited=("recall",), better=-1),
    ),
    budgets=(
        Budget("time to decision < 1 min"),
        Budget("reach(send_again) <= 0.5%"),
        Budget("calls per 100 <= 3"),
        Budget("p95(confirm) < 1 s"),
    ),
    money=Money(
        currency="EUR",
        investments=(
            Investment(name="instant", title="Connection to real-time payments", one_off=108_000, running=31_600),
            Investment(name="batches", title="Batches at night and at weekends", one_off=18_000, running=15_600),
            Investment(name="status", title="Live status in the app", one_off=54_000, running=10_800),
        ),
    ),
    sources=SOURCES,
    customers=8400,
    warm_up=days(7),
    cool_down=days(7),
    decision=("confirm", "credited"),
)  # fmt: skip
