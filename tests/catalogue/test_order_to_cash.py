"""From order to cash: what goes wrong follows its order, and the redesign does what its story claims."""

from __future__ import annotations

import pytest

from journeys.columns import Columns
from journeys.loading import load
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values

NAME = "order-to-cash"
REPLICATIONS, CUSTOMERS = 4, 2500
CLAIMS = (
    Claim("measure.perfect-orders", 1.15, 1.7),
    Claim("measure.delivery-time.mean", 0.5, 0.9),
    Claim("measure.stock-outs", 0.0, 0.2),
    Claim("measure.disputes", 0.1, 0.4),
    Claim("calls", 0.05, 0.3),
    Claim("cost.completed", 0.8, 0.99),
    Claim("returned", 1.2, 1.8),
    Claim("referred", 1.1, 2.2),
    # alone: automation types no slips, tracking spares the desk, and clear invoices are not disputed but paid
    Claim("measure.disputes", 0.5, 0.9, "automation"),
    Claim("calls.where_is_my_order", 0.2, 0.5, "order-tracking"),
    Claim("measure.disputes", 0.4, 0.75, "clear-invoices"),
    Claim("measure.cash-time.mean", 0.7, 0.95, "clear-invoices"),
    Claim("measure.disputes", 0.6, 0.95, "staffing-and-training"),
    Claim("returned", 1.1, 1.7, "clear-invoices"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(load(NAME))
    expect_levers(NAME)


def test_wrong_goods_come_of_slips_alone_and_disputes_of_wrong_goods_or_bills() -> None:
    journey = load(NAME)
    rows: list[Columns] = []
    engine = ENGINES[choose("simpy", journey, lambda text: None)]
    engine.replicate(journey, 11, 0, 600, None, None, 1.0, rows.append)
    log = Columns.joined(rows)

    def came(*steps: str) -> set[int]:
        return set(log.customer[log.step.among(*steps)].tolist())

    assert came("shipped_wrong")
    assert came("shipped_wrong") | came("clarify") <= came("miskeyed")
    assert came("wrong_goods") <= came("shipped_wrong")
    assert came("dispute") <= came("wrong_goods", "misbilled")
    assert not came("shipped_wrong") & came("clarify")


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_as_it_is_the_back_office_is_as_the_story_tells() -> None:
    found = values(measured(NAME, "as-is", REPLICATIONS, CUSTOMERS))

    assert 0.5 < found["measure.perfect-orders"] < 0.8
    assert found["utilisation.billing"] > 0.9
    assert found["calls"] > 100
    assert 20 * 86400 < found["measure.cash-time.mean"] < 32 * 86400


@pytest.mark.bench
def test_who_was_treated_well_orders_again_from_the_same_shelf() -> None:
    """It is empty more often, until it is filled daily: four replications cannot tell, forty can."""
    expect(NAME, Claim("measure.stock-outs", 1.1, 6.0, "clear-invoices"), 40, CUSTOMERS)
