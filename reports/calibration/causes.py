"""A calibrated station in a run that tests a forecast: in which ways it is another than calibrated, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from journeys.eventlog import Run
from reports.calibration.diagnosis import Dependence, Load, dependence, load_of, matters
from reports.calibration.evidence import RESTLESS, Visits
from reports.calibration.fitting import Calibration, station_visits
from reports.calibration.shift import Shift, shift
from reports.calibration.stations import implied
from reports.statistics import Estimate
from reports.wording import count

MOST_IMPOSSIBLE = 0.05


@dataclass(frozen=True, slots=True)
class UnderTest:
    """A calibrated station in the run that tests the forecast.

    Parameters
    ----------
    name: of the station. calibrated_at, tested_at: the shares of capacity of both runs. servers: as calibrated.
    load: how loaded it was. shift: how its services differ from the calibration's. dependence: of services on who else
    is there, in both runs together. impossible: the share of visits that as many servers as calibrated cannot have
    brought about. service_s: its mean service as calibrated. late_s: how late customers were sent on average, in the
    calibration and in the test; both in seconds of the run.
    """

    name: str
    calibrated_at: float
    tested_at: float
    servers: int
    load: Load
    shift: Shift
    dependence: Dependence | None
    impossible: float
    service_s: float = math.nan
    late_s: tuple[float, float] = (math.nan, math.nan)

    def busier(self) -> str:
        """Return that the machine was busier than when it was calibrated, where that may be the whole difference."""
        before_s, now_s = self.late_s
        if not now_s - before_s > RESTLESS * self.service_s:
            return ""
        before, now = (f"{late_s * 1000:.2g} ms" for late_s in self.late_s)
        return f"the machine was busier: customers were sent {now} late on average, {before} in the calibration"

    def wrong(self, slower: bool = False) -> Iterator[str]:
        """Yield in which ways the station is none that the calibrated model can bring about.

        Parameters: `slower`, whether the measurement missed a forecast by more than its tolerance and was the slower
        one. Then services that are longer beyond doubt are the reason, by however little: near capacity two per cent
        are a lot. Otherwise it must be a share that matters by itself.
        """
        longer = self.shift.mean
        if self.shift.found and (matters(longer.value) or (slower and longer.value > 0)):
            if self.shift.servers != self.servers:
                yield (
                    f"{self.name} works as {count(self.shift.servers, 'server')} would at {self.tested_at:.0%} of "
                    f"capacity, not as the {self.servers} that it showed at {self.calibrated_at:.0%}"
                )
            else:
                yield (
                    f"service times at {self.name} are {_longer(longer)} at {self.tested_at:.0%} of capacity than at "
                    f"{self.calibrated_at:.0%}{self._most_by()}"
                )
        found = self.dependence
        if found is not None and (found.found or (found.significant and slower and found.change.value > 0)):
            yield dependence_text(self.name, found)
        if self.impossible > MOST_IMPOSSIBLE:
            yield f"{self.impossible:.0%} of the visits to {self.name} cannot have been served first come first served"

    def _most_by(self) -> str:
        """Return which steps of several bring a shift about."""
        steps = {name: one for name, one in self.shift.steps.items() if one.low > 0 or one.high < 0}
        if len(self.shift.steps) < 2 or not steps:
            return ""
        return f" ({', '.join(f'{name} {_longer(one)}' for name, one in steps.items())})"


def dependence_text(name: str, found: Dependence) -> str:
    """Return how services depend on who else is there, in words."""
    change = _longer(found.change)
    return f"service times at {name} are {change} with {found.busy:.0f} {found.counted} than with {found.quiet:.0f}"


def _longer(change: Estimate) -> str:
    """Return a change of times with its interval: ``14% (9% to 19%) longer``.

    >>> _longer(Estimate(-0.07, -0.1, -0.04))
    '7% (4% to 10%) shorter'
    """
    ends = sorted((change.low, change.high), key=abs)
    digits = 1 if abs(change.value) < 0.095 and round(abs(change.value), 2) != round(abs(change.value), 3) else 0
    value, low, high = (f"{abs(one):.{digits}%}" for one in (change.value, *ends))
    return f"{value} ({low} to {high}) {'longer' if change.value > 0 else 'shorter'}"


def tested(known: Calibration, name: str, run: Run, share: float, late: float) -> UnderTest:
    """Return a calibrated station as the run of a test shows it, at a share of the calibrated capacity.

    Parameters: `late`, how late customers were sent there, in seconds of the run.
    """
    fit, evidence = known.known[name], known.stations[name]
    visits = station_visits(known, name, run)
    _, service = implied(visits, fit.servers, fit.best.overheads_s)
    runs: tuple[Visits, ...] = (visits,) if evidence.visits is None else (evidence.visits, visits)
    return UnderTest(
        name, known.load, share, fit.servers, load_of(visits, fit.servers), shift(visits, fit),
        dependence(fit.best, *runs), float(np.mean(service <= 0)), known.service_s(name), (known.late_s, late),
    )  # fmt: skip
