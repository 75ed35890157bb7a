"""The yardsticks and the kernel simulate the very journeys that the engines do: times are compared, so rows must be."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import pytest

from journeys import Journey
from journeys.catalogue.loan_application import journey as loan
from journeys.eventlog import Row
from simulators.simpy_engine import replicate
from tests.bench import five_steps, kernel, loan_yardstick, one_queue, yardstick
from tests.bench.alike import Measures, differences, measured

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def engine(journey: Journey, customers: int, replication: int) -> Iterable[Row]:
    return replicate(journey, 3, replication, customers)


@pytest.fixture(scope="module")
def by_the_kernel() -> list[Measures]:
    """Measures of more replications than the others can afford, so that the interval is theirs alone."""
    if kernel.missing():
        pytest.skip(kernel.missing())
    return measured(lambda customers, seed: kernel.five_steps(customers, seed).rows(), 40, 1000)


def test_one_queue_by_hand_is_that_of_the_engine() -> None:
    own = measured(functools.partial(engine, one_queue.journey), 15, 1000)
    assert differences(measured(yardstick.one_queue, 15, 1000), own) == []


def test_five_steps_in_the_kernel_are_those_of_the_engine(by_the_kernel: list[Measures]) -> None:
    assert differences(by_the_kernel, measured(functools.partial(engine, five_steps.journey), 12, 1000)) == []


def test_five_steps_by_hand_are_those_of_the_kernel(by_the_kernel: list[Measures]) -> None:
    assert differences(by_the_kernel, measured(yardstick.five_steps, 15, 1000)) == []


@pytest.mark.parametrize(("number", "factor"), [("PATIENCE_S", 0.5), ("REWORK", 1.3), ("CALL_S", 1.3)])
def test_another_journey_is_noticed(
    by_the_kernel: list[Measures], monkeypatch: pytest.MonkeyPatch, number: str, factor: float
) -> None:
    monkeypatch.setattr(five_steps, number, type(getattr(five_steps, number))(getattr(five_steps, number) * factor))
    assert differences(by_the_kernel, measured(yardstick.five_steps, 12, 1000)) != []


@pytest.fixture(scope="module")
def loan_by_the_engine() -> list[Measures]:
    return measured(functools.partial(engine, loan), 16, 1500)


@pytest.mark.slow
def test_the_loan_application_by_hand_is_that_of_the_engine(loan_by_the_engine: list[Measures]) -> None:
    assert differences(measured(loan_yardstick.loan_application, 16, 1500), loan_by_the_engine) == []


@pytest.mark.slow
def test_another_loan_application_is_noticed(
    loan_by_the_engine: list[Measures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loan_yardstick, "COMES_BACK", 0.5)
    assert differences(measured(loan_yardstick.loan_application, 8, 1500), loan_by_the_engine) != []
