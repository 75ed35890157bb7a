"""Queues: little stories with integer times, so that ties occur everywhere, each with its exact log."""

from __future__ import annotations

import pytest

from journeys import Route
from tests.simulators.stories import desk, form, s, serve, told


def test_first_come_first_served():
    assert told([0, 1, 2], serve()) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "0 exit 10 completed",
        "1 serve#0 1/10/20 @0 served > completed",
        "1 exit 20 completed",
        "2 serve#0 2/20/30 @0 served > completed",
        "2 exit 30 completed",
    ]


def test_who_arrives_at_the_same_time_is_served_in_the_order_of_their_numbers():
    assert told([5, 5, 5], serve(), stations=(desk(servers=2),)) == [
        "0 serve#0 5/5/15 @0 served > completed",
        "0 exit 15 completed",
        "1 serve#0 5/5/15 @1 served > completed",
        "1 exit 15 completed",
        "2 serve#0 5/15/25 @0 served > completed",
        "2 exit 25 completed",
    ]


def test_the_free_server_with_the_lowest_number_takes_the_next():
    log = told([0, 0, 12, 12, 12], serve(), stations=(desk(servers=3),))
    assert [text for text in log if "serve" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 0/0/10 @1 served > completed",
        "2 serve#0 12/12/22 @0 served > completed",
        "3 serve#0 12/12/22 @1 served > completed",
        "4 serve#0 12/12/22 @2 served > completed",
    ]


def test_the_lowest_priority_number_is_served_first_and_nobody_is_interrupted():
    log = told([0, 1, 2, 3], serve(priority=5), who="aabb", differs={"b": {"steps.serve.priority": 1}})
    assert [text for text in log if "serve" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",
        "2 serve#0 2/10/20 @0 served > completed",
        "3 serve#0 3/20/30 @0 served > completed",
        "1 serve#0 1/30/40 @0 served > completed",
    ]


def test_a_server_that_frees_takes_the_next_before_who_was_served_goes_on():
    # customer 0 needs the desk again at once: behind customer 1, who waits already, and before customer 2
    log = told([0, 1, 11], serve("first"), serve("second"))
    assert [text for text in log if "exit" not in text] == [
        "0 first#0 0/0/10 @0 served > second",
        "1 first#0 1/10/20 @0 served > second",
        "0 second#0 10/20/30 @0 served > completed",
        "2 first#0 11/30/40 @0 served > second",
        "1 second#0 20/40/50 @0 served > completed",
        "2 second#0 40/50/60 @0 served > completed",
    ]


def test_a_server_that_frees_takes_the_next_even_before_urgent_work_of_who_was_served():
    log = told([0, 1], serve("first", priority=5), serve("second", priority=0))
    assert [text for text in log if "exit" not in text] == [
        "0 first#0 0/0/10 @0 served > second",
        "1 first#0 1/10/20 @0 served > second",
        "0 second#0 10/20/30 @0 served > completed",
        "1 second#0 20/30/40 @0 served > completed",
    ]


def test_a_server_that_frees_makes_room_in_the_queue_before_who_was_served_goes_on():
    log = told([0, 1], serve("first"), serve("second"), stations=(desk(queue_limit=1),))
    assert "0 second#0 10/20/30 @0 served > completed" in log


def test_who_comes_as_a_server_frees_finds_it_busy_if_the_arrival_was_asked_for_first():
    # customer 1's arrival is asked for when customer 0 arrives, before that customer's service
    log = told([0, 10, 20], serve(), stations=(desk(queue_limit=0),))
    assert [text for text in log if "serve" in text] == [
        "1 serve#0 10/-/10 rejected > rejected",
        "0 serve#0 0/0/10 @0 served > completed",
        "2 serve#0 20/20/30 @0 served > completed",
    ]


def test_who_comes_as_a_server_frees_finds_it_free_if_the_service_was_asked_for_first():
    # customer 1 is there at 1, and has thought until 10
    log = told([0, 1], form(think=s(9)), serve(), stations=(desk(queue_limit=0),), who="ab",
               differs={"a": {"steps.form.think": "0 s"}})  # fmt: skip
    assert [text for text in log if "serve#" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 10/10/20 @0 served > completed",
    ]


# Patience ------------------------------------------------------------------------------------------------------------


def test_a_customer_reneges_when_patience_ends_and_the_queue_closes_up():
    assert told([0, 1, 2], serve(patience=s(5)), who="aba", differs={"a": {"steps.serve.patience": "Never()"}}) == [
        "1 serve#0 1/-/6 reneged > dropped",
        "1 exit 6 dropped",
        "0 serve#0 0/0/10 @0 served > completed",
        "0 exit 10 completed",
        "2 serve#0 2/10/20 @0 served > completed",
        "2 exit 20 completed",
    ]


def test_patience_that_ends_as_a_server_frees_loses_if_the_end_of_service_was_asked_for_first():
    log = told([0, 4], serve(patience=s(6)))
    assert log[0] == "0 serve#0 0/0/10 @0 served > completed"
    assert log[2] == "1 serve#0 4/10/20 @0 served > completed"


def test_patience_that_ends_as_a_server_frees_wins_if_it_was_asked_for_first():
    # customer 2 joined at 4 with patience until 20; the service that ends at 20 was begun, and so asked for, at 10
    log = told([0, 1, 4], serve(patience=s(16)))
    assert [text for text in log if "serve" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",
        "2 serve#0 4/-/20 reneged > dropped",
        "1 serve#0 1/10/20 @0 served > completed",
    ]


def test_patience_is_over_once_service_has_begun():
    assert told([0], serve(patience=s(5)))[0] == "0 serve#0 0/0/10 @0 served > completed"


def test_without_any_patience_a_customer_leaves_at_once_but_only_from_a_queue():
    assert told([0, 3], serve(patience=s(0)))[:2] == [
        "1 serve#0 3/-/3 reneged > dropped",
        "1 exit 3 dropped",
    ]


# Not joining ---------------------------------------------------------------------------------------------------------


def test_who_finds_more_waiting_than_they_like_balks():
    log = told([0, 1, 2, 3], serve(balk_above=1))
    assert log[:2] == ["3 serve#0 3/-/3 balked > dropped", "3 exit 3 dropped"]
    assert "2 serve#0 2/20/30 @0 served > completed" in log


def test_a_full_queue_rejects():
    log = told([0, 1, 2, 3], serve(), stations=(desk(queue_limit=2),))
    assert log[:2] == ["3 serve#0 3/-/3 rejected > rejected", "3 exit 3 rejected"]
    assert "2 serve#0 2/20/30 @0 served > completed" in log


def test_no_place_to_wait_rejects_whoever_finds_all_servers_busy():
    log = told([0, 0, 1], serve(), stations=(desk(servers=2, queue_limit=0),))
    assert log[0] == "2 serve#0 1/-/1 rejected > rejected"
    assert sum("served" in text for text in log) == 2


def test_who_would_neither_join_nor_be_let_in_balks():
    log = told([0, 1, 2], serve(balk_above=0), stations=(desk(queue_limit=1),))
    assert log[0] == "2 serve#0 2/-/2 balked > dropped"


@pytest.mark.parametrize(
    ("parts", "limit", "first"),
    [
        ({"patience": s(1), "on_renege": "phone"}, None, "1 serve#0 1/-/2 reneged > phone"),
        ({"balk_above": 0, "on_balk": "phone"}, None, "2 serve#0 2/-/2 balked > phone"),
        ({"on_rejected": "phone"}, 0, "1 serve#0 1/-/1 rejected > phone"),
        ({"on_rejected": "denied"}, 0, "1 serve#0 1/-/1 rejected > denied"),
    ],
)
def test_who_is_not_served_goes_where_the_step_says(parts, limit, first):
    other = serve("phone", station="", service=s(3))
    log = told([0, 1, 2], serve(routes=(Route("completed"),), **parts), other, stations=(desk(queue_limit=limit),))
    assert log[0] == first
    number, at_s = int(first[0]), int(first.split("/")[2].split()[0])
    if first.endswith("phone"):
        assert f"{number} phone#0 {at_s}/{at_s}/{at_s + 3} served > completed" in log
        assert f"{number} exit {at_s + 3} completed" in log
    else:
        assert log[1] == "1 exit 1 denied"


def test_who_is_turned_away_at_the_moment_of_handing_in_hears_of_it():
    log = told([0, 1], form(), serve(on_rejected="again"), form("again"), stations=(desk(queue_limit=0),))
    assert log[:4] == [
        "0 form#0 0/0/0 served > serve",
        "1 serve#0 1/-/1 rejected > again",
        "1 form#0 1/1/1 served > serve",
        "1 again#0 1/1/1 served > completed",
    ]


def test_who_is_turned_away_on_arrival_hears_of_it():
    log = told([0, 1], serve(on_rejected="again"), form("again"), stations=(desk(queue_limit=0),))
    assert log[:3] == [
        "1 serve#0 1/-/1 rejected > again",
        "1 again#0 1/1/1 served > completed",
        "1 exit 1 completed",
    ]
    assert told([0, 1], serve(), stations=(desk(queue_limit=0),))[1] == "1 exit 1 rejected"
