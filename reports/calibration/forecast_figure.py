"""The picture of a calibrated model's forecasts: percentiles by load with their intervals, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.pictures import drawing
from reports.pictures.drawing import GRID, LOADED, SIMULATED
from reports.wording import change, duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@drawing.styled
def forecast_figure(forecasts: Sequence[Mapping[str, Any]], judged: str) -> Figure:
    """Draw each judged metric by share of capacity, on a logarithmic axis: forecast (hollow) and measured (full)."""
    from matplotlib.ticker import LogLocator

    figure, axes = drawing.canvas(5.3, 3.1)
    metrics = sorted({metric for one in forecasts for metric in one["metrics"] if metric.startswith(judged)})
    for rank, metric in enumerate(metrics):
        shift = (rank - (len(metrics) - 1) / 2) * 0.012
        for one in forecasts:
            told = one["metrics"].get(metric)
            if told is None or not told["forecast"]:
                continue
            at = one["share"] + shift
            axes.plot([at, at], [told["low"], told["high"]], color=SIMULATED, lw=2, solid_capstyle="round")
            axes.plot([at], [told["forecast"]], "o", ms=7, mfc="white", mec=SIMULATED, mew=1.6)
            if told["measured"]:
                axes.plot([at + 0.004], [told["measured"]], "o", ms=6, color=LOADED)
                axes.annotate(
                    change(told["error"]), (at + 0.004, told["measured"]), xytext=(7, 0), va="center",
                    textcoords="offset points", fontsize=8.5, color=LOADED,
                )  # fmt: skip
    shares = sorted({one["share"] for one in forecasts})
    rates = {one["share"]: one["rate_per_s"] for one in forecasts}
    axes.set_xticks(shares, [f"{share:.0%}\n{rates[share]:.3g} / s" for share in shares])
    axes.set_xlim(min(shares) - 0.08, max(shares) + 0.1)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=9))
    axes.yaxis.set_major_formatter(lambda value, _: duration(value))
    axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.grid(axis="y", color=GRID)
    axes.set_xlabel("Load, as a share of the calibrated capacity")
    axes.set_title("   ".join(metrics))
    axes.plot([], [], "o", ms=7, mfc="white", mec=SIMULATED, mew=1.6, label="forecast, 95% of the time")
    axes.plot([], [], "o", ms=6, color=LOADED, label="measured, error of the forecast")
    axes.legend(loc="upper left", frameon=False, fontsize=8.5)
    return figure
