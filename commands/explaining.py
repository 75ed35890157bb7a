"""What explains a comparison, by further simulations: who is to blame, which lever does it, what would overturn it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from commands.cells import Cells
from commands.progress import progress

if TYPE_CHECKING:
    from journeys.scenarios import WhatIf
    from reports.measuring.results import Results
    from reports.study import Arm

REPLICATIONS = 5
"""At most so many of the comparison's replications are simulated again for each coalition of parts."""


def explained(
    what_if: WhatIf, arms: Sequence[Arm], *, engine: str = "", jobs: int | None = None, replications: int = REPLICATIONS
) -> dict[str, Any]:
    """Return what explains simulated arms of a what-if, the baseline among them, by section of the report."""
    from reports.attribution.blame import who_is_to_blame

    found: dict[str, Any] = {}
    base = next(arm for arm in arms if arm.name == what_if.baseline)
    manifest = base.run.manifest
    with progress("explaining") as tell:
        cells = Cells(
            manifest.seed, manifest.customers, engine, jobs, tell, lambda text: click.echo(text, err=True)
        )  # fmt: skip
        try:
            results = {arm.name: arm.results() for arm in arms}
            if not all(own.entered for own in results.values()):
                return {}  # nobody counts, so there is nothing to explain, and the report says why
            levers = _levers(what_if, results, cells)
            if levers is not None:
                found["levers"] = levers
            found["blame"] = who_is_to_blame(
                base.journey, cells.quantities, min(replications, manifest.replications)
            )  # fmt: skip
            doubts = _doubts(base, arms[-1], results, cells, replications)
            if doubts is not None:
                found["doubts"] = doubts
        except KeyboardInterrupt as error:
            error.add_note("runs are kept; what explains them is not")
            raise
    return found


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


def _doubts(base: Arm, other: Arm, results: Mapping[str, Results], cells: Cells, replications: int) -> Any:
    """Return which assumptions would overturn what a comparison says; None where it says nothing."""
    from reports.attribution.break_even import doubted
    from reports.attribution.conditions import conditions
    from reports.comparison import compare

    if base is other:
        return None
    at_stake = conditions(compare(results, base.name, other.name), results[other.name])
    if not at_stake:
        return None
    replications = min(replications, base.run.manifest.replications)
    return doubted(base.journey, other.journey, at_stake, cells.quantities, replications)
