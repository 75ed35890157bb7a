"""The page about notebooks is true: its examples run in order, and give what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "notebooks.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the page's examples one after the other, in a folder of their own; return the names that they leave."""
    found: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("notebook"))
        for example in EXAMPLES:
            exec(compile(example, "docs/notebooks.md", "exec"), found)
        assert Path("out/fewer/report.html").is_file()
        _ = found["run"].events  # read while its folder is the current one
    return found


def test_frames_agree_with_the_rows(names: dict[str, Any]) -> None:
    run = names["run"]
    exits = run.events[run.events["step"] == "exit"]
    customers = run.customers()
    assert len(customers) == 1600
    assert (customers["outcome"] == "completed").sum() == (exits["outcome"] == "completed").sum()
    by_replication = exits.assign(done=exits["outcome"] == "completed").groupby("replication")["done"].mean()
    assert np.allclose(run.replications("completion")["completion"], by_replication)
    assert run.metrics("completion").loc["completion", "value"] == pytest.approx(by_replication.mean())
    funnel = run.funnel()
    assert list(funnel.index) == ["join", "plan", "identity"]
    assert (funnel["entered"] == funnel[["converted", "dropped", "denied", "rejected", "censored"]].sum(axis=1)).all()
    steps = run.steps()
    assert (steps["low_s"] <= steps["value_s"]).all()
    assert {"wait", "service", "sojourn"} == set(steps.index.get_level_values("time"))


def test_a_comparison_is_paired_and_shown(names: dict[str, Any]) -> None:
    compared, run, fewer = names["compared"], names["run"], names["fewer"]
    table = compared.table()
    difference = (fewer.replications("calls") - run.replications("calls"))["calls"].mean()
    assert table.loc[("calls", "fewer"), "difference"] == pytest.approx(difference)
    assert {"better", "worse", "inconclusive", "no difference"} >= set(table.loc[["completion", "calls"], "verdict"])
    assert compared.answer in repr(compared)
    assert compared.figure("lever-completion")._repr_svg_().startswith("<svg")
    with pytest.raises(KeyError, match=r"there are .*funnel"):
        run.figure("funel")


def test_what_a_notebook_shows_is_text(names: dict[str, Any]) -> None:
    from dataclasses import replace

    from commands.notebooks import Opened

    hostile = Opened(replace(names["run"]._arm, title=HOSTILE))
    assert "<img" not in hostile._repr_html_()
    assert "&lt;img" in hostile._repr_html_()
    assert "<img" not in hostile.compare(names["fewer"])._repr_html_()
