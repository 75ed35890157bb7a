"""Walking: each segment of a journey once a session, whichever process needs it first, and again where it failed."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from journeys.errors import CannotWrite
from pytest_journeywright import verdicts
from pytest_journeywright.locking import locked
from pytest_journeywright.told import Told
from pytest_journeywright.verdicts import Attempt, Walked

if TYPE_CHECKING:
    import pandas as pd

    from journeys.blueprint import Journey
    from journeys.findings import Finding

VERDICT = "walked.json"
HASTE = 10.0
"""How many times faster people think and work where nothing is measured, and somebody only looks at pages."""


class Address(Protocol):
    """What a back end that was started tells."""

    url: str


BackEnd = Callable[..., AbstractContextManager[Address]]
"""Starts a back end of a journey, given as ``(journey, seed=..., speed=...)``, for as long as its context lasts."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Who is walked through what, and by which engine: one test item, and one folder."""

    journey: Journey
    reference: str
    engine: str
    segment: str
    numbers: tuple[int, ...]

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.journey.name}-{self.engine}-{self.segment}"


@dataclass(frozen=True, slots=True)
class Means:
    """What walks are made with: pytest-playwright's options of the browser and its contexts, and a back end."""

    back_end: BackEnd
    launch: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


def folder_of(told: Told, unit: Unit) -> Path:
    """Return the folder of a unit."""
    return told.out / "walks" / unit.name


def walked(told: Told, unit: Unit, means: Means) -> Walked:
    """Return what came of walking a unit in this session; it is walked where nobody has."""
    folder = folder_of(told, unit)
    try:
        with locked(folder.with_suffix(".lock")):
            found = read(folder, told.session)
            if found is None:
                shutil.rmtree(folder, ignore_errors=True)
                found = _walk(told, unit, means, folder)
                _write(folder, found)
            return found
    except OSError as error:
        raise CannotWrite(
            f"{folder}: cannot be written ({error.strerror}); another folder with --journey-out"
        ) from error


def read(folder: Path, session: str) -> Walked | None:
    """Return what a session walked into a folder, or None."""
    try:
        value = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Walked.of_json(value) if value.get("session") == session else None


def all_of(told: Told) -> list[Walked]:
    """Return everything that was walked in the session."""
    found = (read(path.parent, told.session) for path in sorted((told.out / "walks").glob(f"*/{VERDICT}")))
    return [one for one in found if one is not None]


def _walk(told: Told, unit: Unit, means: Means, folder: Path) -> Walked:
    from journeys.eventlog import Run
    from journeys.findings import read_findings

    attempts: list[Attempt] = []

    def walk(numbers: tuple[int, ...]) -> pd.DataFrame:
        name = f"again-{len(attempts)}" if attempts else "first"
        into = run(told, unit, means, folder / name, numbers)
        rows = Run.open(into).frame()
        attempts.append(Attempt(name, numbers, verdicts.met(rows, read_findings(into), told.mocked)))
        return rows

    def again(numbers: tuple[int, ...]) -> set[int]:
        """Let customers walk again until they do not fail, or have tried often enough; return who did not."""
        recovered: set[int] = set()
        for _ in range(told.retries):
            left = tuple(number for number in numbers if number not in recovered)
            if left:
                walk(left)
                recovered |= set(left) - attempts[-1].failed(told.rulings)
        return recovered

    rows = walk(unit.numbers)
    outcomes, durations = verdicts.figures(rows)
    few = verdicts.sample(attempts[0], told.rulings)
    others = verdicts.doubtful(attempts[0], again(few), told.rulings) - set(few)
    again(tuple(sorted(others & attempts[0].failed(told.rulings))))
    inspected, missing = _inspect(told, unit, means, folder / "inspected", verdicts.steps_of(rows))
    return Walked(
        told.session, unit.journey.name, unit.reference, unit.engine, unit.segment, told.seed, told.mocked,
        tuple(attempts), inspected, missing, outcomes, durations,
        Run.open(folder / attempts[0].folder).manifest.settings.get("time_split", {}),
    )  # fmt: skip


def _inspect(
    told: Told, unit: Unit, means: Means, folder: Path, met_by: Mapping[int, set[str]]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Look closely, in walks of their own: that takes time, and may submit again.

    A few customers are followed who together came through every step. Where something strikes one of them down, so that
    they do not this time, others are.
    """
    from journeys.eventlog import Run
    from journeys.findings import read_findings

    checks: set[str]
    more: dict[str, Any]
    if unit.engine == "api":
        if told.rulings["double-submit"] == "off":
            return (), ()
        checks, more = {"double-submit"}, {"repeats": True}
    elif told.inspected:
        from journeys.browser.inspection import Inspection

        checks, more = set(told.inspected), {"inspection": Inspection(told.inspected)}
    else:
        return (), ()
    left, others = set().union(*met_by.values()), dict(met_by)
    found: list[Finding] = []
    for turn in range(verdicts.ENOUGH):
        chosen = verdicts.covering(others, left)
        if not chosen or (turn and not left):
            break
        into = run(told, unit, means, folder / str(turn) if turn else folder, chosen, **more)
        found += read_findings(into)
        left -= set().union(*verdicts.steps_of(Run.open(into).frame()).values())
        others = {number: met for number, met in others.items() if number not in chosen} or dict(met_by)
    return verdicts.only(found, checks), tuple(getattr(more.get("inspection"), "missing", ()))


def run(told: Told, unit: Unit, means: Means, folder: Path, numbers: tuple[int, ...], **more: Any) -> Path:
    """Walk once, on a back end of its own where it is mocked, and return the run's folder."""
    speed = told.speed * HASTE if more else told.speed
    with _address(told, unit, means, speed) as url:
        common: dict[str, Any] = {
            "target": url, "mocked": told.mocked, "folder": folder, "seed": told.seed, "speed": speed,
        }  # fmt: skip
        if unit.engine == "api":
            from journeys.api.engine import walk_api

            return _kept(unit, walk_api(unit.journey, numbers=numbers, at_once=told.at_once, **common, **more))
        from journeys.browser.engine import browse
        from journeys.browser.extras import Extras

        # people's time stands still for whoever looks closely, which others would notice
        alone = told.headed or (told.mocked and "inspection" in more)
        extras = Extras(numbers, means.launch, means.context, keep_all=told.keep_all, **more)
        return _kept(
            unit,
            browse(
                unit.journey, customers=len(numbers), contexts=1 if alone else told.at_once, headed=told.headed,
                browser=_named(means.launch), extras=extras, trace="inspection" not in more, **common,
            ),
        )  # fmt: skip


def _named(launch: Mapping[str, Any]) -> Any:
    """Return a browser that the launch options name, which is not looked for; None where they name none."""
    from journeys.browser.finding import Browser

    if "executable_path" not in launch and "channel" not in launch:
        return None
    named = str(launch.get("executable_path") or launch["channel"])
    return Browser(Path(named), "", headless_only=False, source="pytest-playwright")


def _kept(unit: Unit, folder: Path) -> Path:
    from journeys.eventlog import annotate

    annotate(folder, reference=unit.reference)
    return folder


@contextlib.contextmanager
def _address(told: Told, unit: Unit, means: Means, speed: float) -> Iterator[str]:
    if not told.mocked:
        yield told.target
        return
    with means.back_end(unit.journey, seed=told.seed, speed=speed) as started:
        yield started.url


def _write(folder: Path, found: Walked) -> None:
    from journeys.eventlog import write_whole

    write_whole(folder / VERDICT, (json.dumps(found.as_json()) + "\n").encode())
