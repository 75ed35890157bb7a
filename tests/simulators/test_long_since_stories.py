"""Ways that open as time passes: how long ago something was, against the customer's own draw; each an exact log."""

from __future__ import annotations

import math

from journeys import Exponential, Journey, LongSince, Poisson, Route, Step, days, hours, per_hour
from journeys.checks import check, problems
from journeys.eventlog import EXIT
from simulators.simpy_engine import replicate
from tests.simulators.stories import form, s, serve, told


def forgets(*steps: str, after_s: float) -> tuple[Route, ...]:
    return (Route("denied", when=LongSince(steps, s(after_s))), Route("completed"))


def test_a_way_opens_once_the_time_has_passed():
    log = told([0, 1], form(), serve(routes=forgets("form", after_s=10)))

    assert [text for text in log if "serve#" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",  # at the very moment it has not been longer
        "1 serve#0 1/10/20 @0 served > denied",
    ]


def test_the_last_of_the_steps_counts():
    steps = form(), serve("remind", station="", service=s(6)), serve(routes=forgets("form", "remind", after_s=10))

    assert told([0], *steps)[-1] == "0 exit 16 completed"
    assert told([0], *steps[:2], serve(routes=forgets("form", after_s=10)))[-1] == "0 exit 16 denied"


def test_it_is_closed_to_those_who_were_never_served_there():
    reminder = serve("remind", station="", skip=1.0, service=s(0))

    assert told([0], form(), reminder, serve(routes=forgets("remind", after_s=0)))[-1] == "0 exit 10 completed"


def test_a_step_that_looks_back_to_itself_sees_the_visit_before():
    again = Route("serve")
    late = Route("denied", when=LongSince(("serve",), s(9)))

    assert told([0], serve(routes=(late, again)))[:2] == [
        "0 serve#0 0/0/10 @0 served > serve",
        "0 serve#1 10/10/20 @0 served > denied",
    ]


def test_segments_forget_by_laws_of_their_own():
    differs = {"b": {"steps.serve.routes.denied.when.law": "Never()"}}

    log = told([0, 20], form(), serve(routes=forgets("form", after_s=5)), who="ab", differs=differs)

    assert [text for text in log if "exit" in text] == ["0 exit 10 denied", "1 exit 30 completed"]


def test_the_share_is_that_of_the_law():
    """Of those who waited t with an exponential memory of mean m, 1 - exp(-t / m) have forgotten."""
    long_since = LongSince(("form",), Exponential(days(2)))
    wait = Step(
        name="wait", lane="support", service=s(86400), routes=(Route("denied", when=long_since), Route("completed"))
    )
    n = 4000
    rows = replicate(check(Journey(name="memory", arrivals=Poisson(per_hour(60)), steps=(form(), wait))), 1, 0, n)
    forgot = sum(row.outcome == "denied" for row in rows if row.step == EXIT)

    expected = 1 - math.exp(-0.5)
    assert abs(forgot / n - expected) < 3.3 * math.sqrt(expected * (1 - expected) / n)


def test_what_cannot_be_looked_back_to_is_told():
    journey = Journey(
        name="wrong", arrivals=Poisson(per_hour(1)),
        steps=(form(routes=(Route("denied", when=LongSince(("from",), Exponential(hours(-1)))), Route("completed"))),),
    )  # fmt: skip

    told_problems = {problem.path: str(problem) for problem in problems(journey)}

    assert "did you mean" in told_problems["steps.form.routes.denied.when.steps"]
    assert "must not be negative" in told_problems["steps.form.routes.denied.when.law.mean"]
