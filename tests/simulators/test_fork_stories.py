"""Forks: parallel branches, how many must arrive, and what becomes of the others; each story with its exact log."""

from __future__ import annotations

import pytest

from journeys import (
    Attempts,
    Batch,
    Constant,
    Contact,
    During,
    Fault,
    Fork,
    Never,
    Replicas,
    Route,
    Step,
    Uniform,
    VisitsAtLeast,
    Wait,
    seconds,
)
from journeys.population import Population
from simulators.simpy_engine import replicate
from tests.simulators.stories import desk, form, journey, s, serve, told


def receive(*branches: str, joins: str = "decide", needs: int | None = None, **parts: object) -> Step:
    return Step(name="receive", lane="backstage", fork=Fork(branches, joins, needs), **parts)  # type: ignore[arg-type]


def check(name: str, takes_s: float, **parts: object) -> Step:
    """Return a check of its own length, at no station."""
    return Step(**{"name": name, "lane": "backstage", "service": s(takes_s), **parts})  # type: ignore[arg-type]


THREE = (check("identity", 3), check("credit", 5), check("valuation", 9), check("decide", 1))
ALL = ("identity", "credit", "valuation")


def test_a_case_goes_on_when_the_last_branch_has_arrived():
    assert told([0], receive(*ALL), *THREE) == [
        "0 receive#0 0/0/0 served > decide [in parallel: identity, credit, valuation]",
        "0 identity#0 0/0/3 served > decide",
        "0 credit#0 0/0/5 served > decide",
        "0 valuation#0 0/0/9 served > decide",
        "0 decide#0 9/9/10 served > completed",
        "0 exit 10 completed",
    ]


@pytest.mark.parametrize(
    ("needs", "arrived", "withdrawn"),
    [(1, ["identity"], ["credit", "valuation"]), (2, ["identity", "credit"], ["valuation"])],
)
def test_as_many_as_are_needed_are_enough_and_the_others_are_withdrawn(
    needs: int, arrived: list[str], withdrawn: list[str]
):
    log = told([0], receive(*ALL, needs=needs), *THREE)
    ends = {"identity": 3, "credit": 5}
    at = ends[arrived[-1]]
    assert log[1:] == [
        *(f"0 {name}#0 0/0/{ends[name]} served > decide" for name in arrived),
        *(f"0 {name}#0 0/0/{at} withdrawn [no longer needed]" for name in withdrawn),
        f"0 decide#0 {at}/{at}/{at + 1} served > completed",
        f"0 exit {at + 1} completed",
    ]


def test_branches_that_end_at_the_same_moment_do_so_in_the_order_in_which_they_began():
    even = (check("identity", 4), check("credit", 4), check("valuation", 4), check("decide", 1))
    assert told([0], receive("credit", "valuation", "identity", needs=2), *even)[1:5] == [
        "0 credit#0 0/0/4 served > decide",
        "0 valuation#0 0/0/4 served > decide",
        "0 identity#0 0/0/4 withdrawn [no longer needed]",
        "0 decide#0 4/4/5 served > completed",
    ]


def test_a_branch_that_comes_to_an_end_ends_the_case_and_the_others():
    steps = (
        check("identity", 3, routes=(Route("denied"),)),
        check("credit", 5),
        check("valuation", 3),
        check("decide", 1),
    )
    assert told([0], receive(*ALL), *steps) == [
        "0 receive#0 0/0/0 served > decide [in parallel: identity, credit, valuation]",
        "0 identity#0 0/0/3 served > denied",
        "0 credit#0 0/0/3 withdrawn [no longer needed]",
        "0 valuation#0 0/0/3 withdrawn [no longer needed]",
        "0 exit 3 denied",
    ]


def test_a_branch_is_several_steps_with_rework_of_its_own():
    steps = (
        check("identity", 2),
        check("scan", 3, routes=(Route("decide", when=VisitsAtLeast("scan", 2)), Route("scan"))),
        check("credit", 5),
        check("decide", 1),
    )
    assert told([0], receive("identity", "credit"), *steps)[1:] == [
        "0 identity#0 0/0/2 served > scan",
        "0 credit#0 0/0/5 served > decide",
        "0 scan#0 2/2/5 served > scan",
        "0 scan#1 5/5/8 served > decide",
        "0 decide#0 8/8/9 served > completed",
        "0 exit 9 completed",
    ]


def test_branches_of_one_case_queue_at_the_same_station():
    """The server of the first takes the third at once, and has it withdrawn; customer 1 is behind them."""
    steps = (serve("identity", service=s(3)), serve("credit"), serve("valuation"), check("decide", 1))
    log = told([0, 1], receive(*ALL, needs=1), *steps, stations=(desk(servers=2),))
    assert log[1:8] == [
        "1 receive#0 1/1/1 served > decide [in parallel: identity, credit, valuation]",
        "0 identity#0 0/0/3 @0 served > decide",
        "0 credit#0 0/0/3 @1 withdrawn [no longer needed]",
        "0 valuation#0 0/3/3 @0 withdrawn [no longer needed]",
        "0 decide#0 3/3/4 served > completed",
        "0 exit 4 completed",
        "1 identity#0 1/3/6 @1 served > decide",
    ]


def test_those_who_wait_are_withdrawn_before_those_in_service():
    steps = (serve("identity"), serve("credit"), check("valuation", 3), check("decide", 1))
    assert told([0], receive(*ALL, needs=1), *steps)[1:4] == [
        "0 valuation#0 0/0/3 served > decide",
        "0 credit#0 0/-/3 withdrawn [no longer needed]",
        "0 identity#0 0/0/3 @0 withdrawn [no longer needed]",
    ]


def test_a_fork_visited_again_begins_its_branches_again():
    again = (Route("completed", when=VisitsAtLeast("decide", 2)), Route("receive"))
    steps = (check("identity", 3), check("credit", 5), check("decide", 1, routes=again))
    log = told([0], receive("identity", "credit", needs=1), *steps)
    assert [text.split(" ")[1] + " " + text.split(" ")[3] for text in log[:-1]] == [
        "receive#0 served", "identity#0 served", "credit#0 withdrawn", "decide#0 served",
        "receive#1 served", "identity#1 served", "credit#1 withdrawn", "decide#1 served",
    ]  # fmt: skip


def test_who_leaves_while_branches_run_drops_all_of_them():
    steps = (
        serve("identity", service=s(9), awaits="news"),
        serve("credit", awaits="news"),
        check("valuation", 2, awaits="news", routes=(Route("more"),)),
        check("more", 9, awaits="news"),
        check("decide", 1, awaits="news"),
    )
    log = told([0], receive(*ALL, awaits="news"), *steps, waits=(Wait(name="news", uncertain=s(5)),))
    assert log[1:] == [
        "0 valuation#0 0/0/2 served > more",
        "0 credit#0 0/-/5 dropped > dropped [gave up waiting (news)]",
        "0 identity#0 0/0/5 @0 dropped > dropped [gave up waiting (news)]",
        "0 more#0 2/2/5 dropped > dropped [gave up waiting (news)]",
        "0 exit 5 dropped [gave up waiting (news)]",
    ]


def test_a_wait_and_its_questions_go_on_over_all_branches():
    question = Contact(name="when", arises=During("news", s(4)), station="phone", handling=s(1))
    steps = tuple(check(name, takes, awaits="news") for name, takes in (("identity", 3), ("credit", 9), ("decide", 1)))
    log = told([0], receive("identity", "credit", awaits="news"), *steps, waits=(Wait(name="news"),),
               contacts=(question,), stations=(desk(name="phone"),))  # fmt: skip
    assert [text for text in log if "contact" in text] == [
        "0 contact:when#0 4/4/5 @0 served",
        "0 contact:when#1 9/9/10 @0 served",
    ]


def test_the_join_may_be_a_step_of_the_customer_or_an_end():
    steps = (check("identity", 3), check("credit", 5))
    signed = told([0], receive("identity", "credit", joins="sign"), *steps, form("sign", think=s(2)))
    assert signed[-2:] == ["0 sign#0 7/7/7 served > completed", "0 exit 7 completed"]
    assert told([0], receive("identity", "credit", joins="completed"), *steps)[-1] == "0 exit 5 completed"
    done = told([0], receive("identity", "credit", joins="sign", needs=1), *steps, form("sign", think=s(2)))
    assert done[-1] == "0 exit 5 completed"


def test_a_skipped_fork_begins_nothing_and_a_skipped_join_is_passed_over_once():
    skipped = receive("identity", "credit", skip=1.0)
    first = form()
    steps = (check("identity", 3), check("credit", 5), check("decide", 1, skip=1.0), check("tell", 2))
    assert told([0], first, skipped, *steps) == [
        "0 form#0 0/0/0 served > tell",
        "0 tell#0 0/0/2 served > completed",
        "0 exit 2 completed",
    ]
    log = told([0], first, receive("identity", "credit"), *steps)
    assert log[-3:] == [
        "0 credit#0 0/0/5 served > decide",
        "0 tell#0 5/5/7 served > completed",
        "0 exit 7 completed",
    ]


def test_a_branch_all_of_whose_steps_are_skipped_has_arrived_at_once_and_the_others_do_not_begin():
    steps = (check("identity", 3, skip=1.0), check("credit", 5), check("decide", 9))
    assert told([0], receive("identity", "credit", needs=1), *steps)[1:] == [
        "0 decide#0 0/0/9 served > completed",
        "0 exit 9 completed",
    ]
    assert told([0], receive("identity", "credit"), *steps)[-1] == "0 exit 14 completed"


def test_attempts_pauses_and_batches_of_a_branch_are_withdrawn_too():
    tries = Attempts(Never(), 3, seconds(50), 1.0)
    steps = (
        check("identity", 3, attempts=tries),
        check("credit", 2, batch=Batch(every=seconds(40), first=seconds(40))),
        check("valuation", 9),
        check("decide", 1),
    )
    assert told([0], receive(*ALL, needs=1), *steps)[1:] == [
        "0 identity#0 0/0/3 failed > identity",
        "0 valuation#0 0/0/9 served > decide",
        "0 identity#0 3/-/9 withdrawn [no longer needed]",
        "0 credit#0 0/-/9 withdrawn [no longer needed]",
        "0 decide#0 9/9/10 served > completed",
        "0 exit 10 completed",
    ]


def test_an_outage_that_fails_two_branches_at_once_ends_the_case_once():
    steps = (serve("identity"), serve("credit"), check("decide", 1))
    dark = Fault(name="dark", station="desk", kind="outage", at=seconds(4), lasting=seconds(9))
    log = told([0], receive("identity", "credit"), *steps, stations=(desk(servers=2),), faults=(dark,))
    assert log[1:] == [
        "0 identity#0 0/0/4 @0 failed > dropped [dark]",
        "0 credit#0 0/0/4 @1 withdrawn [no longer needed; dark]",
        "0 exit 4 dropped",
    ]


def test_a_branch_that_fails_as_it_takes_over_anothers_server_ends_the_case_once():
    """The second is sent to the dead one of two replicas, at the moment at which the first would have been served."""
    steps = (serve("identity", service=s(4)), serve("credit"), check("decide", 1))
    replicas = Replicas(count=2, needed=1, between_failures=Never(), repair=s(1), failover=seconds(99))
    log = told(
        [0], receive("identity", "credit"), *steps,
        stations=(desk(kind="system", replicas=replicas),),
        faults=(Fault(name="dead", station="desk", kind="kill", at=seconds(0), lasting=seconds(50), replica=0),),
    )  # fmt: skip
    assert log[1:] == [
        "0 credit#0 0/4/4 failed > dropped [failover]",
        "0 identity#0 0/0/4 @1 withdrawn [no longer needed]",
        "0 exit 4 dropped",
    ]


def test_a_branch_is_not_too_late_once_another_that_took_over_its_server_has_ended_the_case():
    late = Attempts(Constant(seconds(4)), 1)
    steps = (serve("identity", attempts=late, on_failure="denied"), serve("credit"), check("decide", 1))
    replicas = Replicas(count=2, needed=1, between_failures=Never(), repair=s(1), failover=seconds(99))
    log = told(
        [0], receive("identity", "credit"), *steps,
        stations=(desk(kind="system", replicas=replicas),),
        faults=(Fault(name="dead", station="desk", kind="kill", at=seconds(0), lasting=seconds(50), replica=0),),
    )  # fmt: skip
    assert log[1:] == [
        "0 credit#0 0/4/4 failed > dropped [failover]",
        "0 identity#0 0/0/4 @1 withdrawn [no longer needed]",
        "0 exit 4 dropped",
    ]


def test_a_fork_on_a_branch_does_not_go_on_once_a_branch_beside_it_has_ended_the_case():
    """At 2 the bureau is withdrawn, and its server takes the identity, which is sent to the dead replica and fails."""
    inner = Step(name="credit", lane="backstage", fork=Fork(("bank", "bureau"), "score", needs=1))
    score = check("score", 5, routes=(Route("decide"),))
    steps = (inner, check("bank", 2), serve("bureau"), score, check("prepare", 1), serve("identity"))
    replicas = Replicas(count=2, needed=1, between_failures=Never(), repair=s(1), failover=seconds(99))
    log = told(
        [0, 60], receive("credit", "prepare"), *steps, check("decide", 1),
        stations=(desk(kind="system", replicas=replicas),),
        faults=(Fault(name="dead", station="desk", kind="kill", at=seconds(0), lasting=seconds(50), replica=0),),
    )  # fmt: skip
    assert [row for row in log if row.startswith("0 ")][3:] == [
        "0 bank#0 0/0/2 served > score",
        "0 identity#0 1/2/2 failed > dropped [failover]",
        "0 exit 2 dropped",
        "0 bureau#0 0/0/2 @1 withdrawn [no longer needed]",
    ]


def test_a_visit_withdrawn_before_it_was_taken_up_has_used_up_its_draws():
    """The first visit is withdrawn at 5, ahead of the window at 10, where the second begins."""
    law = Uniform(seconds(0.1), seconds(0.9))
    again = (Route("completed", when=VisitsAtLeast("decide", 2)), Route("receive"))
    window = Batch(every=seconds(100), first=seconds(10))
    steps = (check("identity", 5), check("credit", 0, service=law, batch=window), check("decide", 1, routes=again))
    made = journey([0], receive("identity", "credit", needs=1), *steps)
    first, second = (row for row in replicate(made, 1, 0, 1) if row.step == "credit")
    draws = Population(made, 1).stream("credit", "service", [law])
    assert (first.outcome, second.outcome) == ("withdrawn", "served")
    assert second.end_s == 10 + draws.at(0, 1) != 10 + draws.at(0, 0)


def test_forks_within_branches_join_from_the_inside_out():
    inner = Step(name="credit", lane="backstage", fork=Fork(("bank", "bureau"), "score", needs=1))
    steps = (check("identity", 6), inner, check("bank", 2), check("bureau", 4), check("score", 1), check("decide", 1))
    assert told([0], receive("identity", "credit"), *steps)[1:] == [
        "0 credit#0 0/0/0 served > score [in parallel: bank, bureau]",
        "0 bank#0 0/0/2 served > score",
        "0 bureau#0 0/0/2 withdrawn [no longer needed]",
        "0 score#0 2/2/3 served > decide",
        "0 identity#0 0/0/6 served > decide",
        "0 decide#0 6/6/7 served > completed",
        "0 exit 7 completed",
    ]
    ended = told([0], receive("identity", "credit"), check("identity", 1, routes=(Route("denied"),)), *steps[1:])
    assert ended[2:] == [
        "0 identity#0 0/0/1 served > denied",
        "0 bank#0 0/0/1 withdrawn [no longer needed]",
        "0 bureau#0 0/0/1 withdrawn [no longer needed]",
        "0 exit 1 denied",
    ]


def test_who_is_in_a_fork_at_the_end_is_censored_at_the_forking_step():
    assert told([0, 9], receive(*ALL), *THREE, until_s=4)[-1] == "0 exit 4 censored [still at receive]"
