"""Pictures of scenarios: funnel, levers, time to decision, calls by reason, and how busy people are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.comparison import Comparison
from reports.measuring.metrics import Results
from reports.pictures import drawing
from reports.pictures.drawing import BASE, BEST, DROP, GRID, INK, LEVER, MUTED, REASONS
from reports.wording import change, change_digits, change_span, duration, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.3
TICKS_S = (
    (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (6 * 3600, "6 h"), (86400, "1 d"),
    (3 * 86400, "3 d"), (10 * 86400, "10 d"), (30 * 86400, "30 d"),
)  # fmt: skip


@drawing.styled
def funnel_figure(arms: Sequence[tuple[str, Results]]) -> Figure:
    """Draw the share of customers that come to each step, and the share completed, for one or two runs.

    Parameters: `arms` as (title, results), the baseline first.
    """
    steps = [step for step in arms[0][1].funnel if any(_share(results, step.step) > 0 for _, results in arms)]
    names = [*(step.title for step in steps), "Completed"]
    figure, axes = drawing.canvas(WIDTH, 0.5 + (0.2 + 0.17 * len(arms)) * len(names))
    colours = [BASE, BEST] if len(arms) > 1 else [BEST]
    for rank, (title, results) in enumerate(arms):
        shares = [*(_share(results, step.step) for step in steps), _value(results, "completion")]
        for row, value in enumerate(shares):
            y = row + (rank - (len(arms) - 1) / 2) * 0.38
            axes.barh(y, value, height=0.32, color=colours[rank], zorder=2)
            axes.text(value + 0.01, y, f"{value:.0%}", va="center", fontsize=9, color=colours[rank] if rank else MUTED)
        tone = colours[rank] if rank or len(arms) == 1 else MUTED
        axes.text(
            1.08,
            -1.35 + rank * 0.55,
            f"■ {title}",
            color=tone,
            fontsize=9.5,
            ha="right",
            va="center",
            fontweight="bold",
        )
    axes.set_yticks(range(len(names)), [textwrap.shorten(name, 32, placeholder="…") for name in names])
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(len(names) - 0.4, -1.7)
    axes.set_xlim(0, 1.08)
    _bare(axes)
    return figure


@drawing.styled
def lever_figure(comparison: Comparison, titles: Mapping[str, str], key: str) -> Figure:
    """Draw each scenario's relative change of one metric with its interval: each lever alone, then all together."""
    rows = [*comparison.levers, comparison.combined]
    figure, axes = drawing.canvas(WIDTH, 0.4 * len(rows) + 0.6)
    metric = comparison.metrics[key]
    axes.axvline(0, color=MUTED, lw=0.9, zorder=1)
    for row, name in enumerate(rows):
        found = metric.change(name)
        estimate, best = found.paired.change, name == comparison.combined
        if not estimate.measured:
            continue
        colour = BEST if best else LEVER
        if estimate.bounded:
            axes.plot([estimate.low, estimate.high], [row, row], color=colour, lw=4 if best else 3, zorder=2)
        axes.plot([estimate.value], [row], "o", color=colour, ms=8 if best else 6.5, zorder=3)
        text = change(estimate.value, digits := change_digits(estimate))
        text += f"  ({change_span(estimate, digits)})" if estimate.bounded else ""
        if found.verdict == "inconclusive":
            text += "  inconclusive"
        right = max(estimate.high if estimate.bounded else estimate.value, 0)
        axes.annotate(
            text, (right, row), xytext=(7, 0), textcoords="offset points", va="center", fontsize=9,
            color=INK if best else MUTED, fontweight="bold" if best else "normal",
        )  # fmt: skip
    axes.set_title(f"{metric.title}: {number(metric.baseline.value, metric.unit)} in {titles[comparison.baseline]}")
    axes.set_yticks(range(len(rows)), [textwrap.shorten(titles[name], 30, placeholder="…") for name in rows])
    axes.set_ylim(len(rows) - 0.5, -0.6)
    ends = [metric.change(name).paired.change for name in rows]
    low = min([0.0, *(end.low if end.bounded else end.value for end in ends if end.measured)])
    high = max([0.0, *(end.high if end.bounded else end.value for end in ends if end.measured)])
    reach = max(high - low, 0.02)
    axes.set_xlim(low - 0.06 * reach, high + 0.62 * reach)
    _bare(axes)
    return figure


@drawing.styled
def decision_figure(arms: Sequence[tuple[str, Results]]) -> Figure:
    """Draw the share of decisions made within a time, on a logarithmic axis of time, with each arm's median."""
    figure, axes = drawing.canvas(WIDTH, 3.5)
    colours = _arm_colours(len(arms))
    lowest, highest = np.inf, 0.0
    medians = [float(np.median(own)) for _, results in arms if len(own := results.quantities["decision.median"].sample)]
    near = len(medians) > 1 and max(medians) < 4 * min(medians)
    for rank, (title, results) in enumerate(arms):
        sample = results.quantities["decision.median"].sample
        if not len(sample):
            continue
        grid = np.linspace(0, 1, 401)
        spread = np.maximum(np.quantile(sample, grid), 1.0)
        axes.plot(spread, grid, color=colours[rank], lw=2.4, zorder=3)
        median = float(np.quantile(sample, 0.5))
        axes.plot([median], [0.5], "o", color=colours[rank], ms=6, zorder=4)
        axes.annotate(
            f"{title}\nmedian {duration(median)}", (median, 0.5), xytext=(11, -5 - 30 * rank * near),
            textcoords="offset points", fontsize=9.5,
            color=MUTED if colours[rank] == BASE else colours[rank], va="top", fontweight="bold",
        )  # fmt: skip
        lowest, highest = min(lowest, float(np.quantile(sample, 0.01))), max(highest, float(np.quantile(sample, 0.995)))
    axes.set_xscale("log")
    axes.set_xlim(max(lowest * 0.7, 1.0) if np.isfinite(lowest) else 1.0, max(highest * 1.4, 10.0))
    low, high = axes.get_xlim()
    ticks = [(at, name) for at, name in TICKS_S if low <= at <= high]
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.minorticks_off()
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.set_ylim(0, 1.02)
    axes.grid(True, zorder=0)
    axes.set_ylabel("decided within this time")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


@drawing.styled
def calls_figure(arms: Sequence[tuple[str, Results]]) -> Figure:
    """Draw calls per 100 customers by reason, stacked, one bar a run; small reasons are drawn but not written on."""
    contacts = arms[0][1].journey.contacts
    figure, axes = drawing.canvas(WIDTH, 0.62 * len(arms) + 0.32 * len(contacts) + 0.5)
    totals = [_value(results, "calls") for _, results in arms]
    widest = max([*totals, 1.0])
    for row, (_, results) in enumerate(arms):
        left = 0.0
        for index, contact in enumerate(contacts):
            value = _value(results, f"calls.{contact.name}")
            axes.barh(row, value, left=left, height=0.6, color=REASONS[index % len(REASONS)], ec="none", zorder=2)
            if value > widest * 0.06:
                axes.text(
                    left + value / 2,
                    row,
                    f"{value:.0f}",
                    ha="center",
                    va="center",
                    color="#ffffff",
                    fontsize=9,
                    zorder=3,
                )
            left += value
        axes.text(left + widest * 0.012, row, f"{totals[row]:.0f}", va="center", fontsize=10.5, fontweight="bold")
    bottom = len(arms) - 0.35
    for index, contact in enumerate(contacts):
        y = bottom + 0.3 + index * 0.46
        axes.plot([widest * 0.008], [y], "s", color=REASONS[index % len(REASONS)], ms=8)
        values = " → ".join(f"{_value(results, f'calls.{contact.name}'):.0f}" for _, results in (arms[0], arms[-1]))
        text = f"{_short(contact.reason or contact.name)}   " + (values if len(arms) > 1 else values.split(" ")[0])
        axes.text(widest * 0.03, y, text, va="center", fontsize=9.5)
    axes.set_yticks(range(len(arms)), [textwrap.shorten(title, 28, placeholder="…") for title, _ in arms])
    axes.set_ylim(bottom + 0.3 + len(contacts) * 0.46, -0.5)
    axes.set_xlim(0, widest * 1.1)
    _bare(axes)
    return figure


def _short(label: str, most: int = 40) -> str:
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


@drawing.styled
def utilisation_figure(arms: Sequence[tuple[str, Results]]) -> Figure:
    """Draw how busy the people of each station are, one bar a run, with the interval over replications."""
    stations = [station for station in arms[0][1].journey.stations if station.kind == "people"]
    figure, axes = drawing.canvas(WIDTH, 0.4 + len(stations) * (0.55 + 0.32 * len(arms)))
    colours = _arm_colours(len(arms))
    y, ticks, widest = 0.0, [], 1.0
    for station in stations:
        axes.text(0, y + 0.06, station.title or station.name, fontsize=10, fontweight="bold", va="bottom")
        for rank, (title, results) in enumerate(arms):
            estimate = results.quantities[f"utilisation.{station.name}"].estimate()
            y += 0.3
            ticks.append((y, textwrap.shorten(title, 28, placeholder="…")))
            axes.barh(y, 1.0, height=0.2, color=GRID, alpha=0.5, zorder=1)
            axes.barh(y, estimate.value, height=0.2, color=DROP if estimate.value > 0.95 else colours[rank], zorder=2)
            end = estimate.value
            if estimate.bounded and estimate.high > estimate.low:
                axes.plot([estimate.low, estimate.high], [y, y], color=INK, lw=1.2, zorder=3)
                end = estimate.high
            widest = max(widest, end)
            axes.text(end + 0.015, y, number(estimate.value, "share"), va="center", fontsize=9)
        y += 0.55
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.set_ylim(y - 0.2, -0.25)
    axes.set_xlim(0, widest + 0.1)
    _bare(axes)
    return figure


def _arm_colours(count: int) -> list[str]:
    if count == 1:
        return [BEST]
    return [BASE, *[LEVER] * (count - 2), BEST]


def _share(results: Results, step: str) -> float:
    return _value(results, f"entered.{step}")


def _value(results: Results, key: str) -> float:
    quantity = results.quantities.get(key)
    value = quantity.estimate().value if quantity is not None else 0.0
    return 0.0 if np.isnan(value) else value


def _bare(axes: Axes, **ticks: Any) -> None:
    """Take away what the numbers written beside the marks make needless."""
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", colors=INK, **ticks)
