"""Ready questions are answered on any run, and their figures are those of the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.eventlog import Run
from reports.questions import QUESTIONS, lines
from tests.reports.synthetic import population, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder: Path = tmp_path_factory.mktemp("questions")
    run: Run = write_run(folder / "run", [population(seed, 40) for seed in range(2)])
    return run


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_is_answered(run: Run, name: str) -> None:
    assert len(run.sql(QUESTIONS[name].sql).columns) >= 3


def test_what_they_count_adds_up(run: Run) -> None:
    frame = run.frame()
    exits = frame[frame["step"] == "exit"]
    ended = run.sql(QUESTIONS["outcomes"].sql).set_index("outcome")["customers"].to_dict()
    assert ended == exits["outcome"].astype(str).value_counts().to_dict()
    lost = run.sql(QUESTIONS["drop-off"].sql)
    assert lost["customers"].sum() == (~exits["outcome"].isin(["completed", "censored"])).sum()
    assert not lost["step"].isin(["arrival", "exit"]).any()
    segments = run.sql(QUESTIONS["segments"].sql)
    assert segments["customers"].sum() == len(exits)
    calls = run.sql(QUESTIONS["calls"].sql)
    assert calls["contacts"].sum() == frame["step"].astype(str).str.startswith("contact:").sum()
    reviewed = frame[(frame["step"] == "review") & (frame["outcome"] == "served")]
    times = run.sql(QUESTIONS["times"].sql).set_index("step").loc["review"]
    assert times["visits"] == len(reviewed)
    assert times["median"] == pytest.approx((reviewed["end_s"] - reviewed["ready_s"]).median(), abs=0.001)
    hours = run.sql(QUESTIONS["stations"].sql).set_index("station")["hours"]
    desk = frame[(frame["station"] == "desk")]
    assert hours["desk"] == pytest.approx((desk["end_s"] - desk["start_s"]).sum() / 3600, abs=0.051)


def test_they_are_listed() -> None:
    assert [line.split()[0] for line in lines()] == list(QUESTIONS)
