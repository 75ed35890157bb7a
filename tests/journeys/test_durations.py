"""Durations and rates: read, written and calculated with their unit."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from journeys import (
    Duration,
    Rate,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    per_hour,
    per_minute,
    per_second,
    seconds,
    weeks,
)

MAGNITUDES = st.floats(min_value=1e-9, max_value=1e12, allow_subnormal=False)


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("250 ms", 0.25), ("3min", 180), ("1 h 30 min", 5400), ("2 days", 172800), ("1w", 604800), ("0.5 H", 1800),
        ("-5 h", -18000), ("-1 h 30 min", -5400), ("+2 s", 2), ("1e3 s", 1000), ("90 seconds", 90), ("4 m", 240),
    ],
)  # fmt: skip
def test_a_duration_is_read_with_its_unit(text: str, expected_s: float):
    assert Duration.parse(text).s == expected_s


@pytest.mark.parametrize("text", ["5", "", "  ", "h", "5 fortnights", "--3 h", "3 h 5", "five min", "1:30", "nan h"])
def test_what_has_no_unit_or_no_number_is_no_duration(text: str):
    with pytest.raises(ValueError, match=r"not a duration|unknown unit"):
        Duration.parse(text)


@pytest.mark.parametrize("number", [1, 9, 31.2, 0.7, 250])
def test_a_text_and_a_constructor_mean_the_same_duration(number: float):
    for unit, constructor in (
        ("ms", milliseconds), ("s", seconds), ("min", minutes), ("h", hours), ("d", days), ("w", weeks),
    ):  # fmt: skip
        assert Duration.parse(f"{number} {unit}") == constructor(number)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (hours(1.5), "1.5 h"), (minutes(90), "1.5 h"), (seconds(4000), "4000 s"), (milliseconds(9), "9 ms"),
        (weeks(2), "2 w"), (days(8), "8 d"), (seconds(0), "0 s"), (days(-2.5), "-2.5 d"), (minutes(8.5), "8.5 min"),
    ],
)  # fmt: skip
def test_ordinary_durations_read_well(duration: Duration, text: str):
    assert str(duration) == text


@given(MAGNITUDES, st.sampled_from([-1, 1]))
def test_every_duration_survives_its_own_text(size: float, sign: int):
    duration = Duration(sign * size)
    assert Duration.parse(str(duration)) == duration


@example(7, 1, days)
@given(st.integers(1, 9999), st.integers(0, 2), st.sampled_from([milliseconds, seconds, minutes, hours, days, weeks]))
def test_durations_that_people_write_stay_short(number: int, decimals: int, constructor):
    assert len(str(constructor(number / 10**decimals))) <= 12


def test_durations_add_scale_and_compare():
    assert hours(1) + minutes(30) == hours(1.5) == 1.5 * hours(1) == hours(3) * 0.5
    assert minutes(59) < hours(1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12 / h", per_hour(12)), ("0.5 per s", per_second(0.5)), ("120/d", per_day(120)), ("3 / minutes", per_minute(3))],
)
def test_a_rate_is_read_with_its_unit(text: str, expected: Rate):
    assert Rate.parse(text) == expected


@pytest.mark.parametrize("text", ["12", "12 h", "", "/ h", "x / h", "12 / fortnight", "5 / 2 h"])
def test_what_has_no_unit_is_no_rate(text: str):
    with pytest.raises(ValueError, match="not a rate"):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(per_day(20), "20 / d"), (per_hour(12), "12 / h"), (per_minute(1.5), "1.5 / min"), (per_day(0.3), "0.3 / d")],
)
def test_ordinary_rates_read_well(rate: Rate, text: str):
    assert str(rate) == text


@given(MAGNITUDES)
def test_every_rate_survives_its_own_text(per_s: float):
    assert Rate.parse(str(Rate(per_s))) == Rate(per_s)
