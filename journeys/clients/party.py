"""Who stands for a customer before a target, whichever engine plays their walk."""

from __future__ import annotations

from typing import Protocol

from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave


class Party(Protocol):
    """Who stands for a customer before the target."""

    def act(self, act: Act, due_s: float) -> Acted:
        """Do a step; `due_s` is its intended start."""

    def listen(self, wall_s: float) -> Heard:
        """Wait for the organisation, for at most `wall_s` real seconds."""

    def ask(self, ask: Ask, due_s: float) -> Answered:
        """Reach a person."""

    def go(self, go: Go) -> str | None:
        """Turn to another step; return the one reached, or None where nobody tells."""

    def leave(self, leave: Leave) -> None:
        """Withdraw."""
