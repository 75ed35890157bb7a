"""What to fund, in a sentence: the best scenario by what it leaves or completes, and whether that is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.comparison import Comparison, against
from reports.funding import assumed, fundings, hundreds_a_year, rounded, times
from reports.statistics import LEVEL, Estimate
from reports.verdict import Kind, Sentence, assumed_prices
from reports.wording import count, number, points, points_digits, points_span

if TYPE_CHECKING:
    from reports.study import Study


@dataclass(frozen=True, slots=True)
class _Scale:
    """What scenarios are ranked by: a metric's key, times a factor, less what each costs to make and run for a year."""

    key: str
    factor: float
    costs: dict[str, float]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What is recommended, in a sentence; `scenario`, which that is, empty where none is."""

    sentence: Sentence
    scenario: str = ""


def recommendation(study: Study, comparison: Comparison) -> Recommendation | None:
    """Return which scenario is the one to fund, or that none is shown to be; None where there is but one to choose.

    By what its first year leaves at the model's arrivals, its own cost taken off as far as that is known; by what is
    earned where nobody comes by a rate. Where no completion has a value, by completion, and by what serving costs where
    no scenario changes that for sure. A scenario is the best where it is better than each of the others, at 95% for all
    of these comparisons together (Bonferroni).
    """
    if len(comparison.scenarios) < 2:
        return None
    scale = _scale(study, comparison)
    own = [name for name in comparison.scenarios if scale.key in study.simulated[name].quantities]
    if not own or scale.key not in comparison.metrics:
        return None
    values = {name: _difference(study, scale, name, comparison.baseline).value for name in own}
    values[comparison.baseline] = 0.0
    best, as_is = max(values, key=lambda name: values[name]), study.titles[comparison.baseline]
    if best == comparison.baseline:
        sure = all(
            _surely_more(_difference(study, scale, best, name, 1 - (1 - LEVEL) / len(own))) for name in own
        )  # fmt: skip
        first_year = " in the first year" if any(scale.costs.values()) else ""
        found = f"none; “{as_is}” is better than each change{first_year}"
        said = found if sure else f"none yet; no change is shown to do better than “{as_is}”{first_year}"
        return Recommendation(Sentence(f"Recommended: {said}.", scale.kinds))
    others = [name for name in values if name != best]
    level = 1 - (1 - LEVEL) / len(others)
    unsettled = [name for name in others if not _surely_more(_difference(study, scale, best, name, level))]
    if comparison.baseline in unsettled:
        said = f"Recommended: none yet; no change is shown to do better than “{as_is}”."
        return Recommendation(Sentence(said, scale.kinds))
    said = f"Recommended: “{study.titles[best]}”, {_worth(study, scale, best, comparison.baseline)}"
    if unsettled:
        titles = " and ".join(f"“{study.titles[name]}”" for name in unsettled)
        return Recommendation(Sentence(f"{said}; that it does better than {titles} is not settled.", scale.kinds), best)
    following = max(others, key=lambda name: values[name])
    ahead = _in_words(study, scale, _difference(study, scale, best, following))
    more = f"more than each of the {count(len(others), 'other')}, of which"
    text = f"{said}: {more} “{study.titles[following]}” is the next ({ahead}, behind it)."
    return Recommendation(Sentence(text, scale.kinds), best)


def _scale(study: Study, comparison: Comparison) -> _Scale:
    metrics = comparison.metrics
    if "net" not in metrics and ("cost" not in metrics or _changes_completion(comparison)):
        return _Scale("completion", 1.0, {}, ("simulated",))
    key, sign = ("net", 1.0) if "net" in metrics else ("cost", -1.0)
    found = {one.scenario: one for one in fundings(study)}
    costs = {name: one.one_off + one.running for name, one in found.items()}
    guessed = assumed_prices(study.journey) or any(
        assumed(study.simulated[name].journey, one.investments) for name, one in found.items()
    )
    kinds: tuple[Kind, ...] = ("simulated", "assumed") if guessed else ("simulated",)
    return _Scale(key, sign * (hundreds_a_year(study.journey) or 1.0), costs, kinds)


def _changes_completion(comparison: Comparison) -> bool:
    """Tell whether any scenario is shown to."""
    metric = comparison.metrics.get("completion")
    settled = ("better", "worse", "higher", "lower")
    return metric is not None and any(one.verdict in settled for one in metric.changes)


def _difference(study: Study, scale: _Scale, one: str, other: str, level: float = LEVEL) -> Estimate:
    """Return by how much one scenario is ahead of another on the scale, from paired replications."""
    found = times(against(study.simulated, scale.key, one, other, level).difference, scale.factor)
    by = scale.costs.get(other, 0.0) - scale.costs.get(one, 0.0)
    return Estimate(found.value + by, found.low + by, found.high + by, found.n, found.of, found.method)


def _surely_more(difference: Estimate) -> bool:
    return difference.bounded and difference.low > 0


def _worth(study: Study, scale: _Scale, best: str, baseline: str) -> str:
    ahead = _in_words(study, scale, _difference(study, scale, best, baseline))
    if scale.key == "completion":
        completed = study.simulated[best].quantities["completion"].estimate().value
        return f"which {number(completed, 'share')} complete ({ahead} against “{study.titles[baseline]}”)"
    what = "earns more" if scale.key == "net" else "costs less to serve"
    if not hundreds_a_year(study.journey):
        return f"which {what} by {ahead}, per 100 customers"
    if any(scale.costs.values()):
        return f"whose first year leaves {ahead}"
    return f"which {what} by {ahead} a year, its own cost not taken off"


def _in_words(study: Study, scale: _Scale, difference: Estimate) -> str:
    if scale.key == "completion":
        digits = points_digits(difference)
        between = f", 95% CI {points_span(difference, digits)}" if difference.bounded else ""
        return f"{points(difference.value, digits)} points{between}"
    currency, shown = study.journey.money.currency, rounded(difference)
    between = ""
    if shown.bounded:
        between = f", 95% CI {number(shown.low, 'money', currency)} to {number(shown.high, 'money', currency)}"
    return f"{number(shown.value, 'money', currency)}{between}"
