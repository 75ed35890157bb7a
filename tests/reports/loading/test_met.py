"""What customers met under load, and the course of memory, of runs whose numbers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from journeys import Journey, Poisson, Step, per_second
from journeys.eventlog import Row
from reports.loading.course import course
from reports.loading.generation import generation
from reports.loading.memory import memory, samples
from reports.loading.memory_figure import memory_figure
from reports.loading.met import experience, lines
from reports.pictures.drawing import svg_text
from tests.reports.loading.test_generation import arrival, made

PAY = Journey(
    name="shop", arrivals=Poisson(per_second(1)), steps=(Step(name="pay", lane="customer", title="Pay by card"),)
)


def tried(customer: int, planned_s: float, took_s: float, outcome: str = "served", why: str = "") -> Row:
    at = (planned_s, planned_s, planned_s, planned_s + took_s)
    return Row(customer, "all", "pay", 0, "customer", "till", 0, *at, outcome, "", why)


def test_steps_and_errors_by_kind(tmp_path: Path) -> None:
    rows = [tried(number, 0.1 * number, 0.01 * (number + 1)) for number in range(90)]
    rows += [tried(number, 9.5, 2.0, "timed_out", "no answer in time") for number in range(90, 94)]
    rows += [tried(number, 9.5, 0.1, "failed", "500, expected 200") for number in range(94, 99)]
    rows += [tried(99, 11.0, 0.1, "failed", "attempt 2; 500, expected 200")]
    run = made(tmp_path, [[arrival(0, 0.0, 0.003), *rows[::2]], rows[1::2]], requests_per_s=9.9)
    found = experience(run)
    (met,) = found.steps
    assert (met.step, met.tried, met.failed, met.per_s) == ("pay", 100, 10, 9.9)
    took_s = sorted(row.end_s - row.intended_s for row in rows)
    told = [met.latency_s[q] for q in (0.5, 0.95, 0.99, 1.0)]
    assert told == pytest.approx(np.quantile(took_s, (0.5, 0.95, 0.99, 1.0)).tolist())
    # a further attempt's error is of the same kind
    assert found.errors == (
        ("pay", "500, expected 200", 6, 9.5, 11.0),
        ("pay", "no answer in time", 4, 9.5, 9.5),
    )
    assert found.together is None  # one step is all steps
    told = generation(run)
    assert told is not None
    said = "\n".join(lines(PAY, told, found))
    assert "1 of 1 planned customer started (9 / s), 9.9 requests a second; lag p50 3 ms" in said
    assert "Pay by card             100    9.9       10 (10%)" in said
    assert said.endswith(
        "6 times Pay by card: 500, expected 200 (9.5 s to 11 s into the run)\n"
        "4 times Pay by card: no answer in time (9.5 s to 9.5 s into the run)"
    )
    by_time = course(run)
    assert (by_time.answered.sum(), by_time.failed.sum()) == (90, 10)


def test_all_steps_together_are_of_their_tries_not_of_their_quantiles(tmp_path: Path) -> None:
    pay = [tried(number, 0.1 * number, 0.01 * (number + 1)) for number in range(90)]
    ship = [tried(number, 5.0, 4.0, "failed", "gone")._replace(step="ship") for number in range(10)]
    found = experience(made(tmp_path, [[arrival(0, 0.0, 0.003), *pay, *ship]]))
    both = found.together
    assert both is not None
    assert (both.tried, both.failed) == (100, 10)
    took_s = [row.end_s - row.intended_s for row in [*pay, *ship]]
    told = [both.latency_s[q] for q in (0.5, 0.95, 0.99, 1.0)]
    assert told == pytest.approx(np.quantile(took_s, (0.5, 0.95, 0.99, 1.0)).tolist())
    assert [title for title, _ in found.rows(PAY)] == ["Pay by card", "ship", "All steps"]


@pytest.mark.parametrize(
    ("grows_mb_per_h", "noise_mb", "expected"), [(0.0, 1.0, "flat"), (600.0, 1.0, "grows"), (60.0, 30.0, "not known")]
)
def test_memory_that_stays_and_memory_that_grows(grows_mb_per_h: float, noise_mb: float, expected: str) -> None:
    at_s = np.arange(600.0)
    held = 100 + grows_mb_per_h * at_s / 3600 + noise_mb * np.random.default_rng(2).standard_normal(600)
    held[:100] -= 50 * (1 - at_s[:100] / 100)  # filling at the beginning is no growth
    found = memory(np.column_stack([at_s, held]).tolist())
    assert found is not None
    assert found.course == expected
    said = {"flat": "flat, within ", "grows": "grows, +", "not known": "): too short or too restless a run to tell"}
    assert said[expected] in found.words
    assert found.low < grows_mb_per_h < found.high


def test_too_short_to_tell() -> None:
    assert memory([(float(at_s), 90.0) for at_s in range(20)]) is None
    assert memory(()) is None
    short = memory([(float(at_s), 90.0) for at_s in range(100)])
    assert short is not None
    assert (short.course, short.words) == ("not known", "of so short a run no course is told")


def test_memory_is_told_process_by_process(tmp_path: Path) -> None:
    at_s = [float(at) for at in range(0, 1200, 4)]
    noise = np.random.default_rng(3).standard_normal(len(at_s)).tolist()
    back_end = [60 + 120 * at / 3600 + one for at, one in zip(at_s, noise, strict=True)]
    workers = {f"worker {k}": [150 + one for one in noise] for k in range(2)}
    workers["worker 1"][:2] = [None, None]  # not heard of yet
    told = {"at_s": [*at_s, 1300.0], "in_flight": [40] * 301, "mb": {"server": [*back_end, 0.0]}}
    told["mb"] |= {name: [*held, 9.0] for name, held in workers.items()}  # after the last arrival: not counted
    run = made(tmp_path, [[arrival(0, 0.0, 0.003), tried(0, 0.1, 0.2)]], memory=told, duration_s=1200.0)
    found = generation(run)
    assert found is not None
    assert found.held is not None
    assert {name: one.course for name, one in found.memory.items()} == {
        "all workers": "flat", "worker 0": "flat", "worker 1": "flat", "server": "grows",
    }  # fmt: skip
    assert next(iter(found.memory)) == found.held.generator == "all workers"
    assert found.memory["all workers"].last_mb == pytest.approx(300, abs=1)
    said = "\n".join(lines(PAY, found, experience(run)))
    assert (
        "Memory at last, and how it grew after the first fifth of the run:\n  all workers  300 MB, flat, with" in said
    )
    assert "  server  98 MB, grows, +121 MB an hour (+119 to +123)" in said
    drawn = svg_text(memory_figure(found.held, found.memory))
    for word in (
        "Memory, MB",
        "server: 98 MB, grows, ",
        "worker 0: 150 MB, flat, within ",
        "fills",
        "Customers on their",
    ):
        assert word in drawn
    assert "all workers" not in drawn
    assert samples({}) is None
