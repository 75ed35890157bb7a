"""The suite notices: each rule broken on purpose makes the test fail that it names."""

from __future__ import annotations

import pytest

from tests.theory import test_queues
from tests.theory.broken_rules import IN_SIMPY, LAST_COME_FIRST, TOLD_BY_BLUEPRINTS, Broken
from tests.theory.experiments import Engine, Refuted, assert_within_interval, replicate_rows

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("broken", TOLD_BY_BLUEPRINTS, ids=lambda broken: broken.rule)
def test_a_broken_rule_is_noticed(engine: Engine, broken: Broken) -> None:
    with pytest.raises(Refuted):
        broken.noticed_by(broken.engine(engine))


@pytest.mark.parametrize("broken", IN_SIMPY, ids=lambda broken: broken.rule)
def test_a_rule_broken_inside_the_engine_is_noticed(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken.patch is not None
    broken.patch(monkeypatch)
    with pytest.raises(Refuted):
        broken.noticed_by(replicate_rows)


def test_means_alone_would_not_have_noticed_the_order_of_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order, as long as it does not look at the work: the mean wait is that of first come first served."""
    assert LAST_COME_FIRST.patch is not None
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
