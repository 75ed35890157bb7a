"""Who is to blame: what is lost, waited and asked, attributed to lanes and parts of the service."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.attribution.blame import BLAMED, Blame
from reports.attribution.counterfactuals import LANES, Part
from reports.attribution.figures import shares_figure
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.statistics import Estimate
from reports.tables import Cell
from reports.verdict import Sentence
from reports.wording import DASH, Unit, number, span

if TYPE_CHECKING:
    from reports.study import Study

TITLES = {"drop-off": "Drop-off", "waiting": "Time waited", "calls": "Calls"}
UNITS: Mapping[str, Unit] = {"drop-off": "share", "waiting": "s", "calls": "per_100"}
OF = {"drop-off": "of all who entered", "waiting": "per customer", "calls": "per 100 customers"}
NOTHING = 0.0005
"""A part that causes less than this share of a number causes nothing of it worth telling."""
BEHIND = ("backstage", "support")


def found_blame(study: Study) -> Blame | None:
    """Return who is to blame, where that was simulated."""
    found = study.found.get("blame")
    return found if isinstance(found, Blame) and found.parts else None


def blame_sentence(study: Study) -> Sentence | None:
    """Return the sentence of the verdict that names where drop-off begins; None where nobody drops off, or knows."""
    blame = found_blame(study)
    if blame is None or not blame.before("drop-off"):
        return None
    most = max(blame.parts, key=lambda part: blame.caused([part], "drop-off").value)
    behind = [part for part in blame.parts if part.lane in BEHIND]
    said = f"Of the drop-off “{study.titles[study.baseline]}”, {blame.part([most], 'drop-off'):.0%} begins with "
    said += f"“{most.title}”"
    if behind and not (len(behind) == 1 and behind[0] == most):
        said += f", and {blame.part(behind, 'drop-off'):.0%} behind the counter"
    return Sentence(said + ".", ("simulated",))


def _values(study: Study) -> Mapping[str, Any] | None:
    blame = found_blame(study)
    if blame is None:
        return None
    rows = []
    for lane, title in LANES.items():
        own = _ranked(blame, [part for part in blame.parts if part.lane == lane])
        if len(own) > 1:
            rows.append((title, "lane", [_cell(blame, own, key) for key in BLAMED]))
        rows += [
            (part.title, "" if len(own) > 1 else title, [_cell(blame, [part], key) for key in BLAMED]) for part in own
        ]
    everything = list(blame.parts)
    return {
        "blame": blame,
        "rows": rows,
        "columns": [(TITLES[key], OF[key]) for key in BLAMED],
        "total": [_cell(blame, everything, key) for key in BLAMED],
        "left": [Cell(number(blame.left(key), UNITS[key])) for key in BLAMED],
        "as_is": [Cell(number(blame.before(key), UNITS[key])) for key in BLAMED],
        "names": [f"blame-{key}" for key in BLAMED],
    }


def _pictures(study: Study) -> Iterator[Picture]:
    blame = found_blame(study)
    if blame is None:
        return
    ranked = _ranked(blame, list(blame.parts))
    for key in BLAMED:
        rows = [(part.title, blame.caused([part], key), _written(blame, [part], key)) for part in ranked]
        title = f"{TITLES[key]}: {number(blame.before(key), UNITS[key])} {OF[key]}"
        words = f"{title}; caused by " + ", ".join(f"{name} {text}" for name, _, text in rows)
        yield drawn(f"blame-{key}", title, words, shares_figure(title, rows))


def _machine(study: Study) -> Mapping[str, Any] | None:
    blame = found_blame(study)
    if blame is None:
        return None
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
                        "title": part.title, "lane": part.lane, "share": blame.part([part], key),
                        **_estimate(blame.caused([part], key)),
                    }
                    for part in blame.parts
                },
            }
            for key in BLAMED
        },
    }  # fmt: skip


def _ranked(blame: Blame, parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: -blame.caused([part], "drop-off").value)


def _cell(blame: Blame, parts: list[Part], key: str) -> Cell:
    caused = blame.caused(parts, key)
    part = blame.part(parts, key)
    if math.isfinite(part) and abs(part) < NOTHING:
        return Cell("0", span(caused, UNITS[key]))
    share = _percent(part) if math.isfinite(part) else DASH
    return Cell(f"{number(caused.value, UNITS[key])}", f"{share}; {span(caused, UNITS[key])}")


def _written(blame: Blame, parts: list[Part], key: str) -> str:
    part = blame.part(parts, key)
    if not math.isfinite(part):
        return number(blame.caused(parts, key).value, UNITS[key])
    return f"{number(blame.caused(parts, key).value, UNITS[key])}  ({_percent(part)})" if abs(part) >= NOTHING else "0"


def _percent(part: float) -> str:
    return f"{part:.0%}".replace("-", "−") if abs(part) >= NOTHING else "0%"


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


SECTION = Section("blame", "Who is to blame", _values, _pictures, _machine)
