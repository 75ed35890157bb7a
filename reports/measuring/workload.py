"""Workload: how busy people and machines are, how much work a hundred customers cause, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.eventlog import CONTACT, Manifest
from journeys.stations import Station
from reports.measuring.interruptions import in_hand_s
from reports.measuring.quantities import Quantity, per, summed, whole
from reports.measuring.sold import sold
from reports.measuring.takings import costs_of_steps, values_of_completions, worth
from reports.measuring.walks import Walks

Floats = NDArray[np.float64]


def workload(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield utilisation by station, hours of people's work per 100 customers, and (of simulations) costs and money.

    Utilisation is the server-seconds in which the station was busy, with any customer, over those it was staffed, in
    the cohort's window (without one: from the run's zero to its last row), on the journey's clock; a station of
    machines in a scaled run keeps its own, real clock. Above 1 people finished work after their shift.
    """
    window = window_of(walks, manifest)
    for station in journey.stations:
        scale = manifest.speed if station.kind == "people" else 1.0
        begin, end = (edge / manifest.speed * scale for edge in window)
        busy = _busy_s(journey, station, walks, scale, begin, end)
        copies = station.replicas.count if station.replicas else 1
        staffed = station.staffed_s(begin, end) * copies if walks.counts_staff else 0.0
        title = station.title or station.name.replace("_", " ").replace("-", " ").capitalize()
        yield whole(f"utilisation.{station.name}", f"{title} busy", "share", busy, staffed)
    yield from sold(journey, walks, window, manifest)
    yield from _work(journey, walks, manifest)
    if manifest.kind == "simulated":
        yield from _money(journey, walks, window)


def window_of(walks: Walks, manifest: Manifest) -> tuple[float, float]:
    """Return begin and end of what is looked at, in seconds on the journey's clock."""
    if manifest.cohort_s is not None:
        return manifest.cohort_s
    return 0.0, walks.until_s * manifest.speed


def _busy_s(journey: Journey, station: Station, walks: Walks, scale: float, begin: float, end: float) -> float:
    """Return the server-seconds in which a station was busy within the window."""
    own = walks.everyone.station.among(station.name)
    if station.preemptive:
        return float(in_hand_s(journey, station, walks.everyone[own], scale, begin, end).sum())
    low = np.maximum(walks.everyone.start_s[own] * scale, begin)
    high = np.minimum(walks.everyone.end_s[own] * scale, end)
    served = np.fmax(0.0, on_duty_s(station, high) - on_duty_s(station, low))  # none where a time is lacking
    return float(np.where(high > low, served, 0.0).sum())


def on_duty_s(station: Station, time_s: Floats) -> Floats:
    """Return the clock of work in hand: it stands still off duty where work is laid down at closing."""
    if station.at_closing == "finish" or not (station.shifts or station.closures):
        return time_s
    return _rostered_s(station, time_s, lambda level: level > 0)


def staffed_s(station: Station, time_s: Floats) -> Floats:
    """Return the server-seconds on duty until each time; of one time, as `Station.staffed_s` from 0."""
    return _rostered_s(station, time_s, lambda level: level)


def _rostered_s(station: Station, time_s: Floats, weight: Callable[[int], float]) -> Floats:
    """Return the seconds until each time, weighed by what is made of how many were on duty; nobody is in closures."""
    roster = [*station.roster(), (WEEK_S, 0)]
    edges = np.array([at for at, _ in roster])
    reached = np.concatenate([[0.0], np.cumsum([weight(level) for _, level in roster[:-1]] * np.diff(edges))])

    def until(at_s: Floats) -> Floats:
        weeks = np.floor(at_s / WEEK_S)
        part = np.interp(at_s - weeks * WEEK_S, edges, reached)
        return np.asarray(weeks * reached[-1] + part, dtype=np.float64)

    closed = station.closed_s()
    away = sum(until(np.minimum(time_s, end)) - until(np.minimum(time_s, begin)) for begin, end in closed)
    return until(time_s) - away


def _work(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield the hours that people work for the cohort's own customers: in all, and for contacts alone."""
    customers = len(walks.customers)
    spent_h = {"steps": np.zeros(customers), "contacts": np.zeros(customers)}
    for key, visits in (("steps", walks.steps), ("contacts", walks.contacts)):
        for station in journey.stations:
            if station.kind == "people" and station.preemptive:
                spent_h[key] += _interrupted_h(journey, station, walks, manifest.speed, key == "contacts")
            elif station.kind == "people":
                own = visits.rows.station.among(station.name)
                start_s, end_s = (at[own] * manifest.speed for at in (visits.rows.start_s, visits.rows.end_s))
                spent = np.nan_to_num(on_duty_s(station, end_s) - on_duty_s(station, start_s))
                spent_h[key] += summed(visits.place[own], spent / 3600, customers)
    yield per("work", "Hours of work per 100", spent_h["steps"] + spent_h["contacts"], unit="hours")
    yield per("work.contacts", "Hours on the phone per 100", spent_h["contacts"], unit="hours")


def _interrupted_h(journey: Journey, station: Station, walks: Walks, speed: float, contacts: bool) -> Floats:
    """Return the hours of a pre-emptive station's work on steps, or on contacts, for each customer of the cohort."""
    rows = walks.everyone[walks.everyone.station.among(station.name)]
    known, spent_h = walks.customers.customer, np.zeros(len(walks.customers))
    is_contact = rows.step.mapped(np.array([text.startswith(CONTACT) for text in rows.step.texts], dtype=bool))
    own = np.isin(rows.customer, known) & (is_contact == contacts)
    np.add.at(spent_h, np.searchsorted(known, rows.customer[own]), in_hand_s(journey, station, rows, speed)[own] / 3600)
    return spent_h


def _money(journey: Journey, walks: Walks, window: tuple[float, float]) -> Iterator[Quantity]:
    """Yield costs and earnings per 100 customers: staffed hours in the window, contacts, drop-offs, completions."""
    money = journey.money
    paid = any(station.cost_per_hour for station in journey.stations)
    given = (money.completion_value, money.drop_off_cost, *(item.cost for item in journey.contacts))
    if not (paid or any(given) or worth(journey)):
        return
    outcome, contacts = walks.customers.outcome, walks.contacts.rows
    entered = len(walks.customers)
    staff = staffed_h = 0.0
    for station in journey.stations:
        copies = station.replicas.count if station.replicas else 1
        hours = station.staffed_s(*window) * copies / 3600 if walks.counts_staff else 0.0
        staffed_h += hours if station.cost_per_hour else 0.0
        staff += hours * station.cost_per_hour
    cost = {CONTACT + contact.name: contact.cost for contact in journey.contacts}
    each = contacts.step.mapped(np.array([cost.get(text, 0.0) for text in contacts.step.texts], dtype=np.float64))
    calls = float(each[contacts.outcome.among("served")].sum())
    completed = int(outcome.among("completed").sum())
    spent = staff + calls + costs_of_steps(journey, walks) + int(outcome.among("dropped").sum()) * money.drop_off_cost
    yield whole("staffed", "Hours paid per 100", "hours", staffed_h, entered, factor=100.0, better=-1)
    yield whole("cost.staff", "of these, staff", "money", staff, entered, factor=100.0, better=-1)
    yield whole("cost.contacts", "of these, calls", "money", calls, entered, factor=100.0, better=-1)
    yield whole("cost", "Cost per 100", "money", spent, entered, factor=100.0, better=-1)
    yield whole("cost.completed", "Cost per completion", "money", spent, completed, better=-1)
    if money.completion_value or any(step.value for step in journey.steps):
        values = values_of_completions(journey, walks)
        earned = float(values.sum())
        yield per(
            "value.completed", "Value per completion", values, unit="money", factor=1.0, better=1, of="completions"
        )
        yield whole("revenue", "Revenue per 100", "money", earned, entered, factor=100.0, better=1)
        yield whole("net", "Earned per 100, after costs", "money", earned - spent, entered, factor=100.0, better=1)
