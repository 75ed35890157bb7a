"""Faults on the way between customers and the organisation, and restarts: little stories, each with its exact log."""

from __future__ import annotations

from typing import Any

import pytest

from journeys import Attempts, Fault, Replicas, seconds
from journeys.errors import InvalidInput, Unsupported
from simulators import compiled
from simulators.engines import choose
from tests.simulators.stories import desk, form, journey, s, serve, told

AGAIN = Attempts(limit=2, backoff=seconds(1))


def fault(kind: Any, at_s: float, lasting_s: float, **parts: Any) -> Fault:
    where = {} if kind in ("locked", "gone", "offline") else {"station": "desk"}
    return Fault(**{"name": kind, "kind": kind, "at": seconds(at_s), "lasting": seconds(lasting_s), **where, **parts})


def act(name: str = "form", **parts: Any) -> Any:
    return form(name, **{"station": "desk", "service": s(2), **parts})


def steps(log: list[str]) -> list[str]:
    return [text for text in log if "exit" not in text]


def test_latency_in_the_network_holds_up_customers_and_no_server():
    slow = fault("latency", 0, 9, delay=seconds(5), place="network")
    at_station = fault("latency", 0, 9, delay=seconds(5))
    assert steps(told([1, 2], act(), faults=(slow,))) == [
        "0 form#0 1/6/8 @0 served > completed",
        "1 form#0 2/8/10 @0 served > completed",
    ]
    assert steps(told([1, 2], act(), faults=(at_station,)))[1] == "1 form#0 2/8/15 @0 served > completed [latency]"


def test_an_act_may_be_too_late_before_it_arrives():
    slow = fault("latency", 0, 9, delay=seconds(5), place="network")
    once = Attempts(timeout=s(3), limit=1)
    assert steps(told([1], act(attempts=once, on_failure="dropped"), faults=(slow,))) == [
        "0 form#0 1/-/4 timed_out > dropped [latency]"
    ]


def test_errors_in_the_network_take_no_servers_time():
    broken = fault("errors", 0, 9, share=1.0, place="network")
    log = told([1, 20], act(attempts=AGAIN, on_failure="dropped"), faults=(broken,))
    assert steps(log) == [
        "0 form#0 1/-/1 failed > form [errors]",
        "0 form#0 2/-/2 failed > dropped [attempt 2; errors]",
        "1 form#0 20/20/22 @0 served > completed",
    ]


def test_errors_hit_a_share_of_attempts():
    broken = fault("errors", 0, 10_000, share=0.5, place="network")
    log = steps(told(range(0, 4000, 10), act(on_failure="dropped"), faults=(broken,)))
    assert 160 < sum("failed" in text for text in log) < 240


def test_an_answer_that_was_lost_is_told_to_who_asks_again_and_nothing_is_done_twice():
    lost = fault("reset", 0, 5, share=1.0)
    log = told([1, 3], act(attempts=AGAIN), serve("after", service=s(30)), faults=(lost,))
    assert steps(log)[:4] == [
        "0 form#0 1/1/3 failed > form [reset]",
        "0 form#0 4/4/4 @0 served > after [attempt 2]",
        "1 form#0 3/3/5 @0 served > after",
        "0 after#0 3/5/35 @0 served > completed",
    ]


def test_what_was_lost_and_not_asked_for_again_is_withdrawn():
    lost = fault("reset", 0, 5, share=1.0)
    log = told([1], act(on_failure="dropped"), serve("after", service=s(30)), faults=(lost,))
    assert steps(log)[0] == "0 form#0 1/1/3 failed > dropped [reset]"
    assert not any("served" in text for text in log)


@pytest.mark.parametrize("kind", ["locked", "gone"])
def test_customers_wait_for_the_database(kind: str):
    log = told([1, 4, 12], act(), stations=(desk(servers=3),), faults=(fault(kind, 2, 6),))
    assert steps(log) == [
        "0 form#0 1/1/8 @0 served > completed",
        "1 form#0 4/8/10 @0 served > completed",
        "2 form#0 12/12/14 @0 served > completed",
    ]


def test_work_goes_on_while_the_database_is_locked_but_not_where_it_cannot_be_read():
    chain = (act("one"), act("two"))
    log = {kind: steps(told([0], *chain, faults=(fault(kind, 3, 5),))) for kind in ("locked", "gone")}
    assert log["locked"][1] == "0 two#0 2/2/8 @0 served > completed"
    late = {kind: steps(told([0], act("one"), act("two", think=s(2)), faults=(fault(kind, 3, 5),)))[1] for kind in log}
    assert late == {"locked": "0 two#0 4/4/8 @0 served > completed", "gone": "0 two#0 4/8/10 @0 served > completed"}


def test_who_waits_in_vain_is_told_so_and_finds_it_done():
    log = told([1], act(attempts=AGAIN), faults=(fault("locked", 2, 11),))
    assert steps(log) == [
        "0 form#0 1/1/13 @0 served > completed",
    ]
    log = told([1], act(attempts=AGAIN), faults=(fault("locked", 2, 12),))
    assert steps(log) == [
        "0 form#0 1/1/13 failed > form [locked]",
        "0 form#0 14/14/14 @0 served > completed [attempt 2]",
    ]


def test_a_replica_that_is_restarted_ends_what_it_has_and_gets_no_more():
    two = (desk(replicas=Replicas(2)),)
    log = told([0, 1, 6, 7], serve(), stations=two, faults=(fault("restart", 5, 30, replica=0),))
    assert steps(log) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 1/1/11 @1 served > completed",
        "2 serve#0 6/11/21 @1 served > completed",
        "3 serve#0 7/21/31 @1 served > completed",
    ]


def test_a_restart_waits_no_longer_than_it_lasts():
    two = (desk(replicas=Replicas(2, retries=1)),)
    log = told([0], serve(service=s(50)), stations=two, faults=(fault("restart", 5, 10, replica=0),))
    assert steps(log) == ["0 serve#0 0/15/65 @0 served > completed [restart]"]


def test_the_only_replica_is_restarted_and_nobody_is_served_meanwhile():
    one = (desk(replicas=Replicas(1, none_up="fail")),)
    log = told([0, 6, 40], serve(service=s(8)), stations=one, faults=(fault("restart", 5, 10),))
    assert steps(log) == [
        "1 serve#0 6/6/6 failed > dropped [no replica]",
        "0 serve#0 0/0/8 @0 served > completed",
        "2 serve#0 40/40/48 @0 served > completed",
    ]


def test_what_no_journey_says_enough_of_is_refused_by_its_path():
    for broken, why in (
        (fault("bandwidth", 0, 5, bytes_per_s=2000), "no journey says how many bytes pass"),
        (fault("offline", 0, 5), "is in the browser"),
        (fault("latency", 0, 5, station="", delay=seconds(1), place="browser"), "is in the browser"),
    ):
        with pytest.raises(Unsupported, match=rf"faults\.{broken.name}\.kind: .*{why}"):
            choose("", journey([0], act(), faults=(broken,)), lambda _: None)


@pytest.mark.parametrize("kind", ["reset", "locked", "gone"])
def test_the_compiled_engine_leaves_them_to_simpy(kind: str):
    made = journey([0], act(), faults=(fault(kind, 0, 5),))
    assert f"faults.{kind}.kind" in [problem.path for problem in compiled.unsupported(made)]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (fault("locked", 0, 1, station="desk"), r"faults\.locked\.station: locked hits no station"),
        (fault("reset", 0, 1, station=""), r"faults\.reset\.station: is missing"),
        (fault("bandwidth", 0, 1), r"faults\.bandwidth\.bytes_per_s: is too little"),
        (fault("errors", 0, 1, place="browser"), r"faults\.errors\.place: errors is not possible there"),
        (fault("reset", 0, 1, replica=0), r"faults\.reset\.replica: reset hit all replicas"),
    ],
)
def test_faults_that_cannot_be_are_refused(broken: Fault, problem: str):
    with pytest.raises(InvalidInput, match=problem):
        journey([0], act(), faults=(broken,))
