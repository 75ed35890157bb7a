"""Checks of forks: which steps lie on which branch, and that nothing but its fork leads into a branch."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey, Step
from journeys.errors import Problem, did_you_mean
from journeys.forks import Fork
from journeys.routes import ENDS, remainder


def fork_problems(journey: Journey) -> Iterator[Problem]:
    """Yield what is wrong with the forks of a journey whose steps have names of their own."""
    steps = {step.name: step for step in journey.steps}
    ways = {step.name: _ways(journey, step) for step in journey.steps}
    for step in journey.steps:
        if step.fork is not None:
            own = list(_fork(step, step.fork, steps))
            yield from own
            if not own:
                yield from _branches(journey, step, step.fork, ways)


def _fork(step: Step, fork: Fork, steps: dict[str, Step]) -> Iterator[Problem]:
    path = f"steps.{step.name}.fork"
    if step.lane == "customer":
        yield Problem(path, "is in the customer's lane", "", "a step behind the counter")
    if step.routes:
        yield Problem(f"steps.{step.name}.routes", "a step that forks has none", "", "routes on its branches' steps")
    if len(fork.branches) < 2 or len(set(fork.branches)) < len(fork.branches):
        yield Problem(f"{path}.branches", "needs two or more, each once", ", ".join(fork.branches) or "none")
    for name in fork.branches:
        if name not in steps:
            yield Problem(f"{path}.branches", f"there is no {name!r}", "", did_you_mean(name, list(steps)))
        elif name in (step.name, fork.joins):
            yield Problem(f"{path}.branches", "a branch cannot begin there", name, "another step than fork and join")
    if fork.joins not in (*steps, *ENDS):
        yield Problem(f"{path}.joins", f"there is no {fork.joins!r}", "", did_you_mean(fork.joins, [*steps, *ENDS]))
    if not 1 <= fork.needed <= max(1, len(fork.branches)):
        yield Problem(f"{path}.needs", "out of range", str(fork.needs), f"1 to {len(fork.branches)}")


def _branches(journey: Journey, step: Step, fork: Fork, ways: dict[str, set[str]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for head in fork.branches:
        members = _members(head, fork.joins, ways)
        for other in journey.steps:
            path = f"steps.{other.name}"
            if other.name in members and other.name in seen:
                what = f"is on two branches of {step.name}"
                where = f"{seen[other.name]}, {head}"
                yield Problem(path, what, where, f"routes of each branch that lead to {fork.joins} or an end")
                return
            if other.name in members:
                seen[other.name] = head
                yield from _member(other, step)
                if other is journey.steps[0]:
                    yield Problem(path, f"begins the journey, and is on a branch of {step.name}", head, "another step")
                continue
            entered = ways[other.name] & members
            if entered - ({head} if other is step else set()):
                what = f"leads into a branch of {step.name}"
                yield Problem(path, what, ", ".join(sorted(entered)), f"only {step.name} does, to {head}")


def _member(member: Step, step: Step) -> Iterator[Problem]:
    path = f"steps.{member.name}"
    if member.lane == "customer":
        what = f"is in the customer's lane, and on a branch of {step.name}"
        yield Problem(f"{path}.lane", what, "", "frontstage, backstage or support")
    if member.awaits != step.awaits:
        what = f"is another wait than that of {step.name}, on whose branch it is"
        yield Problem(f"{path}.awaits", what, repr(member.awaits), repr(step.awaits))


def _members(head: str, joins: str, ways: dict[str, set[str]]) -> set[str]:
    """Return the steps of a branch: all that can come after its first step before the join."""
    found: set[str] = set()
    todo = [head]
    while todo:
        name = todo.pop()
        if name in ways and name not in found and name != joins:
            found.add(name)
            todo.extend(ways[name])
    return found


def _ways(journey: Journey, step: Step) -> set[str]:
    """Return every place to which a step may lead, failures and skipped visits included."""
    ways = {*journey.leads_to(step.name), step.on_renege, step.on_balk, step.on_rejected, step.on_failure}
    if step.skip and remainder(step.routes) is None:
        ways.add(journey.after(step.name))
    return ways
