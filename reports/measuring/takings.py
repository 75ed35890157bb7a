"""Takings: what completed journeys are worth by the steps that served them, and what steps cost, whatever the end."""

from __future__ import annotations

import numpy as np

from journeys.blueprint import Journey
from reports.measuring.quantities import Floats, summed
from reports.measuring.walks import Walks


def worth(journey: Journey) -> bool:
    """Tell whether any step adds to the journey's value or costs."""
    return any(step.value or step.cost for step in journey.steps)


def values_of_completions(journey: Journey, walks: Walks) -> Floats:
    """Return what each completed journey of the cohort is worth, shape (n_completed,)."""
    added = _of_served(journey, walks, {step.name: step.value for step in journey.steps})
    values = summed(walks.steps.place, added, len(walks.customers)) + journey.money.completion_value
    return values[walks.customers.outcome.among("completed")]


def costs_of_steps(journey: Journey, walks: Walks) -> float:
    """Return what the steps of the cohort's journeys cost in all."""
    return float(_of_served(journey, walks, {step.name: step.cost for step in journey.steps}).sum())


def _of_served(journey: Journey, walks: Walks, amounts: dict[str, float]) -> Floats:
    """Return the amount of each row's step, 0 where it did not serve."""
    rows = walks.steps.rows
    each = rows.step.mapped(np.array([amounts.get(text, 0.0) for text in rows.step.texts], dtype=np.float64))
    return np.where(rows.outcome.among("served"), each, 0.0)
