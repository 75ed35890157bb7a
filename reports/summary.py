"""The summary for machines: every number of a report as JSON, the simulated part the same bytes for the same seed."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from reports.comparison import Comparison
from reports.experiments.texts import precision_values
from reports.measuring.metrics import Results
from reports.measuring.quantities import Quantity
from reports.sections import sections_of
from reports.side_by_side import SideBySide
from reports.statistics import Estimate

if TYPE_CHECKING:
    from reports.study import Study

DIGITS = 10
SCHEMA = 3


def summary(study: Study) -> dict[str, Any]:
    """Return the summary as plain values.

    ``simulated`` depends on the journey, the scenarios, the seed and the number of customers and replications alone;
    ``measured`` on the machine and the hour as well. ``sections`` has what the page's sections say beyond that. Numbers
    have 10 significant digits; what was not measured, and ends of intervals that are open, are null. Times are in
    seconds on the journey's clock; ``legend`` has the title and the unit of each quantity.
    """
    return {
        "schema": SCHEMA,
        "title": study.title,
        "journey": study.journey.name,
        "simulated": {
            "baseline": study.baseline,
            "combined": study.combined,
            "runs": {name: _run(results) for name, results in study.simulated.items()},
            "comparison": _comparison(study.comparison) if study.comparison is not None else None,
            **({"precision": precision_values(study.precision)} if study.precision is not None else {}),
        },
        "measured": {
            "runs": {name: _run(results) | _circumstances(results) for name, results in study.measured.items()},
            "side_by_side": [_side(side) for side in study.sides],
        },
        "budgets": [
            {
                "budget": judgement.budget, "run": judgement.arm, "kind": judgement.kind, "status": judgement.status,
                "limit": judgement.limit, **_estimate(judgement.estimate),
            }
            for judgement in study.judgements
        ],
        "parameters": [
            {"path": row.path, "value": row.value, "changed": row.changed or None, "kind": row.kind, "note": row.note}
            for row in study.parameters
        ],
        "sections": {
            section.name: told
            for section in sections_of(study)
            if section.machine is not None and (told := section.machine(study)) is not None
        },
        "warnings": list(study.warnings),
        "legend": _legend(study),
    }  # fmt: skip


def summary_text(study: Study) -> str:
    """Return the summary as JSON text."""
    return laid_out(summary(study)) + "\n"


def _run(results: Results) -> dict[str, Any]:
    manifest = results.manifest
    return {
        "scenario": manifest.scenario,
        "journey_digest": manifest.journey_digest,
        "changes": dict(sorted(manifest.changes.items())),
        "engine": manifest.engine,
        "kind": manifest.kind,
        "seed": manifest.seed,
        "replications": len(results.replications),
        "customers": manifest.customers,
        "cohort_s": list(manifest.cohort_s) if manifest.cohort_s else None,
        "outcomes": {name: int(counts.sum()) for name, counts in results.outcomes.items()},
        "funnel": [
            {
                "step": step.step,
                **{
                    name: int(getattr(step, name).sum())
                    for name in ("entered", "visits", "converted", "dropped", "denied", "rejected", "censored")
                },
                "causes": {name: int(counts.sum()) for name, counts in step.causes.items()},
            }
            for step in results.funnel
        ],
        "quantities": {key: _quantity(item) for key, item in results.quantities.items() if item.estimate().measured},
    }


def _circumstances(results: Results) -> dict[str, Any]:
    manifest = results.manifest
    return {
        "speed": manifest.speed, "target": manifest.target, "workload": manifest.workload,
        "not_measured": list(manifest.not_measured), "finished": manifest.finished, "reason": manifest.reason,
        "started": manifest.started, "ended": manifest.ended, "host": dict(manifest.host),
        "versions": dict(manifest.versions),
    }  # fmt: skip


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "replications": comparison.replications,
        "metrics": {
            key: {
                "title": metric.title,
                "baseline": _estimate(metric.baseline),
                "scenarios": {
                    change.scenario: {
                        **_estimate(change.value),
                        "difference": _estimate(change.paired.difference),
                        "change_ratio": _estimate(change.paired.change),
                        "variance_reduction": change.paired.variance_reduction,
                        "variance_of_difference": {
                            "paired": change.paired.variance,
                            "unpaired": change.paired.unpaired,
                        },
                        "verdict": change.verdict,
                        "replications_needed": change.paired.needed if change.verdict == "inconclusive" else None,
                    }
                    for change in metric.changes
                },
            }
            for key, metric in comparison.metrics.items()
        },
    }


def _side(side: SideBySide) -> dict[str, Any]:
    same = side.customers
    return {
        "run": side.name,
        "how": side.word,
        "customers_measured": side.n,
        "customers_simulated": side.n_forecast,
        "same_customers": None
        if same is None
        else {
            "shared": same.shared,
            "same_segment": _estimate(same.same_segment),
            "same_outcome": _estimate(same.same_outcome),
            "decision_ratio": _estimate(same.decision_ratio),
        },
        "metrics": {
            pair.key: {
                "measured": _estimate(pair.measured),
                "simulated": _estimate(pair.forecast) if pair.forecast is not None else None,
                "agreement": pair.agreement,
            }
            for pair in side.pairs
        },
    }


def _quantity(quantity: Quantity) -> dict[str, Any]:
    estimate = quantity.estimate()
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def _legend(study: Study) -> dict[str, dict[str, str]]:
    legend: dict[str, dict[str, str]] = {}
    for results in study.everything.values():
        for key, quantity in results.quantities.items():
            if quantity.estimate().measured:
                legend.setdefault(key, {"title": quantity.title, "unit": quantity.unit})
    return legend


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n, "of": estimate.of,
        "method": estimate.method,
    }  # fmt: skip


def laid_out(value: Any, line: str = "\n") -> str:
    """Return a value as JSON, indented by one; what holds nothing but numbers and texts by name goes on one line.

    `line` is a line's end and the next one's indent.
    """
    if isinstance(value, dict) and value:
        if not any(isinstance(item, (dict, list, tuple)) for item in value.values()):
            return f"{{ {_json({str(key): _rounded(item) for key, item in value.items()})[1:-1]} }}"
        parts = (f"{_json(str(key))}: {laid_out(item, f'{line} ')}" for key, item in value.items())
        return f"{{{line} {f',{line} '.join(parts)}{line}}}"
    if isinstance(value, (list, tuple)) and value:
        return f"[{line} {f',{line} '.join(laid_out(item, f'{line} ') for item in value)}{line}]"
    return _json(_rounded(value))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
