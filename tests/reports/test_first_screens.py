"""The first screen of each kind of report answers what its reader asks first, and says no more than its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from journeys.findings import Finding, write_findings
from reports.headline import basis, headline
from reports.html import page
from reports.kinds import FIRST, in_order, kind_of
from reports.loading.course import course
from reports.loading.generation import generation
from reports.loading.met import experience
from reports.regressions.judging import Margins, compared
from reports.regressions.samples import sampled
from reports.regressions.spreads import Drift
from reports.sections import NAMES, sections_of
from reports.study import Arm, Study, analyse
from reports.wrong import Walked, lines, walked
from tests.reports.loading.test_generation import arrival, made
from tests.reports.loading.test_met import tried
from tests.reports.synthetic import LOAN, bare, population, write_run
from tests.reports.test_failover import trial

HOSTILE = '"><img src=x onerror=alert(1)>'


def measured(folder: Path, found: dict[str, Any], engine: str = "browser") -> Study:
    run = write_run(folder / engine, [population(1, 40)], kind="measured", engine=engine)
    return analyse(title="t", measured=[Arm("a", "Today", LOAN, run)], found=found)


def loaded(folder: Path, lag_s: float, **settings: Any) -> dict[str, Any]:
    steps = [tried(0, 0.1, 0.2), tried(0, 0.4, 0.2, "failed", "500, expected 200")]
    run = made(folder / "load", [[arrival(0, 0.0, lag_s), *steps]], most_lag_s=0.1, most_dropped=0.0, **settings)
    return {"generation": {"a": (generation(run), course(run), experience(run))}}


def walk(folder: Path, *findings: Finding) -> Walked:
    run = write_run(
        folder / "walk", [population(1, 9)], kind="measured", engine="browser", target="http://127.0.0.1:1", speed=60.0,
        customers=9, settings={"mocked": False}, changes={"stations.desk.servers": "2"},
    )  # fmt: skip
    write_findings(run.folder, findings)
    (run.folder / "failures").mkdir()
    for name in ("customer-3-start.png", "customer-3-end.png", "customer-3.zip", "customer-3.txt"):
        (run.folder / "failures" / name).write_bytes(b"x")
    return walked(run, folder / "out")


def test_every_section_has_its_place_in_every_kind() -> None:
    for kind, first in FIRST.items():
        assert set(first) <= set(NAMES)
        assert sorted(in_order(kind, NAMES)) == sorted(NAMES)
        assert in_order(kind, NAMES)[0] == first[0]


def test_a_load_is_first_said_to_be_made_and_what_it_met(tmp_path: Path) -> None:
    told = measured(tmp_path, loaded(tmp_path, 0.01), "load")
    assert kind_of(told) == "load"
    said = headline(told)
    assert said.answer.startswith("Today: 1 customer came as planned; 1 of 2 tries failed (50%)")
    assert any("500, expected 200" in one.text for one in said.sentences)
    assert next(iter(sections_of(told))).name == "generation"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"target": "http://me@127.0.0.1:8000/shop"}, "against http://127.0.0.1:8000, 29 Nov 2026, 07:05 UTC. Seed"),
        ({"target": "http://127.0.0.1:41", "settings": {"mocked": True}}, "against the mocked back end, 29 Nov 2026,"),
        ({"target": ""}, "20 customers. Seed"),
        ({"target": "http://127.0.0.1:8000", "kind": "simulated"}, "20 customers. Seed"),
    ],
)
def test_against_what_and_when_a_run_was_made(tmp_path: Path, told: dict[str, Any], said: str) -> None:
    known = {"kind": "measured", "engine": "load", "customers": 20, "started": "2026-11-29T07:05:25Z", **told}
    results = Arm("a", "Today", LOAN, write_run(tmp_path, [population(1, 20)], **known)).results()
    assert said in basis(results)


def test_a_load_that_was_not_made_says_so_before_its_latencies(tmp_path: Path) -> None:
    said = headline(measured(tmp_path, loaded(tmp_path, 0.5), "load"))
    assert said.answer.startswith("Today: the load was not made as planned, so that latencies look better")
    assert "up to 500 ms late (100 ms allowed)" in said.answer


def test_a_walk_says_what_is_wrong_and_who_met_it(tmp_path: Path) -> None:
    found = walk(
        tmp_path, Finding("console", "start", "a remark", 1),
        *(Finding("page-error", "start", f"{HOSTILE} is not defined", number) for number in (5, 3, 5)),
    )  # fmt: skip
    assert [(one.check, one.customers) for one in found.wrong] == [("page-error", (3, 5)), ("console", (1,))]
    told = measured(tmp_path, {"wrong": {"a": found}})
    said = headline(told)
    assert (
        said.answer == f"Today: 9 customers walked, and 1 thing is wrong: {HOSTILE} is not defined at Start (2 of 9)."
    )
    text = page(told, bare(told))
    assert "<img src=x" not in text
    assert 'href="../walk/failures/customer-3-start.png"' in text
    assert "data:image/png;base64,eA==" in text
    assert "customer-3-end.png" not in text
    again = "journeywright browse loan --set stations.desk.servers=2 --target http://127.0.0.1:1 --speed 60 --seed 1"
    assert f"{again} --customers 1 --first-customer 3" in text
    assert f"  again  {again} --customers 1 --first-customer 3" in lines("Today", found)
    assert "Traceback" not in text


def test_a_walk_without_anything_wrong_says_so(tmp_path: Path) -> None:
    told = measured(tmp_path, {"wrong": {"a": walk(tmp_path)}})
    assert headline(told).answer == "Today: 9 customers walked, and nothing was found to be wrong."
    assert "Nothing wrong was seen in what 9 customers met" in page(told, bare(told))


@pytest.mark.parametrize(("more", "word"), [({"completes": 0.05}, "Worse: "), ({}, "Nothing")])
def test_a_regression_is_the_answer_of_its_page(tmp_path: Path, more: dict[str, float], word: str) -> None:
    runs = [
        write_run(tmp_path / name, [population(1, 400, **own)], kind="measured", engine="browser")
        for name, own in {"before": {}, "after": more}.items()
    ]
    sides = [sampled(LOAN, [run.frame()]) for run in runs]
    found = {"regression": compared(sides[0], sides[1], Margins(0.05, 0.01), drift=Drift(1e-9, 1e-9))}
    arms = [Arm(name, name, LOAN, run) for name, run in zip("ab", runs, strict=True)]
    told = analyse(title="t", measured=arms, found=found)
    said = headline(told)
    assert said.answer.startswith(word)
    assert ("(" in said.answer) == (word == "Worse: ")
    assert {card.verdict for card in said.cards} & ({"worse"} if more else {"same", "inconclusive"})
    assert next(iter(sections_of(told))).name == "regression"


def test_a_failover_says_what_customers_noticed(tmp_path: Path) -> None:
    told = measured(tmp_path, {"failover": [trial()]}, "load")
    said = headline(told)
    assert said.answer.startswith("Kill, 3 replicas: ")
    assert any("acknowledged" in one.text for one in said.sentences)
