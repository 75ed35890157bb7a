"""XES, the IEEE 1849 interchange of event logs: a trace for each customer, so that process-mining tools open a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

from journeys.eventlog import ARRIVAL, EXIT, Run
from reports.exports.visits import Visit, customers, moment, written
from reports.wording import only_text

_EXTENSIONS = (("Concept", "concept"), ("Lifecycle", "lifecycle"), ("Time", "time"), ("Organizational", "org"))
# how work ended, as the lifecycle extension's standard model calls it
_ENDED = {
    "served": "complete", "deflected": "complete", "reneged": "withdraw", "balked": "withdraw", "dropped": "withdraw",
    "withdrawn": "withdraw", "rejected": "withdraw", "timed_out": "pi_abort", "failed": "pi_abort",
}  # fmt: skip


def write_xes(run: Run, zero: datetime, path: Path) -> None:
    """Write a run as XES.

    An event each for joining a queue (*schedule*), the beginning of service (*start*) and its end (*complete*,
    *withdraw* where the customer or the queue ended it, *pi_abort* where it failed). The exit is an event named after
    the outcome. Raises CannotRead or CannotWrite.
    """
    with written(path) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        file.write('<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n')
        for name, prefix in _EXTENSIONS:
            uri = f"http://www.xes-standard.org/{prefix}.xesext"
            file.write(f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n')
        file.write('<global scope="trace"><string key="concept:name" value="?"/></global>\n')
        file.write(
            '<global scope="event"><string key="concept:name" value="?"/>'
            '<string key="lifecycle:transition" value="complete"/>'
            '<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/></global>\n'
            '<classifier name="Activity" keys="concept:name"/>\n'
            '<classifier name="Activity and lifecycle" keys="concept:name lifecycle:transition"/>\n'
        )
        file.write(_text("concept:name", f"{run.manifest.journey}, {run.manifest.scenario}") + "\n")
        file.write(_text("lifecycle:model", "standard") + "\n")
        for who, own in customers(run):
            file.write("<trace>" + _text("concept:name", who) + _text("segment", own[0].segment))
            file.write(f'<int key="replication" value="{own[0].replication}"/>\n')
            for _, line in sorted(event for row in own for event in _events(row, zero)):
                file.write(line)
            file.write("</trace>\n")
        file.write("</log>\n")


def _events(row: Visit, zero: datetime) -> Iterator[tuple[tuple[float, int], str]]:
    """Yield the events of a row, each with what it is sorted by: its time, then arrival, work, exit."""
    if row.step == ARRIVAL:
        yield (row.ready_s, 0), _event(row, zero, row.step, "complete", row.ready_s)
    elif row.step == EXIT:
        yield (row.over_s, 4), _event(row, zero, row.outcome, "complete", row.over_s)
    else:
        if row.station and not math.isnan(row.ready_s):
            yield (row.ready_s, 1), _event(row, zero, row.step, "schedule", row.ready_s)
        if not math.isnan(row.start_s):
            yield (row.start_s, 2), _event(row, zero, row.step, "start", row.start_s)
        if not math.isnan(row.end_s) and row.outcome in _ENDED:
            yield (row.end_s, 3), _event(row, zero, row.step, _ENDED[row.outcome], row.end_s)


def _event(row: Visit, zero: datetime, name: str, transition: str, seconds: float) -> str:
    more = [
        _text("org:group", row.station) if row.station else "",
        _text("org:resource", f"{row.station} {row.server}") if row.server >= 0 else "",
        _text("lane", row.lane),
        _text("outcome", row.outcome),
        _text("detail", row.detail) if row.detail else "",
    ]
    return (
        f"<event>{_text('concept:name', name)}{_text('lifecycle:transition', transition)}"
        f'<date key="time:timestamp" value="{moment(zero, seconds)}"/>'
        f'<int key="visit" value="{row.visit}"/>{"".join(more)}</event>\n'
    )


def _text(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(only_text(value))}/>'
