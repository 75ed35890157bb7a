"""The scorecard: eight qualities of the back end, what is beside the redesign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.evidence import QUALITIES, read_evidence
from reports.pictures.drawing import Picture
from reports.scorecard.qualities import DEFINITIONS, scores
from reports.scorecard.texts import NAME, Card, shown, table, values, verdict
from reports.sections.section import Section, drawn

if TYPE_CHECKING:
    from reports.study import Study


def cards_of(folders: Mapping[str, Path], titles: Mapping[str, str]) -> list[Card]:
    """Return the cards of those runs, by name, that a scorecard left evidence beside."""
    found = []
    for name, folder in folders.items():
        if evidence := read_evidence(folder):
            found.append(Card(name, titles[name].removesuffix(", under load"), scores(evidence), evidence))
    return found


def _cards(study: Study) -> Sequence[Card]:
    found: Sequence[Card] = study.found.get(NAME, ())
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    cards = _cards(study)
    if not cards:
        return None
    notes = {
        quality: list(dict.fromkeys(note for card in cards for note in card.scores[quality].notes))
        for quality in QUALITIES
    }
    findings = [
        (card.title, row) for card in cards for row in card.evidence if row.verdict in ("broken", "weak")
        and row.quality != "ad-hoc analysis"
    ]  # fmt: skip
    return {
        "verdict": verdict(cards), "columns": [card.title for card in cards], "rows": table(cards),
        "definitions": [(DEFINITIONS[quality], notes[quality]) for quality in QUALITIES], "findings": findings,
        "evidence": [(card.title, [row for row in card.evidence if row.measure != "note"]) for card in cards],
        "compared": len(cards) > 1,
    }  # fmt: skip


def _pictures(study: Study) -> Iterator[Picture]:
    from reports.scorecard.radar import radar_figure

    if every := _cards(study):
        cards = [every[0], every[-1]] if len(every) > 1 else every
        said = "; ".join(
            f"{DEFINITIONS[quality].title} {' to '.join(shown(card.scores[quality]) for card in cards)}"
            for quality in QUALITIES
        )
        yield drawn(NAME, "The back end's scorecard", f"Scores of 100: {said}", radar_figure(cards))


def _machine(study: Study) -> Mapping[str, Any] | None:
    cards = _cards(study)
    if not cards:
        return None
    return {
        "cards": {card.name: values(card) for card in cards},
        "definitions": {
            quality: {"title": one.title, "asks": one.asks, "nought": one.nought, "one": one.one, "how": one.how}
            for quality, one in DEFINITIONS.items()
        },
    }


SECTION = Section(NAME, "The back end's scorecard", _values, _pictures, _machine)
