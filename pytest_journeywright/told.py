"""What the options say, read and checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from journeys.errors import InvalidInput, JourneywrightError, Problem
from journeys.findings import Ruling, rulings
from pytest_journeywright import options

ENGINES = ("browser", "api")
_INSPECTED = ("accessibility", "accessibility-minor", "link", "status", "double-submit")


@dataclass(frozen=True, slots=True)
class Told:
    """How journeys are walked in this session.

    Parameters
    ----------
    session: names it, the same in all of its processes. target: an address, or ``mock``.
    customers: how many; `only`: exactly these numbers instead, where there are any. seed, speed, at_once: of the walks.
    retries: how often a customer who met a failure walks again. rulings: what becomes of each check.
    out: where everything is kept. report: whether the HTML report is written.
    headed, keep_all: from pytest-playwright's options, as its ``--tracing on`` and ``--screenshot on``.
    arguments: of the command line that replays a customer.
    """

    session: str
    target: str
    customers: int
    only: tuple[int, ...]
    seed: int
    speed: float
    at_once: int
    retries: int
    engines: tuple[str, ...]
    rulings: Mapping[str, Ruling]
    out: Path
    report: bool
    headed: bool
    keep_all: bool
    arguments: str

    @property
    def mocked(self) -> bool:
        """Whether a mocked back end is walked."""
        return self.target == "mock"

    @property
    def inspected(self) -> tuple[str, ...]:
        """The checks for which somebody must look closely."""
        return tuple(check for check in _INSPECTED if self.rulings[check] != "off")

    @classmethod
    def of(cls, config: pytest.Config, session: str) -> Told:
        """Read the options; raises pytest's UsageError with all that is wrong."""
        read = _Read(config)
        target = options.text(config, "journey_target")
        checks = options.text(config, "journey_checks")
        engines = tuple(part.strip() for part in options.text(config, "journey_engines").split(",") if part.strip())
        for engine in engines:
            if engine not in ENGINES:
                read.problems.append(Problem("--journey-engines", "no such engine", repr(engine), "browser, api"))
        if target != "mock":
            from journeys.clients.target import Target

            read.trying(lambda: Target.parse(target))
        before = rulings("")
        if target != "mock":
            before |= {"double-submit": "off"}  # it submits again, which is for those to say whose application it is
        ruled = read.trying(lambda: rulings(checks, before)) or before
        out = Path(options.text(config, "journey_out"))
        told = cls(
            session=session,
            target=target,
            customers=int(read.number("journey_customers", least=1)),
            only=tuple(sorted(set(config.getoption("--journey-customer")))),
            seed=int(read.number("journey_seed", least=0)),
            speed=read.number("journey_speed", above=0),
            at_once=int(read.number("journey_at_once", least=1)),
            retries=int(read.number("journey_retries", least=0)),
            engines=engines,
            rulings=ruled,
            out=out if out.is_absolute() else config.invocation_params.dir / out,
            report=bool(config.getoption("--journey-report") or config.getini("journey_report")),
            headed=bool(config.getoption("--headed", default=False)),
            keep_all="on" in (config.getoption("--tracing", default=""), config.getoption("--screenshot", default="")),
            arguments=" ".join(_arguments(config)),
        )
        if read.problems:
            raise pytest.UsageError("\n".join(str(problem) for problem in read.problems))
        return told


class _Read:
    """Reads numbers, and gathers what is wrong with them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.problems: list[Problem] = []

    def number(self, setting: str, least: int | None = None, above: float = -1.0) -> float:
        text, name = options.text(self._config, setting), f"--{setting.replace('_', '-')}"
        try:
            value = float(text) if least is None else int(text)
        except ValueError:
            self.problems.append(Problem(name, "is not a number", repr(text)))
            return 1
        if (least is not None and value < least) or not above < value < float("inf"):
            wanted = f"must be {least} or more" if least is not None else f"must be > {above:g}"
            self.problems.append(Problem(name, wanted, text))
            return 1
        return value

    def trying(self, read: object) -> dict[str, Ruling] | None:
        try:
            return read()  # type: ignore[operator,no-any-return]
        except InvalidInput as error:
            self.problems.extend(error.problems)
        except JourneywrightError as error:
            self.problems.append(Problem("journeywright", str(error)))
        return None


def _arguments(config: pytest.Config) -> Iterator[str]:
    """Yield what a command must repeat of this session's own, besides whom to walk."""
    for setting in ("journey_target", "journey_seed", "journey_speed", "journey_out"):
        given = config.getoption(f"--{setting.replace('_', '-')}")
        if given is not None:
            if setting == "journey_target" and "@" in given:  # a password is not for logs
                given = given.partition("://")[0] + "://***@" + given.rpartition("@")[2]
            yield f"--{setting.replace('_', '-')} {given}"
    channel = config.getoption("--browser-channel", default=None)
    if channel:
        yield f"--browser-channel {channel}"


def relative(path: Path) -> str:
    """Return a path as people write it where they are."""
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
