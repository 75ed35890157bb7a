"""A status page that does not follow is seen, however fast time goes: it stands while somebody looks.

One that lies, and one that no longer loads itself anew, are looked for in tests/plugin/test_in_a_browser.py.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journeys import Route
from journeys.browser import mocked
from journeys.browser.engine import browse
from journeys.browser.extras import Extras
from journeys.browser.finding import Browser
from journeys.browser.inspection import Inspection
from journeys.eventlog import EXIT, Run
from journeys.findings import read_findings
from journeys.loading import load
from simulators.backend.process import BackendProcess
from tests.browser.test_mocked_back_end import PERMIT
from tests.plugin.planted import Planted
from tests.plugin.shop import JOURNEY, Shop

pytestmark = [pytest.mark.browser, pytest.mark.backend]
REVIEWED = replace(
    PERMIT, contacts=(), waits=PERMIT.waits[:1],
    steps=(*PERMIT.steps[:3], replace(PERMIT.step("sign"), routes=(Route("completed"),))),
)  # fmt: skip
SPEED = 2_000_000.0
"""The ten minutes of the review take a third of a millisecond."""


@pytest.mark.parametrize(
    ("bug", "named"),
    [
        ("", []),
        (
            "stuck",
            ["the page still says 'In progress' 1 s after the back end went on to 'sign', also when it is loaded anew"],
        ),
    ],
)
def test_a_status_page_is_looked_at_while_it_stands(
    bug: str, named: list[str], chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if bug:
        monkeypatch.setattr(mocked, "FOLLOWS_S", 1.0)
    with BackendProcess(REVIEWED, speed=SPEED) as back_end, Planted(back_end.url, {bug}) as planted:
        browse(
            REVIEWED, target=planted.url, mocked=True, folder=tmp_path, seed=1, speed=SPEED, customers=1, contexts=1,
            browser=chromium, trace=False, extras=Extras(inspection=Inspection({"status"})),
        )  # fmt: skip
    assert [found.what for found in read_findings(tmp_path) if found.check == "status"] == named
    rows = Run.open(tmp_path).frame()
    assert rows[rows["step"] == EXIT]["outcome"].tolist() == ["dropped" if bug == "stuck" else "completed"]


@pytest.mark.parametrize(
    ("bug", "named"),
    [("", []), ("frozen", ["Status: the page shows 'new', the back end holds 'packed', and held 'new' before"])],
)
def test_what_a_page_of_somebody_elses_said_is_verified_again_at_the_end(
    bug: str, named: list[str], chromium: Browser, tmp_path: Path
):
    (tmp_path / "journey_lantern.py").write_text(JOURNEY)
    with Shop({bug}) as shop:
        browse(
            load(str(tmp_path / "journey_lantern.py")), target=shop.url, mocked=False, folder=tmp_path / "run", seed=1,
            speed=1e9, customers=1, contexts=1, browser=chromium, trace=False,
            extras=Extras(inspection=Inspection({"status"})),
        )  # fmt: skip
    assert [found.what for found in read_findings(tmp_path / "run") if found.check == "status"] == named
