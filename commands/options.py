"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def added(*several: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a decorator that adds several options or arguments, in their order."""

    def add(command: Any) -> Any:
        for option in reversed(several):
            command = option(command)
        return command

    return add


WALKED = (
    click.argument("journey"),
    click.option("--what-if", type=click.Path(path_type=Path), help="TOML file with the scenario."),
    click.option("--scenario", help="A scenario of that file, or of the one that comes with the journey."),
    click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path; repeatable."),
)
OUTPUT = (
    click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary for machines."),
)
TARGET = (
    click.option("--target", default="mock", show_default=True, help="URL of an application, or mock."),
    click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second."),
)
SIMULATION = (
    click.option("--engine", type=click.Choice(["compiled", "simpy"]), callback=lambda _, __, name: name or "",
                 help="The fastest that can, unless told."),
    click.option("--jobs", type=click.IntRange(1), help="Processes of this machine; one a core unless told."),
    click.option("--cluster", default="", metavar="ADDRESS", help="A running Dask cluster's, such as tcp://host:8786."),
    click.option("--resume", is_flag=True, help="Keep what an earlier run into the same folder has completed."),
)  # fmt: skip


def choice() -> Callable[[Any], Any]:
    """Add the options by which every engine is told what to walk, and where to put it."""
    return added(
        *WALKED,
        click.option("--customers", type=click.IntRange(1), help="How many customers."),
        click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers."),
        *OUTPUT,
    )
