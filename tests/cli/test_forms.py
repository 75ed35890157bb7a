"""Forms of a report from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Done

RUN = "out/runs/simulated-as-is"


def test_a_report_in_several_forms(
    simulated: tuple[Path, Done], command: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run, summary = simulated[0] / RUN, tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = command(
        "report", str(run), "--out", str(tmp_path / "out"), "--format", "md,junit", "--format", "github",
        "--figures", "png,pdf",
    )  # fmt: skip
    assert done.code in (0, 1), done.err
    text = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert summary.read_text(encoding="utf-8") == f"before\n{text}"
    assert "<testsuite " in (tmp_path / "out/junit.xml").read_text(encoding="utf-8")
    drawn = {path.stem for path in (tmp_path / "out/figures").glob("*.svg")}
    for ending, start in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        made = list((tmp_path / "out/figures").glob(f"*.{ending}"))
        assert {path.stem for path in made} == drawn
        assert all(path.read_bytes().startswith(start) for path in made)


def test_a_form_that_is_not_known_is_refused_with_the_near_one(command: Callable[..., Done], tmp_path: Path):
    done = command("report", str(tmp_path), "--format", "markdwn")
    assert done.code == 2
    assert "markdwn" in done.err


@pytest.mark.browser
def test_a_report_as_pdf(simulated: tuple[Path, Done], command: Callable[..., Done], tmp_path: Path):
    from journeys.browser.finding import BrowserMissing, find

    try:
        find(headless=True)
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])
    done = command("report", str(simulated[0] / RUN), "--out", str(tmp_path), "--format", "pdf")
    assert done.code in (0, 1), done.err
    assert (tmp_path / "report.pdf").read_bytes()[:5] == b"%PDF-"
