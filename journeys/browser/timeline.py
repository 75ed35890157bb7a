"""The page's own account of time: when its document was asked for, answered and drawn, on the run's clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

# One round trip for all that is asked of a document: its state, as the mocked back end's pages tell it, and its times.
READ = """() => {
  const entry = performance.getEntriesByType('navigation')[0];
  const main = document.querySelector('main');
  const controls = document.querySelectorAll(
    'main form input:not([type=hidden]), main form select, main form textarea');
  return {
    url: location.href, data: main ? {...main.dataset} : {},
    controls: new Set([...controls].map(control => control.name)).size,
    origin: performance.timeOrigin, now: performance.now(),
    status: entry ? entry.responseStatus || 0 : 0,
    times: entry ? ['redirectStart', 'redirectEnd', 'requestStart', 'responseStart', 'responseEnd',
      'domContentLoadedEventEnd', 'loadEventEnd'].map(name => entry[name]) : null,
  }
}"""


class RunClock:
    """Seconds since the run's zero, and where an instant of the browser's clock lies among them."""

    __slots__ = ("_epoch_s", "_zero_s")

    def __init__(self) -> None:
        self.zero()

    def zero(self, began_s: float | None = None) -> None:
        """Let the zero be now, or at `began_s` of ``time.perf_counter``."""
        now_s = time.perf_counter()
        self._zero_s = now_s if began_s is None else began_s
        self._epoch_s = time.time() - (now_s - self._zero_s)

    def now_s(self) -> float:
        """Return the run's seconds; negative before its zero."""
        return time.perf_counter() - self._zero_s

    def of_epoch_ms(self, epoch_ms: float) -> float:
        """Return the run's seconds of an instant given in milliseconds since 1970."""
        return epoch_ms / 1000 - self._epoch_s


@dataclass(frozen=True, slots=True)
class View:
    """What one look at a document told.

    `data` holds the attributes ``data-*`` of its main element, `controls` the number of its form's fields by name (the
    cards of a choice are one). `began_s` and `ended_s` are when its navigation began and when it was loaded, in seconds
    of the run. `split` holds the parts between, in milliseconds: *redirect* (the requests before the one that brought
    the document, such as a form's POST), *ttfb* (from asking to the first byte), *response* (until the last byte),
    *dom* and *load* (rendering).
    """

    url: str
    data: Mapping[str, str]
    controls: int
    status: int
    origin_ms: float
    began_s: float
    ended_s: float
    split: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Tell whether this is the browser's own page for an address that did not answer."""
        return self.url.startswith("chrome-error:")


async def look(page: Page, clock: RunClock) -> View:
    """Read a page's document; raises Playwright's Error where it is being replaced at this moment."""
    before_s = clock.now_s()
    seen: dict[str, Any] = await page.evaluate(READ)
    return view(seen, clock, before_s, clock.now_s())


def view(seen: Mapping[str, Any], clock: RunClock, before_s: float, after_s: float) -> View:
    """Return what `seen`, the answer of `READ`, means; it was given between `before_s` and `after_s` of the run.

    The browser's own idea of the time since 1970 is believed as far as it agrees with that: a clock that was set
    back or forth meanwhile moves no measurement by more than the round trip.
    """
    origin_ms, now_ms, times = seen["origin"], seen["now"], seen["times"]
    claimed_s = clock.of_epoch_ms(origin_ms + now_ms)
    now_s = min(max(claimed_s, before_s), after_s)
    began_s, ended_s, split = now_s - now_ms / 1000, now_s, {}
    if times:
        redirect_start, redirect_end, request, first, last, dom, load = times
        dom = dom or last
        end = load or dom
        if end:
            ended_s = min(began_s + end / 1000, after_s)
        parts = {
            "redirect_ms": redirect_end - redirect_start,
            "ttfb_ms": first - request,
            "response_ms": last - first,
            "dom_ms": dom - last,
            "load_ms": end - dom,
            "total_ms": end,
        }
        split = {name: round(max(0.0, value), 3) for name, value in parts.items()}
    return View(
        url=seen["url"],
        data=seen["data"],
        controls=seen["controls"],
        status=seen["status"],
        origin_ms=origin_ms,
        began_s=began_s,
        ended_s=ended_s,
        split=split,
    )
