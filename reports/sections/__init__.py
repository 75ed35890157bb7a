"""The sections of the page; the kind of report says in which order (`reports.kinds`).

A section is a module here and a template of the same name. To add one: write both, and put its name in the list.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from reports.kinds import in_order, kind_of
from reports.sections.section import Section

if TYPE_CHECKING:
    from reports.study import Study

__all__ = ["NAMES", "Section", "sections_of"]

NAMES = (
    "regression", "claims", "scorecard", "failover", "wrong", "levers", "measures", "service", "funnel", "blame",
    "times", "saved", "customers", "steps", "calls", "workload", "money", "capacity", "generation", "peak", "doubts",
    "measured", "equivalence", "forecasts", "budgets", "method", "parameters", "runs", "limits",
)  # fmt: skip
OF_WHAT_WAS_FOUND = frozenset(
    (
        "regression",
        "scorecard",
        "failover",
        "wrong",
        "blame",
        "capacity",
        "generation",
        "peak",
        "doubts",
        "equivalence",
        "forecasts",
    )
)
"""Those that tell what the study holds under `found`, and nothing else: where that is not there, nor are they."""

OF_A_SCORECARD = frozenset(("scorecard", "generation", "parameters", "runs"))
"""Those of a page about a back end: its customers come on clocks that tell nothing of journeys."""

OF_A_REGRESSION = frozenset(("regression", "wrong", "generation", "peak", "method", "runs", "limits"))
"""Those of a page about before and after: what one run among several shows by itself is another question."""

OF_A_CAPACITY = frozenset(("capacity", "generation", "method", "parameters", "runs", "limits"))
"""Those of a page about a capacity: the customers of a trial are not followed to their journeys' ends."""


def sections_of(study: Study) -> Iterator[Section]:
    """Yield the sections that may have something to tell of a study, in the page's order.

    Those that cannot are not imported either: a small report takes less time than all of them.
    """
    names = [name for name in NAMES if not study.found.get("scorecard") or name in OF_A_SCORECARD]
    if study.found.get("regression"):
        names = [name for name in names if name in OF_A_REGRESSION]
    if kind_of(study) == "capacity":
        names = [name for name in names if name in OF_A_CAPACITY]
    for name in in_order(kind_of(study), tuple(names)):
        if name not in OF_WHAT_WAS_FOUND or study.found.get(name):
            section: Section = import_module(f"reports.sections.{name}").SECTION
            yield section
