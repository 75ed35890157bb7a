"""Why they call: support calls by reason, and what becomes of each question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from journeys.contacts import At, During
from reports.pictures.drawing import Picture
from reports.pictures.scenarios import calls_figure
from reports.pictures.week import phone_figure
from reports.sections.section import Section, drawn, in_words
from reports.tables import Cell, cell
from reports.wording import DASH

if TYPE_CHECKING:
    from reports.measuring.results import Results
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    if not study.journey.contacts:
        return None
    return {
        "titles": [title for title, _ in study.pictured],
        "reasons": [
            (contact.reason or contact.name, _cause(study, contact.arises),
             [_level(results, f"calls.{contact.name}") for _, results in study.pictured])
            for contact in study.journey.contacts
        ],
        "answered": [_level(results, "answered") for _, results in study.pictured],
        "by_hour": _by_hour(study),
    }  # fmt: skip


def _cause(study: Study, arises: At | During) -> str:
    """Return what gives rise to a question, in words."""
    if isinstance(arises, During):
        wait = study.journey.wait(arises.wait)
        return f"while {(wait.title or wait.name)[:1].lower()}{(wait.title or wait.name)[1:]}"
    step = study.journey.step(arises.step).label
    return f"“{step}” failed" if arises.on == "failure" else f"at “{step}”"


def _level(results: Results, key: str) -> Cell:
    quantity = results.quantities.get(key)
    return cell(quantity.estimate(), quantity.unit) if quantity is not None else Cell(DASH)


def _by_hour(study: Study) -> list[tuple[str, list[Cell]]]:
    """Return for each hour of the day the calls per 100 customers, and the share answered in time, in each run."""
    rows = []
    for hour in range(24):
        cells = []
        for _, results in study.pictured:
            if results.week is None:
                continue
            calls, quick = (int(part[:, hour].sum()) for part in (results.week.calls, results.week.answered))
            level = f"{quick / calls:.0%} within 20 s" if calls else ""
            cells.append(Cell(f"{100 * calls / max(1, results.entered):.1f}", level))
        rows.append((f"{hour:02d}:00", cells))
    return rows


def _pictures(study: Study) -> Iterator[Picture]:
    if study.journey.contacts:
        words = in_words(study, "calls", "Calls per 100")
        yield drawn("calls", "Calls by reason", words, calls_figure(study.pictured))
        ringing = [
            (title, 100 * results.week.calls.sum(axis=0) / max(1, results.entered))
            for title, results in study.pictured
            if results.week is not None
        ]
        if any(calls.any() for _, calls in ringing):
            words = in_words(study, "answered", "Calls by hour of the day; answered within 20 s")
            yield drawn("phone", "Calls by hour of the day", words, phone_figure(ringing))


SECTION = Section("calls", "Why they call", _values, _pictures)
