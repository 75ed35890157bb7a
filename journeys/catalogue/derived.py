"""Figures derived from public logs, as the numbers and laws that a journey of the catalogue takes.

A journey keeps them in `evidence/figures.toml`, each with the query that made it; the logs themselves are not kept.
"""

from __future__ import annotations

import functools
import math
import tomllib
from importlib import resources
from typing import Any

from journeys.distributions import Exponential, Lognormal, Weibull
from journeys.durations import Duration

DAY_S = 86400.0


class Figures:
    """The figures of one journey.

    Parameters: `package`, whose; `evidence/README.md` in it says what each figure means and cannot mean.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    @functools.cached_property
    def all(self) -> dict[str, Any]:
        """All figures, by name."""
        text = (resources.files(self._package) / "evidence" / "figures.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)

    def figure(self, name: str) -> dict[str, Any]:
        """Return one figure by its dotted name; raises KeyError."""
        found: Any = self.all
        for part in name.split("."):
            found = found[part]
        return dict(found)

    def share(self, name: str, label: str) -> float:
        """Return the share of one outcome in a figure of shares."""
        table = self.figure(name)
        return float(table["value"][table["labels"].index(label)])

    def lognormal_s(self, name: str, less_s: float = 0.0) -> Lognormal:
        """Return the law of a figure in seconds, by its mean and standard deviation, without a constant part of it."""
        table = self.figure(name)
        mean_s = table["value"] - less_s
        return Lognormal(Duration(mean_s), table["cv"] * table["value"] / mean_s if less_s else table["cv"])

    def exponential_s(self, name: str) -> Exponential:
        """Return the exponential fit of a figure in seconds."""
        return Exponential(Duration(self.figure(name)["exponential_mean"]))

    def weibull_days(self, name: str, stretch: float = 1.0) -> Weibull:
        """Return the Weibull fit of a figure in days, its times `stretch` times as long."""
        table = self.figure(name)
        shape = table["weibull_shape"]
        mean_days = table["weibull_scale"] * math.gamma(1 + 1 / shape) * stretch
        return Weibull(Duration(mean_days * DAY_S), shape)
