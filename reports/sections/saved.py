"""Who was saved: the same customers before and after, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.measuring.saved import Moves, moves
from reports.pictures.drawing import Picture
from reports.pictures.flows import saved_figure
from reports.sections.section import Section, drawn
from reports.tables import Cell, cell
from reports.verdict import Sentence
from reports.wording import number

if TYPE_CHECKING:
    from reports.study import Study


def found_moves(study: Study, scenario: str = "") -> tuple[Moves, ...]:
    """Return what a scenario (the combined one unless told) does to the baseline's customers; empty where unknown."""
    if study.comparison is None:
        return ()
    segments = [segment.name for segment in study.journey.segments]
    return moves(study.simulated[study.baseline], study.simulated[scenario or study.combined], segments)


def saved_sentence(study: Study) -> Sentence | None:
    """Return the sentence of the verdict that tells how many are saved and newly lost; None where nobody is either."""
    found = found_moves(study)
    if not found or not (found[0].saved.value or found[0].harmed.value):
        return None
    saved, harmed = (f"{share.value * 100:.1f}" for share in (found[0].saved, found[0].harmed))
    return Sentence(
        f"Of 100 customers, {saved} who were lost complete, and {harmed} who completed are lost.", ("simulated",)
    )


def _values(study: Study) -> Mapping[str, Any] | None:
    found = found_moves(study)
    if not found or study.comparison is None:
        return None
    everybody = [(study.titles[name], found_moves(study, name)[:1]) for name in study.comparison.scenarios]
    return {
        "moves": found[0],
        "groups": [(_name(one.group), one.customers, _cells(one)) for one in found],
        "scenarios": [(title, one[0].customers, _cells(one[0])) for title, one in everybody if one],
        "columns": ("Saved", "Newly lost", "Unaffected", "Otherwise"),
        "share": number,
    }


def _pictures(study: Study) -> Iterator[Picture]:
    found = found_moves(study)
    if found:
        all_of_them = found[0]
        words = (
            f"Of all customers, {number(all_of_them.saved.value, 'share')} are lost before and complete after, "
            f"{number(all_of_them.harmed.value, 'share')} the other way round; "
            f"{number(all_of_them.same.value, 'share')} fare the same."
        )
        before, after = study.titles[study.baseline], study.titles[study.combined]
        yield drawn("saved", "The same customers", words, saved_figure(all_of_them, before, after))


def _machine(study: Study) -> Mapping[str, Any] | None:
    if study.comparison is None:
        return None
    return {
        name: [
            {
                "group": one.group or "all", "customers": one.customers,
                **{key: _estimate(getattr(one, key)) for key in ("saved", "harmed", "same")},
            }
            for one in found_moves(study, name)
        ]
        for name in study.comparison.scenarios
    }  # fmt: skip


def _estimate(estimate: Any) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def _name(group: str) -> str:
    return group.replace("_", " ").replace("-", " ").capitalize() or "Everybody"


def _cells(one: Moves) -> list[Cell]:
    return [
        Cell(*_text(cell(one.saved, "share")), "better"),
        Cell(*_text(cell(one.harmed, "share")), "worse"),
        cell(one.same, "share"),
        Cell(number(max(one.other, 0.0), "share")),
    ]


def _text(shown: Cell) -> tuple[str, str]:
    return shown.text, shown.small


SECTION = Section("saved", "Who was saved", _values, _pictures, _machine)
