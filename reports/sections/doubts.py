"""What would overturn it: assumptions moved over their ranges, and where the verdict would no longer hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.attribution.assumptions import RULE, Assumption
from reports.attribution.break_even import BreakEven, Doubts, Moved
from reports.attribution.doubt_figure import tornado_figure
from reports.attribution.looks import Condition
from reports.naming import in_words, named
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.verdict import Sentence
from reports.wording import Unit, count, points, signed

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from reports.study import Study

TITLES = {"completion": "Change in completion", "calls": "Change in calls per 100", "net": "Change in earnings per 100"}
UNITS: Mapping[str, Unit] = {"completion": "share", "calls": "per_100", "net": "money"}
SHOWN = 10


def found_doubts(study: Study) -> Doubts | None:
    """Return what doubting the assumptions came to, where that was simulated."""
    found = study.found.get("doubts")
    return found if isinstance(found, Doubts) else None


def doubts_sentences(study: Study) -> Iterator[Sentence]:
    """Yield what is said of assumptions: what none overturns, on which the rest hangs, and of declared ranges."""
    doubts = found_doubts(study)
    if doubts is None:
        return
    if any(one.assumption.declared is None for one in doubts.moved):
        yield from _firm(doubts)
        for condition in doubts.conditions:
            if (said := _hanging(doubts, condition, _journey(study))) is not None:
                yield said
    yield from (_of_a_range(one, own, _journey(study)) for one, own in _by_range(doubts))


def doubts_at_the_top(study: Study) -> Iterator[Sentence]:
    """Yield what the verdict says of them: what no assumption overturns, and the one that most nearly overturns it."""
    doubts = found_doubts(study)
    if doubts is None:
        return
    if any(one.assumption.declared is None for one in doubts.moved):
        yield from _firm(doubts)
        hanging = [said for one in doubts.conditions if (said := _hanging(doubts, one, _journey(study))) is not None]
        yield from hanging[:1]
    yield from (_of_a_range(one, own, _journey(study)) for one, own in _by_range(doubts))


def _journey(study: Study) -> Journey:
    """Return the journey whose assumptions were doubted: the combined scenario's, which has the titles of the paths."""
    return study.simulated[study.combined].journey if study.combined else study.journey


def _firm(doubts: Doubts) -> Iterator[Sentence]:
    loose = [one.condition for one in (*doubts.overturned, *doubts.doubtful)]
    firm = [one.says for one in doubts.conditions if one not in loose]
    if firm:
        said = f"No single one of {count(doubts.assumed, 'assumption')}, moved within its range, overturns"
        yield Sentence(f"{said} that {_listed(firm)}.", ("simulated", "assumed"))


def _hanging(doubts: Doubts, condition: Condition, journey: Journey) -> Sentence | None:
    """Return on whom a condition hangs, and where it would be overturned; None where no assumption is that strong."""
    own = [one for one in doubts.overturned if one.condition == condition and one.assumption.declared is None]
    if own:
        nearest = min(own, key=lambda one: abs(one.at))
        name = named(journey, nearest.assumption.path)
        return Sentence(
            f"That {condition.says} hangs on {count(len(own), 'assumption')}, most nearly on "
            f"{name}: {nearest.text}{_interval(nearest)} instead of {nearest.assumption.text(0)} would do it.",
            ("simulated", "assumed"),
        )
    unsure = [one for one in doubts.doubtful if one.condition == condition and one.assumption.declared is None]
    if unsure:
        nearest = min(unsure, key=lambda one: abs(one.crossing.near))
        name = named(journey, nearest.assumption.path)
        return Sentence(
            f"That {condition.says} is overturned by no single assumption on average, but may be by "
            f"{count(len(unsure), 'of them', 'of them')}, such as {name} at {nearest.span}.",
            ("simulated", "assumed"),
        )
    return None


def _by_range(doubts: Doubts) -> list[tuple[Assumption, list[BreakEven]]]:
    ranges = {one.assumption.path: one.assumption for one in doubts.declared}
    return [(one, [own for own in doubts.declared if own.assumption.path == path]) for path, one in ranges.items()]


def _of_a_range(assumption: Assumption, own: Sequence[BreakEven], journey: Journey) -> Sentence:
    """Return where the verdict turns as one assumption is moved over the range that a person declared."""
    turns = [_turning(one) for one in own if one.within]
    unsure = [
        f"that {one.condition.says} is no longer sure at {one.span}"
        for one in own
        if math.isnan(one.at) and not math.isnan(one.crossing.near)
    ]
    said = "; ".join((*turns, *unsure)) or "nothing of what is said turns"
    outside = "; ".join(_turning(one) for one in _beyond(own))
    more = f". Not within your range: {outside}" if outside else ""
    name = named(journey, assumption.path)
    if name != assumption.path:
        name = name[:1].upper() + name[1:]
    return Sentence(
        f"{name}, now {assumption.text(0)}, over your range of {_range(assumption)}: {said}{more}.",
        ("simulated", "assumed"),
    )


def _turning(one: BreakEven) -> str:
    return f"that {one.condition.says} turns {_where(one)}"


def _where(one: BreakEven) -> str:
    if one.assumption.whole:
        return f"at {one.text}{_interval(one)}"
    return f"where it {'exceeds' if one.up else 'is below'} {one.text}{_interval(one)}"


def _interval(one: BreakEven) -> str:
    """Return the interval of a break-even value in brackets; nothing where its ends are the same in words."""
    low, _, high = one.span.partition(" to ")
    return f" (95% CI {one.span})" if one.span and low != high else ""


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
        "rows": break_even_rows(study),
        "close": len(doubts.moved),
        "ranges": len(_by_range(doubts)),
        "moved": [_moved(one, doubts) for one in _by_swing(doubts)],
        "words": {one.assumption.path: in_words(_journey(study), one.assumption.path) for one in _everything(doubts)},
        "title": TITLES[doubts.keys[0]] if doubts.keys[0] in TITLES else doubts.keys[0],
    }


def _everything(doubts: Doubts) -> Iterator[Moved | BreakEven]:
    yield from doubts.moved
    yield from (*doubts.overturned, *doubts.declared)


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
                        "between": one.span, "direction": "up" if one.up else "down",
                        "range": _range(one.assumption), "declared": one.assumption.declared is not None,
                        "within": one.within,
                    }
                    for one in (*doubts.overturned, *_beyond(doubts.declared))
                    if one.condition == condition
                ],
                "may_be_overturned_by": [
                    {"path": one.assumption.path, "assumed": one.assumption.text(0), "from": one.span}
                    for one in doubts.doubtful
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


def break_even_rows(study: Study) -> list[tuple[str, str, str, str, str, str]]:
    """Return what is overturned, by which assumption, from what, at what, its interval, and over which range."""
    doubts = found_doubts(study)
    if doubts is None:
        return []
    return [_row(one) for one in sorted((*doubts.overturned, *_beyond(doubts.declared)), key=_rank(doubts))]


def _rank(doubts: Doubts) -> Any:
    return lambda one: (doubts.conditions.index(one.condition), abs(one.at), one.assumption.path)


def _beyond(declared: Sequence[BreakEven]) -> list[BreakEven]:
    """Return where conditions are overturned beyond the ranges that a person declared."""
    return [one for one in declared if not one.within and not math.isnan(one.at)]


def _range(assumption: Assumption) -> str:
    return f"{assumption.text(-1)} to {assumption.text(1)}"


def _row(one: BreakEven) -> tuple[str, str, str, str, str, str]:
    """Return what is overturned, by which path, from what, at what, its interval, over which range."""
    assumption = one.assumption
    where = one.text if assumption.whole else f"{one.text} or {'more' if one.up else 'less'}"
    between = _range(assumption)
    if assumption.declared is not None:
        between += ", yours" if one.within else ": not within your range"
    return one.condition.says, assumption.path, assumption.text(0), where, one.span, between


def _moved(one: Moved, doubts: Doubts) -> tuple[str, str, str, str, str]:
    assumption = one.assumption
    low, high = (_said(doubts, float(end[0])) for end in (one.low, one.high))
    return assumption.path, assumption.text(0), _range(assumption), low, high


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
