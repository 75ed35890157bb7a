"""Who is to blame: what is lost, waited and asked, attributed to lanes and parts of the service, before and after."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.attribution.blame import BLAMED, Blame
from reports.attribution.counterfactuals import LANES, Part
from reports.attribution.figures import blame_figure
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.statistics import Estimate
from reports.tables import Cell
from reports.verdict import Sentence
from reports.wording import DASH, MINUS, Unit, number, span

if TYPE_CHECKING:
    from reports.study import Study

TITLES = {"drop-off": "Drop-off", "waiting": "Time waited", "calls": "Calls"}
UNITS: Mapping[str, Unit] = {"drop-off": "share", "waiting": "s", "calls": "per_100"}
OF = {"drop-off": "of all who entered", "waiting": "per customer", "calls": "per 100 customers"}
NOTHING = 0.0005
"""A part that causes less than this share of a number causes nothing of it worth telling."""
BEHIND = ("backstage", "support")


def found_blame(study: Study) -> dict[str, Blame]:
    """Return who is to blame by scenario, the baseline first, as far as that was simulated."""
    found = study.found.get("blame")
    return {name: blame for name, blame in found.items() if blame.parts} if isinstance(found, Mapping) else {}


def blame_sentence(study: Study) -> Sentence | None:
    """Return the sentence of the verdict that names where drop-off begins, and where what remains of it does.

    None where nobody drops off, or nobody knows.
    """
    found = found_blame(study)
    said = list[str]()
    for name in dict.fromkeys(name for name in (study.baseline, study.combined) if name in found):
        blame = found[name]
        whole = blame.before("drop-off")
        if not whole:
            continue
        start = "of what remains" if said else "Of the drop-off"
        said.append(f"{start} “{study.titles[name]}” ({number(whole, 'share')}), {_begins(blame)}")
    return Sentence("; ".join(said) + ".", ("simulated",)) if said else None


def _begins(blame: Blame) -> str:
    """Return where most of the drop-off begins, and how much of it behind the counter; or that no part has a share.

    A share below nothing or above all says that parts work against each other: who is served at once may, say, empty
    the shelves for others.
    """
    most = max(blame.parts, key=lambda part: blame.caused([part], "drop-off").value)
    behind = [part for part in blame.parts if part.lane in BEHIND]
    own, theirs = blame.part([most], "drop-off"), blame.part(behind, "drop-off") if behind else None
    if not all(_is_share(part) for part in (own, theirs) if part is not None):
        left = number(blame.left("drop-off"), "share")
        return f"no part has a share that can be told: were all of them perfect, {left} would drop off"
    said = f"{_with_interval(own)} begins with “{most.title}”"
    if theirs is not None and behind != [most]:
        said += f", {_with_interval(theirs, short=True)} behind the counter"
    return said


def _is_share(part: Estimate) -> bool:
    return not (part.value < -NOTHING or part.value > 1 + NOTHING)


def _with_interval(part: Estimate, short: bool = False) -> str:
    """Return a share with its interval, which is left out where all three are the same to a per cent."""
    if not part.bounded or _percent(part.low) == _percent(part.high):
        return _percent(part.value)
    between = f"{_percent(part.low)[:-1]} to {_percent(part.high)[:-1]}"
    return f"{_percent(part.value)} ({'' if short else '95% CI '}{between})"


def _values(study: Study) -> Mapping[str, Any] | None:
    found = found_blame(study)
    if not found:
        return None
    blames = list(found.values())
    return {
        "titles": [study.titles[name] for name in found],
        "metrics": [_table(found, key) for key in BLAMED],
        "cells": sum(blame.shares.cells for blame in blames),
        "replications": max(blame.replications for blame in blames),
        "sampled": any(blame.shares.exact < blame.replications for blame in blames),
        "said": blame_sentence(study),
        "names": [f"blame-{key}" for key in BLAMED],
        "both": len(_shown(study, found)) > 1,
    }


def _table(
    found: Mapping[str, Blame], key: str
) -> tuple[str, str, list[tuple[str, str, list[Cell]]], list[tuple[str, list[Cell]]]]:
    """Return a metric's title, of what it is, the rows of its lanes and parts, and the rows of their sums."""
    rows, blames = list[tuple[str, str, list[Cell]]](), list(found.values())
    for lane, title in LANES.items():
        own = [part for part in _ranked(blames) if part.lane == lane]
        if len(own) > 1:
            rows.append((title, "lane", [_lane_cell(blame, lane, key) for blame in blames]))
        rows += [
            (part.title, "" if len(own) > 1 else title, [_part_cell(blame, part, key) for blame in blames])
            for part in own
        ]  # fmt: skip
    sums = [
        ("All parts together", [_cell(blame, list(blame.parts), key) for blame in blames]),
        ("Left with every part perfect", [Cell(number(blame.left(key), UNITS[key])) for blame in blames]),
        ("As it is there", [Cell(number(blame.before(key), UNITS[key])) for blame in blames]),
    ]
    return TITLES[key], OF[key], rows, sums


def drop_off_rows(study: Study) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """Return the titles of the scenarios, and what each part, and all of them, cause of their drop-off."""
    found = found_blame(study)
    _, _, rows, sums = _table(found, "drop-off")
    parts = [(title, cells) for title, lane, cells in rows if lane != "lane"]
    return [study.titles[name] for name in found], [*parts, *sums]


def _shown(study: Study, found: Mapping[str, Blame]) -> list[str]:
    """Return the scenarios that pictures show: the baseline, and the combined one beside it."""
    return [name for name in dict.fromkeys((study.baseline, study.combined)) if name in found] or list(found)[:1]


def _pictures(study: Study) -> Iterator[Picture]:
    found = found_blame(study)
    if not found:
        return
    shown = _shown(study, found)
    blames = [found[name] for name in shown]
    for key in BLAMED:
        before = " → ".join(number(blame.before(key), UNITS[key]) for blame in blames)
        title = f"{TITLES[key]}: {before} {OF[key]}"
        rows = [
            (part.title, [_bar(blame, part, key) for blame in blames])
            for part in _ranked(blames)
        ]  # fmt: skip
        words = "; ".join(
            f"{study.titles[name]}, caused by "
            + ", ".join(f"{part} {bars[place][1] or 'nothing'}" for part, bars in rows)
            for place, name in enumerate(shown)
        )
        figure = blame_figure(title, [study.titles[name] for name in shown], rows)
        yield drawn(f"blame-{key}", title, f"{title}. {words}", figure)


def _machine(study: Study) -> Mapping[str, Any] | None:
    found = found_blame(study)
    if not found:
        return None
    first, *others = found
    return {**_told(found[first]), "scenarios": {name: _told(found[name]) for name in others}}


def _told(blame: Blame) -> dict[str, Any]:
    return {
        "replications": blame.replications,
        "simulated": blame.shares.cells,
        "exact": blame.shares.exact,
        "metrics": {
            key: {
                "as_is": blame.before(key),
                "left": blame.left(key),
                "parts": {
                    part.key: {
                        "title": part.title, "lane": part.lane, "share": (share := blame.part([part], key)).value,
                        "share_low": share.low, "share_high": share.high, **_estimate(blame.caused([part], key)),
                    }
                    for part in blame.parts
                },
            }
            for key in BLAMED
        },
    }  # fmt: skip


def _ranked(blames: Sequence[Blame]) -> list[Part]:
    """Return the parts of all blames, each once, those first that cause most of the first one's drop-off."""
    caused: dict[str, tuple[float, Part]] = {}
    for blame in blames:
        for part in blame.parts:
            caused.setdefault(part.key, (blame.caused([part], "drop-off").value, part))
    return [part for _, part in sorted(caused.values(), key=lambda one: -one[0])]


def _own(blame: Blame, part: Part) -> list[Part]:
    """Return a scenario's own part of the same key, whose title may be another; none where it has no such part."""
    return [own for own in blame.parts if own.key == part.key]


def _lane_cell(blame: Blame, lane: str, key: str) -> Cell:
    own = [part for part in blame.parts if part.lane == lane]
    return _cell(blame, own, key) if own else Cell(DASH)


def _part_cell(blame: Blame, part: Part, key: str) -> Cell:
    own = _own(blame, part)
    return _cell(blame, own, key) if own else Cell(DASH)


def _cell(blame: Blame, parts: Sequence[Part], key: str) -> Cell:
    caused, part = blame.caused(parts, key), blame.part(parts, key)
    if math.isfinite(part.value) and abs(part.value) < NOTHING:
        return Cell("0", span(caused, UNITS[key]))
    share = _with_interval(part, short=True) if part.measured else DASH
    between = span(caused, UNITS[key])
    return Cell(number(caused.value, UNITS[key]), f"{share}; {between}" if between else share)


def _bar(blame: Blame, part: Part, key: str) -> tuple[Estimate | None, str]:
    """Return a bar's length and what is written beside it; None where the scenario has no such part."""
    own = _own(blame, part)
    if not own:
        return None, ""
    caused, share = blame.caused(own, key), blame.part(own, key).value
    if math.isfinite(share) and abs(share) < NOTHING:
        return caused, "0"
    of = f"  ({_percent(share)})" if math.isfinite(share) else ""
    return caused, number(caused.value, UNITS[key]) + of


def _percent(part: float) -> str:
    shown = round(part * 100)
    return f"{MINUS if shown < 0 else ''}{abs(shown)}%"


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


SECTION = Section("blame", "Who is to blame", _values, _pictures, _machine)
