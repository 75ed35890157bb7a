"""OCEL 2.0, object-centric event logs as JSON: an event belongs to a customer, and to the station that did the work."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from journeys.eventlog import ARRIVAL, EXIT, Run
from reports.exports.visits import Visit, customers, moment, written

_ATTRIBUTES = {
    "lane": "string", "outcome": "string", "visit": "integer", "server": "integer", "ready": "time", "start": "time",
    "detail": "string",
}  # fmt: skip


def write_ocel(run: Run, zero: datetime, path: Path) -> None:
    """Write a run as OCEL 2.0 JSON.

    An event for each visit, at its end, of the step's type; ``arrival``, and an exit of the type of its outcome.
    Objects: customers (with segment and replication) and stations. Raises CannotRead or CannotWrite.
    """
    types, stations, people = set[str](), set[str](), list[tuple[str, Visit]]()
    with written(path) as file:
        file.write('{"events": [')
        number = 0
        for who, own in customers(run):
            people.append((who, own[0]))
            for row in own:
                kind = row.outcome if row.step == EXIT else row.step
                types.add(kind)
                if row.station:
                    stations.add(row.station)
                _item(file, _event(number, kind, who, row, zero), first=number == 0)
                number += 1
        file.write('],\n"objects": [')
        first_s = moment(zero, 0.0)
        for index, (who, row) in enumerate(people):
            about = {"segment": row.segment, "replication": row.replication}
            attributes = [{"name": name, "time": first_s, "value": value} for name, value in about.items()]
            whole = {"id": f"customer {who}", "type": "customer", "attributes": attributes, "relationships": []}
            _item(file, whole, first=index == 0)
        for index, station in enumerate(sorted(stations)):
            whole = {"id": f"station {station}", "type": "station", "attributes": [], "relationships": []}
            _item(file, whole, first=not people and index == 0)
        file.write('],\n"eventTypes": ')
        shape = [{"name": name, "type": kind} for name, kind in _ATTRIBUTES.items()]
        json.dump([{"name": kind, "attributes": shape} for kind in sorted(types)], file)
        file.write(',\n"objectTypes": ')
        own_shape = [{"name": "segment", "type": "string"}, {"name": "replication", "type": "integer"}]
        json.dump(
            [{"name": "customer", "attributes": own_shape}, {"name": "station", "attributes": []}], file
        )  # fmt: skip
        file.write("}\n")


def _event(number: int, kind: str, who: str, row: Visit, zero: datetime) -> dict[str, Any]:
    known: dict[str, Any] = {"lane": row.lane, "outcome": row.outcome, "visit": row.visit}
    if row.server >= 0:
        known["server"] = row.server
    if row.step not in (ARRIVAL, EXIT):
        known |= {
            name: moment(zero, value)
            for name, value in (("ready", row.ready_s), ("start", row.start_s))
            if not math.isnan(value)
        }
    if row.detail:
        known["detail"] = row.detail
    related = [{"objectId": f"customer {who}", "qualifier": "walks"}]
    if row.station:
        related.append({"objectId": f"station {row.station}", "qualifier": "serves"})
    return {
        "id": f"event {number}",
        "type": kind,
        "time": moment(zero, row.over_s),
        "attributes": [{"name": name, "value": value} for name, value in known.items()],
        "relationships": related,
    }


def _item(file: IO[str], value: dict[str, Any], *, first: bool) -> None:
    file.write("\n" if first else ",\n")
    file.write(json.dumps(value, ensure_ascii=False))  # json.dump is several times as slow
