"""The judging experiment: calibrate at most at 60% against a mocked back end with planted numbers, predict, measure.

``pytest -m bench tests/bench/test_twin.py -s`` prints the figures; it takes about a quarter of an hour.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from commands import forecasting, running
from commands.reading import Chosen
from journeys.durations import Rate, per_second
from journeys.eventlog import Run
from journeys.paths import apply
from journeys.scenarios import Scenario
from reports.calibration.fitting import calibrate
from reports.calibration.forecast_texts import forecast_lines

pytestmark = [pytest.mark.bench, pytest.mark.load, pytest.mark.timeout(3600)]
LASTS_S = float(os.environ.get("JOURNEYWRIGHT_BENCH_S", "240"))
SHOP = """
from journeys import Exponential, Journey, Lognormal, Poisson, Station, Step, milliseconds, per_second

journey = Journey(
    name="shop", arrivals=Poisson(per_second(10)),
    steps=(Step(name="buy", lane="customer", station="web", service=Lognormal(milliseconds(120), cv=0.5)),),
    stations=(Station(name="web", kind="system", servers=6),),
)
"""
BELIEVED = {"stations.web.servers": 1, "steps.buy.service": "Exponential(mean=1 s)"}
PLANTED_PER_S = 6 / 0.120


def test_held_out_loads_are_predicted(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP, encoding="utf-8")
    chosen = Chosen(str(tmp_path / "shop.py"), Scenario("as-is", "As is", {}))
    arm = running.loaded(
        chosen, tmp_path / "light", "mock", seed=1, rate=per_second(0.58 * PLANTED_PER_S), speed=1.0,
        duration_s=LASTS_S,
    )  # fmt: skip
    run = Run.open(arm.run.folder)
    known = calibrate(apply(chosen.journey, BELIEVED), run)
    capacity = known.capacity_per_s
    print(f"\ncapacity {capacity.value:.1f} ({capacity.low:.1f} to {capacity.high:.1f}) / s, planted {PLANTED_PER_S:g}")
    print(f"servers {known.known['web'].plausible}, planted 6")
    expected = forecasting.forecasts(known, run.manifest, [0.75, 0.9, 1.1], LASTS_S)
    found = forecasting.measured(
        known, run, expected, tmp_path / "tests", target="mock", duration_s=LASTS_S, max_rate=Rate(200.0),
        tolerance=0.10,
    )  # fmt: skip
    print("\n".join(forecast_lines(expected, found)))
    assert known.load <= 0.62
    assert capacity.value == pytest.approx(PLANTED_PER_S, rel=0.05)
    assert [one.verdict for one in found][2] == "saturated"
    assert found[1].worst <= 0.10
    assert found[1].holds
