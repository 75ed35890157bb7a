"""Evidence: what was measured of a back end besides its customers' events, a row each, beside the event log."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal, get_args

from journeys.errors import CannotRead
from journeys.findings import write_lines

FILE = "evidence.jsonl"
Quality = Literal[
    "integrated", "flexible", "scalable", "fast", "database-agnostic", "ad-hoc analysis", "redundant", "secure"
]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
Verdict = Literal["", "held", "weak", "broken", "not measured"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measurement.

    Parameters
    ----------
    quality: which of QUALITIES it speaks of. measure: what was measured. subject: of what (a step, a fact, an address).
    value, unit: the measurement; None where it is no number. verdict: *held*, *weak* or *broken* for a check, *not
        measured* for what could not be (`detail` says why), empty for a measurement that is none by itself.
    detail: what was seen, in words.
    """

    quality: Quality
    measure: str
    subject: str = ""
    value: float | None = None
    unit: str = ""
    verdict: Verdict = ""
    detail: str = ""


COLUMNS = {item.name: "DOUBLE" if item.name == "value" else "VARCHAR" for item in fields(Evidence)}
"""The columns of the view ``evidence``, and their types."""


def write_evidence(folder: Path, rows: Iterable[Evidence]) -> None:
    """Write evidence into a run's folder, in place of what was there; raises CannotWrite."""
    write_lines(folder / FILE, [asdict(row) for row in rows])


def read_evidence(folder: Path) -> list[Evidence]:
    """Return a run's evidence, none where it has none; raises CannotRead."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Evidence(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise CannotRead(f"{path}: cannot be read ({error}); measure again") from error
