"""What is said of a browser run beyond its numbers: how the browser is started, who walks, what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from journeys.browser.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Extras:
    """What the command line has no need of, and tests have.

    Parameters
    ----------
    numbers: whose customers, rising; empty for those that the run's numbers name.
    launch, context: options of Playwright's own for the browser and for each customer's context; they come before ours.
    keep_all: keep a trace and a last picture of everybody, not of failures alone.
    inspection: looks closely at pages, which takes time: the run's times are then not the customers'.
    """

    numbers: Sequence[int] = ()
    launch: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    keep_all: bool = False
    inspection: Inspection | None = None

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
