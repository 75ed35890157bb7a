"""Who is to blame: parts of a blueprint made perfect, and what is lost attributed to them without a remainder."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commands.cells import Cells
from journeys import Constant, Exponential, Journey, Money, Poisson, Station, Step, Wait, days, per_hour
from journeys.checks import problems
from journeys.eventlog import Run
from journeys.loading import load
from journeys.paths import apply
from reports.attribution.blame import BLAMED, lever_shares, who_is_to_blame
from reports.attribution.counterfactuals import parts, perfect
from reports.forms.markdown import markdown
from reports.measuring.metrics import Results, measure
from reports.study import Arm, write_report
from reports.wording import number
from simulators.simpy_engine import replicate
from simulators.simulation import Settings, Simulation, simulate_all

REPLICATIONS, CUSTOMERS = 2, 400


@pytest.fixture(scope="module")
def loan() -> Journey:
    journey = load("loan-application")
    return replace(journey, warm_up=type(journey.warm_up)(0.0), cool_down=type(journey.cool_down)(0.0))


@pytest.fixture
def cells() -> Cells:
    return Cells(3, CUSTOMERS, "simpy", 1)


def test_the_parts_of_the_loan_are_its_departments_delays_forms_and_what_is_not_known(loan: Journey) -> None:
    assert [(part.kind, part.name) for part in parts(loan)] == [
        ("forms", ""), ("system", "portal"), ("department", "service_desk"), ("department", "assessors"),
        ("elsewhere", "backstage"), ("elsewhere", "support"), ("asking again", ""), ("not knowing", ""),
    ]  # fmt: skip


def test_each_part_made_perfect_is_a_sound_journey(loan: Journey) -> None:
    for part in parts(loan):
        assert list(problems(perfect(loan, [part]))) == [], part
    assert perfect(loan, []) == loan


def test_with_every_part_perfect_nobody_is_lost_waits_or_calls(loan: Journey, cells: Cells) -> None:
    everything = perfect(loan, parts(loan))
    as_is, best = cells.quantities([(loan, 0), (everything, 0)], [*BLAMED, "completion", "denied"])
    assert best[:3] == pytest.approx([0, 0, 0])
    assert best[3] + best[4] == pytest.approx(1)
    assert as_is[0] > 0.2


def test_a_segments_difference_does_not_undo_what_is_perfect(loan: Journey) -> None:
    slow, more = dict.fromkeys(["steps.assessment.service.mean"], "3 h"), {"steps.start.abandon": 0.5}
    segments = tuple(replace(one, differs={**one.differs, **slow, **more}) for one in loan.segments)
    journey = replace(loan, segments=segments)
    assessors = next(part for part in parts(journey) if part.name == "assessors")
    made = perfect(journey, [assessors])
    assert list(problems(made)) == []
    assert all(set(slow).isdisjoint(one.differs) and more.items() <= one.differs.items() for one in made.segments)


SMALL = Journey(
    name="small", arrivals=Poisson(per_hour(60)), customers=CUSTOMERS,
    steps=(
        Step(name="apply", lane="customer", abandon=0.2),
        Step(name="check", lane="backstage", station="clerks", service=Constant(days(1)), awaits="answer"),
    ),
    stations=(Station(name="clerks", servers=10_000),),
    waits=(Wait(name="answer", uncertain=Exponential(days(1))),),
)  # fmt: skip


@pytest.mark.slow
def test_blame_is_shared_as_theory_says(cells: Cells) -> None:
    """One in five gives up applying; of the others, all but 1/e lose patience in the day that the check takes."""
    blame = who_is_to_blame(SMALL, cells.quantities, 8)
    assert [part.kind for part in blame.parts] == ["forms", "department"]
    stays = math.exp(-1)
    theory = {"forms": (0.2 * stays + 0.2) / 2, "department": (0.8 * (1 - stays) + 1 - stays) / 2}
    for part in blame.parts:
        caused = blame.caused([part], "drop-off")
        # three standard errors of a share, at most, of so many customers; unshared values are three times as far off
        assert caused.value == pytest.approx(theory[part.kind], abs=3 * math.sqrt(0.25 / (8 * CUSTOMERS)))
    caused = [blame.caused([part], "drop-off").value for part in blame.parts]
    assert sum(caused) == pytest.approx(blame.before("drop-off") - blame.left("drop-off"), abs=1e-12)
    assert blame.left("drop-off") == 0
    assert sum(blame.part([part], "drop-off").value for part in blame.parts) == pytest.approx(1)
    # with applying made perfect more customers come to wait, so that it has its part in less waiting
    assert blame.caused([blame.parts[0]], "waiting").value < 0 < blame.caused([blame.parts[1]], "waiting").value


LEVERS = {"easier": {"steps.apply.abandon": 0.05}, "faster": {"steps.check.service.mean": "6 h"}}
SLOW = replace(
    SMALL,
    steps=(SMALL.steps[0], replace(SMALL.steps[1], service=Exponential(days(1)))),
    money=Money(completion_value=9.0),
)


def results(folder: Path, changes: dict[str, object]) -> Results:
    journey = apply(SLOW, changes)
    simulate_all(
        [Simulation(journey, folder, folder.name, {}, "")],
        Settings(seed=3, replications=3, customers=200, engine="simpy", jobs=1),
    )
    return measure(journey, Run.open(folder))


def test_levers_share_what_they_do_together_and_nothing_is_simulated_twice(tmp_path: Path) -> None:
    known = {
        frozenset[str](): results(tmp_path / "as-is", {}),
        frozenset(["easier"]): results(tmp_path / "easier", LEVERS["easier"]),
        frozenset(LEVERS): results(tmp_path / "both", LEVERS["easier"] | LEVERS["faster"]),
    }
    cells = Cells(3, 200, "simpy", 1)
    asked: list[int] = []

    def simulate(wanted: Sequence[tuple[Journey, int]], keys: Sequence[str]) -> np.ndarray:
        asked.extend(number for _, number in wanted)
        return cells.quantities(wanted, keys)

    found = lever_shares(SLOW, LEVERS, known, simulate)
    assert asked == [0, 1, 2]  # the faster check alone
    place = found.keys.index("completion")
    together = known[frozenset(LEVERS)].quantities["completion"].values.mean()
    as_it_is = known[frozenset()].quantities["completion"].values.mean()
    assert found.shares.share([0, 1], place).value == pytest.approx(together - as_it_is)
    alone = results(tmp_path / "faster", LEVERS["faster"]).quantities["completion"].values.mean()
    easier = known[frozenset(["easier"])].quantities["completion"].values.mean()
    assert found.shares.share(0, place).value == pytest.approx((easier - as_it_is + together - alone) / 2)
    assert found.shares.share(0, found.keys.index("net")).value > 0


@pytest.mark.slow
def test_the_page_tells_who_is_to_blame_and_which_lever_brings_it_about(tmp_path: Path) -> None:
    names = {"as-is": {}, "easier": LEVERS["easier"], "faster": LEVERS["faster"],
             "both": LEVERS["easier"] | LEVERS["faster"]}  # fmt: skip
    known = {name: results(tmp_path / name, changes) for name, changes in names.items()}
    arms = [Arm(name, name.capitalize(), apply(SLOW, names[name]), Run.open(tmp_path / name)) for name in names]
    cells = Cells(3, 200, "simpy", 1)
    pulled = {"as-is": [], "easier": ["easier"], "faster": ["faster"], "both": ["easier", "faster"]}
    found = {
        "blame": {name: who_is_to_blame(apply(SLOW, names[name]), cells.quantities, 3) for name in ("as-is", "both")},
        "levers": lever_shares(
            SLOW, LEVERS, {frozenset(pulled[name]): known[name] for name in names}, cells.quantities
        ),
    }
    files = write_report(tmp_path / "out", title="Small", simulated=arms, found=found)
    text, told = files.html.read_text(), json.loads(files.summary.read_text())
    blamed = told["sections"]["blame"]["metrics"]["drop-off"]
    parts_ = blamed["parts"].values()
    assert sum(part["value"] for part in parts_) == pytest.approx(blamed["as_is"] - blamed["left"])
    department = blamed["parts"]["department-clerks"]
    between = f"95% CI {department['share_low'] * 100:.0f} to {department['share_high'] * 100:.0f}"
    assert f"{department['share']:.0%} ({between}) begins with “Clerks”; of what remains “Both” (" in text
    left = told["sections"]["blame"]["scenarios"]["both"]["metrics"]["drop-off"]
    assert sum(part["value"] for part in left["parts"].values()) == pytest.approx(left["as_is"] - left["left"])
    assert left["as_is"] == pytest.approx(known["both"].quantities["drop-off"].values.mean())
    shares = told["sections"]["levers"]["shares"]["completion"]
    assert shares["easier"]["value"] + shares["faster"]["value"] == pytest.approx(shares["together"]["value"])
    assert {"blame-drop-off", "blame-waiting", "blame-calls", "share-completion"} <= {one.stem for one in files.figures}
    in_markdown = markdown(files.study)
    assert "### Who is to blame for the drop-off" in in_markdown
    assert f"| Clerks | {number(department['value'], 'share')} ({department['share']:.0%} (" in in_markdown
    # nobody calls in this journey: what is nothing has no parts, and no picture says otherwise
    assert blamed["as_is"] > 0 == told["sections"]["blame"]["metrics"]["calls"]["as_is"]


@pytest.mark.parametrize("name", ["ride-hailing", "stay-booking"])
def test_a_process_that_chooses_goes_on_choosing_where_all_else_is_perfect(name: str) -> None:
    journey = load(name)
    best = perfect(journey, parts(journey))
    chosen = [step.name for step in journey.steps if any(route.probability == 0 for route in step.routes)]
    assert chosen
    assert [step.process for step in best.steps if step.name in chosen] == [
        step.process for step in journey.steps if step.name in chosen
    ]
    rows = replicate(best, 1, 0, 40)
    assert max(row.end_s for row in rows) < 10 * 86400
