"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from reports.statistics import Estimate
from reports.wording import change, change_digits, change_span, count, duration, number, signed, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0312, "31 ms"), (0.0024, "2.4 ms"), (1.26, "1.3 s"), (60, "60 s"), (720, "12 min"), (3700, "62 min"),
        (20000, "5.6 h"), (86400, "24 h"), (259200, "3.0 d"), (2e7, "231 d"),
    ],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_values_changes_and_intervals() -> None:
    assert number(float("nan"), "share") == "–"
    assert number(-1234.5, "money", "USD") == "−USD 1,234"
    assert signed(0.021, "share") == "+2.1 pp"
    assert (change(0.412), change(-0.0004), change(-0.06)) == ("+41%", "0%", "−6%")
    assert count(1, "person", "people") == "1 person"
    estimate = Estimate(0.41, 0.36, 0.46, 20)
    assert (change_digits(estimate), change_span(estimate)) == (0, "+36 to +46")
    assert span(Estimate(5.0, 2.0, math.inf), "s") == "2 s or more"
    assert span(Estimate(5.0), "s") == ""
