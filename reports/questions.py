"""Questions that are asked of every run, ready as SQL over its rows: to be answered as they are, or changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Question(NamedTuple):
    """A question, and the SQL that answers it from the view ``events``."""

    asks: str
    sql: str


_WORK = "step NOT IN ('arrival', 'exit') AND step NOT LIKE 'contact:%'"

QUESTIONS: Mapping[str, Question] = {
    "outcomes": Question(
        "How did customers end?",
        "SELECT outcome, count(*) AS customers, round(100 * count(*) / sum(count(*)) OVER (), 1) AS percent\n"
        "FROM events WHERE step = 'exit' GROUP BY outcome ORDER BY customers DESC, outcome",
    ),
    "drop-off": Question(
        "After which step were customers lost, and why?",
        "WITH last AS (\n"
        "  SELECT replication, customer, arg_max(step, (end_s, visit)) AS step FROM events\n"
        f"  WHERE {_WORK} GROUP BY replication, customer)\n"
        "SELECT last.step, events.outcome, events.detail, count(*) AS customers FROM events\n"
        "LEFT JOIN last USING (replication, customer)\n"
        "WHERE events.step = 'exit' AND events.outcome NOT IN ('completed', 'censored')\n"
        "GROUP BY 1, 2, 3 ORDER BY customers DESC, 1, 2, 3",
    ),
    "times": Question(
        "How long does each step take, and how much of that is waiting in its queue? (seconds)",
        "SELECT step, count(*) AS visits, round(quantile_cont(end_s - ready_s, 0.5), 3) AS median,\n"
        "  round(quantile_cont(end_s - ready_s, 0.95), 3) AS p95, round(avg(start_s - ready_s), 3) AS mean_wait,\n"
        "  round(avg(end_s - start_s), 3) AS mean_service\n"
        f"FROM events WHERE {_WORK} AND outcome = 'served' GROUP BY step ORDER BY p95 DESC, step",
    ),
    "stations": Question(
        "How much work did each station do? (hours)",
        "SELECT station, count(*) AS visits, count(DISTINCT server) FILTER (WHERE server >= 0) AS servers_seen,\n"
        "  round(sum(end_s - start_s) / 3600, 1) AS hours, round(avg(start_s - ready_s), 1) AS mean_wait_s\n"
        "FROM events WHERE station <> '' AND NOT isnan(end_s - start_s) GROUP BY station ORDER BY hours DESC, station",
    ),
    "calls": Question(
        "Who called, why, and how did it end?",
        "SELECT substr(step, 9) AS reason, outcome, count(*) AS contacts,\n"
        "  round(quantile_cont(start_s - ready_s, 0.5) FILTER (WHERE NOT isnan(start_s - ready_s)), 1)\n"
        "    AS median_wait_s\n"
        "FROM events WHERE step LIKE 'contact:%' GROUP BY 1, 2 ORDER BY contacts DESC, 1, 2",
    ),
    "rework": Question(
        "Which steps are done more than once, and how often?",
        "SELECT step, count(*) FILTER (WHERE visit > 0) AS repeats, max(visit) + 1 AS most_visits,\n"
        "  round(count(*) / count(DISTINCT (replication, customer)), 2) AS visits_a_customer\n"
        f"FROM events WHERE {_WORK} GROUP BY step HAVING max(visit) > 0 ORDER BY repeats DESC, step",
    ),
    "failures": Question(
        "What failed, and what was said?",
        "SELECT step, outcome, detail, count(*) AS times FROM events\n"
        "WHERE outcome IN ('failed', 'timed_out', 'rejected') AND step <> 'exit'\n"
        "GROUP BY 1, 2, 3 ORDER BY times DESC, 1, 2, 3",
    ),
    "segments": Question(
        "Who completes?",
        "SELECT segment, count(*) AS customers,\n"
        "  round(100 * count(*) FILTER (WHERE outcome = 'completed') / count(*), 1) AS completed_percent\n"
        "FROM events WHERE step = 'exit' GROUP BY segment ORDER BY customers DESC, segment",
    ),
    "slowest": Question(
        "Which twenty visits took longest? (seconds)",
        "SELECT replication, customer, step, visit, round(end_s - ready_s, 3) AS took_s, outcome, detail\n"
        f"FROM events WHERE {_WORK} AND NOT isnan(end_s - ready_s) ORDER BY took_s DESC, 1, 2, 3, 4 LIMIT 20",
    ),
}


def lines() -> list[str]:
    """Return a line for each question, with its name."""
    width = max(map(len, QUESTIONS))
    return [f"{name:{width}}  {question.asks}" for name, question in QUESTIONS.items()]
