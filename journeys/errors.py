"""What can go wrong, one class per remedy; each carries the exit code of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


class JourneywrightError(Exception):
    """Base of every error that a user can do something about."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input, on one line: *path: problem (got value); allowed; next step*."""

    path: str
    problem: str
    got: str = ""
    allowed: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        head = f"{self.path}: {self.problem}" + (f" (got {self.got})" if self.got else "")
        return "; ".join(part for part in (head, self.allowed, self.next_step) if part)


class InvalidInput(JourneywrightError):
    """A journey, scenario or option that cannot be used; `problems` holds all of them at once."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        # worker processes send their errors home as pickles
        return type(self), (self.problems,)


class Unsupported(JourneywrightError):
    """An engine was asked for an ability it lacks; each problem names the path that needs it."""

    exit_code = 2

    def __init__(self, engine: str, problems: Iterable[Problem]) -> None:
        self.engine = engine
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.engine, self.problems)


class Missing(JourneywrightError):
    """Something that the run needs is missing: which, and how to get it."""

    exit_code = 3


class TargetUnreachable(Missing):
    """The address to be walked or loaded does not answer."""


class CannotWrite(Missing):
    """The output folder is full, read-only or not a folder."""


class CannotRead(Missing):
    """A run's folder holds no event log of a version that this release reads."""


class WrongQuery(CannotRead):
    """A question about a run's rows that the database does not understand: bad input, nothing is missing."""

    exit_code = 2


class BudgetMissed(JourneywrightError):
    """A budget or claim did not hold."""

    exit_code = 1


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a hint such as ``did you mean 'verify'?``, or what there is to choose from.

    >>> did_you_mean("verfy", ["verify", "submit"])
    "did you mean 'verify'?"
    """
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return "known: " + (", ".join(sorted(known)) if known else "none")
