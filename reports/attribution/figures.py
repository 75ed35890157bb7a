"""Pictures of shares in a change, and of who is to blame: bars with intervals, one for each part or lever."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.pictures import drawing
from reports.pictures.drawing import BASE, BEST, DROP, GOOD, INK, LEVER, MUTED
from reports.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 5.3


@drawing.styled
def shares_figure(
    title: str, rows: Sequence[tuple[str, Estimate, str]], *, better: int = -1, last_is_total: bool = False
) -> Figure:
    """Draw how much each row has its part in.

    Parameters
    ----------
    rows: (name, share with its interval, what is written beside it), from the top. better: 1 where more is, -1 where
        less is. last_is_total: the last row is what the others sum to, and they are changes and not causes.
    """
    figure, axes = drawing.canvas(WIDTH, 0.36 * len(rows) + 0.5)
    values = [share.value for _, share, _ in rows]
    highest, lowest = max([*values, 0.0]), min([*values, 0.0])
    reach = max(highest - lowest, 1e-9)
    for place, (_, share, text) in enumerate(rows):
        total = last_is_total and place == len(rows) - 1
        helps = (share.value > 0) == (better > 0)
        colour = BEST if total else DROP if not helps else LEVER if last_is_total else GOOD
        axes.barh(place, share.value, height=0.56, color=colour, zorder=2)
        if share.bounded:
            axes.plot([share.low, share.high], [place, place], color=INK, lw=1.2, zorder=3)
        right = max(share.value, share.high if share.bounded else share.value, 0.0)
        axes.text(right + 0.02 * reach, place, text, va="center", fontsize=9, color=INK if total else MUTED,
                  fontweight="bold" if total else "normal")  # fmt: skip
    axes.axvline(0, color=MUTED, lw=0.9, zorder=1)
    axes.set_title(title)
    axes.set_yticks(range(len(rows)), [textwrap.shorten(name, 40, placeholder="…") for name, _, _ in rows])
    if last_is_total:
        axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(len(rows) - 0.5, -0.6)
    ends = [share.high for _, share, _ in rows if share.bounded]
    axes.set_xlim(lowest - 0.06 * reach, max([highest, *ends]) + 0.55 * reach)
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", colors=INK)
    return figure


@drawing.styled
def blame_figure(
    title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[Estimate | None, str]]]]
) -> Figure:
    """Draw how much each part causes, in one scenario or in two side by side.

    Parameters: `names`, the scenarios'; `rows`, (part, for each scenario (what it causes, what is written beside it)),
    from the top; None where a scenario has no such part.
    """
    from matplotlib.patches import Patch

    beside = len(names) > 1
    figure, axes = drawing.canvas(WIDTH, (0.5 if beside else 0.36) * len(rows) + (0.9 if beside else 0.5))
    shares = [share for _, bars in rows for share, _ in bars if share is not None]
    ends = [share.high if share.bounded else share.value for share in shares]
    highest, lowest = max([*ends, 0.0]), min([*(share.value for share in shares), 0.0])
    reach = max(highest - lowest, 1e-9)
    height = 0.4 if beside else 0.56
    for place, (_, bars) in enumerate(rows):
        for at, (share, text) in enumerate(bars):
            if share is None:
                continue
            y = place + (at - (len(bars) - 1) / 2) * height
            axes.barh(y, share.value, height=0.92 * height, color=(BASE, BEST)[at] if beside else GOOD, zorder=2)
            if share.bounded:
                axes.plot([share.low, share.high], [y, y], color=INK, lw=1.1, zorder=3)
            right = max(share.value, share.high if share.bounded else share.value, 0.0)
            axes.text(right + 0.02 * reach, y, text, va="center", fontsize=8.5, color=MUTED)
    axes.axvline(0, color=MUTED, lw=0.9, zorder=1)
    axes.set_title(title)
    axes.set_yticks(range(len(rows)), [textwrap.shorten(name, 40, placeholder="…") for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -1.15 if beside else -0.6)
    axes.set_xlim(lowest - 0.06 * reach, highest + 0.55 * reach)
    axes.set_xticks([])
    if beside:
        shown = [Patch(color=colour) for colour in (BASE, BEST)]
        axes.legend(shown, [textwrap.shorten(name, 30, placeholder="…") for name in names], loc="upper right", ncols=2,
                    frameon=False, fontsize=8.5, handlelength=1.0, borderaxespad=0.0, labelcolor=INK)  # fmt: skip
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", colors=INK)
    return figure
