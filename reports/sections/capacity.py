"""How many customers a second keep a budget, what gave out first, and how that grows with replicas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.capacity.figure import scaling_figure, trials_figure
from reports.capacity.finding import NAME, Capacity, CapacityStudy
from reports.capacity.texts import (
    NO_SCALING,
    doubts,
    interval_text,
    lacking_text,
    model_lines,
    rate_text,
    scaling_text,
    sentence,
    sessions_text,
    unit_of,
    values,
    what_gave_out,
)
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.tables import Cell
from reports.wording import DASH, count, duration, number

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    found: CapacityStudy | None = study.found.get(NAME)
    if found is None:
        return None
    return {
        "capacity": found,
        "sentences": [(_who(one), sentence(one)) for one in found.capacities],
        "lacking": [
            (_who(one), text) for one in found.capacities for text in (lacking_text(one), *doubts(one)) if text
        ],
        "replicated": any(one.replicas for one in found.capacities),
        "models": model_lines(found),
        "rows": [(_who(one), _cells(found, one)) for one in found.capacities],
        "trials": [
            (f"trials-{index}", _who(one), _trial_rows(found, one)) for index, one in enumerate(found.capacities)
        ],
        "scaling": _scaling(found),
        "sessions": [(_who(one), told) for one in found.capacities if (told := sessions_text(one))],
        "costed": not math.isnan(found.cost_per_hour),
    }


def _scaling(found: CapacityStudy) -> str:
    if found.scaling is not None:
        return scaling_text(found.scaling).partition(": ")[2]
    return NO_SCALING if len(found.capacities) > 1 else ""


def _who(found: Capacity) -> str:
    return count(found.replicas, "replica") if found.replicas else "the target as it is"


def _cells(study: CapacityStudy, found: Capacity) -> list[Cell]:
    bounded, one = found.bounded, study.capacities[0]
    share = found.estimate.value / (one.estimate.value * max(1, found.replicas) / max(1, one.replicas))
    per_1000 = study.cost_per_1000(found)
    cost = f"{study.currency} {per_1000:,.3g}" if bounded and not math.isnan(per_1000) else DASH
    return [
        Cell(rate_text(found.estimate.value), interval_text(found.estimate)) if bounded
        else Cell(f"{'below' if found.beyond == 'below' else 'at least'} {rate_text(_edge(found))}",
                  found.ended or "beyond the rates that were tried"),
        Cell(f"{found.estimate.value * 3600:,.0f}" if bounded else DASH),
        *([Cell(number(share, "share") if bounded else DASH)] if found.replicas else []),
        *([Cell(cost)] if not math.isnan(study.cost_per_hour) else []),
        Cell(f"{len(found.trials)}", found.ended if bounded else ""),
        Cell(what_gave_out(found)),
    ]  # fmt: skip


def _edge(found: Capacity) -> float:
    return min(trial.rate_per_s for trial in found.trials) if found.beyond == "below" else found.proven_per_s


def _trial_rows(study: CapacityStudy, found: Capacity) -> list[tuple[str, list[Cell]]]:
    unit, rows = unit_of(study.budget), []
    for trial in sorted(found.trials, key=lambda trial: trial.rate_per_s):
        status = "void" if trial.void else "kept" if trial.kept else "missed"
        busy = ", ".join(f"{name} {number(share, 'share')}" for name, share in trial.hot[:4])
        rows.append((
            rate_text(trial.rate_per_s),
            [Cell(number(trial.value, unit)), Cell(status, trial.void, "missed" if status == "missed" else ""),
             Cell(f"{trial.arrivals:,}"), Cell(f"{trial.requests:,}"),
             Cell(DASH if math.isnan(trial.lag_s) else duration(trial.lag_s), "",
                  "missed" if trial in found.late else ""),
             Cell("", busy)],
        ))  # fmt: skip
    return rows


def _pictures(study: Study) -> Iterator[Picture]:
    found: CapacityStudy | None = study.found.get(NAME)
    if found is None:
        return
    for index, one in enumerate(found.capacities):
        words = f"{found.budget} on {_who(one)}: {len(one.trials)} trials; capacity {rate_text(one.estimate.value)}."
        figure = trials_figure(one, found.budget.limit, found.budget.of.is_time)
        yield drawn(f"trials-{index}", f"Trials: {_who(one)}", words, figure)
    if found.scaling is not None:
        yield drawn("scaling", "Throughput against replicas", scaling_text(found.scaling),
                    scaling_figure(found.capacities, found.scaling))  # fmt: skip


def _machine(study: Study) -> Mapping[str, Any] | None:
    found: CapacityStudy | None = study.found.get(NAME)
    return values(found) if found is not None else None


SECTION = Section(NAME, "Capacity", _values, _pictures, _machine)
