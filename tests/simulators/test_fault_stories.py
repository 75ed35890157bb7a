"""Replicas and faults: little stories with integer times, each with its exact log."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from journeys import Attempts, Constant, Fault, Replicas, Shift, seconds
from journeys.columns import Columns
from simulators import compiled
from tests.simulators.stories import desk, form, journey, s, serve, told

EARLY = Shift("mon", "00:00", "00:01")  # 0 to 60 s
LATER = Shift("mon", "00:02", "00:03")  # 120 to 180 s


def fault(kind: Any, at_s: float, lasting_s: float, name: str = "", **parts: Any) -> Fault:
    return Fault(name=name or kind, station="desk", kind=kind, at=seconds(at_s), lasting=seconds(lasting_s), **parts)


def machines(count: int, **parts: Any) -> Any:
    law = {"between_failures": s(100), "repair": s(20), **parts}
    return (desk(replicas=Replicas(count, **law)),)


def steps(log: list[str]) -> list[str]:
    return [text for text in log if "exit" not in text]


# Replicas ------------------------------------------------------------------------------------------------------------


def test_a_breakdown_fails_the_work_in_hand_and_a_repair_takes_the_next():
    log = told([95, 96], serve(), stations=machines(1))
    assert steps(log) == [
        "0 serve#0 95/95/100 @0 failed > dropped [breakdown]",
        "1 serve#0 96/120/130 @0 served > completed",
    ]


def test_a_replica_lives_again_from_its_repair_on():
    log = told([95, 215, 216, 240], serve(), stations=machines(1))  # down from 100 to 120, and from 220 to 240
    assert steps(log) == [
        "0 serve#0 95/95/100 @0 failed > dropped [breakdown]",
        "1 serve#0 215/215/220 @0 failed > dropped [breakdown]",
        "2 serve#0 216/240/250 @0 served > completed",
        "3 serve#0 240/250/260 @0 served > completed",
    ]


def test_each_replica_has_the_stations_servers_and_the_rest_serve_on():
    log = told([0, 0, 0], serve(service=s(50)), stations=(desk(replicas=Replicas(2)),),
               faults=(fault("kill", 10, 30, replica=1),))  # fmt: skip
    assert sorted(steps(log)) == [
        "0 serve#0 0/0/50 @0 served > completed",
        "1 serve#0 0/0/10 @1 failed > dropped [kill]",
        "2 serve#0 0/40/90 @1 served > completed",
    ]


def test_too_few_replicas_serve_nobody_and_lose_the_work_in_hand():
    log = told([0, 0, 15], serve(), stations=(desk(replicas=Replicas(2, needed=2)),),
               faults=(fault("kill", 5, 35, replica=1),))  # fmt: skip
    assert steps(log) == [
        "0 serve#0 0/0/5 @0 failed > dropped [kill]",
        "1 serve#0 0/0/5 @1 failed > dropped [kill]",
        "2 serve#0 15/40/50 @0 served > completed",
    ]


def test_one_of_two_is_enough_where_one_is_needed():
    log = told([15], serve(), stations=(desk(replicas=Replicas(2)),), faults=(fault("kill", 5, 35),))
    assert steps(log) == ["0 serve#0 15/15/25 @1 served > completed"]


def test_work_goes_to_the_dead_in_their_turn_until_failover_is_over():
    log = told([12, 13, 14, 15, 50, 51], serve(service=s(1)), faults=(fault("kill", 10, 1000),),
               stations=(desk(replicas=Replicas(2, failover=seconds(30))),))  # fmt: skip
    assert sorted(steps(log)) == [
        "0 serve#0 12/12/13 @1 served > completed",
        "1 serve#0 13/13/13 failed > dropped [failover]",
        "2 serve#0 14/14/15 @1 served > completed",
        "3 serve#0 15/15/15 failed > dropped [failover]",
        "4 serve#0 50/50/51 @1 served > completed",
        "5 serve#0 51/51/52 @1 served > completed",
    ]


def test_a_repaired_replica_is_dead_no_longer():
    log = told([25, 26, 27], serve(service=s(1)), faults=(fault("kill", 10, 10),),
               stations=(desk(replicas=Replicas(2, failover=seconds(30))),))  # fmt: skip
    assert all("served" in text for text in steps(log))


def test_a_kill_overlapping_a_breakdown_ends_when_both_are_over():
    log = told(
        [105], serve(), stations=machines(1), faults=(fault("kill", 90, 50),)
    )  # killed until 140, broken until 120
    assert steps(log) == ["0 serve#0 105/140/150 @0 served > completed"]


def test_a_failing_replica_does_not_turn_away_whom_the_others_can_serve():
    # the failed work tries the desk again at once: replica 1 is free, and there is no place to wait
    log = told([0], serve(on_failure="again"), serve("again"), faults=(fault("kill", 5, 100),),
               stations=(desk(queue_limit=0, replicas=Replicas(2)),))  # fmt: skip
    assert steps(log) == ["0 serve#0 0/0/5 @0 failed > again [kill]", "0 again#0 5/5/15 @1 served > completed"]


# Faults --------------------------------------------------------------------------------------------------------------


def test_an_outage_fails_the_work_in_hand_and_holds_the_queue_up():
    log = told([0, 1, 12], serve(), faults=(fault("outage", 5, 15, "fire"),))
    assert steps(log) == [
        "0 serve#0 0/0/5 @0 failed > dropped [fire]",
        "1 serve#0 1/20/30 @0 served > completed",
        "2 serve#0 12/30/40 @0 served > completed",
    ]


def test_a_pause_lets_the_work_in_hand_stand_still():
    log = told([0, 1], serve(), faults=(fault("pause", 5, 15),))
    assert steps(log) == [
        "0 serve#0 0/0/25 @0 served > completed [pause]",
        "1 serve#0 1/25/35 @0 served > completed",
    ]


def test_latency_is_added_to_services_that_begin_meanwhile():
    log = told([0, 6, 30], serve(), faults=(fault("latency", 5, 15, delay=seconds(7)),))
    assert steps(log) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 6/10/27 @0 served > completed [latency]",
        "2 serve#0 30/30/40 @0 served > completed",
    ]


def test_errors_fail_the_services_that_end_meanwhile():
    log = told([0, 6, 7, 50], serve(), faults=(fault("errors", 15, 10, share=1.0),))
    assert steps(log) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 6/10/20 @0 failed > dropped [errors]",
        "2 serve#0 7/20/30 @0 served > completed",
        "3 serve#0 50/50/60 @0 served > completed",
    ]


def test_errors_are_drawn_anew_for_each_step():
    names = [f"step-{number}" for number in range(12)] + ["completed"]
    chain = [serve(name, service=s(1), on_failure=after) for name, after in pairwise(names)]
    log = steps(told([0], *chain, faults=(fault("errors", 0, 1000, share=0.5),)))
    assert {"failed", "served"} == {text.split(" ")[4] for text in log}


def test_faults_overlap():
    log = told([0, 1], serve(), faults=(
        fault("outage", 20, 30, "first"), fault("outage", 40, 30, "second"), fault("pause", 60, 20),
        fault("latency", 70, 30, "slow", delay=seconds(2)), fault("latency", 75, 30, "slower", delay=seconds(3)),
        fault("errors", 70, 30, share=1.0),
    ), who="ab", differs={"b": {"steps.serve.service": "Constant(value=15 s)"}})  # fmt: skip
    assert steps(log) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 1/10/20 @0 failed > dropped [first]",
    ]
    log = told([30], serve(), faults=(
        fault("outage", 20, 30, "first"), fault("outage", 40, 30, "second"), fault("pause", 60, 20),
        fault("latency", 70, 30, "slow", delay=seconds(2)), fault("latency", 75, 30, "slower", delay=seconds(3)),
        fault("errors", 70, 30, share=1.0),
    ))  # fmt: skip
    # second is over at 70, the pause at 80: ten seconds of work, two and three of latency
    assert steps(log) == ["0 serve#0 30/80/95 @0 failed > dropped [slow, slower, errors]"]


def test_work_that_stands_still_in_a_pause_may_yet_be_too_late():
    log = told([0, 40], serve(attempts=Attempts(timeout=s(12), limit=1)), faults=(fault("pause", 5, 15),))
    assert steps(log) == [
        "0 serve#0 0/0/12 @0 timed_out > dropped [pause]",
        "1 serve#0 40/40/50 @0 served > completed",
    ]


def test_a_replica_killed_during_a_pause_takes_only_its_own_work_along():
    log = told([0, 0], serve(), stations=(desk(replicas=Replicas(2)),),
               faults=(fault("pause", 5, 10), fault("kill", 8, 50)))  # fmt: skip
    assert steps(log) == [
        "0 serve#0 0/0/8 @0 failed > dropped [pause, kill]",
        "1 serve#0 0/0/20 @1 served > completed [pause]",
    ]


@pytest.mark.parametrize("at_s", [52, 62])
def test_work_that_stood_still_is_finished_after_closing(at_s: float):
    log = told([50], serve(service=s(20)), stations=(desk(shifts=(EARLY, LATER)),), faults=(fault("pause", at_s, 15),))
    assert steps(log) == ["0 serve#0 50/50/85 @0 served > completed [pause]"]


def test_work_that_stood_still_at_closing_is_laid_down_with_what_was_left():
    log = told([50], serve(service=s(20)), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),),
               faults=(fault("pause", 55, 70),))  # fmt: skip
    assert steps(log) == ["0 serve#0 50/50/140 @0 served > completed [pause]"]  # taken up at 125


def test_laid_down_work_is_not_in_hand():
    log = told([50], serve(service=s(20)), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),),
               faults=(fault("outage", 70, 10),))  # fmt: skip
    assert steps(log) == ["0 serve#0 50/50/130 @0 served > completed"]


def test_work_ending_as_a_pause_begins_ends():
    assert steps(told([0], serve(), faults=(fault("pause", 10, 5),))) == ["0 serve#0 0/0/10 @0 served > completed"]


def test_failed_work_is_tried_again():
    log = told([0], serve(attempts=Attempts(limit=3, backoff=seconds(4))), faults=(fault("outage", 5, 15),))
    assert steps(log) == [
        "0 serve#0 0/0/5 @0 failed > serve [outage]",
        "0 serve#0 9/20/30 @0 served > completed [attempt 2]",
    ]


def test_a_timeout_caused_by_a_fault_names_it():
    attempts = Attempts(timeout=Constant(seconds(12)), limit=2, backoff=seconds(20))
    slow = fault("latency", 0, 5, "slow", delay=seconds(5))
    assert (
        steps(told([0], serve(attempts=attempts), faults=(slow,)))[0] == "0 serve#0 0/0/12 @0 timed_out > serve [slow]"
    )
    acting = form(station="desk", service=s(10), attempts=attempts)
    assert steps(told([0], acting, faults=(slow,))) == [
        "0 form#0 0/0/12 @0 timed_out > form [slow]",
        "0 form#0 32/32/42 @0 served > completed [attempt 2]",
    ]


def test_the_compiled_log_names_each_detail_once():
    if compiled.missing():
        pytest.skip(compiled.missing())
    made = journey([0, 2], serve(), faults=(fault("pause", 5, 10, "smoke"),), stations=(desk(servers=2),))
    parts: list[Columns] = []
    compiled.replicate(made, 1, 0, 2, take=parts.append)
    texts = [text for part in parts for text in part.detail.texts]
    assert sorted(set(texts)) == sorted(texts)
    assert [text for part in parts for text in part.detail.values() if text] == ["smoke", "smoke"]
