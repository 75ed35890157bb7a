"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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


WHO, OUT = "Who walks what", "What comes out"


class Command(click.Command):
    """A command whose options stand in sections: its own, those shared with others by subject, and what comes out."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        sections: dict[str, list[tuple[str, str]]] = {"": [], OUT: []}
        for option in self.get_params(ctx):
            if isinstance(option, click.Option):
                if isinstance(option.type, click.IntRange | click.FloatRange):
                    option.metavar = option.metavar or "N"
                told = option.get_help_record(ctx)
                sections.setdefault(getattr(option, "section", ""), []).extend([told] if told else [])
        own, out = sections.pop(""), sections.pop(OUT)
        (out if sections or out else own).append(own.pop())  # --help
        for title, options in [("Options", own), *sections.items(), (OUT, out)]:
            if options:
                with formatter.section(title):
                    formatter.write_dl(options)


command = partial(click.command, cls=Command)


def section(title: str, *several: Callable[[Any], Any]) -> tuple[Callable[[Any], Any], ...]:
    """Return options that stand under a title in the command's help."""

    def titled(option: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def add(command: Any) -> Any:
            command = option(command)
            command.__click_params__[-1].section = title
            return command

        return add

    return tuple(titled(option) for option in several)


WALKED = section(
    WHO,
    click.argument("journey"),
    click.option("--what-if", type=click.Path(path_type=Path), help="TOML file with the scenario."),
    click.option("--scenario", help="A scenario of that file, or of the one that comes with the journey."),
    click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path; repeatable."),
)
CUSTOMERS = section(
    WHO,
    click.option("--customers", type=click.IntRange(1), help="How many customers."),
    click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers."),
)
OUTPUT = section(
    OUT,
    click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary for machines."),
)
TARGET = section(
    "Target",
    click.option("--target", default="mock", show_default=True, help="URL of an application, or mock."),
    click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second."),
)
SIMULATION = section(
    "How it is simulated",
    click.option("--engine", type=click.Choice(["compiled", "simpy"]), callback=lambda _, __, name: name or "",
                 help="The fastest that can, unless told."),
    click.option("--jobs", type=click.IntRange(1), help="Processes of this machine; one a core unless told."),
    click.option("--cluster", default="", metavar="ADDRESS", help="A running Dask cluster's, such as tcp://host:8786."),
    click.option("--resume", is_flag=True, help="Keep what an earlier run into the same folder has completed."),
)  # fmt: skip


def choice() -> Callable[[Any], Any]:
    """Add the options by which every engine is told what to walk, and where to put it."""
    return added(*WALKED, *CUSTOMERS, *OUTPUT)
