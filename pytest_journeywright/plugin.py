"""The plugin's hooks: options, collection, outcomes and summaries; whatever is heavy is imported when it is needed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_journeywright import options

if TYPE_CHECKING:
    from pytest_journeywright.collecting import JourneyFile
    from pytest_journeywright.told import Told

TOLD: pytest.StashKey[Told] = pytest.StashKey()
TREND: pytest.StashKey[Sequence[str]] = pytest.StashKey()
_SESSION = "journeywright_session"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their settings."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Take what is for tests to use last, so that it builds on pytest-playwright's own."""
    from pytest_journeywright import fixtures

    config.pluginmanager.register(fixtures, "journeywright-fixtures")
    if config.pluginmanager.has_plugin("playwright"):
        from pytest_journeywright import launching

        config.pluginmanager.register(launching, "journeywright-launching")


def told_of(config: pytest.Config) -> Told:
    """Return what the options say, read once."""
    if TOLD not in config.stash:
        from pytest_journeywright.told import Told

        given = getattr(config, "workerinput", {}).get(_SESSION)
        config.stash[TOLD] = Told.of(config, given or secrets.token_hex(8))
    return config.stash[TOLD]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the processes of pytest-xdist know that they walk for the same session."""
    node.workerinput[_SESSION] = told_of(node.config).session


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> JourneyFile | None:
    """Collect ``journey_*.py``."""
    if file_path.suffix != ".py" or not any(file_path.match(glob) for glob in parent.config.getini("journey_files")):
        return None
    from pytest_journeywright.collecting import JourneyFile

    told_of(parent.config)
    collected: JourneyFile = JourneyFile.from_parent(parent, path=file_path)
    return collected


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the journeys that are asked for by name."""
    names = [*config.getini("journeys"), *config.getoption("--journey")]
    if not names:
        return
    from pytest_journeywright.collecting import Named

    for name in dict.fromkeys(names):
        items.extend(Named.from_parent(session, name=name, nodeid=name).collect())


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, Any] | None:
    """Give what failed and then did not an outcome of its own."""
    if report.when == "call" and report.passed and ("journey_flaky", "yes") in report.user_properties:
        return "flaky", "~", ("FLAKY", {"yellow": True})
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell what was found, and how it compares with the last runs."""
    if TOLD not in config.stash or hasattr(config, "workerinput"):
        return
    from pytest_journeywright.summary import in_terminal

    in_terminal(terminalreporter, config.stash[TOLD], config.stash.get(TREND, ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the files that tell about the session; the terminal's own summary comes after."""
    if TOLD in session.config.stash and not hasattr(session.config, "workerinput"):
        from pytest_journeywright.summary import write

        session.config.stash[TREND] = write(session.config, session.config.stash[TOLD])
