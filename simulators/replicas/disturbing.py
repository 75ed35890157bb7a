"""Faults at the balancer: latency, errors and bandwidth of what customers send to the steps of a station.

Each has a filter of Envoy's own, which does nothing until its share is set, and again when that is set to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from journeys.blueprint import Journey
from journeys.faults import Fault

AT_BALANCER = ("latency", "errors", "bandwidth")
_MILLION = 1_000_000
_NEVER = {"numerator": 0, "denominator": "MILLION"}


def disturbs_the_balancer(fault: Fault) -> bool:
    """Tell whether a fault happens at the balancer."""
    return fault.where == "network" and fault.kind in AT_BALANCER


def filters(journey: Journey) -> Iterator[dict[str, Any]]:
    """Yield the filters of a journey's faults, each named by its place among them."""
    for number, fault in enumerate(journey.faults):
        if disturbs_the_balancer(fault):
            yield {
                "name": f"fault-{number}",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
                    "headers": [
                        {"name": ":method", "string_match": {"exact": "POST"}},
                        {"name": ":path", "string_match": {"safe_regex": {"regex": acts_at(journey, fault.station)}}},
                    ],
                    **_effect(fault, _key(number)),
                },
            }


def setting(number: int, share: float) -> str:
    """Return the path of Envoy's administration that lets the `number`-th fault hit a share of acts."""
    told = quote(f"{{numerator: {round(share * _MILLION)}, denominator: MILLION}}")
    return f"/runtime_modify?{_key(number)}={told}"


def share_of(fault: Fault) -> float:
    """Return the share of acts that a fault at the balancer hits: errors' own, and everybody's of the others."""
    return fault.share if fault.kind == "errors" else 1.0


def number_of(fault: Fault, faults: Sequence[Fault]) -> int:
    """Return a fault's place among those of its journey."""
    return next(number for number, other in enumerate(faults) if other is fault)


def acts_at(journey: Journey, station: str) -> str:
    """Return what the paths of customers' acts at a station's steps match, whole, pages' and programs' alike."""
    names = "|".join(re.escape(step.name) for step in journey.steps if step.station == station)
    return rf"(/api)?/cases/[^/]+/steps/({names})(\?.*)?"


def _key(number: int) -> str:
    return f"faults.{number}.share"


def _effect(fault: Fault, key: str) -> dict[str, Any]:
    if fault.kind == "latency":
        delay = {"fixed_delay": f"{max(0.001, fault.delay.s):.3f}s", "percentage": _NEVER}
        return {"delay": delay, "delay_percent_runtime": key}
    if fault.kind == "errors":
        return {"abort": {"http_status": 503, "percentage": _NEVER}, "abort_percent_runtime": key}
    limit = {"fixed_limit": {"limit_kbps": str(round(fault.bytes_per_s / 1024))}, "percentage": _NEVER}
    return {"response_rate_limit": limit, "response_rate_limit_percent_runtime": key}
