"""The page's own account of time: when its document was asked for, answered and drawn, on the run's clock."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

# One round trip for all that is asked of a document: its state, as the mocked back end's pages tell it, and its times.
READ = """() => {
  const entry = performance.getEntriesByType('navigation')[0];
  const drawn = window.__journeywright || {};
  // milliseconds of the document in which something was asked for and not answered in full: it, and what it asks for
  let [asked, until, late] = [0, 0, 0];
  const loaded = entry ? entry.loadEventEnd || entry.domContentLoadedEventEnd || entry.responseEnd : 0;
  const spans = performance.getEntriesByType('resource').map(one => [one.startTime, one.responseEnd]);
  if (entry) spans.push([0, entry.responseEnd]);
  for (const [from, to] of spans.sort((one, other) => one[0] - other[0])) {
    const begin = Math.max(from, until);
    if (to <= begin) continue;
    asked += to - begin;
    late += Math.max(0, Math.min(to, loaded) - Math.max(begin, entry ? entry.responseEnd : 0));
    until = to;
  }
  const main = document.querySelector('main');
  const controls = document.querySelectorAll(
    'main form input:not([type=hidden]), main form select, main form textarea');
  return {
    url: location.href, data: main ? {...main.dataset} : {},
    controls: new Set([...controls].map(control => control.name)).size,
    origin: performance.timeOrigin, now: performance.now(),
    status: entry ? entry.responseStatus || 0 : 0,
    network: asked, rendering: entry ? Math.max(0, loaded - entry.responseEnd - late) : 0,
    lcp: drawn.lcp === undefined ? null : drawn.lcp, cls: drawn.cls || 0,
    times: entry ? ['redirectStart', 'redirectEnd', 'requestStart', 'responseStart', 'responseEnd',
      'domContentLoadedEventEnd', 'loadEventEnd'].map(name => entry[name]) : null,
  }
}"""


# Runs in every document before its own scripts: the browser tells of paints and shifts only to those who listen.
LISTEN = """(() => {
  if (window !== window.top) return;
  const drawn = {lcp: null, cls: 0};
  Object.defineProperty(window, '__journeywright', {value: drawn});
  const listen = (type, note) => {
    try {
      new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
    } catch { /* this browser does not tell */ }
  };
  listen('largest-contentful-paint', paint => { drawn.lcp = paint.startTime; });
  listen('layout-shift', shift => { if (!shift.hadRecentInput) drawn.cls += shift.value; });
})()"""


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

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Let what is done meanwhile take no time of the run."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            took_s = time.perf_counter() - began_s
            self._zero_s += took_s
            self._epoch_s += took_s

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
    network_ms: float = 0.0
    rendering_ms: float = 0.0
    lcp_ms: float | None = None
    cls: float = 0.0

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
        network_ms=float(seen.get("network", 0.0)),
        rendering_ms=float(seen.get("rendering", 0.0)),
        lcp_ms=seen.get("lcp"),
        cls=float(seen.get("cls", 0.0)),
    )


class Split:
    """How the time of a step was spent, gathered from one look at its documents after the other."""

    __slots__ = ("_counted", "_network_ms", "_rendering_ms", "_view")

    def __init__(self) -> None:
        self._view: View | None = None
        self._counted = (math.nan, 0.0, 0.0)
        self._network_ms, self._rendering_ms = 0.0, 0.0

    def add(self, view: View) -> None:
        """Count what a document has spent since it was last looked at."""
        origin_ms, network_ms, rendering_ms = self._counted
        again = view.origin_ms == origin_ms
        self._network_ms += max(0.0, view.network_ms - (network_ms if again else 0.0))
        self._rendering_ms += max(0.0, view.rendering_ms - (rendering_ms if again else 0.0))
        self._counted, self._view = (view.origin_ms, view.network_ms, view.rendering_ms), view

    def take(self, took_ms: float, think_s: float) -> dict[str, float | None]:
        """Return the split of a step that took so long, and begin the next one.

        *network_ms*: something had been asked of the network and what is behind it, and was not answered in full;
        *rendering_ms*: documents were there, and not yet loaded; *acting_ms*: the rest, finding and filling fields and
        what scripts do. *lcp_ms* and *cls* (largest contentful paint, cumulative layout shift): of its last document.
        """
        network_ms = min(self._network_ms, took_ms)
        rendering_ms = min(self._rendering_ms, took_ms - network_ms)
        lcp_ms = self._view.lcp_ms if self._view is not None else None
        self._network_ms, self._rendering_ms = 0.0, 0.0
        return {
            "think_s": round(think_s, 6),
            "took_ms": round(took_ms, 3),
            "network_ms": round(network_ms, 3),
            "rendering_ms": round(rendering_ms, 3),
            "acting_ms": round(took_ms - network_ms - rendering_ms, 3),
            "lcp_ms": None if lcp_ms is None else round(lcp_ms, 3),
            "cls": round(self._view.cls, 4) if self._view is not None else 0.0,
        }
