"""A small journey for the mocked back end's tests: apply, review by people, offer."""

from __future__ import annotations

from journeys import (
    Attempts,
    Constant,
    Contact,
    During,
    Fact,
    Journey,
    Poisson,
    Route,
    Station,
    Step,
    System,
    Wait,
    hours,
    milliseconds,
    minutes,
    per_hour,
)


def small_journey(**changes: object) -> Journey:
    values: dict[str, object] = {
        "name": "small-loan",
        "title": "Harbour Credit Union",
        "story": "Apply for a personal loan online. It takes about ten minutes.",
        "arrivals": Poisson(per_hour(10)),
        "stations": (
            Station(name="web", title="Web application", kind="system", servers=4, queue_limit=50),
            Station(name="clerks", title="Loan officers", servers=2),
            Station(name="phone", title="Call centre", servers=1),
        ),
        "systems": (System(name="portal"), System(name="core", reads=("portal",)), System(name="apart")),
        "facts": (
            Fact(name="full_name", label="Full name", faker="name"),
            Fact(name="email", label="Email address", kind="email"),
            Fact(name="birth", label="Date of birth", kind="date"),
            Fact(name="purpose", label="What is the loan for?", kind="choice", choices=("Car", "Home", "Other")),
            Fact(name="amount", label="Amount", kind="number", low=1000, high=50000, round_to=500),
            Fact(name="tax_number", label="Tax number", kind="secret"),
            Fact(name="payslip", label="Latest payslip", kind="file"),
        ),
        "waits": (Wait(name="decision", title="Our decision", visible=1.0),),
        "steps": (
            Step(
                name="apply", lane="customer", title="Your details", system="portal", station="web",
                asks=("full_name", "email", "birth", "purpose", "amount", "tax_number"),
                service=Constant(milliseconds(20)),
            ),
            Step(
                name="documents", lane="customer", title="Your documents", system="apart", station="web",
                asks=("full_name", "payslip"), service=Constant(milliseconds(20)),
                attempts=Attempts(limit=2), on_failure="dropped",
            ),
            Step(
                name="verify", lane="frontstage", title="Checking your documents", awaits="decision",
                service=Constant(minutes(20)),
            ),
            Step(
                name="review", lane="backstage", title="Review by a loan officer", station="clerks", awaits="decision",
                service=Constant(hours(1)),
            ),
            Step(
                name="offer", lane="customer", title="Your offer", system="core", asks=("email",), station="web",
                service=Constant(milliseconds(10)), routes=(Route("completed"),),
            ),
        ),
        "contacts": (
            Contact(
                name="where", reason="where is my loan?", station="phone",
                arises=During("decision", Constant(hours(9))),
                handling=Constant(minutes(30)),
            ),
        ),
        "customers": 10,
    }  # fmt: skip
    return Journey(**(values | changes))  # type: ignore[arg-type]


DETAILS = {
    "full_name": "Ann Example",
    "email": "ann@example.org",
    "birth": "1980-02-03",
    "purpose": "Car",
    "amount": 2000,
    "tax_number": "471147114",
}
DOCUMENTS = {"full_name": "Ann Example", "payslip": "payslip.pdf"}
