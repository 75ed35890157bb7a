"""Replicas behind a balancer: little stories with integer times, each with its exact log."""

from __future__ import annotations

from typing import Any

import pytest

from journeys import Attempts, Fault, Replicas, seconds
from journeys.errors import InvalidInput
from simulators import compiled
from tests.simulators.stories import desk, form, journey, s, serve, told

UNTOUCHED = "0 serve#0 0/0/10 @0 served > completed"


def fault(kind: Any, at_s: float, lasting_s: float, name: str = "", **parts: Any) -> Fault:
    return Fault(name=name or kind, station="desk", kind=kind, at=seconds(at_s), lasting=seconds(lasting_s), **parts)


def tier(count: int, **parts: Any) -> Any:
    return (desk(replicas=Replicas(count, **{"retries": 3, "none_up": "fail", **parts})),)


def steps(log: list[str]) -> list[str]:
    return sorted(text for text in log if "exit" not in text)


def test_what_a_dead_replica_had_is_done_again_by_another_at_once():
    log = told([0, 1], serve(), stations=tier(3), faults=(fault("kill", 5, 100),))
    assert steps(log) == ["0 serve#0 0/5/15 @2 served > completed [kill]", "1 serve#0 1/1/11 @1 served > completed"]


def test_it_is_done_before_what_came_later():
    log = told([0, 1, 2], serve(), stations=tier(2), faults=(fault("kill", 5, 100),))
    assert steps(log) == [
        "0 serve#0 0/11/21 @1 served > completed [kill]",
        "1 serve#0 1/1/11 @1 served > completed",
        "2 serve#0 2/21/31 @1 served > completed",
    ]


def test_during_failover_it_takes_another_try_to_be_served():
    log = told([12, 13], serve(service=s(1)), stations=tier(2, failover=seconds(30)), faults=(fault("kill", 10, 99),))
    assert steps(log) == [
        "0 serve#0 12/12/13 @1 served > completed",
        "1 serve#0 13/13/14 @1 served > completed [failover]",
    ]


def test_retries_are_so_many_and_no_more():
    kills = tuple(fault("kill", 5 * (1 + number), 4, f"kill{number}", replica=0) for number in range(3))
    log = told([0], serve(), stations=tier(1, retries=2, none_up="wait"), faults=kills)
    assert steps(log) == ["0 serve#0 0/14/15 @0 failed > dropped [kill0, kill1, kill2]"]


def test_with_no_replica_up_arrivals_fail_and_so_do_those_who_wait():
    log = told([0, 1, 7, 20], serve(), stations=tier(1), faults=(fault("kill", 5, 10),))
    assert steps(log) == [
        "0 serve#0 0/0/5 @0 failed > dropped [kill, no replica]",
        "1 serve#0 1/-/5 failed > dropped [no replica]",
        "2 serve#0 7/7/7 failed > dropped [no replica]",
        "3 serve#0 20/20/30 @0 served > completed",
    ]


def test_or_they_wait():
    log = told([0, 1, 7], serve(), stations=tier(1, none_up="wait"), faults=(fault("kill", 5, 10),))
    assert steps(log) == [
        "0 serve#0 0/15/25 @0 served > completed [kill]",
        "1 serve#0 1/25/35 @0 served > completed",
        "2 serve#0 7/35/45 @0 served > completed",
    ]


@pytest.mark.parametrize("kind", ["pause", "partition"])
def test_what_a_silent_replica_has_is_sent_to_another_when_it_is_taken_out(kind: str):
    log = told(
        [0, 6, 7], serve(), stations=tier(2, failover=seconds(10)), faults=(fault(kind, 5, 99, "mute", replica=0),)
    )
    assert steps(log) == [
        "0 serve#0 0/16/26 @1 served > completed [mute]",
        "1 serve#0 6/6/16 @1 served > completed",
        # it waited for the one server that is heard, and so was never sent to the other
        "2 serve#0 7/26/36 @1 served > completed",
    ]


def test_what_is_sent_to_a_silent_replica_hangs_until_it_is_taken_out():
    log = told([6, 7], serve(service=s(1)), stations=tier(2, failover=seconds(10)),
               faults=(fault("partition", 5, 99, replica=0),))  # fmt: skip
    assert steps(log) == [
        "0 serve#0 6/6/7 @1 served > completed",
        "1 serve#0 7/15/16 @1 served > completed [failover]",
    ]


def test_a_pause_shorter_than_failover_only_holds_up():
    log = told([0, 6, 9], serve(service=s(2)), stations=tier(2, failover=seconds(10)),
               faults=(fault("pause", 1, 9, replica=0),))  # fmt: skip
    assert steps(log) == [
        "0 serve#0 0/0/11 @0 served > completed [pause]",
        "1 serve#0 6/6/8 @1 served > completed",
        "2 serve#0 9/10/12 @1 served > completed [failover]",
    ]


def test_without_retries_what_hung_fails():
    log = told([6, 7], serve(service=s(1)), stations=tier(2, failover=seconds(10), retries=0),
               faults=(fault("partition", 5, 99, replica=0),))  # fmt: skip
    assert steps(log)[1] == "1 serve#0 7/7/15 failed > dropped [failover]"


def test_the_only_replica_hangs_and_then_nobody_is_served():
    log = told([6, 20, 31], serve(service=s(1)), stations=tier(1, failover=seconds(10)),
               faults=(fault("partition", 5, 25),))  # fmt: skip
    assert steps(log) == [
        "0 serve#0 6/6/15 failed > dropped [no replica]",
        "1 serve#0 20/20/20 failed > dropped [no replica]",
        "2 serve#0 31/31/32 @0 served > completed",
    ]


def test_a_silent_replica_that_is_killed_lets_go_of_what_it_has():
    log = told([0, 7], serve(service=s(20)), stations=tier(3, failover=seconds(50)),
               faults=(fault("pause", 5, 99, replica=0), fault("kill", 8, 99)))  # fmt: skip
    assert steps(log)[0] == "0 serve#0 0/8/28 @2 served > completed [pause, kill]"


def test_a_kill_elsewhere_leaves_what_stands_still():
    log = told([0], serve(), stations=tier(3, failover=seconds(50)),
               faults=(fault("pause", 5, 10, replica=0), fault("kill", 8, 99, replica=1)))  # fmt: skip
    assert steps(log) == ["0 serve#0 0/0/20 @0 served > completed [pause]"]


def test_one_slow_replica_has_its_turns():
    log = told(
        [0, 20, 40, 60], serve(), stations=tier(2), faults=(fault("latency", 0, 99, replica=0, delay=seconds(5)),)
    )
    assert [text.split()[2] for text in steps(log)] == ["0/0/10", "20/20/35", "40/40/50", "60/60/75"]


def test_a_deadline_takes_back_what_hangs():
    paying = form(station="desk", service=s(1), attempts=Attempts(timeout=s(3), limit=1), on_failure="dropped")
    log = told([6, 7], paying, stations=tier(2, failover=seconds(10)), faults=(fault("partition", 5, 99, replica=0),))
    assert steps(log)[1] == "1 form#0 7/7/10 timed_out > dropped [failover]"


def test_what_cannot_be_told_of_one_replica_is_refused():
    for kind in ("outage", "errors"):
        with pytest.raises(InvalidInput, match=rf"faults\.{kind}\.replica: {kind} hit all replicas"):
            journey([0], serve(), stations=tier(2), faults=(fault(kind, 0, 1, replica=1),))


def test_the_compiled_engine_takes_tiers_and_so_has_told_all_these_stories_too():
    faults = tuple(fault(kind, 0, 1) for kind in ("partition", "restart"))
    assert not compiled.unsupported(journey([0], serve(), stations=tier(2), faults=faults))
