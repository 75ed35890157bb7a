"""Faults in customers' browsers: offline, far away, or behind a thin line; by Chromium's own network conditions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

from journeys.faults import Fault

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

FREE: dict[str, Any] = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
"""What Chromium calls a network without limits."""


class Conditions:
    """The network of every customer of a run, as its faults have it at each moment.

    Parameters: the journey's `faults`, of which those in the browser count; `now_s` tells the run's seconds.
    """

    def __init__(self, faults: Sequence[Fault], now_s: Callable[[], float]) -> None:
        self._faults = [fault for fault in faults if fault.where == "browser"]
        ends = [fault.at.s + fault.lasting.s for fault in self._faults]
        self._moments = sorted({*(fault.at.s for fault in self._faults), *ends})
        self._now_s = now_s

    @contextlib.asynccontextmanager
    async def of(self, context: BrowserContext, page: Page) -> AsyncIterator[None]:
        """Let a customer's page have them within the context; nothing is touched where nothing is to happen."""
        task = asyncio.create_task(self._play(context, page)) if self._faults else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def at(self, now_s: float) -> dict[str, Any]:
        """Return the network's conditions at a moment: latencies add up, and the thinnest line counts."""
        active = [fault for fault in self._faults if fault.at.s <= now_s < fault.at.s + fault.lasting.s]
        widths = [fault.bytes_per_s for fault in active if fault.kind == "bandwidth"]
        latency_s = sum(fault.delay.s for fault in active if fault.kind == "latency")
        found = FREE | {"offline": any(fault.kind == "offline" for fault in active), "latency": 1000 * latency_s}
        if widths:
            found |= {"downloadThroughput": min(widths), "uploadThroughput": min(widths)}
        return found

    async def _play(self, context: BrowserContext, page: Page) -> None:
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        told = FREE
        for moment in (0.0, *self._moments):
            await asyncio.sleep(max(0.0, moment - self._now_s()))
            now = self.at(max(moment, self._now_s()))
            if now != told:
                await session.send("Network.emulateNetworkConditions", now)
                told = now
