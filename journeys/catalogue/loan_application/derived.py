"""The figures derived from public logs (`evidence/`), as the numbers and laws that the blueprint takes."""

from __future__ import annotations

import functools
import math
import tomllib
from importlib import resources
from typing import Any

from journeys.distributions import Exponential, Lognormal, Weibull
from journeys.durations import Duration

DAY_S = 86400.0


@functools.cache
def figures() -> dict[str, Any]:
    """Return all derived figures; `evidence/README.md` says what each means and cannot mean."""
    text = (resources.files(__package__) / "evidence" / "figures.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def figure(name: str) -> dict[str, Any]:
    """Return one figure by its dotted name; raises KeyError."""
    found: Any = figures()
    for part in name.split("."):
        found = found[part]
    return dict(found)


def share(name: str, label: str) -> float:
    """Return the share of one outcome in a figure of shares."""
    table = figure(name)
    return float(table["value"][table["labels"].index(label)])


def lognormal_s(name: str) -> Lognormal:
    """Return the law of a figure in seconds, by its mean and coefficient of variation."""
    table = figure(name)
    return Lognormal(Duration(table["value"]), table["cv"])


def exponential_s(name: str) -> Exponential:
    """Return the exponential fit of a figure in seconds."""
    return Exponential(Duration(figure(name)["exponential_mean"]))


def weibull_days(name: str, stretch: float = 1.0) -> Weibull:
    """Return the Weibull fit of a figure in days, its times `stretch` times as long."""
    table = figure(name)
    shape = table["weibull_shape"]
    mean_days = table["weibull_scale"] * math.gamma(1 + 1 / shape) * stretch
    return Weibull(Duration(mean_days * DAY_S), shape)
