"""A log from production as a run: a CSV file of activities with case, start and end, mapped to a journey's steps.

Mapping, in TOML:

    timezone = "Europe/Amsterdam"       # of times without one, and of the journey's week; UTC unless told

    [columns]
    case = "case_id"
    activity = "activity"
    start = "start_time"
    end = "end_time"
    resource = "resource"               # may be left out

    [activities]
    "Check application" = "verify"      # activity = step
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.eventlog import ARRIVAL, Manifest, Row, Run, RunWriter, versions
from journeys.paths import digest
from journeys.rows import exit_row
from journeys.toml_files import read_toml, unknown_keys
from reports.calibration.evidence import LOG

COLUMNS = ("case", "activity", "start", "end")
MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class LogMapping:
    """How a log's columns and activities are called; `zone` of its times without one."""

    columns: Mapping[str, str]
    activities: Mapping[str, str]
    zone: tzinfo


class _Event(NamedTuple):
    case: str
    step: str
    start_s: float
    end_s: float
    resource: str


def read_mapping(path: Path, journey: Journey) -> LogMapping:
    """Read a mapping; raises InvalidInput with all its problems."""
    where = str(path)
    raw = read_toml(path)
    wrong = unknown_keys(f"{where}: ", raw, ("timezone", "columns", "activities"))
    columns, activities = raw.get("columns", {}), raw.get("activities", {})
    for name in COLUMNS:
        if not isinstance(columns, dict) or not isinstance(columns.get(name), str):
            wrong.append(Problem(f"{where}: columns.{name}", "is missing", "", "the name of a column of the log"))
    known = [step.name for step in journey.steps]
    if not isinstance(activities, dict) or not activities:
        wrong.append(Problem(f"{where}: activities", "there are none", "", '"Activity" = "step", one a line'))
        activities = {}
    for activity, step in activities.items():
        if step not in known:
            at = f"{where}: activities.{activity}"
            wrong.append(Problem(at, f"there is no step {step!r}", "", did_you_mean(str(step), known)))
    zone: tzinfo = ZoneInfo("UTC")
    try:
        zone = ZoneInfo(str(raw.get("timezone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        wrong.append(Problem(f"{where}: timezone", "is not known", str(raw["timezone"]), "such as Europe/Amsterdam"))
    if wrong:
        raise InvalidInput(wrong)
    return LogMapping(columns, activities, zone)


def import_log(log: Path, mapping: LogMapping, journey: Journey, folder: Path, reference: str = "") -> Run:
    """Write a log as a run of a journey, and return it; `folder` is the run's.

    Zero is the Monday, 00:00, before the first start. A case arrives when its first activity starts, and completes when
    its last one ends. An activity is ready when the last of the case's others that were over by then had ended.
    Raises InvalidInput where the log cannot be read or has nothing of the journey.
    """
    events, ignored, zero = _events(log, mapping)
    if not events:
        listed = ", ".join(name for name, _ in ignored.most_common(MOST_PROBLEMS))
        what = "holds none of the activities that are mapped"
        raise InvalidInput([Problem(str(log), what, listed, "names under [activities] as the log has them")])
    cases: dict[str, list[_Event]] = {}
    for event in events:
        cases.setdefault(event.case, []).append(event)
    order = sorted(cases.values(), key=lambda own: min(event.start_s for event in own))
    resources = {name: number for number, name in enumerate(sorted({event.resource for event in events} - {""}))}
    steps = set(mapping.activities.values())
    hidden = [f"steps.{step.name}" for step in journey.steps if step.name not in steps]
    hidden += [f"{kind}.{one.name}" for kind in ("waits", "contacts") for one in getattr(journey, kind)]
    manifest = Manifest(
        journey=journey.name, journey_digest=digest(journey), scenario=LOG, engine=LOG, kind="measured", seed=0,
        replications=1, customers=len(order), human_steps=tuple(step.name for step in journey.steps),
        reference=reference, workload="open", not_measured=tuple(hidden), versions=versions("duckdb"),
        settings={"log": log.name, "zero": zero.isoformat(), "ignored": dict(ignored.most_common())},
    )  # fmt: skip
    with RunWriter(folder, manifest) as writer:
        for number, own in enumerate(order):
            writer.extend(_rows(number, own, journey, resources))
    return Run.open(folder)


def _events(log: Path, mapping: LogMapping) -> tuple[list[_Event], Counter[str], datetime]:
    found: list[tuple[str, str, datetime, datetime, str]] = []
    ignored, wrong = Counter[str](), list[Problem]()
    column = mapping.columns
    try:
        with (gzip.open(log, "rt", encoding="utf-8", newline="") if log.suffix == ".gz"
              else log.open(encoding="utf-8", newline="")) as file:  # fmt: skip
            reader = csv.DictReader(file)
            for name in (name for name in column.values() if name not in (reader.fieldnames or ())):
                wrong.append(
                    Problem(f"{log}", f"has no column {name!r}", "", did_you_mean(name, reader.fieldnames or ()))
                )
            if wrong:
                raise InvalidInput(wrong)
            for line, row in enumerate(reader, 2):
                step = mapping.activities.get(row[column["activity"]])
                if step is None:
                    ignored[row[column["activity"]]] += 1
                    continue
                try:
                    start, end = (_time(row[column[name]], mapping.zone) for name in ("start", "end"))
                    if end < start:
                        raise ValueError("ends before it starts")
                except ValueError as error:
                    wrong.append(Problem(f"{log}:{line}", str(error), "", "ISO 8601 times, such as 2026-03-01 09:30"))
                    continue
                found.append((row[column["case"]], step, start, end, row.get(column.get("resource", ""), "") or ""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput([Problem(str(log), f"cannot be read ({error})", "", "a CSV file with a header")]) from None
    if wrong:
        raise InvalidInput(wrong[:MOST_PROBLEMS])
    first = min((start for _, _, start, _, _ in found), default=datetime.now(mapping.zone)).astimezone(mapping.zone)
    zero = datetime(first.year, first.month, first.day, tzinfo=mapping.zone) - timedelta(days=first.weekday())

    def since(at: datetime) -> float:
        local = at.astimezone(mapping.zone)  # by the clock on the wall: a shift begins at nine in summer, too
        return (local.replace(tzinfo=None) - zero.replace(tzinfo=None)).total_seconds()

    return [_Event(case, step, since(start), since(end), who) for case, step, start, end, who in found], ignored, zero


def _time(text: str, zone: tzinfo) -> datetime:
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _rows(number: int, own: list[_Event], journey: Journey, resources: Mapping[str, int]) -> Iterator[Row]:
    own = sorted(own, key=lambda event: (event.start_s, event.end_s))
    segment, visits = journey.segments[0].name, Counter[str]()
    begin, last = own[0].start_s, max(event.end_s for event in own)
    yield Row(number, segment, ARRIVAL, 0, "customer", "", -1, *(begin,) * 4, "served", own[0].step, "")
    for place, event in enumerate(own):
        over = [other.end_s for other in own[:place] if other.end_s <= event.start_s]
        ready = max(over, default=event.start_s)
        step = journey.step(event.step)
        to = own[place + 1].step if place + 1 < len(own) else "completed"
        yield Row(
            number, segment, event.step, visits[event.step], step.lane, step.station,
            resources.get(event.resource, -1), ready, ready, event.start_s, event.end_s, "served", to, "",
        )  # fmt: skip
        visits[event.step] += 1
    yield exit_row(number, segment, last, "completed", "")
