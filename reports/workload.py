"""Workload: how busy people and machines are, how much work a hundred customers cause, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.eventlog import CONTACT, Manifest
from journeys.stations import Station
from reports.quantities import Quantity, per, ratio, summed, whole
from reports.walks import Walks

Floats = NDArray[np.float64]


def workload(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield utilisation by station, hours of people's work per 100 customers, and (of simulations) costs and money.

    Utilisation is the server-seconds in which the station was busy, with any customer, over those it was staffed, in
    the cohort's window (without one: from the run's zero to its last row), on the journey's clock; a station of
    machines in a scaled run keeps its own, real clock. Above 1 people finished work after their shift.
    """
    window = _windows(walks, manifest)
    for station in journey.stations:
        scale = manifest.speed if station.kind == "people" else 1.0
        begin, end = (edge / manifest.speed * scale for edge in window)
        busy = _busy_s(station, walks, scale, begin, end)
        copies = station.replicas.count if station.replicas else 1
        staffed = np.array([station.staffed_s(a, b) * copies for a, b in zip(begin, end, strict=True)])
        title = station.title or station.name.replace("_", " ").replace("-", " ").capitalize()
        yield whole(f"utilisation.{station.name}", f"{title} busy", "share", ratio(busy, staffed))
    yield from _work(journey, walks, manifest)
    if manifest.kind == "simulated":
        yield from _money(journey, walks, window)


def _windows(walks: Walks, manifest: Manifest) -> tuple[Floats, Floats]:
    """Return begin and end of what is looked at in each replication, in seconds on the journey's clock."""
    n = len(walks.replications)
    if manifest.cohort_s is not None:
        return np.full(n, manifest.cohort_s[0]), np.full(n, manifest.cohort_s[1])
    last = np.zeros(n)
    end_s = np.nan_to_num(np.asarray(walks.everyone["end_s"], dtype=np.float64))
    index = np.minimum(np.asarray(walks.everyone["index"], dtype=np.int64), max(n - 1, 0))
    if n:
        np.maximum.at(last, index, end_s)
    return np.zeros(n), last * manifest.speed


def _busy_s(station: Station, walks: Walks, scale: float, begin: Floats, end: Floats) -> Floats:
    """Return the server-seconds in which a station was busy within each replication's window."""
    rows = walks.everyone[np.asarray(walks.everyone["station"].astype(str)) == station.name]
    index = np.asarray(rows["index"], dtype=np.int64)
    inside = index < len(begin)
    index = index[inside]
    start_s = np.asarray(rows["start_s"], dtype=np.float64)[inside] * scale
    end_s = np.asarray(rows["end_s"], dtype=np.float64)[inside] * scale
    low, high = np.maximum(start_s, begin[index]), np.minimum(end_s, end[index])
    served = np.nan_to_num(np.maximum(0.0, _on_duty_s(station, high) - _on_duty_s(station, low)))
    return summed(index, np.where(high > low, served, 0.0), len(begin))


def _on_duty_s(station: Station, time_s: Floats) -> Floats:
    """Return the clock of work in hand: it stands still off duty where work is laid down at closing."""
    if station.at_closing == "finish" or not (station.shifts or station.closures):
        return time_s
    away = sum(
        _rostered_s(station, np.minimum(time_s, end)) - _rostered_s(station, np.minimum(time_s, begin))
        for begin, end in station.closed_s()
    )
    return _rostered_s(station, time_s) - away


def _rostered_s(station: Station, time_s: Floats) -> Floats:
    """Return the seconds in which somebody was on duty until a time, but for closures."""
    roster = [*station.roster(), (WEEK_S, 0)]
    edges = np.array([at for at, _ in roster])
    open_s = np.array([level > 0 for _, level in roster[:-1]]) * np.diff(edges)
    reached = np.concatenate([[0.0], np.cumsum(open_s)])
    weeks = np.floor(time_s / WEEK_S)
    part = np.interp(time_s - weeks * WEEK_S, edges, reached)
    return np.asarray(weeks * reached[-1] + part, dtype=np.float64)


def _work(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield the hours that people work for the cohort's own customers: in all, and for contacts alone."""
    import pandas as pd

    n, customers = len(walks.replications), walks.customers
    keys, index = np.asarray(customers["key"]), np.asarray(customers["index"], dtype=np.int64)
    rows = pd.concat([walks.steps, walks.contacts])
    names = np.asarray(rows["station"].astype(str))
    is_contact = rows["step"].astype(str).str.startswith(CONTACT).to_numpy(dtype=bool)
    start_s, end_s = (np.asarray(rows[name], dtype=np.float64) * manifest.speed for name in ("start_s", "end_s"))
    place = np.searchsorted(keys, np.asarray(rows["key"]))
    hours = np.zeros(len(rows))
    for station in journey.stations:
        if station.kind == "people":
            own = names == station.name
            spent = _on_duty_s(station, end_s[own]) - _on_duty_s(station, start_s[own])
            hours[own] = np.nan_to_num(spent) / 3600
    for key, title, chosen in (
        ("work", "Hours of work per 100", np.ones(len(rows), dtype=bool)),
        ("work.contacts", "Hours on the phone per 100", is_contact),
    ):
        each = summed(place[chosen], hours[chosen], len(keys))
        yield per(key, title, each, index, n, unit="hours")


def _money(journey: Journey, walks: Walks, window: tuple[Floats, Floats]) -> Iterator[Quantity]:
    """Yield costs and earnings per 100 customers: staffed hours in the window, contacts, drop-offs, completions."""
    n, money = len(walks.replications), journey.money
    paid = any(station.cost_per_hour for station in journey.stations)
    if not (paid or money.completion_value or money.drop_off_cost or any(item.cost for item in journey.contacts)):
        return
    customers = walks.customers
    index, outcome = np.asarray(customers["index"], dtype=np.int64), np.asarray(customers["outcome"])
    entered = np.maximum(1, np.bincount(index, minlength=n))
    staff = np.zeros(n)
    for station in journey.stations:
        copies = station.replicas.count if station.replicas else 1
        hours = np.array([station.staffed_s(a, b) for a, b in zip(*window, strict=True)]) * copies / 3600
        staff += hours * station.cost_per_hour
    rows = walks.contacts
    cost = {CONTACT + contact.name: contact.cost for contact in journey.contacts}
    served = np.asarray(rows["outcome"].astype(str)) == "served"
    costs = np.array([cost.get(str(name), 0.0) for name in rows["step"]]) * served
    calls = summed(np.asarray(rows["index"], dtype=np.int64), costs, n)
    drops = np.bincount(index[outcome == "dropped"], minlength=n) * money.drop_off_cost
    completed = np.bincount(index[outcome == "completed"], minlength=n)
    spent = staff + calls + drops
    yield whole("cost", "Cost per 100", "money", spent / entered * 100, better=-1)
    yield whole("cost.completed", "Cost per completion", "money", ratio(spent, completed), better=-1)
    if money.completion_value:
        earned = completed * money.completion_value
        yield whole("net", "Earned per 100, after costs", "money", (earned - spent) / entered * 100, better=1)
