"""Replays and profiles, read from what people have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from journeys import Journey, per_second
from journeys.errors import InvalidInput
from journeys.eventlog import ARRIVAL, Manifest, Row, RunWriter
from load.planning import plan
from load.workloads import Replay, read_profile, read_replay


def planned(journey: Journey, replay: Replay, speed: float, max_rate: float = 200.0) -> list[float]:
    return plan(
        journey, 1, rate=None, duration_s=1000.0, customers=None, speed=speed, max_rate=per_second(max_rate),
        max_customers=1000, workload=replay,
    ).tolist()  # fmt: skip


def test_seconds_and_moments(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("who,at\na,12.5\nb,3\nc,40\n")
    assert read_replay(path, "at").times_s == (3.0, 12.5, 40.0)
    path.write_text("arrived\n2026-03-01T08:00:00\n2026-03-01T07:59:30\n2026-03-01 08:01\n")
    assert read_replay(path).times_s == (0.0, 30.0, 90.0)


def test_a_run_is_replayed_on_the_journeys_clock(tmp_path: Path, loan: Journey) -> None:
    manifest = Manifest("loan", "", "as-is", "load", "measured", 1, 1, 3, speed=60.0)
    with RunWriter(tmp_path / "run", manifest) as writer:
        for number, at_s in enumerate((0.5, 1.0, 4.0)):
            writer.add(Row(number, "", ARRIVAL, 0, "customer", "", -1, at_s, at_s + 0.1, at_s, at_s, "served", "", ""))
    replay = read_replay(tmp_path / "run")
    assert replay.times_s == (30.0, 60.0, 240.0)
    assert planned(loan, replay, speed=120.0) == [0.25, 0.5, 2.0]


def test_a_replay_keeps_to_the_cap_at_its_busiest(loan: Journey) -> None:
    burst = Replay((0.0, *np.linspace(500.0, 505.0, 100)))
    assert len(planned(loan, burst, 1.0, max_rate=11.0)) == 101
    with pytest.raises(InvalidInput, match=r"--speed: is more than the cap on arrivals \(got 10 / s\); at most 9 / s"):
        planned(loan, burst, 1.0, max_rate=9.0)
    # twice as fast, the same burst is twice the rate, though the whole log has hardly any
    with pytest.raises(InvalidInput, match="is more than the cap"):
        planned(loan, Replay(tuple(np.linspace(0.0, 20.0, 200))), 2.0, max_rate=11.0)


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("who,at\na,1\n", "", r"--column: names no column \(got none\); one of who, at"),
        ("who,at\na,1\n", "when", r"--column: names no column \(got when\); one of who, at"),
        ("at\nsoon\n", "", "--replay: cannot be read"),
        ("at\n-5\n", "", "--replay: holds no arrivals at zero seconds or later"),
        ("at\n", "", "--replay: holds no arrivals"),
    ],
)
def test_what_cannot_be_replayed(tmp_path: Path, text: str, column: str, problem: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=problem):
        read_replay(path, column)


def test_a_file_or_a_run_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InvalidInput, match="--replay: "):
            read_replay(path)


def test_a_profile_is_the_weeks_hours(tmp_path: Path) -> None:
    path = tmp_path / "week.txt"
    path.write_text(", ".join(map(str, range(168))))
    assert read_profile(path) == tuple(map(float, range(168)))
    path.write_text("1 2 3")
    with pytest.raises(InvalidInput, match="--profile: holds 3 numbers"):
        read_profile(path)


def test_the_same_customers_in_the_same_order_under_each_law(loan: Journey) -> None:
    """A faster plan moves everybody by one factor: nobody is swapped or renewed."""
    one, two = (
        plan(loan, 1, rate=per_second(rate), duration_s=100.0 / rate, customers=50, speed=1.0,
             max_rate=per_second(200), max_customers=1000)
        for rate in (1.0, 4.0)
    )  # fmt: skip
    assert np.allclose(one, two * 4)
