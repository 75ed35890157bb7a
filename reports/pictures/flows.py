"""Pictures of flows: where customers are lost and why, and what becomes of the same customers under a change."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reports.measuring.metrics import Results
from reports.measuring.saved import FATES, Moves
from reports.pictures import drawing
from reports.pictures.drawing import BASE, DENIED, DROP, GOOD, MUTED, REASONS
from reports.pictures.sankey import Flows, Node, flows_figure, total

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FATE_COLOUR = {"completed": GOOD, "denied": DENIED, "lost": DROP, "under way": MUTED}
WIDTH_IN, HEIGHT_IN = 2.3, 3.0
FEWEST = 0.1
"""Of 100 customers: steps that lose fewer are drawn as one."""
ELSEWHERE = "other steps"


def losses(results: Results) -> dict[tuple[str, str], float]:
    """Return who dropped off or was turned away, per 100 who entered, by (step, cause)."""
    entered = max(1, results.entered)
    flows = {
        (step.step, cause): 100 * float(counts.sum()) / entered
        for step in results.funnel
        for cause, counts in step.causes.items()
    }
    for step in results.funnel:
        if step.rejected.sum():
            key = step.step, "turned away"
            flows[key] = flows.get(key, 0.0) + 100 * float(step.rejected.sum()) / entered
    return flows


@drawing.styled
def losses_figures(arms: Sequence[tuple[str, Results]]) -> list[Figure]:
    """Draw where customers are lost and why: a picture for each run, all on one scale and in the same colours.

    Parameters: `arms` as (title, results), the baseline first.
    """
    flows = [losses(results) for _, results in arms]
    causes = _by_size(flows)
    colour = {cause: REASONS[place % len(REASONS)] for place, cause in enumerate(causes)}
    scale = HEIGHT_IN / max([sum(one.values()) for one in flows] + [1e-9])
    return [_losses(results, own, causes, colour, scale) for (_, results), own in zip(arms, flows, strict=True)]


def _losses(results: Results, flows: Flows, causes: Sequence[str], colour: dict[str, str], scale: float) -> Figure:
    small = {step.step for step in results.funnel if total(flows, 0, step.step) < FEWEST}
    drawn: dict[tuple[str, str], float] = {}
    for (step, cause), size in flows.items():
        key = (ELSEWHERE if step in small else step), cause
        drawn[key] = drawn.get(key, 0.0) + size
    names = [(step.step, step.title) for step in results.funnel if step.step not in small]
    left = [
        Node(key, f"{textwrap.shorten(name, 27, placeholder='…')}  {total(drawn, 0, key):.1f}", BASE)
        for key, name in [*names, (ELSEWHERE, ELSEWHERE)]
        if total(drawn, 0, key) >= FEWEST / 2
    ]
    right = [Node(cause, f"{total(drawn, 1, cause):.1f}  {cause}", colour[cause]) for cause in causes]
    return flows_figure(
        left, right, drawn, inches_per_unit=scale, width_in=WIDTH_IN,
        titles=("", f"{sum(flows.values()):.1f} of 100 lost"),
        longest=(32, max(map(len, causes), default=0) + 6),
    )  # fmt: skip


@drawing.styled
def saved_figure(moves: Moves, before: str, after: str) -> Figure:
    """Draw what becomes of the same customers: their fates before on the left, after on the right, per 100."""
    flows = {ends: 100 * share.value for ends, share in moves.shares.items() if share.value > 0}
    left = [Node(fate, f"{fate}  {total(flows, 0, fate):.1f}", FATE_COLOUR[fate]) for fate in FATES]
    right = [Node(fate, f"{total(flows, 1, fate):.1f}  {fate}", FATE_COLOUR[fate]) for fate in FATES]
    titles = (textwrap.shorten(before, 24, placeholder="…"), textwrap.shorten(after, 24, placeholder="…"))
    return flows_figure(left, right, flows, inches_per_unit=HEIGHT_IN / 100, width_in=3.6, titles=titles)


def _by_size(flows: Sequence[Flows]) -> list[str]:
    """Return the causes, the commonest over all runs first."""
    sizes: dict[str, float] = {}
    for (_, cause), size in _all(flows):
        sizes[cause] = sizes.get(cause, 0.0) + size
    return sorted(sizes, key=lambda cause: (-sizes[cause], cause))


def _all(flows: Sequence[Flows]) -> Iterator[tuple[tuple[str, str], float]]:
    for one in flows:
        yield from one.items()
