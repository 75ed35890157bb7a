"""Forks: a step after which a case goes on along several branches at once, until they join."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fork:
    """Parallel branches that join.

    Once the step that carries the fork has been served, each branch begins with its own first step, in the order of
    `branches`, at that same moment. A branch moves like a case of its own, by its steps' queues, attempts and routes,
    until it comes to `joins` and has arrived there, or to any other end. The case itself stays at the forking step, and
    its customer in the same wait.

    Rule: at the moment at which the branch arrives that makes `needs` of them, the branches still open are withdrawn,
    and then the case goes on at `joins`. At the moment at which a branch comes to an end other than `joins` (denied,
    dropped, ...), the others are withdrawn, and then the case comes to that end. Branches that end at the same moment
    do so in the order in which the ends of their work were asked for, and one that is withdrawn at the very moment of
    its end has not arrived. Where a branch passes over all of its steps, or is turned away at once, while others have
    not begun, and the case goes on with that, the others do not begin.

    Withdrawn are first the branches that nobody is serving, then those in service, each in the order of `branches`; a
    server that frees with that takes the next in the queue at once. Each piece of work withdrawn writes a row with
    outcome *withdrawn*, that leads nowhere; one of a customer who leaves meanwhile is *dropped*, as all work in hand.

    A visit of the forking step that is passed over (`skip`) goes to `joins`, and no branch begins. The row of the
    forking step, and the last of each branch that arrives, lead to `joins` even where that visit is passed over.

    Parameters
    ----------
    branches: the first step of each branch, two or more. Behind the counter, as all steps of a branch. In the
        journey's order, a step that is followed by the first step of a branch goes on at `joins` unless its routes say
        otherwise; so write the steps of each branch one after the other.
    joins: the step where they meet, or an end.
    needs: how many of them must arrive; None for all.
    """

    branches: tuple[str, ...]
    joins: str
    needs: int | None = None

    @property
    def needed(self) -> int:
        """How many branches must arrive."""
        return len(self.branches) if self.needs is None else self.needs
