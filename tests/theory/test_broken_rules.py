"""The suite notices: each rule broken on purpose makes the test fail that it names."""

from __future__ import annotations

import pytest

from tests.theory import test_littles_law, test_queues
from tests.theory.broken_inside import IN_SIMPY, LAST_COME_FIRST, RELEASED_LATE, BrokenInside
from tests.theory.broken_rules import BY_BLUEPRINT, Broken
from tests.theory.experiments import Engine, Refuted, assert_within_interval, replicate_rows

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("broken", BY_BLUEPRINT, ids=lambda broken: broken.rule)
def test_a_broken_rule_is_noticed(engine: Engine, broken: Broken) -> None:
    with pytest.raises(Refuted):
        broken.noticed_by(broken.engine(engine))


@pytest.mark.parametrize("broken", IN_SIMPY, ids=lambda broken: broken.rule)
def test_a_rule_broken_inside_the_engine_is_noticed(broken: BrokenInside, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.patch(monkeypatch)
    with pytest.raises(Refuted):
        broken.noticed_by(replicate_rows)


def test_a_station_that_holds_more_than_its_rows_say_breaks_littles_law(monkeypatch: pytest.MonkeyPatch) -> None:
    RELEASED_LATE.patch(monkeypatch)
    with pytest.raises(AssertionError, match="website"):
        test_littles_law.test_littles_law_holds_at_every_station("first-journey", monkeypatch)


def test_means_alone_would_not_have_noticed_the_order_of_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order, as long as it does not look at the work: the mean wait is that of first come first served."""
    LAST_COME_FIRST.patch(monkeypatch)
    journey = test_queues.queue(0.6, test_queues.UNIT, 1)
    values = test_queues.replicated(journey, test_queues.mean_wait_h, replications=24)
    assert_within_interval(values, test_queues.wait_m_m_c(0.6, 1.0, 1))


def test_too_few_replications_are_no_agreement() -> None:
    with pytest.raises(AssertionError, match="too wide"):
        assert_within_interval([0.0, 1.0, 2.0, 1.0], 1.0)
    with pytest.raises(Refuted, match="theory 1"):
        assert_within_interval([2.0, 2.01, 1.99, 2.0], 1.0)
    with pytest.raises(AssertionError):
        assert_within_interval([float("nan")] * 4, 1.0)
