"""What is compared before and after: observed times and shares of each step, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeys.blueprint import Journey
from journeys.eventlog import CONTACT, EXIT
from reports.statistics import Floats

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = {"p50": 0.5, "p95": 0.95}
_WRONG = ("failed", "timed_out", "rejected")


@dataclass(frozen=True, slots=True)
class Sampled:
    """One metric in the runs of one side.

    Parameters
    ----------
    key: such as ``p95(submit)``. title: as a person reads it. better: 1 where more is better, else -1.
    q: which quantile of durations; None for the share of ones in zeros and ones.
    runs: what was observed, in the order in which customers arrived, an array of shape (n,) for each run.
    """

    key: str
    title: str
    better: int
    q: float | None
    runs: tuple[Floats, ...]

    @property
    def n(self) -> int:
        """How many were observed."""
        return sum(map(len, self.runs))


def sampled(journey: Journey, frames: Sequence[pd.DataFrame]) -> list[Sampled]:
    """Return what is compared, from the rows of one or more runs (as `journeys.eventlog.Run.frame` gives them).

    Of each step, the median and the 95th percentile of the time from its planned start (from joining the queue where
    none was planned) to its end, of visits that were served, and the share of visits that failed; of the journey,
    completion. Customers still on their way at the end count as not completed.
    """
    tables = [_ordered(frame) for frame in frames]
    completed = tuple(
        (table.loc[table["step"] == EXIT, "outcome"] == "completed").to_numpy().astype(np.float64) for table in tables
    )
    found = [Sampled("completion", "Completed", 1, None, completed)]
    steps = [step.name for step in journey.steps]
    names = [*steps, *(CONTACT + contact.name for contact in journey.contacts)]
    titles = {step.name: step.label for step in journey.steps}
    titles |= {CONTACT + one.name: one.reason or one.name for one in journey.contacts}
    for name in names:
        own = [table[(table["step"] == name) & (table["outcome"] != "censored")] for table in tables]
        served = [table[table["outcome"] == "served"] for table in own]
        times = tuple(table["took_s"].dropna().to_numpy(float) for table in served)
        if not any(map(len, own)):
            continue
        if name in steps:
            wrong = tuple(table["outcome"].isin(_WRONG).to_numpy().astype(np.float64) for table in own)
            found.append(Sampled(f"failed({name})", f"{titles[name]}: failed visits", -1, None, wrong))
        for word, q in QUANTILES.items():
            found.append(Sampled(f"{word}({name})", f"{titles[name]}: {word}", -1, q, times))
    return found


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of arrival, with how long each visit took; texts as texts."""
    table = frame.assign(step=frame["step"].astype(str), outcome=frame["outcome"].astype(str))
    begun = table["intended_s"].where(table["intended_s"].notna(), table["ready_s"])
    table["took_s"] = (table["end_s"] - begun).clip(lower=1e-6)  # a clock's smallest step: times have logarithms
    return table.sort_values(["customer", "end_s"], kind="stable")
