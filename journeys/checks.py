"""Checks of a whole journey: every problem at once, each naming its path, with near-miss names."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from journeys.blueprint import LANES, Attempts, Journey, Step
from journeys.branching import fork_problems
from journeys.calendars import calendar_problems
from journeys.contacts import At
from journeys.distributions import ZERO, Distribution
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.measures import names_for
from journeys.routes import ENDS, FactIs, InSegment, LongSince, OutOfStock, Route, VisitsAtLeast, remainder
from journeys.shapes import misfits

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_FULL = 1e-9
_OWN = ("steps", "waits", "contacts", "loyalty")
_SOUND: deque[Journey] = deque(maxlen=32)
"""Journeys that were looked at last and have no problem: one command looks at the same value several times."""


def check(journey: Journey) -> Journey:
    """Return the journey; raises InvalidInput with all of its problems."""
    found = list(problems(journey))
    if found:
        raise InvalidInput(dataclasses.replace(problem, path=f"{journey.name}.{problem.path}") for problem in found)
    return journey


def problems(journey: Journey) -> Iterator[Problem]:
    """Yield what is wrong with a journey: wrong types alone where there are any, else all in its fields' order."""
    if any(known is journey for known in _SOUND):
        return
    found = list(misfits(journey))
    if not found:
        own = list(_problems(journey))
        found = own + list(_segments(journey, own))
    if not found:
        _SOUND.append(journey)
    yield from found


def _problems(journey: Journey) -> Iterator[Problem]:
    if not _NAME.fullmatch(journey.name):
        yield Problem("name", "is not a name", repr(journey.name), "lower-case letters, digits, - and _")
    yield from journey.arrivals.problems("arrivals")
    if not journey.steps:
        yield Problem("steps", "a journey needs a step")
    elif journey.steps[0].skip:
        yield Problem(f"steps.{journey.steps[0].name}.skip", "the first step cannot be skipped", "", "0")
    names = ("steps", "stations", "segments", "waits", "contacts", "facts", "systems", "stock", "faults")
    for field in names:
        yield from _names(field, [item.name for item in getattr(journey, field)])
    for step in journey.steps:
        yield from _step(journey, step)
    if len({step.name for step in journey.steps}) == len(journey.steps):
        yield from fork_problems(journey)
        yield from _ways_out(journey)
        yield from _always_skipped(journey)
    yield from _stations(journey)
    yield from calendar_problems(journey)
    for wait in journey.waits:
        path = f"waits.{wait.name}"
        yield from wait.uncertain.problems(f"{path}.uncertain")
        yield from wait.informed.problems(f"{path}.informed")
        yield from _probability(f"{path}.visible", wait.visible)
    yield from _contacts(journey)
    yield from _facts(journey)
    for stock in journey.stock:
        yield from stock.problems(f"stock.{stock.name}")
    yield from _faults(journey)
    yield from _judged_by(journey)
    yield from _names("money.investments", [one.name for one in journey.money.investments])
    for one in journey.money.investments:
        yield from one.problems(f"money.investments.{one.name}")
    if journey.loyalty is not None:
        yield from journey.loyalty.problems("loyalty")
    if journey.customers < 1:
        yield Problem("customers", "must be 1 or more", str(journey.customers))
    for name in ("warm_up", "cool_down"):
        if getattr(journey, name).s < 0:
            yield Problem(name, "must not be negative", str(getattr(journey, name)))


def _stations(journey: Journey) -> Iterator[Problem]:
    for station in journey.stations:
        path = f"stations.{station.name}"
        yield from station.problems(path)
        yield from _names(f"{path}.closures", [closure.name for closure in station.closures])
        yield from _names(f"{path}.groups", [group.name for group in station.groups])


def _facts(journey: Journey) -> Iterator[Problem]:
    for fact in journey.facts:
        yield from fact.problems(f"facts.{fact.name}")
        if fact.replaces:
            yield from _known(f"facts.{fact.name}.replaces", fact.replaces, [known.name for known in journey.facts])
    for system in journey.systems:
        for other in system.reads:
            yield from _known(f"systems.{system.name}.reads", other, [known.name for known in journey.systems])


def _faults(journey: Journey) -> Iterator[Problem]:
    for fault in journey.faults:
        path = f"faults.{fault.name}"
        yield from fault.problems(path)
        if fault.station:
            yield from _known(f"{path}.station", fault.station, [known.name for known in journey.stations])
        hit = [station.replicas for station in journey.stations if station.name == fault.station]
        count = hit[0].count if hit and hit[0] else 1
        if fault.replica is not None and not 0 <= fault.replica < count:
            yield Problem(f"{path}.replica", "is none of them", str(fault.replica), f"0 to {count - 1}")


def _judged_by(journey: Journey) -> Iterator[Problem]:
    """Yield what is wrong with measures, budgets and the time to decision."""
    steps = [step.name for step in journey.steps]
    yield from _names("measures", [measure.name for measure in journey.measures])
    for measure in journey.measures:
        yield from measure.problems(f"measures.{measure.name}", steps, ENDS)
        if measure.name in steps:
            yield Problem(f"measures.{measure.name}", "is a step's name", measure.name, "a name of its own")
    for index, budget in enumerate(journey.budgets):
        if budget.problem():
            yield Problem(f"budgets.{index}", budget.problem())
        elif budget.step:
            stations = [station.name for station in journey.stations]
            known = names_for(budget.of, journey.measures, steps, stations)
            yield from _known(f"budgets.{index}", budget.step, known)
    if journey.decision and len(journey.decision) != 2:
        yield Problem("decision", "needs two steps: what starts and what stops the clock", str(journey.decision))
    for name in journey.decision:
        yield from _known("decision", name, steps)


def _names(field: str, names: Sequence[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Problem(f"{field}.{name}", "is declared more than once", str(count), "one of each name")
        if not _NAME.fullmatch(name) or (field == "steps" and name in (*ENDS, "arrival", "exit")):
            yield Problem(
                f"{field}.{name}", "is not a name", repr(name), "lower-case letters, digits, - and _, not an end's name"
            )


def _known(path: str, name: str, known: Iterable[str]) -> Iterator[Problem]:
    names = list(known)
    if name not in names:
        yield Problem(path, f"there is no {name!r}", "", did_you_mean(name, names))


def _probability(path: str, value: float) -> Iterator[Problem]:
    if not 0 <= value <= 1:
        yield Problem(path, "must be a probability", f"{value:g}", "0 to 1")


def _step(journey: Journey, step: Step) -> Iterator[Problem]:
    path = f"steps.{step.name}"
    steps = [known.name for known in journey.steps]
    if step.lane not in LANES:
        yield Problem(f"{path}.lane", "there is no such lane", repr(step.lane), did_you_mean(step.lane, LANES))
    for fact in step.asks:
        yield from _known(f"{path}.asks", fact, [known.name for known in journey.facts])
    for name in step.shows:
        yield from _known(
            f"{path}.shows", name, [item.name for items in (journey.facts, journey.stock) for item in items]
        )
    if step.system and journey.systems:
        yield from _known(f"{path}.system", step.system, [known.name for known in journey.systems])
    if step.station:
        yield from _known(f"{path}.station", step.station, [known.name for known in journey.stations])
    yield from _skill(journey, f"{path}.skill", step.skill, step.station)
    if step.awaits:
        yield from _known(f"{path}.awaits", step.awaits, [known.name for known in journey.waits])
    if step.takes:
        yield from _known(f"{path}.takes", step.takes, [known.name for known in journey.stock])
    for name in ("think", "service", "patience", "response_patience"):
        law = getattr(step, name)
        if isinstance(law, Distribution):
            yield from law.problems(f"{path}.{name}")
        elif law is not None or name in ("think", "service"):
            yield Problem(f"{path}.{name}", "is not a distribution", repr(law), "such as Exponential(minutes(3))")
    for name in ("abandon", "skip"):
        yield from _probability(f"{path}.{name}", getattr(step, name))
    if step.patience is not None and not step.station:
        yield Problem(f"{path}.patience", "there is no queue to leave", "", "name a station, or use a wait")
    if step.balk_above is not None and step.balk_above < 0:
        yield Problem(f"{path}.balk_above", "must not be negative", str(step.balk_above))
    if step.batch is not None:
        yield from step.batch.problems(f"{path}.batch")
    if step.attempts is not None:
        yield from _attempts(step.attempts, f"{path}.attempts")
    if step.in_person and step.lane != "customer":
        yield Problem(f"{path}.in_person", "nobody is asked here", step.lane, "a step in the customer's lane")
    for name in ("on_renege", "on_balk", "on_rejected", "on_failure"):
        yield from _known(f"{path}.{name}", getattr(step, name), [*steps, *ENDS])
        if getattr(step, name) == step.name and name in ("on_balk", "on_rejected"):
            yield Problem(f"{path}.{name}", "leads to the step itself, at the same moment", step.name, "another step")
    if step.process is not None:
        yield from step.process.problems(f"{path}.process")
        if step.lane == "customer":
            yield Problem(f"{path}.process", "is in the customer's lane", "", "a step behind the counter")
        if step.station or step.service != ZERO or step.fork is not None:
            yield Problem(f"{path}.process", "is the step's service", "", "no station, service or fork beside it")
    yield from _routes(journey, step, path, steps)


def _attempts(attempts: Attempts, path: str) -> Iterator[Problem]:
    yield from attempts.timeout.problems(f"{path}.timeout")
    yield from _probability(f"{path}.failure", attempts.failure)
    if attempts.limit < 1:
        yield Problem(f"{path}.limit", "must be 1 or more", str(attempts.limit))
    if attempts.backoff.s < 0:
        yield Problem(f"{path}.backoff", "must not be negative", str(attempts.backoff))


def _skill(journey: Journey, path: str, skill: str, station: str) -> Iterator[Problem]:
    """Yield a skill that is asked for and that nobody at the station has."""
    groups = next((known.groups for known in journey.stations if known.name == station), ())
    if skill and not groups:
        yield Problem(path, "there are no groups to have it", skill, "give a station its `groups`")
    elif skill:
        yield from _known(path, skill, sorted({known for group in groups if group.servers for known in group.skills}))


def _routes(journey: Journey, step: Step, path: str, steps: list[str]) -> Iterator[Problem]:
    for route in step.routes:
        at = f"{path}.routes.{route.to}"
        yield from _known(at, route.to, [*steps, *ENDS])
        if route.probability is not None:
            yield from _probability(f"{at}.probability", route.probability)
        condition = route.when
        if isinstance(condition, InSegment):
            for segment in condition.segments:
                yield from _known(f"{at}.when", segment, [known.name for known in journey.segments])
        elif isinstance(condition, VisitsAtLeast):
            yield from _known(f"{at}.when", condition.step, steps)
        elif isinstance(condition, FactIs):
            yield from _known(f"{at}.when", condition.fact, [known.name for known in journey.facts])
        elif isinstance(condition, OutOfStock):
            yield from _known(f"{at}.when", condition.stock, [known.name for known in journey.stock])
        elif isinstance(condition, LongSince):
            for name in condition.steps:
                yield from _known(f"{at}.when.steps", name, steps)
            yield from condition.law.problems(f"{at}.when.law")
    for to, count in Counter(route.to for route in step.routes).items():
        if count > 1:
            yield Problem(f"{path}.routes.{to}", "is declared more than once", str(count), "one route to each place")
    always = [route for route in step.routes if route.when is None]
    remainders = [route for route in always if route.probability is None]
    if len(remainders) > 1:
        where = ", ".join(route.to for route in remainders)
        yield Problem(f"{path}.routes", "more than one takes the remainder", where, "one route without a probability")
    elif step.routes:
        yield from _sums(journey, step.routes, path, bool(remainders))


def _sums(journey: Journey, routes: Sequence[Route], path: str, has_remainder: bool) -> Iterator[Problem]:
    """Check each segment's probabilities: what always holds for it, and the most that may hold besides."""
    for segment in journey.segments:
        least = most = 0.0
        certain = has_remainder
        for route in routes:
            if isinstance(route.when, InSegment) and segment.name not in route.when.segments:
                continue
            most += route.probability or 0.0
            if route.when is None or isinstance(route.when, InSegment):
                least += route.probability or 0.0
                certain = certain or route.probability is None
        if most > 1 + _FULL and (certain or least < most):
            yield Problem(f"{path}.routes", "probabilities exceed 1", f"{most:g}", "1 at most")
            return
        if not certain and not least:
            yield Problem(
                f"{path}.routes", "nobody is told where to go when none of the conditions holds", "",
                "add a route without one, such as Route('completed'): it takes the remainder",
            )  # fmt: skip
            return
        if not certain and abs(least - 1) > _FULL:
            yield Problem(
                f"{path}.routes", "probabilities do not sum to 1", f"{least:g}", "1",
                "or leave the probability of one unconditional route out: it takes the remainder",
            )  # fmt: skip
            return


def _ways_out(journey: Journey) -> Iterator[Problem]:
    """Yield the cycles that can be entered and never left, each once, at the first of its steps."""
    leads: dict[str, set[str]] = {}
    for step in journey.steps:
        to = {route.to for route in step.routes if route.probability is None or route.probability > 0}
        if step.fork is not None:
            to = set(step.fork.branches)
        elif not step.routes:
            to = {journey.after(step.name)}
        if step.abandon > 0:
            to.add("dropped")
        leads[step.name] = to
    # a name that is not declared has a problem of its own
    alive: set[str] = set(ENDS) | set().union(*leads.values()) - leads.keys()
    while True:
        more = {name for name, to in leads.items() if name not in alive and to & alive}
        if not more:
            break
        alive |= more
    reached = _beyond([step.name for step in journey.steps[:1]], leads)
    dead = [step.name for step in journey.steps if step.name in reached and step.name not in alive]
    beyond = {name: _beyond(leads[name], leads) for name in dead}
    told: set[str] = set()
    for name in dead:
        # a cycle that cannot be left: whatever lies beyond one of its steps leads back to it
        if name not in told and all(name in beyond[other] for other in beyond[name]):
            told |= beyond[name]
            cycle = [step.name for step in journey.steps if step.name in beyond[name]]
            yield Problem(
                f"steps.{name}.routes", "is in a cycle with no way out", ", ".join(cycle),
                "some route must lead to an end: " + ", ".join(ENDS),
            )  # fmt: skip


def _always_skipped(journey: Journey) -> Iterator[Problem]:
    """Yield the steps from which passing over steps that are always skipped comes back to them."""
    skipped = {
        step.name: remainder(step.routes) or journey.after(step.name) for step in journey.steps if step.skip >= 1
    }
    for name in skipped:
        seen, to = {name}, skipped[name]
        while to in skipped and to not in seen:
            seen.add(to)
            to = skipped[to]
        if to == name:
            yield Problem(f"steps.{name}.skip", "is in a cycle of steps that are all skipped", ", ".join(sorted(seen)))


def _beyond(names: Iterable[str], leads: Mapping[str, set[str]]) -> set[str]:
    """Return the declared steps among `names`, and those that can be reached from them."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        step = todo.pop()
        if step in leads and step not in found:
            found.add(step)
            todo.extend(leads[step])
    return found


def _segments(journey: Journey, known: Sequence[Problem]) -> Iterator[Problem]:
    from journeys.paths import apply

    total = sum(segment.share for segment in journey.segments)
    if not journey.segments or abs(total - 1) > _FULL:
        yield Problem("segments", "shares do not sum to 1", f"{total:g}", "1")
    for segment in journey.segments:
        yield from _probability(f"segments.{segment.name}.share", segment.share)
        at = f"segments.{segment.name}.differs"
        own = {path: to for path, to in segment.differs.items() if path.split(".")[0] in _OWN}
        for path in segment.differs.keys() - own.keys():
            yield Problem(
                f"{at}.{path}", "is not a customer's own", "", "a path below steps, waits, contacts or loyalty"
            )
        try:
            view = apply(journey, own)
            found = list(misfits(view)) or [problem for problem in _problems(view) if problem not in known]
        except InvalidInput as error:
            found = list(error.problems)
        for problem in found:
            yield dataclasses.replace(problem, path=f"{at}.{problem.path}")


def _contacts(journey: Journey) -> Iterator[Problem]:
    for contact in journey.contacts:
        path = f"contacts.{contact.name}"
        yield from contact.problems(path)
        yield from _known(f"{path}.station", contact.station, [known.name for known in journey.stations])
        yield from _skill(journey, f"{path}.skill", contact.skill, contact.station)
        if isinstance(contact.arises, At):
            yield from _known(f"{path}.arises.step", contact.arises.step, [step.name for step in journey.steps])
        else:
            yield from _known(f"{path}.arises.wait", contact.arises.wait, [wait.name for wait in journey.waits])
