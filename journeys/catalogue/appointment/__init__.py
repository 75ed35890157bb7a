"""A clinic's appointments: booked by phone in the morning, forgotten by the third week, accounts checked by hand.

The blueprint is the clinic as it is. The what-if file `redesign.toml` beside it holds self-scheduling, reminders and
automatic verification, each alone and all together. No outcome is written here. Access time follows from how many
want a slot and how many slots there are; who fails to come, from how long ago they booked; who gives up, from the
phone's queue and its hours. An appointment that is missed and booked anew takes a second slot, so that access times
and no-shows feed each other.

How a calendar is a queue: slots come up at the clinicians' pace, and each goes to whoever has waited longest. They are
given away two days ahead (the station `calendar`, open when the clinic is two days later), so that a slot handed back
by then finds another patient, and one that is missed does not.
"""

from journeys import (
    At,
    Attempts,
    Budget,
    Constant,
    Contact,
    During,
    Exponential,
    Investment,
    Journey,
    Lognormal,
    LongSince,
    Money,
    Poisson,
    Redial,
    Route,
    Segment,
    Share,
    Shift,
    Span,
    Station,
    Step,
    System,
    Uniform,
    VisitsAtLeast,
    Wait,
    Weibull,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    seconds,
)
from journeys.catalogue.appointment.facts import FACTS
from journeys.catalogue.appointment.sources import SOURCES

BOOKED = ("request", "rebook")
FORGETS = Weibull(days(80), shape=0.8)
NO_LONGER_NEEDS_IT = Exponential(days(60))

PORTAL = Lognormal(milliseconds(40), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))

STEPS = (
    # As it is, the page ends in a phone number: everybody calls (`book_by_phone`), from eight to twelve.
    Step(
        name="request", lane="customer", title="Ask for an appointment", station="portal", service=PORTAL,
        attempts=QUICKLY, system="booking", think=Lognormal(minutes(2), cv=0.7), abandon=0.02,
        asks=("full_name", "date_of_birth", "phone", "reason", "day", "time"),
    ),
    # Whom the clinic does not know yet needs an account before a slot.
    Step(
        name="auto_verification", lane="support", title="Verify the account automatically", skip=1.0,
        awaits="registration", service=Lognormal(seconds(20), cv=0.5),
        routes=(Route("calendar", 0.86), Route("verification")),
    ),
    Step(
        name="verification", lane="backstage", title="Verify the account by hand", station="registry",
        awaits="registration", service=Lognormal(minutes(16), cv=0.6),
        routes=(Route("papers", 0.25), Route("calendar")),
    ),
    Step(
        name="papers", lane="customer", title="Supply what is missing", station="portal", service=PORTAL,
        attempts=QUICKLY, system="booking", asks=("insurance_card",), think=Lognormal(days(1.5), cv=1.0), abandon=0.05,
        routes=(Route("verification"),),
    ),
    # The queue for a slot: the wait here is the access time, but for the last two days.
    Step(
        name="calendar", lane="support", title="Wait for a slot", station="calendar", priority=1, awaits="appointment",
    ),
    # A reminder two days ahead is a chance to give the slot back while somebody else can still have it.
    Step(
        name="remind", lane="support", title="Remind, two days ahead", skip=1.0, awaits="appointment",
        routes=(Route("cancelled", when=LongSince(BOOKED, NO_LONGER_NEEDS_IT)), Route("slot")),
    ),
    Step(
        name="slot", lane="support", title="Hold the slot", station="calendar", service=Constant(minutes(20)),
        awaits="appointment", routes=(Route("eve"),),
    ),
    Step(
        name="cancelled", lane="support", title="Hand the slot back", routes=(Route("dropped"),),
    ),
    Step(
        name="eve", lane="support", title="Two days to go", service=Constant(days(2)), awaits="appointment",
        routes=(
            Route("missed", when=LongSince((*BOOKED, "remind"), FORGETS)),
            Route("not_needed", when=LongSince((*BOOKED, "remind"), NO_LONGER_NEEDS_IT)),
            Route("check_in"),
        ),
    ),
    Step(
        name="not_needed", lane="backstage", title="No-show: no longer needed", routes=(Route("dropped"),),
    ),
    Step(
        name="missed", lane="backstage", title="No-show: forgotten",
        routes=(Route("dropped", when=VisitsAtLeast("missed", 2)), Route("rebook", 0.8), Route("denied", 0.2)),
    ),
    Step(
        name="rebook", lane="customer", title="Ask for another appointment", station="portal", service=PORTAL,
        attempts=QUICKLY, system="booking", think=Exponential(days(2)), abandon=0.05, routes=(Route("calendar"),),
    ),
    # At the clinic: a clipboard asks what the booking knows already, unless the two share it.
    Step(
        name="check_in", lane="customer", title="Check in at the clinic", station="portal", service=PORTAL,
        attempts=QUICKLY, system="records", asks=("full_name", "date_of_birth", "insurance_number"),
        shows=("reason", "day", "time"), think=Lognormal(minutes(1), cv=0.5),
    ),
    Step(
        name="consultation", lane="frontstage", title="See the clinician", station="clinicians",
        service=Lognormal(minutes(16), cv=0.4), routes=(Route("completed"),),
    ),
)  # fmt: skip


def _call(name: str, reason: str, arises: At | During, handling: float, gives_up: float) -> Contact:
    """Return a call to the reception, which answers from eight to twelve."""
    return Contact(
        name=name, reason=reason, arises=arises, station="reception", handling=Lognormal(minutes(handling), cv=0.6),
        patience=Exponential(minutes(7)), comes_back=0.95, morning=Uniform(minutes(0), hours(2)),
        redial=Redial(0.8, Exponential(minutes(30)), limit=4), gives_up=gives_up, cost=0.5,
    )  # fmt: skip


CONTACTS = (
    _call("book_by_phone", "Can I have an appointment?", At("request", 1.0), 5, gives_up=0.2),
    _call("rebook_by_phone", "Can I have another appointment?", At("rebook", 1.0), 5, gives_up=0.2),
    _call("account_ready", "Is my account ready?", During("registration", Exponential(days(4))), 3, gives_up=0.0),
    _call("when_is_it", "When is my appointment?", During("appointment", Exponential(days(60))), 3, gives_up=0.0),
)

AWAKE = (0.0,) * 7 + (1.0, 2.0, 3.0, 3.0, 2.5, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0) + (0.0,)
WEEK = AWAKE * 5 + tuple(weight / 2 for weight in AWAKE) * 2

journey = Journey(
    name="appointment",
    title="A clinic's appointments",
    story=(
        "Appointments are made by phone only, on a line that is open in the morning. New patients wait for a clerk to "
        "verify their account. By the time a slot comes up, many have forgotten it or no longer need it, and the slot "
        "is wasted while others wait."
    ),
    arrivals=Poisson(per_day(60), profile=WEEK),
    segments=(
        Segment("known", 0.7, {"steps.verification.skip": 1, "steps.auto_verification.skip": 1}),
        Segment("new", 0.3),
    ),
    steps=STEPS,
    stations=(
        Station(name="portal", title="Portal", kind="system", servers=16),
        Station(
            name="reception", title="Reception, by phone", servers=2, cost_per_hour=28.0,
            shifts=(Shift("mon-fri", "08:00", "12:00"),),
        ),
        Station(
            name="registry", title="Registry", servers=1, cost_per_hour=30.0,
            shifts=(Shift("mon-fri", "09:00", "17:00"),),
        ),
        Station(
            name="calendar", title="Slots, two days ahead", servers=3, shifts=(Shift("sat-wed", "08:40", "16:40"),),
        ),
        Station(
            name="clinicians", title="Clinicians", servers=3, cost_per_hour=110.0,
            shifts=(Shift("mon-fri", "09:00", "17:00"),),
        ),
    ),
    waits=(
        Wait(name="registration", title="Waiting for the account", uncertain=Exponential(days(60))),
        Wait(
            name="appointment", title="Waiting for the appointment", uncertain=Exponential(days(120)),
            informed=Exponential(days(120)),
        ),
    ),
    contacts=CONTACTS,
    facts=FACTS,
    systems=(System(name="booking"), System(name="records")),
    budgets=(
        Budget("share(no-shows) <= 10%"),
        Budget("p90(access) < 14 d"),
        Budget("calls per 100 <= 60"),
        Budget("p95(request) < 800 ms"),
    ),
    measures=(
        Span(name="access", title="Access time, from wish to clinician", since=("request",), until="consultation"),
        Share(
            name="no-shows", title="No-shows, of appointments", of="visits", better=-1,
            among=("missed", "not_needed", "check_in"), visited=("missed", "not_needed"),
        ),
        Share(name="seen", title="Patients seen", visited=("consultation",), better=1),
        Share(name="given-back", title="Slots handed back in time", visited=("cancelled",)),
        Share(
            name="by-hand", title="New accounts that came to people", among=("auto_verification", "verification"),
            visited=("verification",), better=-1,
        ),
    ),
    money=Money(
        currency="EUR", completion_value=95.0,
        investments=(
            Investment(name="booking", title="Booking by oneself", one_off=108_000, running=21_600),
            Investment(name="reminders", title="Reminders", one_off=18_000, running=5_800),
            Investment(name="register", title="Connection to the insurers’ register", one_off=54_000, running=14_100),
        ),
    ),
    sources=SOURCES,
    customers=7000,
    warm_up=days(42),
    cool_down=days(28),
    decision=("request", "slot"),
)  # fmt: skip
