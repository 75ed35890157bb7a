"""What explains a comparison, by further simulations: who is to blame, which lever does it, what would overturn it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from commands.cells import Cells
from commands.progress import progress
from journeys.errors import InvalidInput, Problem, did_you_mean

if TYPE_CHECKING:
    from journeys.ranges import Range
    from journeys.scenarios import WhatIf
    from reports.measuring.results import Results
    from reports.study import Arm

REPLICATIONS, CLOSER = 12, 5
"""At most so many of the comparison's replications are simulated again for blame, and so many for assumptions."""
ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be explained.

    Parameters
    ----------
    everything: who is to blame, which lever does it, and which assumption of all would overturn it.
    blamed: further scenarios of which it is asked who is to blame for what is left in them.
    ranges: what a person would have doubted, over which range.
    """

    everything: bool = False
    blamed: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, what_if: WhatIf, explain: bool, blame: Sequence[str], vary: Sequence[str]) -> Wanted:
        """Return what a command was asked for; raises InvalidInput for scenarios and paths that are not there."""
        names = [scenario.name for scenario in what_if.scenarios]
        wrong = [
            Problem("--blame", f"there is no scenario {name!r}", "", did_you_mean(name, [*names, ALL]))
            for name in blame
            if name not in (*names, ALL)
        ]  # fmt: skip
        if wrong:
            raise InvalidInput(wrong)
        blamed = tuple(names) if ALL in blame else tuple(blame)
        return cls(explain, blamed, _ranges(what_if, vary))

    def __bool__(self) -> bool:
        return self.everything or bool(self.blamed) or bool(self.ranges)


def _ranges(what_if: WhatIf, vary: Sequence[str]) -> tuple[Range, ...]:
    if not vary:
        return ()
    from journeys.loading import load
    from journeys.ranges import read_ranges
    from reports.attribution.assumptions import declared

    journey = load(what_if.journey)
    base, last = what_if.scenario(what_if.baseline).of(journey), what_if.scenarios[-1].of(journey)
    ranges = tuple(read_ranges(last, vary))
    declared(base, last, ranges)  # raises where they do not fit
    return ranges


def explained(
    what_if: WhatIf, arms: Sequence[Arm], wanted: Wanted, *, engine: str = "", jobs: int | None = None,
    replications: int = REPLICATIONS,
) -> dict[str, Any]:  # fmt: skip
    """Return what explains simulated arms of a what-if, the baseline among them, by section of the report."""
    found: dict[str, Any] = {}
    if not wanted:
        return found
    base, last = next(arm for arm in arms if arm.name == what_if.baseline), arms[-1]
    manifest = base.run.manifest
    replications = min(replications, manifest.replications)
    with progress("explaining") as tell:
        cells = Cells(
            manifest.seed, manifest.customers, engine, jobs, tell, lambda text: click.echo(text, err=True),
            run_of=manifest.replications,
        )  # fmt: skip
        try:
            results = {arm.name: arm.results() for arm in arms}
            if not all(own.entered for own in results.values()):
                return {}  # nobody counts, so there is nothing to explain, and the report says why
            if wanted.everything and (levers := _levers(what_if, results, cells)) is not None:
                found["levers"] = levers
            found["blame"] = _blamed(arms, base.name, wanted, cells, replications)
            doubts = _doubts(base, last, results, cells, wanted, min(CLOSER, replications))
            if doubts is not None:
                found["doubts"] = doubts
        except KeyboardInterrupt as error:
            error.add_note("runs are kept; what explains them is not")
            raise
    return found


def _blamed(arms: Sequence[Arm], baseline: str, wanted: Wanted, cells: Cells, replications: int) -> Any:
    """Return who is to blame, by scenario, the baseline first; of the last scenario where everything is wanted."""
    from reports.attribution.blame import who_is_to_blame

    chosen = {*wanted.blamed, *((arms[-1].name,) if wanted.everything else ())}
    ordered = sorted(
        (arm for arm in arms if chosen and arm.name in (*chosen, baseline)), key=lambda arm: arm.name != baseline
    )
    return {arm.name: who_is_to_blame(arm.journey, cells.quantities, replications) for arm in ordered}


def _levers(what_if: WhatIf, results: Mapping[str, Results], cells: Cells) -> Any:
    """Return what each lever has its part in of the last scenario's effect; None where there are none."""
    from journeys.loading import load
    from reports.attribution.blame import lever_shares

    base, combined = what_if.scenario(what_if.baseline), what_if.scenarios[-1]
    alone = what_if.levers()
    if not alone or any(one.name not in results for one in (base, *alone, combined)):
        return None
    known = {
        frozenset(): results[base.name],
        frozenset(one.name for one in alone): results[combined.name],
        **{frozenset([one.name]): results[one.name] for one in alone},
    }
    changes = {one.name: {**base.changes, **one.changes} for one in alone}
    return lever_shares(base.of(load(what_if.journey)), changes, known, cells.quantities)


def _doubts(
    base: Arm, other: Arm, results: Mapping[str, Results], cells: Cells, wanted: Wanted, replications: int
) -> Any:
    """Return which assumptions would overturn what a comparison says; None where it says nothing."""
    from reports.attribution.assumptions import assumptions, declared
    from reports.attribution.break_even import doubted
    from reports.attribution.conditions import conditions
    from reports.comparison import compare

    if base is other or not (wanted.everything or wanted.ranges):
        return None
    at_stake = conditions(compare(results, base.name, other.name), results[other.name])
    if not at_stake:
        return None
    ranges = declared(base.journey, other.journey, wanted.ranges)
    named = {one.path for one in ranges}
    all_others = assumptions(base.journey, other.journey) if wanted.everything else ()
    chosen = [*ranges, *(one for one in all_others if one.path not in named)]
    return doubted(base.journey, other.journey, at_stake, cells.quantities, replications, chosen)
