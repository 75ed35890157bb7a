"""Pictures drawn by a process of its own are those drawn here; and what a small comparison does without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.html import illustrated
from reports.pictures import apart
from reports.pictures.apart import Illustrator
from reports.study import Arm, Study, analyse
from tests.reports.synthetic import DAY, LOAN, population, write_run

ROOT = Path(__file__).parents[3]


def study(folder: Path) -> Study:
    arms = {"before": {}, "after": {"completes": 0.8, "decision_s": DAY}}
    runs = {name: write_run(folder / name, [population(1, 30, **more)]) for name, more in arms.items()}
    return analyse(title="Loan", simulated=[Arm(name, name, LOAN, run) for name, run in runs.items()])


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_pays", lambda: True)


@pytest.mark.usefixtures("idle")
def test_another_process_draws_the_same_and_where_it_is_killed_it_is_drawn_here(tmp_path: Path) -> None:
    told = study(tmp_path)
    here = [(section.name, pictures) for section, pictures in illustrated(told)]
    with Illustrator() as illustrator:
        illustrator.begin()
        illustrator.take(told)
        there = [(section.name, illustrator.drawn(section.name)) for section, _ in illustrated(told)]
    assert there == here
    assert sum(len(pictures) for _, pictures in here) > 10
    with Illustrator() as illustrator:
        illustrator.begin()
        assert illustrator.process is not None
        illustrator.process.kill()
        illustrator.take(told)
        assert [(section.name, pictures) for section, pictures in illustrated(told, illustrator)] == here


@pytest.mark.usefixtures("idle")
def test_a_large_study_is_drawn_here_and_nobody_is_left_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MOST_CUSTOMERS", 10)
    with Illustrator() as illustrator:
        illustrator.begin()
        process = illustrator.process
        assert process is not None
        illustrator.take(study(tmp_path))
        assert process.poll() is not None
        assert illustrator.drawn("funnel") is None


def test_a_small_comparison_imports_neither_pandas_nor_scipy_nor_what_draws(tmp_path: Path) -> None:
    """Each of them takes as long to import as the comparison takes to be made, so time is held by what is imported."""
    script = (
        "import json, sys; from reports.pictures import apart; apart._pays = lambda: True\n"
        "import journeywright\n"
        "try: journeywright.main(json.loads(sys.argv[1]))\n"
        "except SystemExit as end: assert end.code in (0, 1), end.code\n"
        "print('|'.join(sorted(name for name in sys.modules if '.' not in name)), file=sys.stderr)"
    )
    asked = ["compare", "loan-application", "--replications", "1", "--customers", "300", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(asked)], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    imported = set(done.stderr.splitlines()[-1].split("|"))
    assert imported & {"pandas", "scipy", "matplotlib", "joblib", "unittest", "asyncio"} == set()
    assert '<svg role="img"' in (tmp_path / "out/report.html").read_text(encoding="utf-8")
