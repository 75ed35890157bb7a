"""Scores are made of evidence alone, mean what they say at both ends, and are left open where nothing was measured."""

from __future__ import annotations

from typing import Any

import pytest

from journeys.evidence import QUALITIES, Evidence, read_evidence, write_evidence
from reports.scorecard.qualities import DEFINITIONS, scores
from reports.scorecard.texts import Card, change, lines, values, verdict


def rows(quality: Any, **measures: float) -> list[Evidence]:
    return [Evidence(quality, name.replace("_", " "), "x", value) for name, value in measures.items()]


def value(quality: Any, found: list[Evidence]) -> float | None:
    return scores(found)[quality].value


@pytest.mark.parametrize(
    ("quality", "measures", "score"),
    [
        ("integrated", {"facts_asked": 10, "facts_asked_again": 0, "comparisons": 5, "contradictions": 0}, 1.0),
        ("integrated", {"facts_asked": 10, "facts_asked_again": 5, "comparisons": 4, "contradictions": 1}, 0.375),
        ("integrated", {"facts_asked": 10, "comparisons": 4, "contradictions": 4}, 0.0),
        ("flexible", {"files": 0, "restarts": 0, "until_in_force": 0.1}, 1.0),
        ("flexible", {"files": 1, "restarts": 1, "until_in_force": 2.0}, 1 / 3),
        ("flexible", {"files": 0, "restarts": 0, "until_in_force": 0.1, "cases_lost": 1}, 0.0),
        ("database-agnostic", {"customers": 8, "differs": 2}, 0.75),
        ("redundant", {"steps_in_the_fault": 20, "unhurt": 15}, 0.75),
        ("redundant", {"steps_in_the_fault": 20, "unhurt": 20, "lost": 1}, 0.0),
        ("redundant", {"steps_in_the_fault": 20, "unhurt": 20, "done_twice": 1}, 0.0),
    ],
)
def test_a_score_is_its_definition(quality: Any, measures: dict[str, float], score: float) -> None:
    assert value(quality, rows(quality, **measures)) == pytest.approx(score)


def test_each_pair_of_parts_counts_the_same_however_often_it_was_looked_at() -> None:
    found = [
        Evidence("integrated", "comparisons", "page and API", 900),
        Evidence("integrated", "comparisons", "stock", 9),
        Evidence("integrated", "contradictions", "stock", 9),
    ]
    assert value("integrated", found) == pytest.approx(0.5)


@pytest.mark.parametrize(("two", "score"), [(20.0, 1.0), (10.0, 0.0), (15.0, 0.5), (25.0, 1.0), (8.0, 0.0)])
def test_scalable_is_the_gain_of_a_replica_within_its_ends(two: float, score: float) -> None:
    found = [
        Evidence("scalable", "throughput", "1 replica", 10.0),
        Evidence("scalable", "throughput", "2 replicas", two),
    ]
    assert value("scalable", found) == pytest.approx(score)


def test_fast_is_apdex() -> None:
    found = [
        *rows("fast", answers=10, satisfied=6, tolerated=2),
        Evidence("fast", "p95", "pay", 1.5, "s", detail="1 s"),
    ]
    assert value("fast", found) == pytest.approx(0.7)
    assert "slowest step pay, p95 1.5 s of 1 s" in scores(found)["fast"].raw


def check(measure: str, how: Any) -> Evidence:
    return Evidence("secure", measure, verdict=how, detail="seen")


def test_one_critical_check_that_is_broken_makes_secure_nought() -> None:
    held = [check(name, "held") for name in ("errors", "doors", "headers")]
    assert value("secure", [*held, check("cookies", "broken")]) == pytest.approx(0.75)
    assert value("secure", [*held, check("cookies", "weak")]) == pytest.approx(0.875)
    assert value("secure", [*held, check("script", "broken")]) == 0.0
    assert value("secure", [*held, check("doors", "weak")]) == pytest.approx(2.5 / 3)  # the worst of a check counts


def test_what_was_not_measured_has_no_score_and_says_why() -> None:
    found = scores([Evidence("redundant", "quality", verdict="not measured", detail="nothing may be broken there")])
    assert (found["redundant"].value, found["redundant"].raw) == (None, "nothing may be broken there")
    assert {found[quality].value for quality in QUALITIES} == {None}
    assert found["fast"].raw == "not asked for"


def card(name: str, integrated: float, restarts: int) -> Card:
    found = [*rows("integrated", facts_asked=100, facts_asked_again=100 * (1 - integrated)),
             *rows("flexible", files=restarts, restarts=restarts, until_in_force=1.0)]  # fmt: skip
    return Card(name, name.capitalize(), scores(found), found)


def test_two_cards_side_by_side_say_what_moved() -> None:
    cards = [card("before", 0.5, 1), card("after", 1.0, 1)]
    assert change(cards, "integrated") == ("better by 50", "agrees")
    assert change(cards, "flexible") == ("about the same", "")
    assert change(cards, "fast") == ("not compared", "")
    assert verdict(cards).startswith("“After” is more integrated. Weakest: flexible, 33 of 100. Not measured: ")
    said = "\n".join(lines(cards))
    assert "Integrated" in said
    assert "50 of 100 facts were asked again" in said
    assert values(cards[1])["scores"]["integrated"]["score"] == 1.0


def test_each_quality_is_defined_at_both_ends() -> None:
    assert tuple(DEFINITIONS) == QUALITIES
    assert all(one.nought and one.one and one.how for one in DEFINITIONS.values())


def test_evidence_is_kept_and_seen_by_queries(tmp_path: Any) -> None:
    from journeys.eventlog import Manifest, Run, RunWriter

    manifest = Manifest("shop", "", "as-is", "load", "measured", 1, 1, 0)
    with RunWriter(tmp_path, manifest):
        pass
    kept = [*rows("fast", answers=3), Evidence("secure", "cookies", "/", None, "", "broken", 'it\'s "sid"')]
    write_evidence(tmp_path, kept)
    assert read_evidence(tmp_path) == kept
    answer = Run.open(tmp_path).sql("SELECT quality, sum(value) AS n FROM evidence GROUP BY 1 ORDER BY 1")
    assert answer["quality"].tolist() == ["fast", "secure"]
    assert answer["n"].iloc[0] == 3.0
