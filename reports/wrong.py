"""What was wrong with a target that customers walked through: each thing once, with who met it and how to see it again.

A walk leaves findings (`journeys.findings`), and where a customer failed a screenshot, a trace and a few lines of text,
in its run's folder. The page links them; a few small screenshots stand in the page itself, for who has only that.
"""

from __future__ import annotations

import base64
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from journeys.eventlog import Run
from journeys.findings import CHECKS, Finding, Ruling, read_findings

NAME = "wrong"  # of the section that tells it
MOST_BYTES, MOST_SHOWN = 250_000, 4
"""A screenshot up to so large stands in the page; so many of them at most."""
KINDS = {"png": "screenshot", "zip": "trace", "txt": "what happened"}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that a failed customer left: what it is, and where, as the page links it and as a command names it."""

    what: str
    link: str
    path: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that was wrong.

    Parameters
    ----------
    check, step, what: as of a `Finding`. ruling: whether such a thing fails a suite, or is only reported.
    customers: who met it, ascending. where: the address where the first of them did.
    again: the command that lets the first of them walk again. artefacts: what that customer's walk left.
    picture: the screenshot as an address of its own content; empty where there is none, or no room.
    """

    check: str
    step: str
    what: str
    ruling: Ruling
    customers: tuple[int, ...]
    where: str
    again: str
    artefacts: tuple[Artefact, ...]
    picture: str


@dataclass(frozen=True, slots=True)
class Walked:
    """A run that was walked: how many customers, and what was wrong, what fails a suite first, then by how many."""

    customers: int
    wrong: tuple[Wrong, ...]

    @property
    def failing(self) -> tuple[Wrong, ...]:
        """Those that fail a suite."""
        return tuple(one for one in self.wrong if one.ruling == "fail")


def walked(run: Run, page: Path) -> Walked:
    """Return what was wrong in a run, for a page in the folder `page`; raises CannotRead for broken findings."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in read_findings(run.folder):
        if finding.check in CHECKS:
            groups.setdefault(finding.name, []).append(finding)

    def weight(own: Sequence[Finding]) -> tuple[bool, int]:
        return CHECKS[own[0].check] != "fail", -len({one.customer for one in own})

    found, room = [], MOST_SHOWN
    for own in sorted(groups.values(), key=weight):
        one = _wrong(run, page, own, room > 0)
        room -= bool(one.picture)
        found.append(one)
    return Walked(run.manifest.customers, tuple(found))


def _wrong(run: Run, page: Path, own: Sequence[Finding], pictured: bool) -> Wrong:
    customers = tuple(sorted({finding.customer for finding in own}))
    first = next(finding for finding in own if finding.customer == customers[0])
    fails = CHECKS[first.check] == "fail"
    files = _files(run.folder, first.customer, first.step)
    shot = next((file for file in files if file.suffix == ".png"), None)
    return Wrong(
        first.check, first.step, first.what, CHECKS[first.check], customers, first.where,
        again(run, first.customer) if first.customer >= 0 else "",
        tuple(_artefact(file, page) for file in files) if fails else (),
        _inline(shot) if fails and pictured and shot is not None else "",
    )  # fmt: skip


def _files(folder: Path, customer: int, step: str) -> list[Path]:
    """Return what a customer left: the screenshot of this step, or of the end; the trace; the text."""
    at = folder / "failures"
    names = (f"customer-{customer}-{step}.png", f"customer-{customer}-end.png")
    shots = [at / name for name in names if (at / name).exists()][:1]
    return shots + [file for ending in ("zip", "txt") if (file := at / f"customer-{customer}.{ending}").exists()]


def _artefact(file: Path, page: Path) -> Artefact:
    try:
        link = os.path.relpath(file.resolve(), page.resolve())
    except ValueError:  # another drive
        link = str(file.resolve())
    return Artefact(KINDS[file.suffix[1:]], quote(Path(link).as_posix()), str(file))


def _inline(shot: Path) -> str:
    try:
        content = shot.read_bytes()
    except OSError:
        return ""
    small = len(content) <= MOST_BYTES
    return f"data:image/png;base64,{base64.b64encode(content).decode()}" if small else ""


def again(run: Run, customer: int) -> str:
    """Return the command that lets one customer of a run in a browser walk again; empty for a run of another engine."""
    manifest = run.manifest
    if manifest.engine != "browser":
        return ""
    words = ["journeywright", "browse", manifest.reference or manifest.journey]
    for path, value in manifest.changes.items():
        words += ["--set", f"{path}={value}"]
    if not manifest.settings.get("mocked"):
        words += ["--target", manifest.target]
    words += ["--speed", f"{manifest.speed:g}", "--seed", f"{manifest.seed}", "--customers", "1"]
    return shlex.join([*words, "--first-customer", f"{customer}"])


def values(found: Mapping[str, Walked]) -> dict[str, Any]:
    """Return what was wrong in plain values, by run."""
    return {
        name: {
            "customers": own.customers,
            "wrong": [
                {"check": one.check, "step": one.step, "what": one.what, "ruling": one.ruling,
                 "customers": list(one.customers), "where": one.where, "again": one.again,
                 "artefacts": [file.path for file in one.artefacts]}
                for one in own.wrong
            ],
        }
        for name, own in found.items()
    }  # fmt: skip


def lines(title: str, found: Walked, most: int = 8) -> list[str]:
    """Return what was wrong for a terminal: each thing with who met it, and the command for the first of them."""
    told = []
    for one in found.wrong[:most]:
        sign = "wrong" if one.ruling == "fail" else "seen"
        at = f" at {one.step}" if one.step else ""
        who = f"{len(one.customers):,} of {found.customers:,} customers"
        told.append(f"{sign}: {title}: {one.check}{at}: {one.what} ({who})")
        if one.ruling == "fail" and one.again:
            told.append(f"  again  {one.again}")
        told += [f"  {_opened(file)}" for file in one.artefacts if file.what != "what happened"]
    more = len(found.wrong) - most
    return told + ([f"and {more:,} more in the report"] if more > 0 else [])


def _opened(file: Artefact) -> str:
    return f"trace  playwright show-trace {shlex.quote(file.path)}" if file.what == "trace" else f"shot   {file.path}"
