"""Floors: who waits before a station, who is free behind it, and which of them come together."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from journeys.stations import Group
from simulators.tickets import LAID_DOWN, WAITING, Ticket

Queue = list[tuple[float, int, Ticket]]
"""A heap of (rank, place, ticket); of tickets that have left it in the meantime the entries remain."""


def first(queue: Queue) -> Ticket | None:
    """Return the ticket that is first in a queue, having thrown those away that have left it; None for nobody."""
    while queue:
        ticket = queue[0][2]
        if ticket.state <= LAID_DOWN:
            return ticket
        heapq.heappop(queue)
    return None


class Floor:
    """One queue before servers who are all alike; of those free, the lowest number serves."""

    __slots__ = ("_free", "_queue")

    def __init__(self) -> None:
        self._queue: Queue = []
        self._free: list[int] = []

    def begins(self, ticket: Ticket) -> bool:
        """Whether a server is free for an arrival, and for nobody who waits."""
        return bool(self._free) and first(self._queue) is None

    def push(self, rank: float, place: int, ticket: Ticket) -> None:
        """Let a ticket wait: before those of a higher rank, and within its own before those of a higher place."""
        heapq.heappush(self._queue, (rank, place, ticket))

    def next(self) -> Ticket | None:
        """Take the first out of the queue for whom a server is free."""
        if not self._free or first(self._queue) is None:
            return None
        return heapq.heappop(self._queue)[2]

    def firsts(self) -> list[Ticket]:
        """Return who is first in the queue, if anybody waits."""
        ticket = first(self._queue)
        return [] if ticket is None else [ticket]

    def everybody(self) -> list[Ticket]:
        """Return all who wait, in the queue's order, and let them wait no more; work that was laid down stays."""
        waiting = [
            ticket for _, _, ticket in sorted(self._queue, key=lambda entry: entry[:2]) if ticket.state == WAITING
        ]
        self._queue = [entry for entry in self._queue if entry[2].state == LAID_DOWN]
        heapq.heapify(self._queue)
        return waiting

    def take(self, ticket: Ticket) -> int:
        """Take the server who is free for a ticket."""
        return heapq.heappop(self._free)

    def release(self, server: int) -> None:
        """Let a server be free."""
        heapq.heappush(self._free, server)

    def reset(self, free: Sequence[int]) -> None:
        """Let these servers be free, in rising order, and no others."""
        self._free = list(free)

    def can_serve(self, server: int, ticket: Ticket) -> bool:
        """Whether a server, free or not, may serve a ticket."""
        return True


class GroupedFloor(Floor):
    """A queue for each skill before servers of different skills; together they are one queue, in its order."""

    __slots__ = ("_able", "_free_of", "_group_of", "_queues", "_skills")

    def __init__(self, groups: Sequence[Group]) -> None:
        super().__init__()
        self._skills = [frozenset(group.skills) for group in groups]
        self._group_of = [index for index, group in enumerate(groups) for _ in range(group.servers)]
        self._free_of: list[list[int]] = [[] for _ in groups]
        asked = ["", *(skill for group in groups for skill in group.skills)]
        self._queues: dict[str, Queue] = {skill: [] for skill in asked}
        by_skills = sorted(range(len(groups)), key=lambda group: len(self._skills[group]))
        self._able = {
            skill: [group for group in by_skills if not skill or skill in self._skills[group]] for skill in self._queues
        }

    def begins(self, ticket: Ticket) -> bool:
        """Whether a server is free for an arrival; then nobody waits for that server."""
        return self._free_group(ticket.skill) is not None

    def push(self, rank: float, place: int, ticket: Ticket) -> None:
        """Let a ticket wait with those that ask for the same skill."""
        heapq.heappush(self._queues[ticket.skill], (rank, place, ticket))

    def next(self) -> Ticket | None:
        """Take the first out of all queues for whom a server is free."""
        heads = [queue for skill, queue in self._queues.items() if self._free_group(skill) is not None and first(queue)]
        return heapq.heappop(min(heads, key=lambda queue: queue[0][:2]))[2] if heads else None

    def firsts(self) -> list[Ticket]:
        """Return who is first in each queue, in the order of all."""
        heads = [queue[0] for queue in self._queues.values() if first(queue)]
        return [ticket for _, _, ticket in sorted(heads, key=lambda head: head[:2])]

    def take(self, ticket: Ticket) -> int:
        """Take the server with the fewest skills who is free for a ticket, and of those the lowest number."""
        group = self._free_group(ticket.skill)
        assert group is not None
        return heapq.heappop(self._free_of[group])

    def release(self, server: int) -> None:
        """Let a server be free."""
        heapq.heappush(self._free_of[self._group_of[server]], server)

    def reset(self, free: Sequence[int]) -> None:
        """Let these servers be free, in rising order, and no others."""
        self._free_of = [[] for _ in self._skills]
        for server in free:
            self._free_of[self._group_of[server]].append(server)

    def can_serve(self, server: int, ticket: Ticket) -> bool:
        """Whether a server, free or not, has the skill for a ticket."""
        return not ticket.skill or ticket.skill in self._skills[self._group_of[server]]

    def _free_group(self, skill: str) -> int | None:
        return next((group for group in self._able[skill] if self._free_of[group]), None)
