"""Failover in words and plain values: for the page, the terminal and machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reports.failover import PHASES, Foreseen, Kept, Trial
from reports.tables import Cell
from reports.wording import DASH, number

TONES = {"foreseen": "agrees", "not foreseen": "differs", "not measured": "", "not modelled": ""}
OFTEN = 0.02
"""A difference of conversion that a customer would call one."""
MUCH = 1.5
"""So many times as slow is slower, to a customer."""


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
    told = [_kept([trial])]
    if trial.office_restarts:
        times = "once" if trial.office_restarts == 1 else f"{trial.office_restarts} times"
        told.append(f"The office had to begin anew {times}: customers waited for it, which the model does not foresee.")
    if not trial.twin:
        told.append("The model does not foresee such a fault: no journey says enough of it.")
    return " ".join([*told, *(f"Not as it should be: {problem}." for problem in trial.steady)])


def noticed(trial: Trial) -> str:
    """Return what a customer noticed, in sentences made of the figures."""
    return " ".join(noticed_sentences(trial))


def noticed_sentences(trial: Trial) -> list[str]:
    """Return what a customer noticed, a sentence each."""
    told, found = trial.measured, list[str]()
    beside, when = (trial.quiet, "during") if trial.quiet else (told, "before")
    undisturbed = "undisturbed" if trial.quiet else "before"
    completed, usual = told["conversion.during"], beside[f"conversion.{when}"]
    if not (math.isnan(completed) or math.isnan(usual)):
        same = "as many as" if abs(completed - usual) < OFTEN else f"{100 * usual:.0f}"
        found.append(
            f"Of 100 who came during it and reached an end, {100 * completed:.0f} completed, {same} {undisturbed}."
        )
    failed = told["failed.during"]
    if not math.isnan(failed):
        met = (
            f"{failed / 10:.0f} attempts failed for 100 steps"
            if failed >= 10
            else "fewer than 1 in 100 steps failed once"
        )
        found.append("No attempt at a step failed." if not failed else f"During it {met}.")
    slow, fast = told["p95.during"], beside[f"p95.{when}"]
    if not (math.isnan(slow) or math.isnan(fast)):
        longer = (
            f"The slowest twentieth of steps took {number(slow, 's')} or longer, {number(fast, 's')} {undisturbed}."
        )
        found.append(longer if slow > MUCH * fast else f"Steps were about as fast as {undisturbed}.")
    over = told["recovery"]
    found.append(
        f"Nothing failed or dragged any more {number(over, 's')} after it began." if over
        else "Nothing failed or dragged."
    )  # fmt: skip
    harmed = trial.acknowledged is not None and (trial.lost or trial.doubled)
    if harmed:
        found.append(f"{trial.lost:,} steps that customers were told were done are lost, {trial.doubled:,} done twice.")
    return found


def overall(trials: Sequence[Trial]) -> list[str]:
    """Return what customers noticed with each number of replicas, a sentence each."""
    return [_overall([trial for trial in trials if trial.replicas == count], count)
            for count in sorted({trial.replicas for trial in trials})]  # fmt: skip


def _overall(trials: Sequence[Trial], count: int) -> str:
    hurt, slow, rest = list[str](), list[str](), list[str]()
    for trial in trials:
        failed, before, during = (trial.measured[key] for key in ("failed.during", "p95.before", "p95.during"))
        if failed > 0:
            hurt.append(f"{trial.fault} ({failed / 10:.0f} for 100 steps)")
        elif during > MUCH * before:
            slow.append(f"{trial.fault} ({number(during, 's')}, {number(before, 's')} before)")
        else:
            rest.append(trial.fault)
    parts = [f"attempts failed by {_listed(hurt)}"] if hurt else []
    if slow:
        first = "nothing else failed" if hurt else "no attempt failed"
        parts.append(f"{first}, and the slowest twentieth of steps took longer by {_listed(slow)}")
    parts += [f"nobody noticed {_listed(rest)}"] if rest else []
    return f"With {count} replica{'s' if count > 1 else ''}, {'; '.join(parts)}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def missed(kept: Kept) -> str:
    """Return a budget that was missed, and by what."""
    return f"budget missed: {kept.budget} ({number(kept.measured, kept.unit)})"


def budget_rows(trial: Trial) -> list[tuple[str, list[Cell]]]:
    """Return the table of a trial's budgets: what was measured, and whether it was kept."""
    tones = {"kept": "agrees", "missed": "missed", "not measured": ""}
    return [
        (one.budget.text, [Cell(number(one.measured, one.unit)), Cell(one.status, "", tones[one.status])])
        for one in trial.judged()
    ]


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
    harmed = trial.lost or trial.doubled or any(one.status == "missed" for one in trial.judged())
    return Cell(f"{failed} failed per 1,000", small, "missed" if harmed else "")


def _agreed(trial: Trial) -> str:
    verdicts = [one.verdict for one in trial.foreseen() if not one.verdict.startswith("not m")]
    return "not foreseeable" if not verdicts else f"{verdicts.count('foreseen')} of {len(verdicts)} foreseen"


def lines(trials: Sequence[Trial]) -> list[str]:
    """Return the lines to print: one trial in full, or several as a table."""
    found: list[str] = []
    for trial in trials if len(trials) == 1 else ():
        table = [["", "measured", "model", "", ""]]
        table += [[name, cells[0].text, cells[1].text, cells[1].small, cells[2].text] for name, cells in rows(trial)]
        found += _drawn(table)
    for trial in trials:
        kept = [
            [name, *(cell.text for cell in cells)]
            for name, cells in budget_rows(trial)
            if len(trials) == 1 or cells[1].text != "kept"
        ]
        found += ["", f"{title(trial)}: budgets", *_drawn(kept)] if kept else []
    if len(trials) > 1:
        columns, by_fault = redundancy(trials)
        for place, column in enumerate(columns):
            table = [[fault, cells[place].text, cells[place].small] for fault, cells in by_fault]
            found += ["", column, *_drawn(table)]
        found.append("")
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
        "noticed": noticed(trial), "office_restarts": trial.office_restarts,
        "budgets": [
            {"budget": one.budget.text, "measured": _plain(one.measured), "status": one.status}
            for one in trial.judged()
        ],
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
