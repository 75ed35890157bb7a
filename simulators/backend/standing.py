"""How things stand, as whoever asks is shown it: a case, and the organisation as a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journeys.blueprint import Step
from journeys.intents import Acted
from simulators.backend.asking import Told
from simulators.backend.waits import Waited


@dataclass(frozen=True, slots=True)
class Standing:
    """A case at one moment.

    Parameters
    ----------
    case, step, wait, version, ended: as the organisation has them. acts: whether it is the customer's turn.
    busy: whether what they did is just being worked on. at: the step as their segment lives it, None at an end.
    told: what each system was told. asks: the facts asked on this visit. last: what came of their last act.
    stock: how many units the front end sees, of what the step shows. notes: what the journey's own processes tell.
    """

    case: str
    step: str
    acts: bool
    ended: bool
    wait: str
    version: int
    busy: bool
    at: Step | None
    told: Told
    asks: tuple[str, ...]
    last: Acted | None
    stock: Mapping[str, int]
    notes: Mapping[str, str]

    def state(self) -> dict[str, Any]:
        """Return the body of every answer about the case."""
        return state(self.case, self.step, self.acts, self.ended, self.wait, self.version)


@dataclass(frozen=True, slots=True)
class StationNow:
    """A station at one moment: how many are on duty and in order, serving and waiting; whether its roster has it open.

    `replicas` is how many processes serve it, 0 where it is served where the people are.
    """

    name: str
    open: bool
    on_duty: int
    serving: int
    waiting: int
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class StockNow:
    """A stock at one moment: the units that the warehouse has, and those that the front end shows."""

    name: str
    there: int
    shown: int


@dataclass(frozen=True, slots=True)
class Operations:
    """The organisation at one moment; `human_s` on the journey's clock, `database` since its process began."""

    human_s: float
    open_cases: int
    ends: Mapping[str, int]
    stations: tuple[StationNow, ...]
    stock: tuple[StockNow, ...] = ()
    database: Waited = Waited()


def state(case: str, step: str, acts: bool, ended: bool, wait: str, version: int) -> dict[str, Any]:
    """Return the body of every answer about a case."""
    return {"case": case, "step": step, "acts": acts, "end": ended, "wait": wait, "version": version}


def measured(acted: Acted) -> dict[str, Any]:
    """Return what came of an act with its times in milliseconds; `service_ms` None where service never began."""
    began = not math.isnan(acted.start_s)
    queue_ms = ((acted.start_s if began else acted.end_s) - acted.ready_s) * 1000
    service_ms = round((acted.end_s - acted.start_s) * 1000, 3) if began else None
    return {
        "outcome": acted.outcome, "queue_ms": round(queue_ms, 3), "service_ms": service_ms, "server": acted.server,
        "detail": acted.detail,
    }  # fmt: skip
