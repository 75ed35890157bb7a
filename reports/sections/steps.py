"""Where the time goes: each step's queue and service, in simulated runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.sections.section import Section
from reports.tables import Cell, cell_of
from reports.wording import DASH

if TYPE_CHECKING:
    from reports.measuring.results import Results
    from reports.study import Study

STATS = ("p50", "p95", "p99")


def _values(study: Study) -> Mapping[str, Any] | None:
    arms = [(title, rows) for title, results in study.pictured if (rows := _rows(results))] if study.simulated else []
    return {"arms": arms} if arms else None


def _machine(study: Study) -> Mapping[str, Any] | None:
    return {
        name: {
            step.name: share
            for step in results.journey.steps
            if (share := queue_share(results, step.name)) is not None
        }
        for name, results in study.simulated.items()
    } or None  # fmt: skip


def queue_share(results: Results, step: str) -> float | None:
    """Return the queue's share in the mean time at a step, of visits that were served; None where there was none."""
    means = [results.quantities.get(f"latency.{step}.{of}.mean") for of in ("wait", "service")]
    if any(mean is None or not mean.estimate().measured for mean in means):
        return None
    wait, service = (mean.estimate().value for mean in means if mean is not None)
    return wait / (wait + service) if wait + service > 0 else None


def _rows(results: Results) -> list[tuple[str, str, list[Cell]]]:
    rows = []
    for step in results.journey.steps:
        share = queue_share(results, step.name)
        base = f"latency.{step.name}"
        if share is None:
            continue
        cells = [cell_of(results.quantities[f"{base}.{of}.mean"]) for of in ("wait", "service")]
        cells.append(Cell(f"{share:.0%}" if step.station else DASH))
        cells += [cell_of(results.quantities[f"{base}.sojourn.{stat}"]) for stat in STATS]
        where = results.journey.station(step.station) if step.station else None
        rows.append((step.label, (where.title or where.name) if where else "", cells))
    return rows


SECTION = Section("steps", "Where the time goes", _values, machine=_machine)
