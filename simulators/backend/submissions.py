"""What customers ask of the organisation, as values: they are the same whichever process they arrive at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.backend.store import Answer


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a case for a customer of the population, or for a visitor with the next free number.

    `closely`: whenever it waits, the clock of people stands until it was `Seen`.
    """

    customer: int | None
    closely: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Do a step with the facts `given`; after `deadline_ms` real milliseconds work in hand is withdrawn."""

    case: str
    step: str
    given: Mapping[str, str]
    deadline_ms: float


@dataclass(frozen=True, slots=True)
class Phone:
    """Reach a person; `patience_s` in human seconds."""

    case: str
    contact: str
    visit: int
    patience_s: float


@dataclass(frozen=True, slots=True)
class Go:
    """Turn elsewhere after a failure."""

    case: str
    to: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Withdraw."""

    case: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Say that a case was seen as it stood at a version."""

    case: str
    version: int


Submission = Begin | Act | Phone | Go | Leave | Seen


class Refused(Exception):
    """A request that is answered with a problem: an HTTP status and what to say."""

    def __init__(self, status: int, problem: str, **more: Any) -> None:
        super().__init__(status, problem, more)
        self.answer = Answer(status, {"problem": problem, **more})

    def __reduce__(self) -> tuple[Any, ...]:
        return _refused, (self.answer,)


def _refused(answer: Answer) -> Refused:
    more = dict(answer.body)
    return Refused(answer.status, more.pop("problem"), **more)
