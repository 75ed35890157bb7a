"""Claims: supported, refuted or undecided by what the runs showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.claims import Judged, judge_claims
from reports.sections.section import Section

if TYPE_CHECKING:
    from reports.study import Study

NAME = "claims"


def judged_in(study: Study) -> tuple[Judged, ...]:
    """Return the study's claims, judged; none where none were made."""
    return judge_claims(study.found.get(NAME, ()), study)


def _values(study: Study) -> Mapping[str, Any] | None:
    judged = judged_in(study)
    return {"judged": judged} if judged else None


def _machine(study: Study) -> Mapping[str, Any] | None:
    judged = judged_in(study)
    if not judged:
        return None
    return {
        "judged": [
            {
                "says": one.claim.says, "scenario": one.claim.scenario, "against": one.claim.against or None,
                "note": one.claim.note, "kind": one.kind, "status": one.status, "scale": one.scale,
                "value": one.estimate.value, "low": one.estimate.low, "high": one.estimate.high, "n": one.estimate.n,
                "replications_needed": one.needed,
            }
            for one in judged
        ]
    }  # fmt: skip


SECTION = Section(NAME, "Claims", _values, machine=_machine)
