"""Whether a model was held against what was measured: the record, and the sentence that the first screen shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reports.wording import count

if TYPE_CHECKING:
    from reports.study import Study


@dataclass(frozen=True, slots=True)
class Trust:
    """What a model's predictions rest on.

    `status` is *validated* where measurements that the model had not been fitted to agree with it, *not validated*
    where some do not, or there are none. `sentence` says what was measured, and how well it agreed. A study finds it
    under ``validation``.
    """

    status: Literal["validated", "not validated"]
    sentence: str


UNTESTED = Trust("not validated", "Nothing measured was held against this model; what it says follows from it.")


def trust_in(study: Study) -> Trust | None:
    """Return what the study's predictions rest on; None where it predicts nothing, but only measured."""
    if not study.simulated:
        return None
    record = study.found.get("validation")
    if isinstance(record, Trust):
        return record
    if not study.sides:
        return UNTESTED
    pairs = [pair for side in study.sides for pair in side.pairs if not pair.key.startswith("latency.")]
    agreeing = sum(pair.agreement == "agrees" for pair in pairs)
    known = sum(pair.agreement != "not measured" for pair in pairs)
    beyond = " What was not walked, the model predicts beyond what was measured." if study.comparison else ""
    return Trust(
        "not validated",
        f"{agreeing} of {count(known, 'measured figure')} agree with the simulation of the same customers; that is no "
        f"validation by data that the model had not seen.{beyond}",
    )
