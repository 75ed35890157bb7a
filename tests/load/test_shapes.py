"""Shapes of load: what is read, and arrival times against the rate that they are to follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.durations import Duration, Rate
from load.shapes import Phase, Shape

WEEK = [float(1 + hour % 24) for hour in range(168)]
rates = st.one_of(st.just(0.0), st.floats(0.01, 500.0))
phases = st.builds(
    Phase, rates.map(Rate), rates.map(Rate), st.floats(0.01, 1000.0).map(Duration)
)  # fmt: skip
shapes = st.lists(phases, min_size=1, max_size=6).map(tuple).map(Shape)


def expected_by(shape: Shape, at_s: float) -> float:
    """Return the expected arrivals until a time, by the trapezoids of the phases' definition."""
    total, begin_s = 0.0, 0.0
    for phase in shape.phases:
        inside = min(max(at_s - begin_s, 0.0), phase.lasting.s)
        end = phase.start.per_s + (phase.end.per_s - phase.start.per_s) * inside / phase.lasting.s
        total, begin_s = total + (phase.start.per_s + end) / 2 * inside, begin_s + phase.lasting.s
    return total


@given(shapes, st.lists(st.floats(0.0, 0.999999), min_size=1, max_size=20))
def test_each_arrival_comes_when_as_many_were_expected(shape: Shape, parts: list[float]) -> None:
    cumulative = np.sort(np.array(parts)) * shape.expected
    times_s = shape.times_s(cumulative)
    if shape.expected == 0:
        assert np.isinf(times_s).all()
        return
    assert np.all(np.diff(times_s) >= -1e-9)
    for count, at_s in zip(cumulative, times_s, strict=True):
        assert expected_by(shape, at_s) == pytest.approx(count, rel=1e-6, abs=1e-6 * max(1.0, shape.expected))


@given(shapes)
def test_nobody_comes_after_the_end(shape: Shape) -> None:
    assert np.isinf(shape.times_s(np.array([shape.expected, shape.expected * 2 + 1]))).all()
    assert shape.rate_per_s(np.array([shape.duration_s + 1])).tolist() == [0.0]


@given(shapes, st.floats(0.0, 0.999))
def test_the_rate_is_the_slope_of_what_is_expected(shape: Shape, part: float) -> None:
    at_s, edges = part * shape.duration_s, np.cumsum([0.0, *(phase.lasting.s for phase in shape.phases)])
    step_s = np.min(np.abs(edges - at_s)) / 2
    if step_s < 1e-5:
        return  # where it jumps
    # within a phase the rate is a straight line, whose mean is its value in the middle
    slope = (expected_by(shape, at_s + step_s) - expected_by(shape, at_s - step_s)) / (2 * step_s)
    assert shape.rate_per_s(np.array([at_s]))[0] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_words_are_read() -> None:
    shape = Shape.parse(
        "ramp 0 / s to 10 / s for 1 min, soak 600 / min for 2 min, spike 50 / s for 10 s, hold 1 / s for 5 s"
    )
    assert [(phase.start.per_s, phase.end.per_s, phase.lasting.s) for phase in shape.phases] == [
        (0.0, 10.0, 60.0), (10.0, 10.0, 120.0), (50.0, 50.0, 10.0), (1.0, 1.0, 5.0),
    ]  # fmt: skip
    assert (shape.duration_s, shape.peak.per_s, shape.expected) == (195.0, 50.0, 300 + 1200 + 500 + 5)
    assert Shape.parse(str(shape)) == shape


def test_a_week_is_compressed_with_its_proportions() -> None:
    shape = Shape.parse("week 7 / s for 168 s", WEEK)
    assert shape.mean.per_s == pytest.approx(7.0)
    at_s = np.arange(168) + 0.5
    assert shape.rate_per_s(at_s) / 7.0 == pytest.approx(np.array(WEEK) / np.mean(WEEK))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a shape of load"),
        ("jump 5 / s for 1 s", "not a phase of load: 'jump 5 / s for 1 s'"),
        ("hold 5 / s", "not a phase of load: 'hold 5 / s'"),
        ("hold often for 1 s", "not a rate: 'often'"),
        ("hold 5 / s for ever", "not a duration"),
        ("hold 5 / s for 0 s", "durations above zero"),
        ("ramp 5 / s to -1 / s for 1 s", "rates of zero or more"),
        ("week 5 / s for 1 min", r"a week needs the weights of its 168 hours, zero or more \(got 0\)"),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Shape.parse(text)
