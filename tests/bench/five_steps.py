"""The second model: a loan application of five steps, as numbers and as a journey.

Apply (a delay), an automated check (a pool), a review (a pool, in whose queue the customer's patience runs), and then
either fix the papers (a delay) and go back to the check, or sign (a delay). While the customer waits for check and
review, questions arise at a constant hazard, and each is a call that takes one of the agents.
"""

from __future__ import annotations

from journeys import (
    Contact,
    During,
    Exponential,
    Journey,
    Poisson,
    Route,
    Station,
    Step,
    Wait,
    per_hour,
    seconds,
)

CHECKS, REVIEWERS, AGENTS = 4, 6, 8
REWORK = 0.2

# means, in seconds
GAP_S = 60.0
APPLY_S, CHECK_S, REVIEW_S, FIX_S, SIGN_S = 720.0, 144.0, 260.0, 1800.0, 600.0
PATIENCE_S = 900.0
QUESTION_S, CALL_S = 900.0, 720.0

journey = Journey(
    name="five-steps",
    arrivals=Poisson(per_hour(3600.0 / GAP_S)),
    steps=(
        Step(name="apply", lane="customer", service=Exponential(seconds(APPLY_S))),
        Step(
            name="check", lane="support", station="checks", awaits="decision", service=Exponential(seconds(CHECK_S)),
        ),
        Step(
            name="review", lane="backstage", station="reviewers", awaits="decision",
            service=Exponential(seconds(REVIEW_S)), patience=Exponential(seconds(PATIENCE_S)),
            routes=(Route("fix", REWORK), Route("sign")),
        ),
        Step(name="fix", lane="customer", service=Exponential(seconds(FIX_S)), routes=(Route("check"),)),
        Step(name="sign", lane="customer", service=Exponential(seconds(SIGN_S))),
    ),
    stations=(
        Station(name="checks", servers=CHECKS),
        Station(name="reviewers", servers=REVIEWERS),
        Station(name="agents", servers=AGENTS),
    ),
    waits=(Wait(name="decision"),),
    contacts=(
        Contact(
            name="question", arises=During("decision", Exponential(seconds(QUESTION_S))), station="agents",
            handling=Exponential(seconds(CALL_S)),
        ),
    ),
)  # fmt: skip
