"""Shifts, batch windows and delays: little stories with integer times, each with its exact log. Zero is a Monday."""

from __future__ import annotations

import pytest

from journeys import (
    At,
    Attempts,
    Batch,
    Closure,
    Constant,
    Contact,
    Exponential,
    Journey,
    Poisson,
    Shift,
    Step,
    minutes,
    per_hour,
    seconds,
)
from simulators.simpy_engine import replicate
from tests.simulators.stories import desk, form, s, serve, told

EARLY = Shift("mon", "00:00", "00:01")  # 0 to 60 s
LATER = Shift("mon", "00:02", "00:03")  # 120 to 180 s
NIGHT = Shift("mon", "00:02", "24:00")


def steps(log: list[str]) -> list[str]:
    return [text for text in log if "exit" not in text]


# Shifts --------------------------------------------------------------------------------------------------------------


def test_work_in_hand_at_closing_is_finished_and_the_queue_waits_for_the_next_opening():
    log = told([55, 56], serve(), stations=(desk(shifts=(EARLY, LATER)),))
    assert steps(log) == [
        "0 serve#0 55/55/65 @0 served > completed",
        "1 serve#0 56/120/130 @0 served > completed",
    ]


def test_work_in_hand_at_closing_is_laid_down_and_taken_up_first_at_the_next_opening():
    log = told([55, 56, 57], serve(), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),))
    assert steps(log) == [
        "0 serve#0 55/55/125 @0 served > completed",
        "1 serve#0 56/125/135 @0 served > completed",
        "2 serve#0 57/135/145 @0 served > completed",
    ]


def test_laid_down_work_goes_before_the_queue_whatever_its_priority():
    log = told([55, 56], serve(priority=5), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),), who="ab",
               differs={"b": {"steps.serve.priority": 0}})  # fmt: skip
    assert steps(log)[0] == "0 serve#0 55/55/125 @0 served > completed"


def test_work_may_be_laid_down_more_than_once():
    shifts = (EARLY, Shift("mon", "00:02", "00:03"), Shift("mon", "00:10", "00:11"), Shift("mon", "00:20", "00:25"))
    log = told([50], serve(service=s(150)), stations=(desk(shifts=shifts, at_closing="pause"),))
    assert steps(log) == ["0 serve#0 50/50/1220 @0 served > completed"]  # 10 + 60 + 60 + 20


def test_work_that_is_laid_down_may_yet_be_too_late():
    patience = Attempts(timeout=s(30), limit=1)
    log = told([55, 130], serve(attempts=patience), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),))
    assert steps(log) == [
        "0 serve#0 55/55/85 @0 timed_out > dropped",
        "1 serve#0 130/130/140 @0 served > completed",
    ]


def test_laid_down_work_of_many_is_taken_up_by_the_few_of_the_next_shift():
    shifts = (Shift("mon", "00:00", "00:01", servers=3), Shift("mon", "00:02", "00:10", servers=1))
    log = told([50, 51, 52, 53], serve(service=s(20)), stations=(desk(shifts=shifts, at_closing="pause"),))
    assert steps(log) == [
        "0 serve#0 50/50/130 @0 served > completed",
        "1 serve#0 51/51/141 @0 served > completed",
        "2 serve#0 52/52/153 @0 served > completed",
        "3 serve#0 53/153/173 @0 served > completed",
    ]


def test_who_stays_takes_up_the_work_of_who_leaves():
    shifts = (Shift("mon", "00:00", "00:01"), Shift("mon", "00:00", "00:10"))  # two, and from 60 s on one
    log = told([30, 50], serve(service=s(20)), stations=(desk(shifts=shifts, at_closing="pause"),))
    assert steps(log)[1] == "1 serve#0 50/50/70 @0 served > completed"
    log = told([48, 50], serve(service=s(20)), stations=(desk(shifts=shifts, at_closing="pause"),))
    assert steps(log) == [
        "0 serve#0 48/48/68 @0 served > completed",
        "1 serve#0 50/50/78 @0 served > completed",
    ]


def test_a_service_that_ends_at_closing_ends():
    log = told([40, 50], serve(service=s(10)), stations=(desk(shifts=(EARLY, LATER), at_closing="pause"),))
    assert steps(log)[0] == "0 serve#0 40/40/50 @0 served > completed"
    assert steps(log)[1] == "1 serve#0 50/50/60 @0 served > completed"
    log = told([50], serve(), stations=(desk(shifts=(EARLY, LATER)),))
    assert steps(log) == ["0 serve#0 50/50/60 @0 served > completed"]


def test_who_comes_at_closing_time_finds_it_closed_and_who_comes_at_opening_time_open():
    log = told([60, 120], serve(), stations=(desk(shifts=(EARLY, LATER)),))
    assert steps(log) == [
        "0 serve#0 60/120/130 @0 served > completed",
        "1 serve#0 120/130/140 @0 served > completed",
    ]
    assert steps(told([120], serve(), stations=(desk(shifts=(LATER,)),))) == [
        "0 serve#0 120/120/130 @0 served > completed"
    ]


def test_shifts_differ_in_their_number_of_servers_and_overlap():
    shifts = (Shift("mon", "00:00", "00:02"), Shift("mon", "00:01", "00:02", servers=2))
    log = told([58] * 5, serve(), stations=(desk(shifts=shifts),))
    assert [text.split(" ")[2:4] for text in steps(log)] == [
        ["58/58/68", "@0"], ["58/60/70", "@1"], ["58/60/70", "@2"], ["58/68/78", "@0"], ["58/70/80", "@1"],
    ]  # fmt: skip


def test_nobody_begins_after_closing_although_someone_is_still_finishing():
    log = told([50, 61], serve(service=s(20)), stations=(desk(servers=2, shifts=(EARLY, NIGHT)),))
    assert steps(log) == ["0 serve#0 50/50/70 @0 served > completed", "1 serve#0 61/120/140 @0 served > completed"]


def test_shifts_come_again_every_week():
    week = 604800
    log = told([week + 70], serve(), stations=(desk(shifts=(EARLY,)),))
    assert steps(log) == [f"0 serve#0 {week + 70:g}/{2 * week:g}/{2 * week + 10:g} @0 served > completed"]


@pytest.mark.parametrize("morning_s", [0, 30])
def test_the_week_begins_anew_between_a_closing_and_the_next_opening(morning_s: int):
    # without a morning, the call was asked for before the opening of the same moment, and finds it open all the same
    why = Contact(name="why", arises=At("form", 1.0), station="desk", handling=s(5), morning=s(morning_s))
    log = told([700], form(), stations=(desk(shifts=(LATER,)),), contacts=(why,))
    assert log[-1] == f"0 exit {604800 + 125 + morning_s} completed"


def test_impatience_and_a_full_queue_know_no_office_hours():
    log = told([70, 71], serve(patience=s(20)), stations=(desk(shifts=(LATER,), queue_limit=1),))
    assert steps(log) == ["1 serve#0 71/-/71 rejected > rejected", "0 serve#0 70/-/90 reneged > dropped"]


# Closures ------------------------------------------------------------------------------------------------------------


def closed(begin: float, end: float, name: str = "holiday") -> Closure:
    return Closure(name=name, at=seconds(begin), lasting=seconds(end - begin))


def test_nobody_begins_in_a_closure_and_work_in_hand_is_finished():
    log = told([15, 16, 30], serve(), stations=(desk(closures=(closed(20, 100),)),))
    assert steps(log) == [
        "0 serve#0 15/15/25 @0 served > completed",
        "1 serve#0 16/100/110 @0 served > completed",
        "2 serve#0 30/110/120 @0 served > completed",
    ]


def test_work_in_hand_at_the_beginning_of_a_closure_is_laid_down_and_taken_up_at_its_end():
    log = told([15, 16], serve(), stations=(desk(closures=(closed(20, 100),), at_closing="pause"),))
    assert steps(log) == ["0 serve#0 15/15/105 @0 served > completed", "1 serve#0 16/105/115 @0 served > completed"]


def test_a_closure_is_stronger_than_shifts_that_begin_or_end_in_it():
    shifts = (EARLY, LATER, Shift("mon", "00:04", "00:06"))  # 0 to 60, 120 to 180, 240 to 360 s
    log = told([40, 50], serve(), stations=(desk(shifts=shifts, closures=(closed(45, 300),)),))
    assert steps(log) == ["0 serve#0 40/40/50 @0 served > completed", "1 serve#0 50/300/310 @0 served > completed"]


def test_a_shift_that_ends_with_a_closure_is_over_and_one_that_begins_with_it_never_was():
    shifts = (EARLY, LATER, Shift("mon", "00:04", "00:06"))
    log = told([35], serve(), stations=(desk(shifts=shifts, closures=(closed(30, 60), closed(120, 150, "stocks"))),))
    assert steps(log) == ["0 serve#0 35/150/160 @0 served > completed"]


def test_a_station_may_begin_closed_and_closures_that_overlap_or_touch_are_one():
    closures = (closed(0, 20), closed(10, 15, "inside"), closed(20, 40, "touching"))
    log = told([5], serve(), stations=(desk(closures=closures),))
    assert steps(log) == ["0 serve#0 5/40/50 @0 served > completed"]


def test_a_closure_does_not_come_again_and_the_weekly_shifts_do():
    week = 604800
    holiday = Closure.day(7, name="holiday", days=7)
    log = told([week + 10], serve(), stations=(desk(shifts=(EARLY,), closures=(holiday,)),))
    assert steps(log) == [f"0 serve#0 {week + 10:g}/{2 * week:g}/{2 * week + 10:g} @0 served > completed"]


def test_who_phones_in_a_closure_comes_back_when_it_ends_within_a_shift():
    why = Contact(name="why", arises=At("form", 1.0), station="desk", handling=s(5))
    phone = desk(shifts=(EARLY, LATER), closures=(closed(30, 150),))
    log = told([29, 30, 150], form(), contacts=(why,), stations=(phone,))
    assert [text for text in log if "contact" in text] == [
        "0 contact:why#0 29/29/34 @0 served",
        "2 contact:why#0 150/150/155 @0 served",
        "1 contact:why#0 150/155/160 @0 served",
    ]


# Batch windows -------------------------------------------------------------------------------------------------------


DAY, HOUR = 86400, 3600
NIGHTLY = Batch(every=seconds(100), first=seconds(30))


def test_work_is_taken_up_at_windows_alone_and_who_is_ready_at_that_moment_goes_with_it():
    log = told([0, 30, 31, 130, 131], serve(station="", batch=NIGHTLY), stations=())
    assert [text.split(" ")[2] for text in steps(log)] == [
        "0/30/40",
        "30/30/40",
        "31/130/140",
        "130/130/140",
        "131/230/240",
    ]


def test_windows_of_some_days_leave_the_others_out():
    nightly = Batch(every=seconds(DAY), first=seconds(22 * HOUR), days="mon-fri")
    friday, saturday, sunday = (day * DAY for day in (4, 5, 6))
    at = [friday + 22 * HOUR, friday + 22 * HOUR + 1, saturday, sunday + 22 * HOUR, 7 * DAY + 1]
    log = told(at, serve(station="", batch=nightly), stations=())
    began = [line.split(" ")[2].split("/")[1] for line in log if "#" in line]
    assert began == [f"{friday + 22 * HOUR:g}", *[f"{7 * DAY + 22 * HOUR:g}"] * 4]


def test_a_batch_queues_at_its_station_in_the_order_in_which_it_was_ready():
    log = told([0, 1, 2], serve(batch=NIGHTLY, patience=s(15)))
    assert steps(log) == [
        "0 serve#0 0/30/40 @0 served > completed",
        "2 serve#0 2/-/45 reneged > dropped",  # patience counts in the queue, from the window on
        "1 serve#0 1/40/50 @0 served > completed",
    ]


def test_two_batches_at_one_window_are_one():
    log = told([5], serve("first", batch=NIGHTLY, station="", service=s(0)), serve("second", batch=NIGHTLY))
    assert steps(log)[1] == "0 second#0 30/30/40 @0 served > completed"


def test_rounding_makes_nobody_miss_a_window():
    """Arrivals at any time, whose second step is ready at the window's very moment, up to rounding."""
    batch = Batch(every=seconds(0.7), first=seconds(0.1))
    made = Journey(
        name="story",
        arrivals=Poisson(per_hour(100)),
        steps=tuple(
            Step(name=f"step-{n}", lane="backstage", batch=batch, service=Constant(seconds(0))) for n in range(4)
        ),
    )
    rows = [row for row in replicate(made, 1, 0, 500) if row.step.startswith("step") and row.step != "step-0"]
    assert max(row.start_s - row.ready_s for row in rows) < 0.001


def test_a_customer_who_acts_waits_for_the_window_too_but_no_longer_than_they_like():
    step = form(batch=NIGHTLY, service=s(10))
    assert told([0], step) == ["0 form#0 0/30/40 served > completed", "0 exit 40 completed"]
    hurried = form(batch=NIGHTLY, service=s(10), response_patience=s(20))
    assert told([0], hurried) == [
        "0 form#0 0/-/20 dropped > dropped [the answer took too long]",
        "0 exit 20 dropped [no patience for form]",
    ]
    halfway = form(batch=NIGHTLY, service=s(10), response_patience=s(35))
    assert told([0], halfway)[0] == "0 form#0 0/30/35 dropped > dropped [the answer took too long]"
    patient = form(batch=NIGHTLY, service=s(10), response_patience=s(40))
    assert told([0], patient)[0] == "0 form#0 0/30/40 served > completed"


# Delays --------------------------------------------------------------------------------------------------------------


def test_a_delay_serves_everybody_at_once():
    assert steps(told([0, 0, 1], serve(station=""), stations=())) == [
        "0 serve#0 0/0/10 served > completed",
        "1 serve#0 0/0/10 served > completed",
        "2 serve#0 1/1/11 served > completed",
    ]


@pytest.mark.parametrize("station", ["", "desk"])
def test_a_run_that_ends_keeps_what_ends_at_that_moment_and_censors_the_rest(station: str):
    log = told([0, 5, 10, 11], serve(station=station), until_s=10)
    assert log[:2] == [f"0 serve#0 0/0/10 {'@0 ' if station else ''}served > completed", "0 exit 10 completed"]
    assert log[2:] == ["1 exit 10 censored [still at serve]", "2 exit 10 censored [still at serve]"]


def test_exponential_services_are_the_customers_own_whoever_serves_them():
    one = told([0, 0, 0], serve(service=Exponential(minutes(1))))
    three = told([0, 0, 0], serve(service=Exponential(minutes(1))), stations=(desk(servers=3),))

    def services(log: list[str]) -> list[float]:
        times = sorted((text[0], *map(float, text.split(" ")[2].split("/"))) for text in steps(log))
        return [end - start for _, _, start, end in times]

    assert services(one) == pytest.approx(services(three), abs=0.01)
