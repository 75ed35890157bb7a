"""Speed and memory, printed: every contender on every model, interleaved, as ratios to the yardstick.

Run it on a quiet machine: ``pytest -m bench tests/bench/test_speed.py``. BENCH_CUSTOMERS and BENCH_ROUNDS change how
many customers a run has and how many rounds are made.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from tests.bench.contenders import LIMIT, MODELS, YARDSTICK, entrants, whole_log
from tests.bench.measuring import Child, Sample

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WARM_UP = 200


@pytest.mark.parametrize("model", MODELS)
def test_customers_a_second_and_memory(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    missing = {name: reason for name, entrant in entrants(model).items() if (reason := entrant.missing())}
    samples = interleaved(model, [name for name in entrants(model) if name not in missing])
    with capsys.disabled():
        print(f"\n\n{model}: {CUSTOMERS} customers, {ROUNDS} rounds, CPU time; medians (lowest to highest)")
        print(table(samples, {name: getattr(entrant, "note", "") for name, entrant in entrants(model).items()}))
        for name, reason in missing.items():
            print(f"{name}: left out, {reason}")


def interleaved(model: str, names: Sequence[str]) -> dict[str, list[Sample]]:
    """Return each contender's turns: one a round, each round begun by another."""
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    with ExitStack() as stack:
        children = {name: stack.enter_context(Child()) for name in names}
        for name, child in children.items():
            child.measure(whole_log, model, name, WARM_UP, 0)  # imports, caches, perhaps a compiler
        for turn in range(ROUNDS):
            first = turn % len(names)
            for name in (*names[first:], *names[:first]):
                samples[name].append(children[name].measure(whole_log, model, name, CUSTOMERS, turn + 1))
    return samples


def table(samples: dict[str, list[Sample]], notes: dict[str, str]) -> str:
    """Return the table: speed, its ratios to the yardstick and to the limit, memory of the first run, rows."""
    lines = [f"{'':24}{'customers/s':>12}{'times the yardstick':>24}{'of the limit':>14}{'MB':>7}{'rows':>6}"]
    for name, own in samples.items():
        speed = CUSTOMERS / statistics.median(sample.seconds for sample in own)
        ratios = sorted(_ratios(samples[YARDSTICK], own))
        times = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        limit = f"{statistics.median(_ratios(samples[LIMIT], own)):.4f}" if LIMIT in samples else ""
        rows = own[0].rows / CUSTOMERS
        lines.append(f"{name:24}{speed:12.0f}{times:>24}{limit:>14}{own[0].added_mb:7.0f}{rows:6.1f}  {notes[name]}")
    return "\n".join(lines)


def _ratios(others: Sequence[Sample], own: Sequence[Sample]) -> list[float]:
    return [other.seconds / mine.seconds for other, mine in zip(others, own, strict=True)]
