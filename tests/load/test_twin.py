"""Calibrated from real load on an application with planted capacity; its own account of its workers is the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeys import Journey, Lognormal, Poisson, Station, Step, milliseconds, per_second, post
from journeys.eventlog import Run
from load import load
from reports.calibration.fitting import Calibration, calibrate
from tests.load.conftest import Child

pytestmark = pytest.mark.load
SERVER = Path(__file__).with_name("planted_server.py")
SHOP = Journey(
    name="shop", arrivals=Poisson(per_second(1)),
    steps=(Step(name="buy", lane="customer", station="web", service=Lognormal(milliseconds(500), cv=1.0),
                http=(post("/orders", json={"customer": "{customer}"}),)),),
    stations=(Station(name="web", kind="system", servers=1),),
)  # fmt: skip


class Application(Child):
    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__(SERVER, plan=plan)

    def mean_held_s(self) -> float:
        """How long a request held its worker, on average, as the application itself has it."""
        told = self.seen()
        return float(told["held_s"]) / int(told["served"])


@pytest.fixture
def planted() -> Iterator[Callable[..., Application]]:
    running: list[Application] = []

    def start(**plan: Any) -> Application:
        running.append(Application(plan))
        return running[-1]

    yield start
    for one in running:
        one.close()


def calibrated(url: str, folder: Path, rate: float, duration_s: float) -> Calibration:
    load(SHOP, target=url, mocked=False, folder=folder, seed=3, rate=per_second(rate), duration_s=duration_s,
         follow_up_s=20.0)  # fmt: skip
    return calibrate(SHOP, Run.open(folder))


def test_workers_and_their_services_are_found_from_outside(planted: Callable[..., Application], tmp_path: Path) -> None:
    application = planted(servers=3, mean_s=0.08, cv=0.4)
    known = calibrated(application.url, tmp_path / "run", 24.0, 14.0)
    fit = known.known["web"]
    assert 3 in fit.plausible, fit
    assert fit.servers == 3
    # the machine's own sluggishness is in both: workers are held for as long as they are
    assert known.capacity_per_s.value == pytest.approx(3 / application.mean_held_s(), rel=0.15)


@pytest.mark.alone
def test_a_lock_that_nobody_told_of_is_noticed(planted: Callable[..., Application], tmp_path: Path) -> None:
    application = planted(servers=8, mean_s=0.05, cv=0.4, locked_s=0.03)
    known = calibrated(application.url, tmp_path / "run", 22.0, 20.0)  # two thirds of what the lock lets through
    assert known.wrong == ("web",)
