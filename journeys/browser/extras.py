"""What is said of a browser run beyond its numbers: how the browser is started, who walks, what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from journeys.browser.inspection import Inspection


LOOK_S = 0.02
"""How often it is looked whether another engine has begun."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another engine at work on the same target: customers walk while it is, on its clock.

    Parameters
    ----------
    zero: gives the other engine's zero (`time.perf_counter`) once customers may walk; None before. ended: whether no
        further ones are to start.
    """

    zero: Callable[[], float | None]
    ended: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Extras:
    """What the command line has no need of, and tests have.

    Parameters
    ----------
    numbers: whose customers, rising; empty for those that the run's numbers name.
    launch, context: options of Playwright's own for the browser and for each customer's context; they come before ours.
    keep_all: keep a trace and a last picture of everybody, not of failures alone.
    inspection: looks closely at pages, which takes time: the run's times are then not the customers'.
    beside: another engine that loads the target meanwhile; None where there is none.
    settings: further settings for the manifest.
    """

    numbers: Sequence[int] = ()
    launch: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    keep_all: bool = False
    inspection: Inspection | None = None
    beside: Beside | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    async def zero(self, own: Callable[[], float] | None) -> float | None:
        """Return when the run's zero is, on `time.perf_counter`: by its `own` clock, or another engine's; None: now."""
        if self.beside is None:
            return own() if own is not None else None
        while (zero_s := self.beside.zero()) is None and not self.beside.ended():
            await asyncio.sleep(LOOK_S)
        return zero_s

    @property
    def ended(self) -> bool:
        """Whether no further customers are to start."""
        return self.beside is not None and self.beside.ended()

    def launch_of(self, **otherwise: Any) -> dict[str, Any]:
        """Return the options of the browser; one that is named by its channel is found by Playwright itself."""
        if "channel" in self.launch:
            otherwise.pop("executable_path", None)
        return otherwise | dict(self.launch)

    def context_of(self, headers: Mapping[str, str] | None) -> dict[str, Any]:
        """Return the options of a customer's context, which sends `headers` besides any of its own."""
        own = dict(self.context)
        if headers:
            own["extra_http_headers"] = {**(own.get("extra_http_headers") or {}), **headers}
        return own
