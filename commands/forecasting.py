"""Forecasts of a calibrated model, simulated draw by draw, and the loads that put them to a test."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands import running
from commands.progress import progress
from commands.reading import Chosen
from journeys.errors import InvalidInput, Problem
from journeys.scenarios import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from journeys.durations import Rate
    from journeys.eventlog import Manifest, Run
    from reports.calibration.fitting import Calibration
    from reports.calibration.forecast import Examined, Forecast

DRAWS = 40
LUCK = 1_000_003
MOST_CUSTOMERS = 200_000


def read_shares(texts: Sequence[str]) -> list[float]:
    """Return shares of capacity, such as those of ``75% 90% 110%``; raises InvalidInput."""
    shares, wrong = list[float](), list[Problem]()
    for word in " ".join(texts).replace(",", " ").split():
        try:
            share = float(word.removesuffix("%")) / (100 if word.endswith("%") else 1)
            if not 0 < share <= 3:
                raise ValueError
            shares.append(share)
        except ValueError:
            wrong.append(Problem("--predict", "is no share of capacity", word, "above 0% to 300%, such as 90%"))
    if wrong:
        raise InvalidInput(wrong)
    return shares


def forecasts(known: Calibration, manifest: Manifest, shares: Sequence[float], duration_s: float) -> list[Forecast]:
    """Return what the calibrated model expects of loads at shares of its capacity, each lasting `duration_s`.

    Customers arrive when the load engine would let them, with a seed that the calibration has not seen. How long each
    is served, a mocked back end draws for them as the simulation does: there the forecast is of these very customers.
    An application of one's own has luck of its own, which is drawn anew for each draw of the parameters.

    Raises InvalidInput where there is no capacity to take a share of.
    """
    if not known.bottleneck:
        what = "the run does not tell the servers of any station, so there is no capacity to take a share of"
        raise InvalidInput([Problem("--predict", what, "", "a run in which somebody waits")])
    found: list[Forecast] = []
    total = len(shares) * DRAWS
    with progress("forecasting") as tell:
        for place, share in enumerate(shares):
            found.append(_forecast(known, manifest, share, place, duration_s, tell, total))
    return found


def _forecast(
    known: Calibration,
    manifest: Manifest,
    share: float,
    place: int,
    duration_s: float,
    tell: Callable[[int, int], None],
    total: int,
) -> Forecast:
    from journeys.arrivals import Schedule
    from journeys.columns import Columns
    from journeys.paths import apply
    from reports.calibration.forecast import forecast, observe, saturated_in
    from simulators.engines import ENGINES, choose

    rate = share * known.capacity_per_s.value
    seed, theirs = manifest.seed + 1 + place, bool(manifest.settings.get("mocked"))
    at_s = arrivals_s(known, seed, rate, duration_s)
    schedule = Schedule.from_seconds(at_s.tolist())
    engine = ENGINES[choose("", known.fitted, lambda text: None)]
    simulated = []
    for number in range(DRAWS):
        draws = known.draw(number)
        journey, parts = apply(known.fitted, known.at(draws)), list[Columns]()
        luck = seed if theirs else LUCK + number
        engine.replicate(journey, luck, 0, len(at_s), schedule, None, manifest.speed, parts.append)
        rows = Columns.joined(parts)
        elsewhere = {step: spent for draw in draws.values() for step, spent in draw.overheads_s.items()}
        metrics = observe(known, rows, manifest.speed, elsewhere)
        simulated.append((metrics, saturated_in(known, draws, rows, manifest.speed)))
        tell(place * DRAWS + number + 1, total)
    return forecast(known, share, rate, len(at_s), simulated, not theirs)


def arrivals_s(known: Calibration, seed: int, rate_per_s: float, duration_s: float) -> NDArray[np.float64]:
    """Return when customers come at a rate, as the load engine plans it; raises InvalidInput for too many."""
    from journeys.arrivals import Poisson
    from journeys.durations import Rate
    from journeys.population import Population

    wanted = rate_per_s * duration_s
    if wanted + 6 * math.sqrt(wanted) > MOST_CUSTOMERS:
        what = f"{rate_per_s:.4g} customers a second for {duration_s:g} s are more than {MOST_CUSTOMERS:,}"
        raise InvalidInput([Problem("--duration", what, "", "a shorter one")])
    population = Population(known.fitted, seed)
    at_s = population.arrivals_s(math.ceil(wanted + 6 * math.sqrt(wanted) + 10), Poisson(Rate(rate_per_s)))
    return at_s[at_s <= duration_s]


def measured(
    known: Calibration, run: Run, expected: Sequence[Forecast], out: Path, *, target: str, duration_s: float,
    max_rate: Rate, tolerance: float,
) -> list[Examined]:  # fmt: skip
    """Load the target as each forecast said, and return what came of it beside the forecasts."""
    from journeys.durations import Rate
    from reports.calibration.evidence import read_rows
    from reports.calibration.forecast import put_to_test

    manifest = run.manifest
    chosen = Chosen(manifest.reference or manifest.journey, Scenario(manifest.scenario, "Measured", manifest.changes))
    found = []
    for place, one in enumerate(expected):
        arm = running.loaded(
            chosen, out / f"at-{one.share:.0%}".replace("%", ""), target, seed=manifest.seed + 1 + place,
            rate=Rate(one.rate_per_s), speed=manifest.speed, duration_s=duration_s, max_rate=max_rate,
            follow_up_s=max(30.0, duration_s),
        )  # fmt: skip
        found.append(put_to_test(known, one, arm.run, read_rows(arm.run), tolerance))
    return found
