"""Fast, and ad-hoc analysis: what the rows of a run say, and how quickly they answer questions."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from commands.scoring.pace import missing, note
from journeys.durations import Duration
from journeys.errors import JourneywrightError
from journeys.evidence import Evidence, Verdict

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.eventlog import Run

_ACTS = (
    "SELECT step, customer, visit, min(intended_s) AS begin_s, max(end_s) AS end_s, bool_or(outcome = 'served') AS ok,"
    " count(*) AS attempts FROM events WHERE lane = 'customer' AND step NOT IN ('arrival', 'exit')"
    " AND outcome IN ('served', 'failed', 'timed_out', 'rejected') GROUP BY 1, 2, 3"
)
DATABASE_QUESTIONS = {
    "where cases stand": "SELECT step, count(*) FROM cases GROUP BY step",
    "who has waited longest": "SELECT id, step, changed_s FROM cases WHERE ended = 0 ORDER BY changed_s LIMIT 10",
    "which facts several systems hold": (
        'SELECT fact, count(*) FROM (SELECT "case", fact FROM told GROUP BY 1, 2 HAVING count(DISTINCT system) > 1)'
        " AS t GROUP BY fact"
    ),
    "how contacts ended": "SELECT contact, outcome, count(*) FROM contacts GROUP BY 1, 2",
}
"""Asked of the mocked back end's own database."""


def speed_of(journey: Journey, run: Run, what: str) -> list[Evidence]:
    """Return how quickly the systems' steps of a measured run were answered, against their limits.

    A step's limit is its own p95 budget, or a second. From the intended start to the end of the last attempt.
    """
    from reports.scorecard.qualities import SATISFIED_S, TOLERATED

    limits = {
        budget.step: budget.limit for budget in journey.budgets
        if budget.metric == "p95" and budget.step and budget.relation.startswith("<")
    }  # fmt: skip
    acts, found = run.sql(_ACTS), list[Evidence]()
    for step in journey.steps:
        own = acts[acts["step"] == step.name]
        if step.lane != "customer" or not len(own) or (step.station and journey.clock(step.name) == "human"):
            continue
        limit_s = limits.get(step.name, SATISFIED_S)
        took_s = (own["end_s"] - own["begin_s"]).where(own["ok"], float("inf"))
        satisfied, tolerated = int((took_s <= limit_s).sum()), int((took_s <= TOLERATED * limit_s).sum())
        served = took_s[own["ok"]]
        found += [
            Evidence("fast", "answers", step.name, len(own), "answers"),
            Evidence("fast", "satisfied", step.name, satisfied, "answers"),
            Evidence("fast", "tolerated", step.name, tolerated - satisfied, "answers"),
        ]
        if len(served):
            p95_s = float(served.quantile(0.95))
            detail = f"{Duration(limit_s)}" + ("" if step.name in limits else " (no budget of its own)")
            found.append(Evidence("fast", "p95", step.name, p95_s, "s", detail=detail))
    return [*found, note("fast", what)] if found else [missing("fast", "no step of a system was reached")]


def questions(run: Run, has_calls: bool, mocked: bool, database: Path | None) -> list[Evidence]:
    """Ask every ready question of a run by SQL, and the database's own of `database` (SQLite), and time the answers."""
    from reports.questions import QUESTIONS
    from reports.scorecard.qualities import ANSWER_S

    unseen = {} if mocked else {
        "stations": "an application's queues and servers are not seen from outside",
        "calls": "an application does not tell of calls",
    }  # fmt: skip
    found = []
    for name, question in QUESTIONS.items():
        if name == "calls" and not has_calls:
            continue
        began, why = time.perf_counter(), unseen.get(name, "")
        if not why:
            try:
                run.sql(question.sql)
            except JourneywrightError as error:
                why = str(error)
        found.append(_answered(name, time.perf_counter() - began, why, ANSWER_S, question.asks))
    for name, sql in DATABASE_QUESTIONS.items() if database is not None else ():
        began, why = time.perf_counter(), ""
        try:
            where = f"file:{quote(str(database))}?mode=ro"
            with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
                connection.execute(sql).fetchall()
        except sqlite3.Error as error:
            why = str(error)
        found.append(_answered(name, time.perf_counter() - began, why, ANSWER_S, "of the back end's database"))
    what = "SQL over the run's rows, as query asks it" + (", and over the database" if database is not None else "")
    return [*found, note("ad-hoc analysis", what)]


def _answered(name: str, took_s: float, why: str, limit_s: float, asks: str) -> Evidence:
    verdict: Verdict = "broken" if why or took_s > limit_s else "held"
    return Evidence("ad-hoc analysis", "question", name, took_s, "s", verdict, why or asks)
