"""What a person feels at peak: each step in a real browser while the target is loaded, beside the same without load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from journeys.blueprint import Journey
from journeys.eventlog import Run
from reports.measuring.quantities import Floats
from reports.statistics import Estimate, quantile_interval

NAME = "peak"  # of the section that tells it
PEAK, ALONE = "at peak", "alone"  # phases, as the manifests of the browsers' runs tell them
ALL = ""
DRAWS, SEED = 2000, 1
KEYS = ["customer", "step", "visit"]


@dataclass(frozen=True, slots=True)
class Felt:
    """One step, or all steps of a customer together (`step` empty): from pressing the button to the page that answers.

    Parameters
    ----------
    alone, peak: the median (0.5) and the 95th percentile, in seconds on the journey's clock, with and without load.
    ratio: how many times as long the step took at peak, by medians; of the same customers where `paired`.
    api: what the protocol's load itself had to wait for the same step; nothing where it does not take it.
    """

    step: str
    title: str
    alone: Mapping[float, Estimate]
    peak: Mapping[float, Estimate]
    ratio: Estimate
    paired: bool
    api: Mapping[float, Estimate]


@dataclass(frozen=True, slots=True)
class Peak:
    """Browsers under load beside browsers alone: by step, and how many customers walked.

    `after` counts steps at peak that are left out, as they began when no further load arrived.
    """

    steps: tuple[Felt, ...]
    customers: int
    after: int


def peak(journey: Journey, runs: Mapping[str, Run]) -> Peak | None:
    """Return what a person felt at peak; None where there is no run of browsers under load and one of them alone.

    Raises CannotRead for broken logs.
    """
    phases = {str(run.manifest.settings.get("phase", "")): run for run in runs.values()}
    loads = [run for run in runs.values() if run.manifest.engine == "load"]
    if PEAK not in phases or ALONE not in phases or not loads:
        return None
    until_s = float(loads[0].manifest.settings["duration_s"])
    under, alone, api = (
        _steps(phases[PEAK], "ready_s"),
        _steps(phases[ALONE], "ready_s"),
        _steps(loads[0], "intended_s"),
    )
    met = under[under["at_s"] <= until_s]
    return Peak(
        tuple(_felt(journey, alone, met, api)), int(met["customer"].nunique()), len(under) - len(met)
    )  # fmt: skip


def _steps(run: Run, begin: str) -> pd.DataFrame:
    """Return the customers' own steps that were answered: who, where, when, and how long from `begin` to the answer."""
    rows = run.sql(
        f"SELECT customer, step, visit, {begin} AS at_s, end_s - {begin} AS took_s FROM events "
        "WHERE lane = 'customer' AND step NOT IN ('arrival', 'exit') AND outcome = 'served'"
    )
    human = rows["step"].isin(run.manifest.human_steps)
    rows["took_s"] = np.where(human, rows["took_s"] * run.manifest.speed, rows["took_s"])
    return rows


def _felt(journey: Journey, alone: pd.DataFrame, met: pd.DataFrame, api: pd.DataFrame) -> Iterator[Felt]:
    for step in journey.steps:
        before, under, by_api = (rows[rows["step"] == step.name] for rows in (alone, met, api))
        if len(before) and len(under):
            yield _of(step.name, step.label, before, under, by_api)
    if len(alone) and len(met):
        yield _of(ALL, "All steps of a customer", _in_all(alone, met), _in_all(met, met), api[:0])


def _in_all(rows: pd.DataFrame, met: pd.DataFrame) -> pd.DataFrame:
    """Return each customer's time in all steps: of those steps only that were taken at peak, so as to compare like."""
    same = rows.merge(met[KEYS], on=KEYS) if set(rows["customer"]) & set(met["customer"]) else rows
    sums = same.groupby("customer")["took_s"].sum()
    return pd.DataFrame({"customer": sums.index, "step": ALL, "visit": 0, "took_s": sums.to_numpy()})


def _of(name: str, title: str, alone: pd.DataFrame, met: pd.DataFrame, api: pd.DataFrame) -> Felt:
    both = alone.merge(met, on=KEYS, suffixes=("_alone", "_met"))
    paired = len(both) > 0
    if paired:
        ratio = quantile_interval(both["took_s_met"] / both["took_s_alone"], 0.5, "customers")
    else:
        ratio = _ratio_of_medians(met["took_s"].to_numpy(), alone["took_s"].to_numpy())
    return Felt(name, title, _quantiles(alone), _quantiles(met), ratio, paired, _quantiles(api) if len(api) else {})


def _quantiles(rows: pd.DataFrame) -> dict[float, Estimate]:
    return {q: quantile_interval(rows["took_s"], q, "steps") for q in (0.5, 0.95)}


def _ratio_of_medians(above: Floats, below: Floats) -> Estimate:
    """Return how many times as large one median is as another's, with a bootstrap interval (percentiles)."""
    random = np.random.default_rng(SEED)
    draws = [np.median(random.choice(values, (DRAWS, len(values))), axis=1) for values in (above, below)]
    low, high = np.quantile(draws[0] / draws[1], (0.025, 0.975))
    value = float(np.median(above) / np.median(below))
    return Estimate(value, float(low), float(high), min(len(above), len(below)), "customers", "bootstrap")


def values(found: Peak) -> dict[str, Any]:
    """Return the numbers for machines."""
    return {
        "customers": found.customers, "steps_after_the_load": found.after,
        "steps": [
            {"step": felt.step or "all", "alone_s": _plain(felt.alone), "at_peak_s": _plain(felt.peak),
             "api_s": _plain(felt.api), "ratio": felt.ratio.value, "ratio_interval": [felt.ratio.low, felt.ratio.high],
             "same_customers": felt.paired}
            for felt in found.steps
        ],
    }  # fmt: skip


def _plain(quantiles: Mapping[float, Estimate]) -> dict[str, float]:
    return {f"p{100 * q:g}": estimate.value for q, estimate in quantiles.items()}


def lines(found: Peak) -> Sequence[str]:
    """Return the figures for a terminal."""
    from reports.wording import duration

    rows: list[tuple[str, ...]] = [("In the browser", "alone p50", "p95", "at peak p50", "p95", "times as long")]
    for felt in found.steps:
        times = [duration(quantiles[q].value) for quantiles in (felt.alone, felt.peak) for q in (0.5, 0.95)]
        rows.append((felt.title, *times, times_as_long(felt)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def times_as_long(felt: Felt) -> str:
    """Return the ratio with its interval, in words."""
    if not felt.ratio.bounded:
        return f"{felt.ratio.value:.2f} (too few for an interval)"
    return f"{felt.ratio.value:.2f} ({felt.ratio.low:.2f} to {felt.ratio.high:.2f})"
