"""Database-agnostic: the same customers on two databases, held against each other step by step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from commands.scoring.pace import note
from journeys.evidence import Evidence

if TYPE_CHECKING:
    from journeys.blueprint import Journey

CUSTOMERS = 12
GIVE_UP_S = 8.0
Walked = Mapping[int, tuple[str, ...]]
"""By customer: the steps of theirs with their outcomes, and how they ended."""


def walked(folder: Path) -> Walked:
    """Return how each customer of a run fared; those still on their way at its end are left out."""
    from journeys.eventlog import Run

    rows = Run.open(folder).sql(
        "SELECT customer, step, visit, outcome, detail FROM events WHERE lane = 'customer' AND step <> 'arrival'"
        " ORDER BY customer, end_s, step = 'exit'"
    )
    found: dict[int, list[str]] = {}
    for who, step, outcome, detail in zip(
        *(rows[name].tolist() for name in ("customer", "step", "outcome", "detail")), strict=True
    ):
        said = f" ({detail})" if detail and step != "exit" else ""
        found.setdefault(int(who), []).append(f"{step}: {outcome}{said}")
    return {who: tuple(said) for who, said in found.items() if said[-1] != "exit: censored" and said[-1][:5] == "exit:"}


def compared(walk: Callable[[str, Sequence[int]], Walked], one: str, other: str) -> list[Evidence]:
    """Return where customers fare differently on two databases, by `walk`, which takes a database's name and numbers.

    Who differs is walked once more on both. A difference counts that is there twice: what comes of chance in the timing
    of people's work is not the database's.
    """
    everybody = tuple(range(CUSTOMERS))
    first, second = _both(walk, one, other, everybody)
    both = sorted(set(first) & set(second))
    differ = [who for who in both if first[who] != second[who]]
    twice: dict[int, str] = {}
    if differ:
        again, there = _both(walk, one, other, differ)
        for who in differ:
            if who in again and who in there and again[who] != there[who]:
                twice[who] = _difference(again[who], there[who], one, other)
    luck = len(differ) - len(twice)
    found = [Evidence("database-agnostic", "customers", f"{one} and {other}", len(both), "customers")]
    found += [Evidence("database-agnostic", "differs", str(who), 1, "customers", "broken", said)
              for who, said in twice.items()]  # fmt: skip
    told = f"the same {len(both)} customers, walked by the API on {one} and on {other}"
    if luck:
        told += f"; {luck} differed once and not again, by the timing of people's work"
    unseen = CUSTOMERS - len(both)
    if unseen:
        told += f"; {unseen} were still on their way and are left out"
    return [*found, note("database-agnostic", told)]


def _both(
    walk: Callable[[str, Sequence[int]], Walked], one: str, other: str, numbers: Sequence[int]
) -> tuple[Walked, Walked]:
    """Walk on both at once: they wait for people most of the time, and each has a back end of its own."""
    with ThreadPoolExecutor(2) as pool:
        left, right = pool.submit(walk, one, numbers), pool.submit(walk, other, numbers)
        return left.result(), right.result()


def _difference(mine: Sequence[str], theirs: Sequence[str], one: str, other: str) -> str:
    for left, right in zip((*mine, "nothing"), (*theirs, "nothing"), strict=False):
        if left != right:
            return f"{one} says {left}, {other} {right}"
    return "one goes on where the other ends"


@contextlib.contextmanager
def postgresql() -> Iterator[Callable[[], str] | None]:
    """Give a function that returns the address of a new, empty database; None where there is no PostgreSQL here."""
    try:
        import pg8000  # noqa: F401
    except ImportError:
        yield None
        return
    from simulators.backend.private_postgres import postgres_server, programs

    if programs() is None:
        yield None
        return
    with postgres_server() as server:
        numbers = iter(range(10_000))
        yield lambda: server.url(f"scorecard_{next(numbers)}")


def walk_on(journey: Journey, folder: Path, database: Path | str, *, seed: int, speed: float,
            numbers: Sequence[int]) -> Path:  # fmt: skip
    """Walk customers by the API on a mocked back end over a database, and return the run's folder."""
    from journeys.api.engine import walk_api
    from simulators.backend.process import BackendProcess

    with BackendProcess(journey, seed=seed, speed=speed, database=database) as backend:
        return walk_api(
            journey, target=backend.url, mocked=True, folder=folder, seed=seed, numbers=numbers, at_once=CUSTOMERS,
            speed=speed, give_up_s=GIVE_UP_S,
        )  # fmt: skip
