"""What sections tell machines is as the published schema says: each of them, closed, of values made by the code."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from journeys import Budget
from journeys.claims import Claim
from journeys.findings import Finding, write_findings
from reports.calibration.forecast import Forecast
from reports.calibration.record import record_of
from reports.capacity.finding import Capacity, CapacityStudy
from reports.capacity.scaling import Scaling
from reports.claims import judge_claims
from reports.loading.course import course
from reports.loading.generation import generation
from reports.loading.met import experience
from reports.regressions.judging import Margins, compared
from reports.regressions.samples import sampled
from reports.regressions.spreads import Drift
from reports.sections import NAMES
from reports.statistics import Estimate
from reports.study import Arm, analyse
from reports.summary import laid_out
from reports.validation.agreement import Judged, Validation
from reports.validation.equivalence import Equivalence
from reports.wrong import walked
from tests.reports.capacity.test_capacity import edge
from tests.reports.loading.test_generation import arrival, made
from tests.reports.loading.test_met import tried
from tests.reports.synthetic import LOAN, population, write_run
from tests.reports.test_failover import trial

PUBLISHED = json.loads((Path(__file__).parents[2] / "docs/summary.schema.json").read_text(encoding="utf-8"))
NAN = float("nan")
ESTIMATE = Estimate(1.0, 0.5, 1.5, 10, "trials", "logistic")


def regression(folder: Path) -> Any:
    runs = [
        write_run(folder / name, [population(1, 120, **more)], kind="measured", engine="browser")
        for name, more in {"before": {}, "after": {"completes": 0.3}}.items()
    ]
    sides = [sampled(LOAN, [run.frame()]) for run in runs]
    return compared(sides[0], sides[1], Margins(0.05, 0.01), drift=Drift())


def capacity(folder: Path) -> Any:
    found = edge(20.0, 0.03, 1)
    one = Capacity(2, found.belief.estimate(9), found.belief, tuple(found.trials), "", "", (("machine", 0.9),))
    law = dataclasses.replace(
        _blank(Scaling), gamma_per_s=ESTIMATE, alpha=ESTIMATE, beta=ESTIMATE, best=Estimate(float("inf"))
    )
    return CapacityStudy(Budget("p95(order) < 1 s"), "mock", (one,), law)


def load(folder: Path) -> Any:
    steps = [tried(0, 0.1, 0.2), tried(0, 0.4, 0.2, "failed", "500, expected 200")]
    held = {"at_s": list(range(60)), "in_flight": [3] * 60, "mb": {"worker 0": [90.0] * 60}}
    rows = [arrival(0, 0.0, 0.01), arrival(1, 1.0, 0.5, "dropped arrival: full"), *steps]
    run = made(folder / "load", [rows], memory=held)
    return {"loaded": (generation(run), course(run), experience(run))}


def validation(folder: Path) -> Any:
    own = Equivalence(1.0, 1.1, ESTIMATE, 0.1, "inconclusive", NAN, "too few")
    return Validation("browsed", "twin", "2026", True, (Judged("p95(a)", "A", "times", "s", own),), ())


def forecasts(folder: Path) -> Any:
    values = {"p95(a)": ESTIMATE, "throughput": Estimate(NAN)}
    forecast = dataclasses.replace(_blank(Forecast), share=0.9, rate_per_s=3.0, customers=100, values=values,
                                   saturated={})  # fmt: skip
    return {"as-is": record_of("run", [forecast], [])}


def _blank(kind: Any) -> Any:
    return kind(**{field.name: None for field in dataclasses.fields(kind)})


def walks(folder: Path) -> Any:
    run = write_run(folder / "run", [population(1, 3)], kind="measured", engine="browser")
    write_findings(run.folder, [Finding("page-error", "start", "x is not defined", 2)])
    return {"browsed": walked(run, folder)}


FOUND: Mapping[str, Callable[[Path], Any]] = {
    "regression": regression, "capacity": capacity, "generation": load, "equivalence": validation,
    "forecasts": forecasts, "wrong": walks, "failover": lambda folder: [trial(), trial(lost=1, quiet=trial().measured)],
}  # fmt: skip


def problems(name: str, told: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(
        {"$defs": PUBLISHED["$defs"], **PUBLISHED["properties"]["sections"]["properties"][name]}
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(json.dumps(told)))]


@pytest.mark.parametrize("name", FOUND)
def test_a_section_tells_what_the_schema_says_and_no_more(name: str, tmp_path: Path) -> None:
    study = SimpleNamespace(found={name: FOUND[name](tmp_path)}, titles={})
    told = json.loads(laid_out(import_module(f"reports.sections.{name}").SECTION.machine(study)))
    assert problems(name, told) == []
    assert told
    inner = next(iter(told.values())) if name in ("generation", "forecasts", "wrong") else told
    inner["surprise"] = 1
    assert len(problems(name, told)) == 1


def test_claims_tell_what_the_schema_says(tmp_path: Path) -> None:
    arms = [
        Arm(name, name, LOAN, write_run(tmp_path / name, [population(seed, 40, **more) for seed in (1, 2, 3)]))
        for name, more in {"before": {}, "after": {"completes": 0.8}}.items()
    ]
    claims = (Claim("completion up at least 1%"), Claim("completion >= 99%"))
    study = analyse(title="Loan", simulated=arms, found={"claims": claims})
    assert judge_claims(claims, study)
    told = json.loads(laid_out(import_module("reports.sections.claims").SECTION.machine(study)))
    assert problems("claims", told) == []


def test_every_section_with_numbers_is_published() -> None:
    with_numbers = {
        name for name in NAMES if import_module(f"reports.sections.{name}").SECTION.machine is not None
    }  # fmt: skip
    assert set(PUBLISHED["properties"]["sections"]["properties"]) == with_numbers
    assert PUBLISHED["properties"]["sections"]["additionalProperties"] is False
