"""What a person feels at peak: real browsers walk the journey while it is loaded, and walk it again alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import running
from commands.reading import Chosen

if TYPE_CHECKING:
    from journeys.browser.extras import Beside
    from reports.study import Arm

PEAK, ALONE = "at peak", "alone"
WARM_UP = 0.2
MOST = 2000
"""The most customers who walk in the browsers."""


class Background:
    """A load run in a thread of its own, as the browsers beside it see it."""

    def __init__(self, from_s: float | None) -> None:
        self._from_s = from_s
        self._zero: float | None = None  # on time.perf_counter
        self._begin_s, self._until_s = 0.0, 0.0
        self._over, self._cancelled = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self.arm: Arm | None = None

    def began(self, zero: float, duration_s: float) -> None:
        """Take note of the load's zero (`time.time()`): browsers start a fifth of its time later, or when told."""
        self._begin_s = WARM_UP * duration_s if self._from_s is None else self._from_s
        self._until_s = duration_s
        self._zero = time.perf_counter() + (zero - time.time())

    def beside(self) -> Beside:
        """Return what the browsers are told of the load."""
        from journeys.browser.extras import Beside

        return Beside(self._zero_once_warm, self._ended)

    def watch(self) -> None:
        """End the load where the browsers were interrupted."""
        if self._cancelled.is_set():
            raise KeyboardInterrupt

    def run(self, chosen: Chosen, out: Path, url: str, told: Mapping[str, Any]) -> None:
        """Load the target, and keep the arm or what went wrong."""
        try:
            self.arm = running.loaded(chosen, out, url, began=self.began, watch=self.watch, **told)
        except BaseException as error:  # noqa: BLE001 - raised where the browsers' run ends
            self._error = error
        finally:
            self._over.set()

    def join(self, thread: threading.Thread, interrupted: bool) -> Arm:
        """Wait for the load's end, which comes soon where the browsers were interrupted; raise what ended it early."""
        if interrupted:
            self._cancelled.set()
        thread.join()
        if self._error is not None:
            raise self._error
        assert self.arm is not None
        return self.arm

    def _zero_once_warm(self) -> float | None:
        zero = self._zero
        return zero if zero is not None and time.perf_counter() - zero >= self._begin_s else None

    def _ended(self) -> bool:
        zero = self._zero
        return self._over.is_set() or (zero is not None and time.perf_counter() - zero >= self._until_s)


def at_peak(
    chosen: Chosen, out: Path, target: str, *, browsers: int, browsers_from_s: float | None, told: Mapping[str, Any],
    replicas: int = 0,
) -> list[Arm]:  # fmt: skip
    """Load a target while `browsers` customers at a time walk it in a browser, then let customers walk it alone.

    A mocked back end is made afresh for the second walk, and the same customers walk again; to an application of one's
    own come the next ones, as it may know those who were there.
    """
    from journeys.browser.extras import Extras
    from journeys.browser.finding import find

    find(headless=True, install=False)  # before anything is loaded
    first, mocked = int(told["max_customers"]), target == "mock"
    speed = running.speed_of(chosen.journey, mocked, told["speed"], told["rate"], told["workload"])
    background = Background(browsers_from_s)
    walks: dict[str, Any] = {"seed": told["seed"], "speed": speed, "contexts": browsers, "mocked": mocked}

    def walk(url: str, name: str, first: int, count: int, extras: Extras) -> Arm:
        own: dict[str, Any] = {"customers": count, "first_customer": first, "name": name, "extras": extras}
        return running.browsed(chosen, out, url, **own, **walks)

    with running.address(target, chosen.journey, told["seed"], speed, replicas) as url:
        load = {**told, "speed": speed, "mocked": mocked}
        thread = threading.Thread(target=background.run, args=(chosen, out, url, load), name="journeywright-load")
        thread.start()
        interrupted = True
        try:
            extras = Extras(beside=background.beside(), settings={"phase": PEAK})
            felt = walk(url, "browsed-at-peak", first, MOST, extras)
            interrupted = False
        finally:
            loaded = background.join(thread, interrupted)
    count = felt.run.manifest.customers
    if not count:
        return [loaded]
    with running.address(target, chosen.journey, told["seed"], speed, replicas) as url:
        extras, first = Extras(settings={"phase": ALONE}), first if mocked else first + count
        alone = walk(url, "browsed-alone", first, count, extras)
    return [loaded, alone, felt]
