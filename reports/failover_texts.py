"""Failover in words and plain values: for the page, the terminal and machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reports.failover import PHASES, Foreseen, Trial
from reports.tables import Cell
from reports.wording import DASH, number

TONES = {"foreseen": "agrees", "not foreseen": "differs", "not measured": ""}
KINDS = ("kill", "pause", "latency", "partition")
NAMES = {"kill": "killed", "pause": "frozen", "latency": "slow", "partition": "cut off"}


def rows(trial: Trial) -> list[tuple[str, list[Cell]]]:
    """Return the table of a trial: each figure measured, in the model, and whether the model foresaw it."""
    found = [(one.measure.title, _cells(one)) for one in _figures(trial)]
    detected = DASH if trial.detected_s is None else number(trial.detected_s, "s")
    noticed = [Cell(detected), Cell(number(trial.expected_s, "s"), "as the model was told"), Cell("")]
    again = [Cell(number(100 * trial.amplification, "per_100")), Cell(DASH), Cell("")]
    return [
        *found,
        ("Until the balancer took it out", noticed),
        ("Requests to replicas for 100 of customers", again),
    ]


def _figures(trial: Trial) -> list[Foreseen]:
    extra = trial.extra_calls()
    return trial.foreseen() + ([extra] if extra is not None else [])


def _cells(one: Foreseen) -> list[Cell]:
    unit = one.measure.unit
    between = "" if math.isnan(one.low) else f"{number(one.low, unit)} to {number(one.high, unit)}"
    return [
        Cell(number(one.measured, unit)),
        Cell(number(one.median, unit), between),
        Cell(one.verdict, "", TONES[one.verdict]),
    ]


def sums(trial: Trial) -> str:
    """Return what came of what was acknowledged, in a sentence."""
    return " ".join([_kept([trial]), *(f"Not as it should be: {problem}." for problem in trial.steady)])


def _kept(trials: Sequence[Trial]) -> str:
    if any(trial.acknowledged is None for trial in trials):
        return "What was acknowledged cannot be looked up in an application of one's own."
    told, lost, doubled = (sum(getattr(one, name) for one in trials) for name in ("acknowledged", "lost", "doubled"))
    return f"{told:,} steps were acknowledged: {lost:,} of them lost, {doubled:,} done twice."


def title(trial: Trial) -> str:
    """Return what was done, in words."""
    if not trial.replicas:
        return trial.fault
    replicas = f"{trial.replicas} replica" + ("s" if trial.replicas > 1 else "")
    return f"{trial.fault}, {replicas}"


def redundancy(trials: Sequence[Trial]) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """Return the table of replicas by fault: its columns, and a row a fault with a cell for each number of replicas."""
    counts = sorted({trial.replicas for trial in trials})
    by_place = {(trial.fault, trial.replicas): trial for trial in trials}
    faults = list(dict.fromkeys(trial.fault for trial in trials))
    columns = [f"{count} replica" + ("s" if count > 1 else "") for count in counts]
    return columns, [
        (fault, [_summary(by_place.get((fault, count))) for count in counts]) for fault in faults
    ]  # fmt: skip


def _summary(trial: Trial | None) -> Cell:
    if trial is None:
        return Cell(DASH)
    told = trial.measured
    completed = [number(told[f"conversion.{phase}"], "share") for phase in PHASES[:2]]
    slowest = [number(told[f"p95.{phase}"], "s") for phase in PHASES[:2]]
    small = "; ".join(
        (
            f"completed {completed[0]} before, {completed[1]} during",
            f"slowest 5% {slowest[0]}, {slowest[1]}",
            f"recovered in {number(told['recovery'], 's')}",
            f"model: {_agreed(trial)}",
        )
    )
    failed = number(told["failed.during"], "per_1000")
    harmed = trial.lost or trial.doubled
    return Cell(f"{failed} failed per 1,000", small, "missed" if harmed else "")


def _agreed(trial: Trial) -> str:
    verdicts = [one.verdict for one in trial.foreseen() if one.verdict != "not measured"]
    return f"{verdicts.count('foreseen')} of {len(verdicts)} foreseen"


def lines(trials: Sequence[Trial]) -> list[str]:
    """Return the lines to print: one trial in full, or several as a table."""
    found: list[str] = []
    for trial in trials if len(trials) == 1 else ():
        table = [["", "measured", "model", "", ""]]
        table += [[name, cells[0].text, cells[1].text, cells[1].small, cells[2].text] for name, cells in rows(trial)]
        found += [f"{title(trial)}: {sums(trial)}", "", *_drawn(table)]
    if len(trials) > 1:
        columns, by_fault = redundancy(trials)
        for place, column in enumerate(columns):
            table = [[fault, cells[place].text, cells[place].small] for fault, cells in by_fault]
            found += [column, *_drawn(table), ""]
        found.append(_kept(trials))
    return found


def _drawn(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table]


def values(trial: Trial) -> dict[str, Any]:
    """Return a trial in plain values."""
    return {
        "replicas": trial.replicas, "fault": trial.fault, "begin_s": trial.window.begin_s, "end_s": trial.window.end_s,
        "acknowledged": trial.acknowledged, "lost": trial.lost, "doubled": trial.doubled,
        "requests": trial.requests, "tries": trial.tries, "detected_s": trial.detected_s,
        "expected_detection_s": _plain(trial.expected_s), "not_steady": list(trial.steady), "phases": list(PHASES),
        "figures": {
            one.measure.key: {
                "measured": _plain(one.measured), "model": _plain(one.median), "model_low": _plain(one.low),
                "model_high": _plain(one.high), "unit": one.measure.unit, "verdict": one.verdict,
            }
            for one in _figures(trial)
        },
    }  # fmt: skip


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
