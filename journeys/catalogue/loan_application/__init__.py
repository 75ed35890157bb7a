"""A credit union's online loan application: unclear status, a manual review of days, a call centre that drowns.

The blueprint is the service as it is. The what-if file `redesign.toml` beside it holds the redesign: automated
verification, live status tracking, and self-service with a chatbot, each alone and all together. No outcome is
written here: completion, calls and times follow from patience, questions, staff and queues.
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
    Money,
    Never,
    Poisson,
    Redial,
    Route,
    Segment,
    Shift,
    Station,
    Step,
    System,
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
from journeys.catalogue.loan_application.derived import FIGURES
from journeys.catalogue.loan_application.facts import FACTS
from journeys.catalogue.loan_application.sources import SOURCES

ROUNDS = "assessment_result"
INFORMED_STRETCH = 8.0

PORTAL = Lognormal(milliseconds(40), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))

STEPS = (
    Step(
        name="start", lane="customer", title="Choose a loan", station="portal", service=PORTAL, attempts=QUICKLY,
        system="portal", asks=("purpose", "amount"), think=Lognormal(minutes(2), cv=0.8), abandon=0.02,
    ),
    Step(
        name="personal", lane="customer", title="About you", station="portal", service=PORTAL, attempts=QUICKLY,
        system="portal", asks=("full_name", "date_of_birth", "email", "phone", "address"),
        think=Lognormal(minutes(1), cv=0.6), abandon=0.02,
    ),
    Step(
        name="income", lane="customer", title="Income and employment", station="portal", service=PORTAL,
        attempts=QUICKLY, system="portal", asks=("employer", "income", "tax_number"),
        think=Lognormal(minutes(1), cv=0.8), abandon=0.025,
    ),
    Step(
        name="documents", lane="customer", title="Documents", station="portal", attempts=QUICKLY, system="portal",
        service=Lognormal(milliseconds(90), cv=0.5), asks=("payslip", "bank_statement"),
        think=Lognormal(minutes(2), cv=1.0), abandon=0.03,
    ),
    Step(
        name="submit", lane="customer", title="Check and submit", station="portal", service=PORTAL, attempts=QUICKLY,
        system="core", asks=("phone", "employer"), think=Lognormal(minutes(2), cv=0.8), abandon=0.015,
    ),
    Step(
        name="auto_verification", lane="support", title="Automated verification", skip=1.0, awaits="decision",
        service=Lognormal(minutes(50), cv=0.4),
        routes=(Route("offer", 0.60), Route("read_denial", 0.20), Route("notice", 0.15), Route("intake")),
    ),
    Step(
        name="intake", lane="backstage", title="Key in and check the file", station="service_desk", awaits="decision",
        priority=1, service=FIGURES.lognormal_s("hands_on_per_case.complete_application"),
    ),
    Step(
        name="employer_check", lane="support", title="Employer and bank confirm", awaits="decision",
        service=Lognormal(days(1), cv=0.6),
    ),
    Step(
        name="assessment", lane="backstage", title="Assess the application", station="assessors", awaits="decision",
        service=FIGURES.lognormal_s("hands_on_assessment_round"),
        routes=(
            Route("notice", FIGURES.share(ROUNDS, "round_1.sent_back")),
            Route("read_denial", FIGURES.share(ROUNDS, "round_1.declined")),
            Route("offer"),
        ),
    ),
    Step(
        name="notice", lane="backstage", title="Letter: documents missing", awaits="decision",
        service=Lognormal(days(1), cv=0.4), routes=(Route("fix_documents"),),
    ),
    Step(
        name="fix_documents", lane="customer", title="Supply missing documents", station="portal", attempts=QUICKLY,
        system="portal", service=Lognormal(milliseconds(90), cv=0.5),
        think=FIGURES.weibull_days("incomplete_spell"), abandon=FIGURES.share("incomplete_result", "cancelled"),
        routes=(Route("read_denial", when=VisitsAtLeast("fix_documents", 6)), Route("reassessment")),
    ),
    Step(
        name="reassessment", lane="backstage", title="Assess again", station="assessors", awaits="decision",
        service=FIGURES.lognormal_s("hands_on_assessment_round"),
        routes=(
            Route("notice", FIGURES.share(ROUNDS, "round_2.sent_back")),
            Route("read_denial", FIGURES.share(ROUNDS, "round_2.declined")),
            Route("offer"),
        ),
    ),
    Step(
        name="offer", lane="customer", title="Read and sign the offer", station="portal", service=PORTAL,
        attempts=QUICKLY, system="portal", think=Lognormal(hours(14), cv=1.0), abandon=0.03, routes=(Route("payout"),),
    ),
    Step(
        name="payout", lane="support", title="Pay out", awaits="money", service=Lognormal(days(1.5), cv=0.4),
        routes=(Route("completed"),),
    ),
    Step(
        name="read_denial", lane="customer", title="Read the decision", station="portal", service=PORTAL,
        attempts=QUICKLY, system="portal", think=Lognormal(hours(6), cv=1.0), routes=(Route("denied"),),
    ),
)  # fmt: skip

HANDLING = FIGURES.lognormal_s("call_handling.over_10_s")
ON_THE_PHONE = FIGURES.exponential_s("phone_patience.all")
NEXT_DAY = Uniform(minutes(0), hours(4))


def _question(name: str, reason: str, arises: At | During, gives_up: float = 0.0) -> Contact:
    """Return a question put to the service desk by phone, ahead of the paper work there."""
    return Contact(
        name=name, reason=reason, arises=arises, station="service_desk", priority=0, handling=HANDLING,
        patience=ON_THE_PHONE, comes_back=0.35, morning=NEXT_DAY, redial=Redial(0.5, Exponential(minutes(40)), limit=2),
        cost=1.0, gives_up=gives_up,
    )  # fmt: skip


CONTACTS = (
    _question("how_to_income", "How do I state my income?", At("income", 0.30), gives_up=0.55),
    _question("which_documents", "Which documents do you need?", At("documents", 0.30), gives_up=0.55),
    _question("where_is_my_loan", "Where is my loan?", During("decision", Exponential(hours(108)))),
    _question("is_it_safe", "Is it safe to let you look into my account?", At("income", 0.0), gives_up=0.55),
    _question("what_is_missing", "What is missing?", At("fix_documents", 0.40), gives_up=0.1),
    _question("about_the_offer", "What does the offer mean?", At("offer", 0.40), gives_up=0.05),
    _question("why_denied", "Why was it denied?", At("read_denial", 0.50)),
    _question("where_is_my_money", "When does the money come?", During("money", Exponential(days(3)))),
)

OFFICE = (Shift("mon-fri", "08:00", "18:00"),)

journey = Journey(
    name="loan-application",
    title="Loan application",
    story=(
        "A credit union takes loan applications online. Customers cannot see how things stand, manual checks take "
        "days, papers are asked for by letter, and the service desk that keys in the files also answers the phone."
    ),
    arrivals=Poisson(
        per_day(FIGURES.figure("applications_per_day")["value"]),
        profile=tuple(FIGURES.figure("arrival_weights")["weight"]),
    ),
    segments=(
        Segment("simple", 0.75),
        Segment(
            "complex",
            0.25,
            {
                "steps.auto_verification.routes.offer.probability": 0.0,
                "steps.auto_verification.routes.read_denial.probability": 0.0,
            },
        ),
    ),
    steps=STEPS,
    stations=(
        Station(name="portal", title="Portal", kind="system", servers=16),
        Station(name="service_desk", title="Service desk", servers=5, shifts=OFFICE, cost_per_hour=32.0),
        Station(name="assessors", title="Loan assessors", servers=9, shifts=OFFICE, cost_per_hour=48.0),
    ),
    waits=(
        Wait(
            name="decision",
            title="Waiting for the decision",
            uncertain=FIGURES.weibull_days("give_up_before_offer_by_desk"),
            informed=FIGURES.weibull_days("give_up_before_offer_by_desk", stretch=INFORMED_STRETCH),
        ),
        Wait(name="money", title="Waiting for the money", uncertain=Never()),
    ),
    contacts=CONTACTS,
    facts=FACTS,
    systems=(System(name="portal"), System(name="core")),
    budgets=(
        Budget("completion >= 55%"),
        Budget("calls per 100 <= 68"),
        Budget("time to decision < 1 d"),
        Budget("p95(submit) < 800 ms"),
    ),
    money=Money(
        currency="USD",
        completion_value=600.0,
        investments=(
            Investment(name="verification", title="Automated verification", one_off=420_000, running=90_000),
            Investment(name="status", title="Live status tracking", one_off=120_000, running=20_000),
            Investment(name="self_service", title="FAQ and chatbot", one_off=90_000, running=45_000),
        ),
    ),
    sources=SOURCES,
    customers=3000,
    warm_up=days(8),
    cool_down=days(10),
    decision=("submit", "assessment"),
)
