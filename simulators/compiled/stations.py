"""The tables of stations: their servers, rosters, closures and replicas."""

from __future__ import annotations

from typing import Any

from journeys.blueprint import Journey
from journeys.stations import Station, is_tier
from simulators.compiled.streams import NONE, Streams


def skills_of(station: Station) -> list[str]:
    """Return what can be asked for at a station: nothing in particular, and then its groups' skills."""
    return list(dict.fromkeys(["", *(skill for group in station.groups for skill in group.skills)]))


def station_tables(journey: Journey, streams: Streams, lists: list[int]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tables of stations, rosters and closures; lists of groups and skills go to `lists`."""
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
            "steady": not (
                replicas or station.name in faulty or station.preemptive or (station.at_closing == "pause" and changes)
            ),
            "preemptive": station.preemptive,
            "pauses_at_closing": station.at_closing == "pause",
            "queue_limit": NONE if station.queue_limit is None else station.queue_limit,
            "has_replicas": replicas is not None,
            "replicas": count,
            "needed": replicas.needed if replicas else 1,
            "most_servers": count * max(level for _, level in roster),
            "tier": is_tier(station, journey.faults),
            "retries": replicas.retries if replicas else 0,
            "refuses": replicas is not None and replicas.none_up == "fail",
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
        row |= _groups(station, lists)
        rows["stations"].append(row)
        rows["rosters"] += [{"from_s": from_s, "level": level} for from_s, level in roster]
        rows["closures"] += [{"begin_s": begin_s, "end_s": end_s} for begin_s, end_s in closed]
    return rows


def _groups(station: Station, lists: list[int]) -> dict[str, int]:
    """Return the fields on groups: how many groups and skills, and where the lists that tell who can do what begin."""
    groups, skills = station.groups, skills_of(station)
    group_of = [index for index, group in enumerate(groups) for _ in range(group.servers)]
    by_skills = sorted(range(len(groups)), key=lambda group: len(set(groups[group].skills)))
    able = [skill in group.skills for group in groups for skill in skills]
    row = {"n_groups": max(1, len(groups)), "n_skills": len(skills)}
    for name, numbers in (("group_of", group_of), ("by_skills", by_skills), ("skills", able)):
        row[name] = len(lists)
        lists += numbers
    return row
