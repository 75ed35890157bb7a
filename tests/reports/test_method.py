"""The method is told from the runs themselves, and its commands make them again."""

from __future__ import annotations

import shlex
from pathlib import Path

from journeys.eventlog import Run, annotate
from reports.method import command_of, method
from reports.study import Arm, analyse
from simulators.simulation import Settings, Simulation, simulate_all
from tests.reports.synthetic import LOAN, population, write_run


def test_it_has_the_checklists_chapters_in_order(tmp_path: Path) -> None:
    arms = [
        Arm(name, name, LOAN, write_run(tmp_path / name, [population(seed, 20) for seed in range(3)], seed=77))
        for name in ("before", "after")
    ]
    chapters = method(analyse(title="Loan", simulated=arms))
    assert [chapter.title for chapter in chapters] == [
        "Objectives", "Logic", "Data", "Experimentation", "Implementation", "Code access",
    ]  # fmt: skip
    said = "\n".join(text for chapter in chapters for item in chapter.items for text in item.texts)
    assert "would “after” change about that?" in said
    assert "3 independent replications." in said
    assert "seed 77" in said
    assert "simple 80%, complex 20%" in said
    assert "desk, 2 (mon-fri 08:00 to 18:00)" in said
    measured = Arm("browsed", "", LOAN, write_run(tmp_path / "browsed", [population(1, 9)], kind="measured"))
    assert method(analyse(title="Loan", measured=[measured])) == ()


def test_its_commands_name_everything_that_the_rows_depend_on(tmp_path: Path) -> None:
    simulate_all(
        [
            Simulation(
                LOAN, tmp_path / "run", "more", {"stations.desk.servers": "4", "title": "A title"}, "shop/loan.py"
            )
        ],
        Settings(seed=9, replications=2, customers=30, engine="simpy", jobs=1),
    )

    annotate(tmp_path / "run", reference="shop/loan.py")
    words = shlex.split(command_of(Run.open(tmp_path / "run").manifest, 2))
    assert words == [
        "journeywright", "simulate", "shop/loan.py", "--set", "stations.desk.servers=4", "--set", "title=A title",
        "--replications", "2", "--customers", "30", "--seed", "9", "--engine", "simpy",
    ]  # fmt: skip
