"""What a blueprint's picture says about a step: ways out with their shares, calls, who does it, and how long."""

from __future__ import annotations

import math
import textwrap
from typing import Literal

import numpy as np

from journeys.blueprint import Journey, Step, Wait
from journeys.contacts import At, Contact
from journeys.distributions import ZERO, Constant, Distribution
from journeys.routes import ENDS, Condition, FactIs, InSegment, LongSince, VisitsAtLeast
from journeys.stations import Station
from reports.wording import duration

Tone = Literal["completed", "denied", "dropped", "rejected", "call", "elsewhere"]
NOTE_WIDTH = 22


def resolved(journey: Journey, to: str) -> str:
    """Return where customers sent `to` really come: steps that every visit passes over are passed over."""
    seen: set[str] = set()
    while to not in ENDS and to not in seen:
        seen.add(to)
        step = journey.step(to)
        if step.skip < 1:
            return to
        rest = [route.to for route in step.routes if route.probability is None and route.when is None]
        to = rest[0] if rest else journey.after(to)
    return to


def ways(journey: Journey, step: Step) -> list[tuple[str, str]]:
    """Return (place, share in words) of each way out of a step in use, in order; the share empty for all."""
    if step.skip >= 1:
        return []
    if step.fork is not None:
        return [(resolved(journey, first), "") for first in step.fork.branches]
    if not step.routes:
        return [(resolved(journey, journey.after(step.name)), "")]
    given = sum(route.probability or 0.0 for route in step.routes)
    found: dict[str, str] = {}
    for route in step.routes:
        if route.probability is not None:
            share = f"{route.probability:.0%}"
        elif route.when is not None:
            share = _when(route.when)
        else:
            share = f"{1 - given:.0%}" if given else ""
        if share != "0%":
            place = resolved(journey, route.to)
            found[place] = f"{found[place]} + {share}" if place in found else share
    return list(found.items())


def notes(journey: Journey, step: Step, elsewhere: dict[str, str]) -> list[tuple[str, Tone]]:
    """Return the lines below a step's box: giving up, ends, ways to other staves (`elsewhere`: by place), calls."""
    if step.skip >= 1:
        return []
    lines: list[tuple[str, Tone]] = []
    if step.abandon:
        lines.append((f"↓ {_percent(step.abandon)} give up", "dropped"))
    if step.fork is not None:
        joins = journey.step(step.fork.joins).label if step.fork.joins not in ENDS else step.fork.joins
        told = f"parallel: {step.fork.needed} of {len(step.fork.branches)} are enough for {joins}"
        if step.fork.needed == len(step.fork.branches):
            told = f"parallel, all before {joins}"
        lines += [(line, "elsewhere") for line in textwrap.wrap(f"⇉ {told}", NOTE_WIDTH + 2)]
    for place, share in ways(journey, step):
        if place in ENDS:
            tone: Tone = "completed" if place == "completed" else "denied" if place == "denied" else "dropped"
            lines.append((f"↓ {share} {place}".replace("  ", " "), tone))
        elif place in elsewhere:
            lines.append((f"→ {share} to {elsewhere[place]}".replace("  ", " "), "elsewhere"))
    for contact in journey.contacts:
        if isinstance(contact.arises, At) and contact.arises.step == step.name and contact.arises.probability:
            lines += [(line, "call") for line in call_lines(contact, NOTE_WIDTH)]
    return lines


def call_lines(contact: Contact, wide: int) -> list[str]:
    """Return a contact's reason and how often it arises, in lines of at most about `wide` characters."""
    arises = contact.arises
    often = _percent(arises.probability) if isinstance(arises, At) else f"about every {mean(arises.every)}"
    first, *more = textwrap.wrap(f"{contact.reason or contact.name} ({often})", wide)
    return [f"☎ {first}", *(f"    {line}" for line in more)]


def how(step: Step, station: Station | None, machine_inside: bool) -> list[str]:
    """Return who does a step and how long it takes, in one to three short lines."""
    lines = []
    if station is not None and (station.kind == "people" or machine_inside):
        lines.append(textwrap.shorten(f"{station.title or station.name} · {_count(station)}", 25, placeholder="…"))
    law = step.think if step.lane == "customer" and step.think != ZERO else step.service
    if law != ZERO:
        lines.append(("" if isinstance(law, Constant) else "mean ") + mean(law))
    if step.process is not None:
        lines.append("a process of its own")
    if step.batch is not None:
        lines.append(f"taken up every {step.batch.every}{f', {step.batch.days}' if step.batch.days else ''}")
    if 0 < step.skip < 1:
        lines.append(f"{_percent(step.skip)} skip it")
    elif step.skip >= 1:
        lines = ["not in use"]
    return lines


def patience(wait: Wait) -> str:
    """Return when the first tenth gives up on a wait in which nothing comes; empty where nobody does.

    A tenth, because patience is often so spread out that its mean tells nothing of the days that matter.
    """
    seen = wait.informed if wait.visible >= 1 else wait.uncertain
    tenth = _tenth_s(seen)
    if math.isinf(tenth):
        return ""
    informed = _tenth_s(wait.informed)
    mixed = 0 < wait.visible < 1 and informed != tenth
    also = f" (informed: {duration(informed) if math.isfinite(informed) else 'nobody'})" if mixed else ""
    return f"1 in 10 gives up within {duration(tenth)}{also}"


def _tenth_s(law: Distribution) -> float:
    return float(law.quantile_s(np.array([0.1]))[0])


def _when(condition: Condition) -> str:
    if isinstance(condition, InSegment):
        return ", ".join(condition.segments)
    if isinstance(condition, VisitsAtLeast):
        return f"visit {condition.visits}"
    if isinstance(condition, FactIs):
        return ", ".join(condition.values)
    if isinstance(condition, LongSince):
        return f"after about {mean(condition.law)}"
    return "out of stock"


def mean(law: Distribution) -> str:
    """Return a law's mean in words; a law without end is *never*."""
    return duration(law.mean_s) if math.isfinite(law.mean_s) else "never"


def _count(station: Station) -> str:
    if station.replicas is not None and station.replicas.count > 1:
        return f"{station.replicas.count} replicas"
    most = max([shift.servers or station.capacity for shift in station.shifts] or [station.capacity])
    return f"{most} {'person' if most == 1 else 'people'}" if station.kind == "people" else f"{most} at once"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
