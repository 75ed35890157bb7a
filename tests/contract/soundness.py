"""What holds in the log of any engine: one arrival and one exit each, sums, order, known names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from journeys.blueprint import Journey
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Row
from journeys.loyalty import SPAN, referred, returned
from journeys.routes import ENDS


def expect_a_sound_log(
    journey: Journey, rows: Sequence[Row], customers: range, behind_s: float = 0.0, ahead_s: float = 0.0
) -> None:
    """Assert it of the rows of `customers`.

    Journeys that follow from others come besides, where there is loyalty. A customer's exit is where their last row
    ends. In a measured run, customer and organisation each read a clock of their own, so that the exit may come
    `ahead_s` before the organisation's last row; and news reaches the customer later, by `behind_s` at most, in wall
    seconds.
    """
    entered = sorted(row.customer for row in rows if row.step == ARRIVAL)
    assert [customer for customer in entered if customer < SPAN] == list(customers)
    assert len(set(entered)) == len(entered)
    further = {customer for customer in entered if customer >= SPAN}
    assert not further or journey.loyalty is not None
    assert further <= {follow(row.customer) for row in rows if row.step == EXIT for follow in (returned, referred)}
    assert sorted(row.customer for row in rows if row.step == EXIT) == entered
    ends = Counter(row.outcome for row in rows if row.step == EXIT)
    assert set(ends) <= {*ENDS, "censored"}
    assert len(entered) == sum(ends[end] for end in ("completed", "denied", "dropped", "rejected", "censored"))
    known = {step.name for step in journey.steps} | {CONTACT + contact.name for contact in journey.contacts}
    assert {row.step for row in rows} <= known | {ARRIVAL, EXIT}
    assert {row.customer for row in rows} == set(entered)
    for row in rows:
        assert row.end_s >= row.ready_s
        assert row.ready_s >= row.intended_s - 1e-6
        assert not row.start_s < row.ready_s - 1e-6
        assert not row.start_s > row.end_s + 1e-6
    last: dict[int, float] = {}
    for row in rows:
        if row.step != EXIT:
            last[row.customer] = max(last.get(row.customer, 0.0), row.end_s)
    for row in rows:
        if row.step == EXIT and row.outcome != "censored":
            assert row.end_s >= last[row.customer] - ahead_s - 1e-6
            # whoever gives up a wait, or the search for an answer, leaves without a row of a step
            if row.outcome in ("completed", "denied"):
                assert row.end_s == pytest.approx(last[row.customer], abs=behind_s + 1e-6)
