"""What customers were told, held against what the database holds: acknowledged and lost, or done twice."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from journeys.errors import CannotRead

Act = tuple[int, str]
"""A customer, and a step of theirs."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of a comparison.

    Parameters
    ----------
    acknowledged: acts that customers were told had been served.
    lost: those of them of which the database knows nothing. doubled: cases beyond a customer's first, and acts that
        were served more often than their case visited the step.
    """

    acknowledged: int
    lost: int
    doubled: int


def audit(database: Path, told: Mapping[Act, int]) -> Audit:
    """Return the comparison of a back end's database (SQLite) with how often each act was `told` to have been served.

    Raises CannotRead where it is no such database.
    """
    cases: Counter[int] = Counter()
    visits: Counter[Act] = Counter()
    served: Counter[Act] = Counter()
    try:
        with closing(sqlite3.connect(database)) as connection:
            customer_of = {}
            for case, customer, past in connection.execute("SELECT id, customer, past FROM cases"):
                customer_of[case] = customer
                cases[customer] += 1
                visits.update({(customer, step): n for step, n in json.loads(past).get("visits", {}).items()})
            for path, answer in connection.execute("SELECT path, answer FROM submissions WHERE path LIKE '%/steps/%'"):
                case, _, step = path.partition("/cases/")[2].partition("/steps/")
                if json.loads(answer).get("outcome") == "served" and case in customer_of:
                    served[customer_of[case], step] += 1
    except sqlite3.Error as error:
        raise CannotRead(f"{database}: cannot be read ({error})") from error
    return Audit(
        sum(told.values()),
        sum(max(0, n - served[act]) for act, n in told.items()),
        sum(n - 1 for n in cases.values()) + sum(max(0, n - visits[act]) for act, n in served.items()),
    )
