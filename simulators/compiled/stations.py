"""The tables of stations: their servers, rosters, closures and replicas."""

from __future__ import annotations

from typing import Any

from journeys.blueprint import Journey
from simulators.compiled.streams import NONE, Streams


def station_tables(journey: Journey, streams: Streams) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tables of stations, rosters and closures."""
    faulty = {fault.station for fault in journey.faults}
    rows: dict[str, list[dict[str, Any]]] = {"stations": [], "rosters": [], "closures": []}
    for station in journey.stations:
        replicas, roster, closed = station.replicas, station.roster(), station.closed_s()
        count = replicas.count if replicas else 1
        changes = len(roster) > 1 or bool(closed)
        row = {
            "failover_s": replicas.failover.s if replicas else 0.0,
            "machines": station.kind == "system",
            # nothing can hold up a service once it has begun
            "steady": not (replicas or station.name in faulty or (station.at_closing == "pause" and changes)),
            "pauses_at_closing": station.at_closing == "pause",
            "queue_limit": NONE if station.queue_limit is None else station.queue_limit,
            "has_replicas": replicas is not None,
            "replicas": count,
            "needed": replicas.needed if replicas else 1,
            "most_servers": count * max(level for _, level in roster),
            "between_failures": NONE,
            "repair": NONE,
            "roster": len(rows["rosters"]),
            "roster_end": len(rows["rosters"]) + len(roster),
            "closed": len(rows["closures"]),
            "closed_end": len(rows["closures"]) + len(closed),
        }
        if replicas is not None:
            row["between_failures"] = streams.replicas(station.name, "between_failures", replicas.between_failures)
            row["repair"] = streams.replicas(station.name, "repair", replicas.repair)
        rows["stations"].append(row)
        rows["rosters"] += [{"from_s": from_s, "level": level} for from_s, level in roster]
        rows["closures"] += [{"begin_s": begin_s, "end_s": end_s} for begin_s, end_s in closed]
    return rows
