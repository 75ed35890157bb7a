"""Forms of a report: what Markdown and JUnit say, of names that would rather be more than text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from journeys import Budget
from journeys.claims import Claim
from reports.forms.junit import junit
from reports.forms.markdown import MOST_BYTES, markdown
from reports.study import Arm, Study, analyse
from tests.reports.synthetic import DAY, LOAN, population, write_run

HOSTILE = '"><img src=x onerror=alert(1)> | `$x$` *&* [y](z) \x1b'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("forms")
    journey = replace(
        LOAN, title=HOSTILE, steps=tuple(replace(step, title=f"{HOSTILE} {step.name}") for step in LOAN.steps),
        budgets=(Budget("completion >= 70%"), Budget("completion >= 1%"), Budget("completion >= 99.9%")),
    )  # fmt: skip
    arms = []
    for name, more in {"before": {}, "after": {"completes": 0.8, "calls": 0.3, "decision_s": DAY}}.items():
        run = write_run(folder / name, [population(seed, 40, **more) for seed in (1, 2, 3)])
        arms.append(Arm(name, f"{HOSTILE} {name}", journey, run))
    claims = (Claim("completion up at least 1%"), Claim("completion up at least 900%"))
    return analyse(title=HOSTILE, simulated=arms, found={"claims": claims})


def test_markdown_is_short_and_its_tables_hold_what_they_should(study: Study) -> None:
    text = markdown(study, "out/report.html")
    assert len(text.encode()) < MOST_BYTES
    assert "<img" not in text
    assert "raises completion" in text
    assert "❌ missed" in text
    assert "✅ supported" in text
    assert "journeywright simulate" in text
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) >= 4
    for table in tables:
        cells = {line.replace("\\|", "").count("|") for line in table.splitlines()}
        assert len(cells) == 1  # as many in each row


def test_markdown_of_a_study_without_end_is_cut(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.forms.markdown.MOST_BYTES", 4000)
    text = markdown(study)
    assert len(text.encode()) < 4000
    assert text.endswith("_There is more in the report._\n")


def test_junit_fails_what_fails_the_command(study: Study) -> None:
    top = ElementTree.fromstring(junit(study, "after").encode())
    cases = {
        (suite.get("name"), case.get("name")): [child.tag for child in case] for suite in top for case in suite
    }  # fmt: skip
    assert cases["budgets", "completion >= 1%"] == ["system-out"]
    assert cases["budgets", "completion >= 99.9%"] == ["failure"]
    claims = [tags for (suite, _), tags in cases.items() if suite == "claims"]
    assert claims == [["system-out"], ["failure"]]
    assert (top.get("tests"), top.get("failures")) == ("5", str(sum(tags == ["failure"] for tags in cases.values())))
    assert len(ElementTree.fromstring(junit(study)).findall(".//testcase")) == 8


def test_junit_tells_regressions(tmp_path: Path) -> None:
    from reports.regressions.judging import Margins, compared
    from reports.regressions.samples import sampled
    from reports.regressions.spreads import Drift

    runs = [
        write_run(tmp_path / name, [population(1, 400, **more)], kind="measured", engine="browser")
        for name, more in {"before": {}, "after": {"completes": 0.1}}.items()
    ]
    sides = [sampled(LOAN, [run.frame()]) for run in runs]
    found = compared(sides[0], sides[1], Margins(0.05, 0.01), drift=Drift())
    told = analyse(
        title="t", measured=[Arm(name, name, LOAN, run) for name, run in zip("ab", runs, strict=True)],
        found={"regression": found},
    )  # fmt: skip
    top = ElementTree.fromstring(junit(told, "neither"))
    assert (
        [case.get("name") for case in top.findall(".//testcase[failure]")]
        == [change.title for change in found.called("worse")]
        != []
    )
    assert "Completed" in markdown(told)


def test_junit_tells_whether_a_load_was_made(tmp_path: Path) -> None:
    from reports.loading.generation import generations

    settings = {"rate": "20 / s", "duration_s": 10.0, "most_lag_s": 0.1, "most_dropped": 0.0}
    run = write_run(tmp_path / "run", [population(1, 40)], kind="measured", engine="load", settings=settings)
    told = analyse(title="t", measured=[Arm("a", "A", LOAN, run)], found={"generation": generations({"a": run})})
    case = ElementTree.fromstring(junit(told)).find(".//testcase[@classname='load.a']")
    assert case is not None
    assert [child.text for child in case] == ["made as planned"]
