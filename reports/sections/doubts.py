"""What would overturn it: assumptions moved over their ranges, and where the verdict would no longer hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.attribution.assumptions import RULE
from reports.attribution.break_even import BreakEven, Doubts, Moved
from reports.attribution.doubt_figure import tornado_figure
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.verdict import Sentence
from reports.wording import Unit, count, points, signed

if TYPE_CHECKING:
    from reports.study import Study

TITLES = {"completion": "Change in completion", "calls": "Change in calls per 100", "net": "Change in earnings per 100"}
UNITS: Mapping[str, Unit] = {"completion": "share", "calls": "per_100", "net": "money"}
SHOWN = 10


def found_doubts(study: Study) -> Doubts | None:
    """Return what doubting the assumptions came to, where that was simulated."""
    found = study.found.get("doubts")
    return found if isinstance(found, Doubts) else None


def doubts_sentences(study: Study) -> Iterator[Sentence]:
    """Yield what the verdict says of its assumptions."""
    doubts = found_doubts(study)
    if doubts is None:
        return
    firm = [one.says for one in doubts.conditions if not any(own.condition == one for own in doubts.overturned)]
    if firm:
        said = f"No single one of {count(doubts.assumed, 'assumption')}, moved within its range, overturns"
        yield Sentence(f"{said} that {_listed(firm)}.", ("simulated", "assumed"))
    for condition in doubts.conditions:
        own = [one for one in doubts.overturned if one.condition == condition]
        if own:
            nearest = min(own, key=lambda one: abs(one.at))
            yield Sentence(
                f"That {condition.says} hangs on {count(len(own), 'of them', 'of them')}, most nearly on "
                f"{nearest.assumption.path}: {nearest.text} instead of {nearest.assumption.text(0)} would overturn it.",
                ("simulated", "assumed"),
            )


def _listed(said: list[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


def _values(study: Study) -> Mapping[str, Any] | None:
    doubts = found_doubts(study)
    if doubts is None:
        return None
    return {
        "doubts": doubts,
        "rule": RULE,
        "sentences": list(doubts_sentences(study)),
        "rows": [_row(one) for one in sorted(doubts.overturned, key=_rank(doubts))],
        "moved": [_moved(one, doubts) for one in _by_swing(doubts)],
        "title": TITLES[doubts.keys[0]] if doubts.keys[0] in TITLES else doubts.keys[0],
    }


def _pictures(study: Study) -> Iterator[Picture]:
    doubts = found_doubts(study)
    if doubts is None or not doubts.moved or doubts.keys[0] not in TITLES:
        return
    shown = _by_swing(doubts)[:SHOWN]
    rows = [
        (
            one.assumption.path,
            (float(one.low[0]), one.assumption.text(-1)),
            (float(one.high[0]), one.assumption.text(1)),
        )
        for one in shown
    ]
    title = f"{TITLES[doubts.keys[0]]}, if one assumption is moved"
    words = f"{title}: the {count(len(shown), 'assumption')} that move it most; the table holds the numbers."
    figure = tornado_figure(title, rows, float(doubts.differences[0]), _said(doubts, float(doubts.differences[0])))
    yield drawn("tornado", title, words, figure)


def _machine(study: Study) -> Mapping[str, Any] | None:
    doubts = found_doubts(study)
    if doubts is None:
        return None
    return {
        "assumptions": doubts.assumed,
        "replications": doubts.replications,
        "simulated": doubts.cells,
        "ranges": RULE,
        "conditions": [
            {
                "says": condition.says,
                "overturned_by": [
                    {
                        "path": one.assumption.path, "assumed": one.assumption.text(0), "at": one.text,
                        "direction": "up" if one.up else "down",
                    }
                    for one in doubts.overturned
                    if one.condition == condition
                ],
            }
            for condition in doubts.conditions
        ],
        "moved": [
            {
                "path": one.assumption.path, "low": one.assumption.text(-1), "high": one.assumption.text(1),
                "differences": {
                    key: {"low": float(one.low[at]), "assumed": float(doubts.differences[at]),
                          "high": float(one.high[at])}
                    for at, key in enumerate(doubts.keys)
                },
            }
            for one in _by_swing(doubts)
        ],
    }  # fmt: skip


def _rank(doubts: Doubts) -> Any:
    return lambda one: (doubts.conditions.index(one.condition), abs(one.at), one.assumption.path)


def _row(one: BreakEven) -> tuple[str, str, str, str, str, str]:
    """Return what is overturned, by which path, from what, at what, over which range, and what its source says."""
    assumption = one.assumption
    where = f"{one.text} or {'more' if one.up else 'less'}"
    if assumption.whole:
        where = one.text
    between = f"{assumption.text(-1)} to {assumption.text(1)}"
    return one.condition.says, assumption.path, assumption.text(0), where, between, assumption.note


def _moved(one: Moved, doubts: Doubts) -> tuple[str, str, str, str, str]:
    assumption = one.assumption
    low, high = (_said(doubts, float(end[0])) for end in (one.low, one.high))
    return assumption.path, assumption.text(0), f"{assumption.text(-1)} to {assumption.text(1)}", low, high


def _by_swing(doubts: Doubts) -> list[Moved]:
    import numpy as np

    def swing(one: Moved) -> float:
        ends = np.array([one.low[0], one.high[0]]) - doubts.differences[0]
        return -float(np.nanmax(np.abs(ends), initial=0.0))

    return sorted(doubts.moved, key=lambda one: (swing(one), one.assumption.path))


def _said(doubts: Doubts, difference: float) -> str:
    key = doubts.keys[0]
    unit = UNITS.get(key, "count")
    return f"{points(difference, 1)} points" if unit == "share" else signed(difference, unit)


SECTION = Section("doubts", "What would overturn it", _values, _pictures, _machine)
