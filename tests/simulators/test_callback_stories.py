"""Call-backs: little stories with integer times, each with its exact log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from journeys import At, Callback, Closure, Contact, During, Fault, Redial, Wait, seconds
from simulators import simpy_engine
from simulators.organisation import Organisation
from tests.simulators.stories import desk, form, s, serve, told


def why(**parts: Any) -> Contact:
    return Contact(**{"name": "why", "arises": At("form", 1.0), "station": "desk", "handling": s(10), **parts})


def story(at: Sequence[float], callback: Callback, *, station: dict[str, Any] | None = None,
          faults: tuple[Fault, ...] = (), **contact: Any) -> list[str]:  # fmt: skip
    """Return the rows of the calls that customers make before a form, and their exits."""
    log = told(at, form(), contacts=(why(callback=callback, **contact),), stations=(desk(**(station or {})),),
               faults=faults)  # fmt: skip
    return [text for text in log if "form" not in text]


def test_behind_many_the_caller_goes_on_and_is_called_back_in_turn():
    assert story([0, 1, 2, 3], Callback(above=0)) == [
        "2 exit 2 completed",
        "3 exit 3 completed",
        "0 contact:why#0 0/0/10 @0 served",
        "0 exit 10 completed",
        "1 contact:why#0 1/10/20 @0 served",
        "1 exit 20 completed",
        "2 contact:why#0 2/20/30 @0 served [call-back]",
        "3 contact:why#0 3/30/40 @0 served [call-back]",
    ]


def test_who_is_not_behind_so_many_or_declines_holds_the_line():
    held = [f"{n} contact:why#0 {n}/{10 * n}/{10 * n + 10} @0 served" for n in range(4)]
    assert [text for text in story([0, 1, 2, 3], Callback(above=2)) if "contact" in text] == held
    assert [text for text in story([0, 1, 2, 3], Callback(above=0, probability=0.0)) if "contact" in text] == held


def test_patience_is_for_those_who_hold_the_line():
    assert story([0, 1, 2, 3], Callback(above=0), patience=s(7)) == [
        "2 exit 2 completed",
        "3 exit 3 completed",
        "1 contact:why#0 1/-/8 reneged",
        "1 exit 8 completed",
        "0 contact:why#0 0/0/10 @0 served",
        "0 exit 10 completed",
        "2 contact:why#0 2/10/20 @0 served [call-back]",
        "3 contact:why#0 3/20/30 @0 served [call-back]",
    ]


def test_a_call_that_nobody_picks_up_costs_the_ringing_and_is_over():
    never = Callback(above=0, reached=0.0, ring=seconds(3))
    assert story([0, 1, 2, 3], never, redial=Redial(1.0, s(1)), gives_up=1.0)[-2:] == [
        "2 contact:why#0 2/20/23 @0 reneged [call-back; not reached]",
        "3 contact:why#0 3/23/26 @0 reneged [call-back; not reached]",
    ]
    assert "2 contact:why#0 2/20/20 @0 reneged [call-back; not reached]" in story(
        [0, 1, 2], Callback(above=0, reached=0.0)
    )


def test_a_full_queue_rejects_before_anything_is_offered():
    assert story([0, 1, 2], Callback(above=0), station={"queue_limit": 1})[:2] == [
        "2 contact:why#0 2/-/2 rejected",
        "2 exit 2 completed",
    ]


def test_call_backs_wait_over_closing_hours_and_are_told_of_the_chatbot():
    closed = {"closures": (Closure(name="holiday", at=seconds(15), lasting=seconds(85)),)}
    log = story([0, 1, 2], Callback(above=0), station=closed, chatbot_time=seconds(2))
    assert log[-1] == "2 contact:why#0 4/100/110 @0 served [escalated by chatbot; call-back]"


def test_a_call_back_that_an_outage_interrupts_has_failed():
    outage = Fault(name="dead-line", station="desk", kind="outage", at=seconds(25), lasting=seconds(5))
    assert story([0, 1, 2], Callback(above=0), faults=(outage,))[-1] == (
        "2 contact:why#0 2/20/25 @0 failed [call-back; dead-line]"
    )


def test_a_wait_goes_on_and_further_questions_arise_after_the_promise():
    busy = why(name="busy", arises=At("form", 1.0), handling=s(50))
    asks = why(arises=During("answer", s(10)), callback=Callback(above=0))
    review = serve("review", awaits="answer", service=s(32), station="")
    log = told([0, 1, 5], form(), review, contacts=(busy, asks), waits=(Wait(name="answer"),), who="aab",
               differs={"b": {"contacts.busy.arises.probability": 0.0}})  # fmt: skip
    assert [text for text in log if text.startswith("2")] == [
        "2 form#0 5/5/5 served > review",
        "2 review#0 5/5/37 served > completed",
        "2 exit 37 completed",
        "2 contact:why#0 15/100/110 @0 served [call-back]",
        "2 contact:why#1 25/110/120 @0 served [call-back]",
        "2 contact:why#2 35/120/130 @0 served [call-back]",
    ]


def test_a_run_that_is_cut_short_has_no_row_of_what_was_not_made():
    log = told([0, 1, 2], form(), contacts=(why(callback=Callback(above=0)),), until_s=25)
    assert [text for text in log if text.startswith("2")] == ["2 form#0 2/2/2 served > completed", "2 exit 2 completed"]


def test_a_run_ends_with_its_last_call_back(monkeypatch: pytest.MonkeyPatch):
    ticks: list[float] = []

    class Ticking(Organisation):
        def start(self) -> None:
            super().start()
            self._tick()

        def _tick(self) -> None:
            ticks.append(self._human.now_s())
            self._human.after(7, self._tick)

    monkeypatch.setattr(simpy_engine, "Organisation", Ticking)
    assert story([0, 1, 2], Callback(above=0))[-1] == "2 contact:why#0 2/20/30 @0 served [call-back]"
    assert ticks == [0, 7, 14, 21, 28]
