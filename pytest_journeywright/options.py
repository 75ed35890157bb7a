"""The options of the plugin, each with a setting of the same meaning in pytest's configuration file."""

from __future__ import annotations

import pytest

FOLDER = "journey-results"
_TEXTS = (
    # option, setting, metavar, otherwise, help
    ("--journey-target", "journey_target", "URL", "mock", "address of the application, or mock for a mocked back end"),
    ("--journey-customers", "journey_customers", "N", "10", "how many customers walk each journey"),
    ("--journey-seed", "journey_seed", "S", "1", "whose customers"),
    ("--journey-speed", "journey_speed", "X", "20000", "human seconds per second: how fast people think and work"),
    ("--journey-at-once", "journey_at_once", "N", "4", "how many customers walk at the same time"),
    ("--journey-retries", "journey_retries", "N", "2", "how often a customer who met a failure walks again"),
    ("--journey-engines", "journey_engines", "LIST", "browser,api", "browser, api or both"),
    ("--journey-checks", "journey_checks", "LIST", "", "what fails a run: 'console, link=report, accessibility=off'"),
    ("--journey-out", "journey_out", "FOLDER", FOLDER, "where runs, failures, reports and the history are kept"),
)  # fmt: skip


def add(parser: pytest.Parser) -> None:
    """Add them."""
    group = parser.getgroup("journeywright", "customer journeys")
    group.addoption(
        "--journey", action="append", default=[], metavar="NAME", help="walk a journey registered under a name, too"
    )
    group.addoption(
        "--journey-customer", action="append", type=int, default=[], metavar="K",
        help="walk exactly this customer, by number; repeatable",
    )  # fmt: skip
    group.addoption("--journey-report", action="store_true", help="write the HTML report of what was walked")
    for option, setting, metavar, otherwise, what in _TEXTS:
        group.addoption(option, metavar=metavar, help=f"{what}; {otherwise or 'see the documentation'} unless told")
        parser.addini(setting, f"{option}: {what}", default=otherwise)
    parser.addini("journeys", "journeys to walk, by their registered names", type="linelist", default=[])
    parser.addini("journey_files", "which files hold journeys", type="args", default=["journey_*.py"])
    parser.addini("journey_report", "--journey-report", type="bool", default=False)


def text(config: pytest.Config, setting: str) -> str:
    """Return what is said on the command line, or else by the setting."""
    given = config.getoption(f"--{setting.replace('_', '-')}")
    return str(config.getini(setting) if given is None else given)
