"""Pairs of measured runs taken in turn, before and after: what one machine does to both cancels."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import running
from commands.reading import Chosen
from journeys.errors import InvalidInput, JourneywrightError, Problem
from journeys.eventlog import Run

if TYPE_CHECKING:
    from reports.study import Arm

SIDES = ("before", "after")
FEWEST, MOST = 3, 200


@dataclass(frozen=True, slots=True)
class Turns:
    """What pairs of runs have in common.

    Parameters
    ----------
    chosen: the journey. out: folder of the report. targets: URLs before and after, or ``mock``.
    pairs: at most so many. within_s: real seconds that all of them may take. warm_up_s: how long each target is loaded
        before anything counts. by: ``load`` or ``browser``. told: what that engine is told besides.
    """

    chosen: Chosen
    out: Path
    targets: tuple[str, str]
    pairs: int
    within_s: float
    warm_up_s: float
    by: str
    seed: int
    told: dict[str, Any]

    def order(self, pair: int) -> tuple[int, int]:
        """Return which side comes first in a pair: before after, after before, and so on (ABBA)."""
        return (0, 1) if pair % 2 == 0 else (1, 0)


def taken_in_turn(
    turns: Turns, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> tuple[list[Arm], list[Arm]]:
    """Make the pairs, and return the arms before and after.

    Both runs of a pair have the same customers, other ones than all other pairs. A pair is begun only where one as long
    as the longest so far still fits into the time: what the runs show has no say in how many there are.
    """
    for old in _made_before(turns.out):
        shutil.rmtree(old)
    began_s = clock()
    for side, name in enumerate(SIDES):
        if turns.warm_up_s and turns.by == "load":
            tell(f"warming up: {name}")
            arm = _made(turns, side, -1, {"duration_s": turns.warm_up_s})
            shutil.rmtree(arm.run.folder)
    sides: tuple[list[Arm], list[Arm]] = ([], [])
    longest_s = 0.0
    for pair in range(turns.pairs):
        pair_began_s = clock()
        if pair_began_s - began_s + longest_s > turns.within_s:
            tell(f"the time is up after {pair} of {turns.pairs} pairs")
            break
        with _kept(turns.out, pair):
            for side in turns.order(pair):
                sides[side].append(_made(turns, side, pair, {}))
        now_s = clock()
        longest_s = max(longest_s, now_s - pair_began_s)
        rest_s = min((turns.pairs - pair - 1) * longest_s, turns.within_s - (now_s - began_s))
        more = f"; at most {max(0.0, rest_s):.0f} s to go" if pair + 1 < turns.pairs else ""
        tell(f"pair {pair + 1} of {turns.pairs}: {now_s - pair_began_s:.0f} s{more}")
    return sides


@contextlib.contextmanager
def _kept(out: Path, pairs: int) -> Iterator[None]:
    """Let whoever interrupts a pair know what can be done with those before it."""
    try:
        yield
    except (KeyboardInterrupt, JourneywrightError) as error:
        if pairs:
            error.add_note(f"pairs that are whole: {pairs}; 'journeywright regression {out}' judges them")
        raise


def _made(turns: Turns, side: int, pair: int, more: dict[str, Any]) -> Arm:
    """Make one run, and note in its manifest which side of which pair it is; pair -1 is for warming up."""
    from journeys.eventlog import annotate

    name = f"{SIDES[side]}-{pair + 1:03d}" if pair >= 0 else f"warming-up-{SIDES[side]}"
    make = running.loaded if turns.by == "load" else running.browsed
    seed = turns.seed + pair if pair >= 0 else turns.seed + MOST + side
    arm = make(turns.chosen, turns.out, turns.targets[side], seed=seed, name=name, **(turns.told | more))
    settings = {**arm.run.manifest.settings, "side": SIDES[side], "pair": pair + 1}
    annotate(arm.run.folder, settings=settings)
    return replace(arm, name=name, title=name.replace("-", " ").capitalize(), run=Run.open(arm.run.folder))


def sides_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the runs of a folder in which pairs were made, by pair, and only of pairs that are whole."""
    found: dict[tuple[str, int], Path] = {}
    for path in _made_before(folder):
        manifest = Run.open(path).manifest
        if manifest.finished:
            found[manifest.settings["side"], int(manifest.settings["pair"])] = path
    before, after = SIDES
    whole = sorted(pair for side, pair in found if side == before and (after, pair) in found)
    if not whole:
        raise InvalidInput([Problem(str(folder), "holds no pairs of runs", "", "the --out of 'regression --pairs'")])
    return [found[before, pair] for pair in whole], [found[after, pair] for pair in whole]


def _made_before(folder: Path) -> list[Path]:
    """Return the runs in a folder that are sides of pairs."""
    runs = [manifest.parent for manifest in sorted(folder.glob("runs/*/manifest.json"))]
    return [run for run in runs if Run.open(run).manifest.settings.get("side") in SIDES]


def say(line: str) -> None:
    """Tell a person, or a log of CI, how far it is."""
    click.echo(line, err=True)
