"""Claims are read as they are meant, and what is no claim says why."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from journeys.budgets import Metric
from journeys.claims import Band, Claim, read_claims
from journeys.errors import InvalidInput

INF = math.inf


@pytest.mark.parametrize(
    ("says", "band"),
    [
        ("completion up at least 40%", Band("relative", 0.4, INF)),
        ("completion up by at least 16 points", Band("absolute", 0.16, INF)),
        ("completion up at most 2.5 pp", Band("absolute", -INF, 0.025)),
        ("calls down at least 35%", Band("relative", -INF, -0.35)),
        ("calls per 100 down at most 10", Band("absolute", -10.0, INF)),
        ("calls per 100 down 30% to 40%", Band("relative", -0.4, -0.3)),
        ("completion up 14 to 18 points", Band("absolute", 0.14, 0.18)),
        ("completion up 35 to 45%", Band("relative", 0.35, 0.45)),
        ("p95 wait(review) down at least 2 h", Band("absolute", -INF, -7200.0)),
        ("time to decision unchanged within 5%", Band("relative", -0.05, 0.05)),
    ],
)
def test_a_change_is_a_band(says: str, band: Band) -> None:
    claim = Claim(says)
    assert claim.problem() == ""
    assert claim.limit is None
    read = claim.band
    assert read is not None
    assert read.scale == band.scale
    assert (read.low, read.high) == pytest.approx((band.low, band.high))


def test_a_limit_is_a_budget() -> None:
    claim = Claim("calls <= 30")
    assert claim.band is None
    assert claim.limit is not None
    assert claim.limit.text == "calls per 100 <= 30"
    assert Claim("p95(submit) < 800 ms").metric == Metric("p95", "submit")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("happiness up at least 40%", "not a metric"),
        ("completion up at least 3 h", "write 40%, or 16 points"),
        ("time to decision down at least 3", "write 40%, or 2 h"),
        ("calls down at least 5 points", "write 40%, or 12"),
        ("completion up 45% to 35%", "not a range"),
        ("completion up 5 points to 35%", "not a range"),
        ("completion better", "not a claim"),
        ("completion >= a lot", "not a limit"),
    ],
)
def test_what_is_no_claim_says_why(says: str, words: str) -> None:
    assert words in Claim(says).problem()


def test_a_file_gives_its_claims_their_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(
        'against = "as-is"\nscenario = "all"\n\n[[claims]]\nsays = "completion up at least 40%"\nnote = "the case"\n\n'
        '[[claims]]\nsays = "calls <= 30"\nscenario = "one"\n'
    )
    assert read_claims(file) == (
        Claim("completion up at least 40%", "all", "as-is", "the case"),
        Claim("calls <= 30", "one", "as-is"),
    )
    file.write_text('claims = ["completion up at least 40%", "calls <= 30"]')
    assert [claim.says for claim in read_claims(file)] == ["completion up at least 40%", "calls <= 30"]


def test_all_problems_of_a_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(
        'scenari = "all"\n[[claims]]\nsays = "completion better"\n[[claims]]\nscenario = "x"\n'
        '[[claims]]\nsays = "calls <= 30"\nof = 3\n'
    )
    with pytest.raises(InvalidInput) as raised:
        read_claims(file)
    told = [str(problem) for problem in raised.value.problems]
    assert len(told) == 4
    assert "scenario" in told[0]
    assert "not a claim" in told[1]
    assert "claim 2.says: is missing" in told[2]
    assert "claim 3.of: is not known" in told[3]


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("claims = [", "is not TOML"), ("", "are none")])
def test_a_file_that_is_none(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "claims.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidInput, match=words):
        read_claims(file)
