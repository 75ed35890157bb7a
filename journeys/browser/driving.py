"""Driving a walk: what the customer intends is done on a surface, and the walk is told what came of it."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave, Listen, Pause, Think, Walk

FIND_S = 10.0


class CannotAct(Exception):
    """A page action that could not be done; its text names the action and says why."""


class Surface(Protocol):
    """What a customer acts on: the mocked back end's pages, or those of a user's own application.

    Failures that a customer would meet are outcomes of `act`; what makes going on impossible is raised as
    Playwright's Error.
    """

    async def arrive(self) -> None:
        """Open what the customer sees first."""

    async def act(self, act: Act) -> Acted:
        """Do a step."""

    async def listen(self, human_s: float) -> Heard:
        """Wait for the organisation, for at most `human_s` of the human clock."""

    async def ask(self, ask: Ask) -> Answered:
        """Reach a person."""

    async def go(self, to: str) -> str | None:
        """Turn to another step after a failure."""

    async def leave(self, reason: str) -> None:
        """Withdraw."""


class Drive:
    """One walk on one surface.

    `step` is the one acted in last, for telling where something happened; `listening` while the customer waits for what
    others do.
    """

    __slots__ = ("_speed", "_surface", "_walk", "listening", "step")

    def __init__(self, walk: Walk, surface: Surface, speed: float) -> None:
        self._walk, self._surface, self._speed = walk, surface, speed
        self.step, self.listening = "arrival", False

    async def to_the_end(self) -> str:
        """Walk until an end is reached, and return it; raises Playwright's Error where going on is impossible."""
        answer: Any = None
        opened = False
        while True:
            try:
                intent = self._walk.send(answer)
            except StopIteration as stop:
                return str(stop.value)
            if not opened:
                opened = True
                await self._surface.arrive()
            answer = None
            match intent:
                case Think(human_s):
                    await asyncio.sleep(human_s / self._speed)
                case Pause(system_s):
                    await asyncio.sleep(system_s)
                case Act():
                    self.step = intent.step.name
                    answer = await self._surface.act(intent)
                case Listen(human_s):
                    self.listening = True
                    answer = await self._surface.listen(human_s)
                    self.listening = False
                case Ask():
                    answer = await self._surface.ask(intent)
                case Go(to):
                    answer = await self._surface.go(to)
                case Leave(_, reason):
                    await self._surface.leave(reason)
