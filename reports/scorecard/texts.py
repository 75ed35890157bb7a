"""The scorecard in words and plain values: for the page, the terminal and machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeys.evidence import QUALITIES, Evidence, Quality
from reports.scorecard.qualities import DEFINITIONS, Score
from reports.tables import Cell
from reports.wording import DASH

NAME = "scorecard"
ALIKE: Mapping[Quality, float] = {"scalable": 0.20, "fast": 0.10, "redundant": 0.10}
ALIKE_ELSE = 0.02
"""Scores less apart are called the same: two measurements of one back end, on a busy machine, are as far apart."""

WIDTH = 22
GLANCED = 4
BASIS = (
    "Scores of 100, measured on the running back end in a few seconds each; what 0 and 100 mean stands below the table."
)


@dataclass(frozen=True, slots=True)
class Card:
    """One back end's scores, and the evidence that they are made of."""

    name: str
    title: str
    scores: Mapping[Quality, Score]
    evidence: Sequence[Evidence]


def shown(score: Score) -> str:
    """Return a score as a number from 0 to 100, or a dash where there is none."""
    return DASH if score.value is None else f"{100 * score.value:.0f}"


def change(cards: Sequence[Card], quality: Quality) -> tuple[str, str]:
    """Return how the last card's score compares with the first one's, in words, and the tone of it."""
    one, other = cards[0].scores[quality].value, cards[-1].scores[quality].value
    if one is None or other is None:
        return "not compared", ""
    if abs(other - one) < ALIKE.get(quality, ALIKE_ELSE):
        return "about the same", ""
    return (f"better by {100 * (other - one):.0f}", "agrees") if other > one else (
        f"worse by {100 * (one - other):.0f}", "differs")  # fmt: skip


def table(cards: Sequence[Card]) -> list[tuple[Quality, str, str, list[Cell]]]:
    """Return a row a quality: its name, title, what it asks, and a cell a card, with the raw measurement below."""
    found = []
    for quality in QUALITIES:
        cells = [Cell(shown(card.scores[quality]), card.scores[quality].raw) for card in cards]
        if len(cards) > 1:
            words, tone = change(cards, quality)
            cells.append(Cell(words, "", tone))
        found.append((quality, DEFINITIONS[quality].title, DEFINITIONS[quality].asks, cells))
    return found


def glance(cards: Sequence[Card]) -> list[tuple[str, str, str, str, str]]:
    """Return the qualities to look at first: title, score before, now, change, and better or worse.

    Those that moved most, or that are weakest. The score before is empty where there is one card.
    """

    def moved(quality: Quality) -> float:
        one, other = cards[0].scores[quality].value, cards[-1].scores[quality].value
        return abs(other - one) if one is not None and other is not None else 0.0

    known = [quality for quality in QUALITIES if cards[-1].scores[quality].value is not None]
    known.sort(key=lambda quality: (-moved(quality), cards[-1].scores[quality].value))
    found = []
    for quality in known[:GLANCED]:
        before = shown(cards[0].scores[quality]) if len(cards) > 1 else ""
        words, tone = change(cards, quality) if len(cards) > 1 else ("", "")
        how = {"agrees": "better", "differs": "worse"}.get(tone, "")
        if how:
            words = f"{words.rpartition(' ')[2]} points"
        found.append((DEFINITIONS[quality].title, before, shown(cards[-1].scores[quality]), words, how))
    return found


def verdict(cards: Sequence[Card]) -> str:
    """Return what the scorecard comes to, in a sentence or two."""
    last = cards[-1]
    measured = [(quality, score.value) for quality, score in last.scores.items() if score.value is not None]
    open_ = [DEFINITIONS[quality].title for quality, score in last.scores.items() if score.value is None]
    said = []
    if len(cards) > 1:
        moved: dict[str, list[str]] = {"better": [], "worse": []}
        for quality in QUALITIES:
            how = change(cards, quality)[0].split()[0]
            if how in moved:
                moved[how].append(DEFINITIONS[quality].title.lower())
        parts = [f"more {_listed(moved['better'])}"] if moved["better"] else []
        parts += [f"less {_listed(moved['worse'])}"] if moved["worse"] else []
        said.append(f"“{last.title}” is {', and '.join(parts)}." if parts else f"“{last.title}” changes none of them.")
    if measured:
        quality, least = min(measured, key=lambda item: item[1])
        weakest = f"Weakest: {DEFINITIONS[quality].title.lower()}, {100 * least:.0f} of 100."
        said.append(weakest if round(100 * least) < 100 else "Everything that was measured is at 100.")
    if open_:
        said.append(f"Not measured: {_listed([title.lower() for title in open_])}.")
    return " ".join(said)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def lines(cards: Sequence[Card]) -> list[str]:
    """Return the lines to print: a row a quality, and below it what was measured."""
    heads = [card.title for card in cards]
    widths = [max(12, len(head)) for head in heads]
    found = ["", " " * WIDTH + "  ".join(head.rjust(width) for head, width in zip(heads, widths, strict=True))]
    for quality, title, _, cells in table(cards):
        numbers = "  ".join(cell.text.rjust(width) for cell, width in zip(cells, widths, strict=False))
        found.append(f"{title:{WIDTH}}{numbers}" + (f"  {cells[-1].text}" if len(cards) > 1 else ""))
        said = dict.fromkeys(card.scores[quality].raw for card in cards)
        for raw in said:
            who = "" if len(said) == 1 else f"{next(c.title for c in cards if c.scores[quality].raw == raw)}: "
            found.append(f"    {who}{raw}")
        notes = dict.fromkeys(note for card in cards for note in card.scores[quality].notes)
        found += [f"      {note}" for note in notes]
    return [*found, "", verdict(cards), ""]


def values(card: Card) -> dict[str, Any]:
    """Return a card in plain values."""
    return {
        "title": card.title,
        "scores": {
            quality: {"score": score.value, "raw": score.raw, "notes": list(score.notes)}
            for quality, score in card.scores.items()
        },
        "evidence": [
            {"quality": row.quality, "measure": row.measure, "subject": row.subject, "value": row.value,
             "unit": row.unit, "verdict": row.verdict, "detail": row.detail}
            for row in card.evidence
        ],
    }  # fmt: skip
