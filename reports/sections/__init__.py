"""The sections of the page, in its order.

A section is a module here and a template of the same name. To add one: write both, and put its `SECTION` in the list.
"""

from __future__ import annotations

from reports.sections import (
    blame,
    budgets,
    calls,
    capacity,
    claims,
    customers,
    doubts,
    equivalence,
    failover,
    forecasts,
    funnel,
    generation,
    levers,
    limits,
    measured,
    measures,
    method,
    money,
    parameters,
    regression,
    runs,
    saved,
    service,
    steps,
    times,
    workload,
)
from reports.sections.section import Section

__all__ = ["SECTIONS", "Section"]

SECTIONS: tuple[Section, ...] = (
    regression.SECTION,
    claims.SECTION,
    failover.SECTION,
    levers.SECTION,
    measures.SECTION,
    service.SECTION,
    funnel.SECTION,
    blame.SECTION,
    times.SECTION,
    saved.SECTION,
    customers.SECTION,
    steps.SECTION,
    calls.SECTION,
    workload.SECTION,
    money.SECTION,
    capacity.SECTION,
    generation.SECTION,
    doubts.SECTION,
    measured.SECTION,
    equivalence.SECTION,
    forecasts.SECTION,
    budgets.SECTION,
    method.SECTION,
    parameters.SECTION,
    runs.SECTION,
    limits.SECTION,
)
