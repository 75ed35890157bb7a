"""What pages and API ask for: the desk itself, or whoever passes it on to one in another process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from journeys.blueprint import Journey
from journeys.facts import Fact
from simulators.backend.standing import Operations, Standing
from simulators.backend.store import Answer
from simulators.backend.submissions import Submission


class Service(Protocol):
    """One journey, served.

    `speed` is human seconds per second of the wall; `digest` that of the journey.
    """

    journey: Journey
    digest: str
    speed: float

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts by name, under the rules in force."""

    async def open(self) -> None:
        """Begin, in the running loop."""

    def stop(self) -> None:
        """Answer everybody who waits, and let nothing more happen."""

    async def end(self) -> None:
        """Let go of everything, after the last answer."""

    async def zero(self) -> None:
        """Make now the run's zero; refused (409) while cases are open."""

    def now_s(self) -> float:
        """Return wall seconds since the run's zero."""

    async def look(self, case_id: str, since: int | None = None, wait_s: float = 0.0) -> Standing:
        """Return how a case stands: at once where its version is not `since`, else when it changes or after `wait_s`.

        Refused: 404 where there is none of that name.
        """

    async def submit(self, path: str, key: str, submission: Submission) -> Answer:
        """Do what a customer asks for, once a key (empty for none), and return the answer; or refuse it."""

    async def rows_since(self, since: int) -> list[list[Any]]:
        """Return the rows that the organisation has written since the `since`-th, or as many as are told at once.

        Refused: 503 where what it has written cannot be read just now.
        """

    async def operations(self) -> Operations:
        """Return how things stand in the organisation."""

    async def rules(self) -> Mapping[str, str]:
        """Return the rules in force that are not the journey's own: paths and values."""

    async def change_rule(self, path: str, value: str) -> Mapping[str, str]:
        """Put a rule in force, everywhere and for good, and return those that are not the journey's own.

        Refused: 409 where the journey takes up rules at a restart only, 422 where there is no such rule or value.
        """
