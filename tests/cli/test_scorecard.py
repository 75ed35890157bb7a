"""The scorecard as a command: at an application of one's own, what it says, keeps, and leaves open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest

from journeys.eventlog import Run
from tests.cli.running import Done, journeywright
from tests.serving import OWN_APPLICATION, Serving

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/summary.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def library() -> Iterator[str]:
    """The address of an application for the first journey, which lists its members to anybody."""
    with Serving(OWN_APPLICATION) as serving:
        yield serving.url


@pytest.mark.load
def test_an_application_of_ones_own_is_measured_as_far_as_it_can_be_seen(library: str, tmp_path: Path) -> None:
    done = journeywright("scorecard", "first-journey", "--target", library, "--json", folder=tmp_path)
    summary = json.loads(done.out)
    jsonschema.validate(summary, SCHEMA)
    (card,) = summary["sections"]["scorecard"]["cards"].values()
    scores = card["scores"]
    left_open = {name for name, score in scores.items() if score["score"] is None}
    assert left_open == {"flexible", "scalable", "database-agnostic", "redundant"}
    assert all(scores[name]["raw"] for name in left_open)
    assert scores["secure"]["score"] == 0
    assert any("/api/members" in note for note in scores["secure"]["notes"])
    assert "to anybody" in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    seen = Run.open(tmp_path / "out/runs/scored-as-is").sql("SELECT * FROM evidence WHERE verdict = 'broken'")
    assert "unauthenticated" in seen["measure"].tolist()
    again = journeywright("report", "out/runs/scored-as-is", "--json", "--out", "again", folder=tmp_path)
    (same,) = json.loads(again.out)["sections"]["scorecard"]["cards"].values()
    assert same["scores"] == scores


def test_what_is_no_quality_is_said_with_what_is_near(command: Callable[..., Done]) -> None:
    done = command("scorecard", "first-journey", "--only", "secure, flexibel")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("--only: is no quality (got flexibel); did you mean 'flexible'?")
