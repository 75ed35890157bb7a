"""The models in Ciw, as far as it can say them: no calls while a customer waits; its records, not our rows."""

from __future__ import annotations

from typing import Any

import ciw

from tests.bench import five_steps as five
from tests.bench import one_queue as one


def _exponential(mean_s: float) -> Any:
    return ciw.dists.Exponential(1 / mean_s)


def _records(network: Any, customers: int, seed: int) -> list[Any]:
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    records: list[Any] = simulation.get_all_records()
    return records


def one_queue(customers: int, seed: int) -> list[Any]:
    """Return the records of M/M/3."""
    network = ciw.create_network(
        arrival_distributions=[_exponential(one.GAP_S)],
        service_distributions=[_exponential(one.SERVICE_S)],
        number_of_servers=[one.SERVERS],
    )
    return _records(network, customers, seed)


def five_steps(customers: int, seed: int) -> list[Any]:
    """Return the records of the loan application of five steps: apply, check, review, fix, sign."""
    network = ciw.create_network(
        arrival_distributions=[_exponential(five.GAP_S), None, None, None, None],
        service_distributions=[
            _exponential(mean_s) for mean_s in (five.APPLY_S, five.CHECK_S, five.REVIEW_S, five.FIX_S, five.SIGN_S)
        ],
        number_of_servers=[float("inf"), five.CHECKS, five.REVIEWERS, float("inf"), float("inf")],
        reneging_time_distributions=[None, None, _exponential(five.PATIENCE_S), None, None],
        routing=[
            [0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, five.REWORK, 1 - five.REWORK],
            [0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
        ],
    )
    return _records(network, customers, seed)
