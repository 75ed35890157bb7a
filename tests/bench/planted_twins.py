"""One judging experiment in a process of its own: planted numbers, calibrated at 58%, predicted, measured.

``python -m tests.bench.planted_twins FOLDER '{"seed": 5, "light_s": 300}'`` prints one line of JSON. What is planted
is drawn from the seed: servers, capacity, law of service and its spread. The calibration is told none of it.

Parameters, in that line: `seed`; `light_s`, how long it is loaded for the calibration; `loads`, pairs of a share of the
calibrated capacity and how long it is loaded there; `own`, whether the target is an application with luck of its own in
place of a mocked back end; `wrong`, what `tests/load/planted_server.py` is told beside (then it is one's own).
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from commands import forecasting, running
from commands.reading import Chosen
from journeys.durations import Rate, per_second
from journeys.eventlog import Run
from journeys.paths import apply
from journeys.scenarios import Scenario
from reports.calibration.fitting import Calibration, calibrate
from reports.calibration.forecast import Examined, Forecast
from reports.calibration.forecast_texts import forecast_lines
from reports.calibration.texts import calibration_lines
from tests.load.conftest import Child

SERVER = Path(__file__).parents[1] / "load" / "planted_server.py"
SHOP = """
from journeys import Gamma, Journey, Lognormal, Poisson, Station, Step, Weibull, per_second, post, seconds

journey = Journey(
    name="shop", arrivals=Poisson(per_second(10)),
    steps=(Step(name="buy", lane="customer", station="web", service={law},
                http=(post("/orders", json={{"customer": "{{customer}}"}}),)),),
    stations=(Station(name="web", kind="system", servers={servers}),),
)
"""
BELIEVED = {"stations.web.servers": 1, "steps.buy.service": "Exponential(mean=1 s)"}
BUSY = 0.58


def planted(seed: int, own: bool) -> dict[str, Any]:
    """Return what is planted: servers, customers a second at capacity, the law of service and its spread."""
    random = np.random.default_rng(seed)
    servers, per_s = int(random.integers(2, 13)), float(random.uniform(25, 45))
    cv, mean_s = float(random.uniform(0.25, 0.9)), servers / per_s
    kind = "Lognormal" if own else str(random.choice(["Lognormal", "Gamma", "Weibull"]))
    spread = f"shape={float(random.uniform(1.2, 3.5)):.4f}" if kind == "Weibull" else f"cv={cv:.4f}"
    law = f"{kind}(seconds({mean_s:.6f}), {spread})"
    return {"servers": servers, "per_s": per_s, "mean_s": mean_s, "cv": cv, "law": law}


def examined(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Make the experiment, and return what was planted and what came of it."""
    own = bool(told.get("own") or told.get("wrong"))
    plan = planted(int(told["seed"]), own)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.py").write_text(SHOP.format(**plan), encoding="utf-8")
    if not own:
        return _examined(folder, told, plan, "mock")
    with closing(Child(SERVER, plan=plan | {"seed": told["seed"]} | (told.get("wrong") or {}))) as application:
        found = _examined(folder, told, plan, application.url)
        seen = application.seen()
        return found | {"held_s": seen["held_s"] / seen["served"], "drawn_s": seen["drawn_s"] / seen["served"]}


def _examined(folder: Path, told: dict[str, Any], plan: dict[str, Any], target: str) -> dict[str, Any]:
    chosen = Chosen(str(folder / "shop.py"), Scenario("as-is", "As is", {}))
    seed, mock = 1000 * int(told["seed"]), target == "mock"
    arm = running.loaded(
        chosen, folder / "light", target, seed=seed, rate=per_second(BUSY * plan["per_s"]), speed=1.0,
        duration_s=told["light_s"], mocked=mock,
    )  # fmt: skip
    run = Run.open(arm.run.folder)
    known = calibrate(apply(chosen.journey, BELIEVED), run)
    capacity = known.capacity_per_s
    result = plan | {
        "seed": told["seed"], "target": "mock" if mock else "own", "wrong": told.get("wrong"), "load": known.load,
        "capacity": [capacity.value, capacity.low, capacity.high], "error": capacity.value / plan["per_s"] - 1,
        "lines": calibration_lines(known), "calibration_wrong": list(known.wrong), "tests": [],
    }  # fmt: skip
    if not known.bottleneck:
        return result
    for share, lasts_s in told["loads"]:
        expected = forecasting.forecasts(known, run.manifest, [share], lasts_s)
        (found,) = forecasting.measured(
            known, run, expected, folder / f"at-{share}", target=target, duration_s=lasts_s, max_rate=Rate(400.0),
            tolerance=0.10,
        )  # fmt: skip
        result["tests"].append(_test(known, expected[0], found))
    return result


def _test(known: Calibration, expected: Forecast, found: Examined) -> dict[str, Any]:
    p95, web = expected.values["p95(buy)"], found.stations["web"]
    return {
        "share": expected.share, "p95": found.error("p95(buy)"), "throughput": found.error("throughput"),
        "within": expected.known_within("p95(buy)"), "measured": found.measured["p95(buy)"],
        "held": p95.low <= found.measured["p95(buy)"] <= p95.high, "verdict": found.verdict, "holds": found.holds,
        "services": [web.shift.mean.value, web.shift.mean.low, web.shift.mean.high],
        "lines": forecast_lines([expected], [found]),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(examined(Path(sys.argv[1]), json.loads(sys.argv[2]))))
