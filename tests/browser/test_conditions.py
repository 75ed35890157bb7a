"""Faults in the browser: the conditions of its network at each moment, and who is told of them."""

from __future__ import annotations

import asyncio
from typing import Any

from journeys import Fault, seconds
from journeys.browser.conditions import FREE, Conditions


def fault(kind: Any, at_s: float, lasting_s: float, **more: Any) -> Fault:
    return Fault(name=kind, kind=kind, at=seconds(at_s), lasting=seconds(lasting_s), place="browser", **more)


FAULTS = (
    fault("offline", 1, 2),
    fault("latency", 2, 4, delay=seconds(0.4)),
    fault("bandwidth", 2, 2, bytes_per_s=2048.0),
    fault("bandwidth", 3, 2, bytes_per_s=4096.0),
    Fault(name="not-here", station="web", kind="errors", share=1.0, at=seconds(0), lasting=seconds(99)),
)


def test_latencies_add_up_and_the_thinnest_line_counts() -> None:
    conditions = Conditions(FAULTS, lambda: 0.0)
    assert conditions.at(0.5) == FREE
    assert conditions.at(1.5) == FREE | {"offline": True}
    thin = {"downloadThroughput": 2048.0, "uploadThroughput": 2048.0}
    assert conditions.at(2.5) == FREE | thin | {"offline": True, "latency": 400.0}
    assert conditions.at(4.5)["downloadThroughput"] == 4096.0
    assert conditions.at(6.0) == FREE


class Told:
    """A context, its session and a page, to which each is told what."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def new_cdp_session(self, page: Any) -> Told:
        return self

    async def send(self, what: str, about: Any = None) -> None:
        self.sent.append((what, about and about["offline"]))


def test_a_page_is_told_when_they_change_and_left_alone_where_nothing_happens() -> None:
    async def walked(*faults: Fault) -> list[Any]:
        loop, told = asyncio.get_running_loop(), Told()
        zero = loop.time()
        async with Conditions(faults, lambda: loop.time() - zero).of(told, told):  # type: ignore[arg-type]
            await asyncio.sleep(0.25)
        return told.sent

    change = "Network.emulateNetworkConditions"
    assert asyncio.run(walked(FAULTS[-1])) == []
    assert asyncio.run(walked(fault("offline", 0.05, 0.1))) == [
        ("Network.enable", None), (change, True), (change, False),
    ]  # fmt: skip
    # whoever comes in the middle of it has it at once
    assert asyncio.run(walked(fault("offline", 0, 9)))[:2] == [("Network.enable", None), (change, True)]
