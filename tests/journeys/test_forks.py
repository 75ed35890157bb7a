"""Forks in the blueprint: the order of steps around them, what is refused, and a walk that nobody tells the way."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pytest

from journeys import Fork, Journey, Poisson, Route, Step, Wait, per_hour
from journeys.checks import problems
from journeys.eventlog import Row
from journeys.paths import apply
from journeys.population import Population
from journeys.walking import Act, Acted, Script

FORK = Fork(("identity", "credit"), "decide")


def behind(name: str, **parts: Any) -> Step:
    return Step(name=name, lane="backstage", **parts)


def forked(fork: Fork = FORK, **changed: dict[str, Any]) -> Journey:
    """Return a journey of a form, a fork of two branches, the first of two steps, and a decision."""
    steps = (
        Step(name="form", lane="customer"),
        behind("receive", fork=fork),
        behind("identity"),
        behind("scan"),
        behind("credit"),
        behind("decide"),
    )
    made = tuple(dataclasses.replace(step, **changed.get(step.name, {})) for step in steps)
    return Journey(name="forked", arrivals=Poisson(per_hour(1)), steps=made, waits=(Wait(name="news"),))


def test_each_branch_leads_to_the_join_in_the_journeys_order():
    journey = forked()
    after = {step.name: journey.after(step.name) for step in journey.steps}
    assert after == {
        "form": "receive", "receive": "decide", "identity": "scan", "scan": "decide", "credit": "decide",
        "decide": "completed",
    }  # fmt: skip
    assert journey.leads_to("receive") == ("identity", "credit", "decide")
    assert not list(problems(journey))
    apart = (behind("receive", fork=FORK), behind("aside"), *journey.steps[2:])
    elsewhere = dataclasses.replace(journey, steps=apart)
    assert [elsewhere.after(name) for name in ("receive", "aside")] == ["decide", "decide"]
    with pytest.raises(KeyError):
        journey.after("nowhere")


@pytest.mark.parametrize(
    ("journey", "said"),
    [
        (forked(receive={"lane": "customer"}), "steps.receive.fork: is in the customer's lane"),
        (forked(receive={"routes": (Route("decide"),)}), "steps.receive.routes: a step that forks has none"),
        (forked(Fork(("identity",), "decide")), "steps.receive.fork.branches: needs two or more, each once"),
        (forked(Fork(("credit", "credit"), "decide")), "steps.receive.fork.branches: needs two or more, each once"),
        (forked(Fork(("identity", "credti"), "decide")), "did you mean 'credit'?"),
        (forked(Fork(("identity", "credit"), "decode")), "did you mean 'decide'?"),
        (forked(Fork(("identity", "decide"), "decide")), "branches: a branch cannot begin there (got decide)"),
        (forked(Fork(("identity", "receive"), "decide")), "branches: a branch cannot begin there (got receive)"),
        (forked(Fork(("identity", "credit"), "decide", 3)), "fork.needs: out of range (got 3); 1 to 2"),
        (forked(Fork(("identity", "credit"), "decide", 0)), "fork.needs: out of range (got 0); 1 to 2"),
        (forked(scan={"lane": "customer"}), "steps.scan.lane: is in the customer's lane, and on a branch of receive"),
        (forked(scan={"awaits": "news"}), "steps.scan.awaits: is another wait than that of receive"),
        (forked(scan={"routes": (Route("credit"),)}), "steps.credit: is on two branches of receive (got identity"),
        (forked(scan={"on_failure": "credit"}), "steps.credit: is on two branches of receive (got identity"),
        (forked(form={"routes": (Route("scan"),)}), "steps.form: leads into a branch of receive (got scan)"),
        (forked(decide={"on_failure": "credit"}), "steps.decide: leads into a branch of receive (got credit)"),
        (forked(scan={"routes": (Route("form"),)}), "steps.form: begins the journey, and is on a branch of receive"),
    ],
)
def test_a_fork_that_cannot_be_walked_is_refused(journey: Journey, said: str):
    assert said in "\n".join(map(str, problems(journey)))


def test_a_branch_without_a_way_out_is_a_cycle_without_one():
    journey = forked(scan={"routes": (Route("identity"),)})
    assert [str(problem).split(";")[0] for problem in problems(journey)] == [
        "steps.identity.routes: is in a cycle with no way out (got identity, scan)"
    ]


def test_how_many_are_needed_is_a_parameter_of_the_journey():
    assert apply(forked(), {"steps.receive.fork.needs": "1"}).step("receive").fork == Fork(FORK.branches, "decide", 1)


@pytest.mark.parametrize(
    ("fork", "changed", "end", "asked"),
    [
        (FORK, {}, "completed", ["scan", "credit"]),
        (Fork(("identity", "credit"), "decide", 1), {}, "completed", ["scan"]),
        (FORK, {"scan": {"routes": (Route("denied"),)}}, "denied", ["scan"]),
    ],
)
def test_where_nobody_tells_the_way_as_many_branches_as_needed_are_walked_one_after_the_other(
    fork: Fork, changed: dict[str, Any], end: str, asked: list[str]
):
    rows: list[Row] = []
    script = Script(
        forked(fork, **changed),
        Population(forked(), 1),
        organisation=False,
        acts=lambda step: step.name in ("scan", "credit"),
    )
    walk = script.walk(0, 0.0, lambda: 0.0, rows.append)
    answer: Acted | None = None
    with contextlib.suppress(StopIteration):
        while True:
            intent = walk.send(answer)
            answer = Acted("served", None, 0.0, 0.0, 0.0) if isinstance(intent, Act) else None
    assert rows[-1].outcome == end
    assert [row.step for row in rows] == ["arrival", *asked, "exit"]
