"""What an animation shows: where each customer is when, how long queues are, and how many are lost, from the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import LANES, Journey
from journeys.columns import Columns
from journeys.eventlog import ARRIVAL, CONTACT, EXIT

PLAYS_MS = 60_000
"""How long a scene plays at its first speed."""
SAMPLES = 600
"""At so many moments counts are known; between them the one before holds."""
LEAST_MS = 140
"""So long a dot is seen at each place, however short the visit: the dot is behind its customer by then."""
MOST_DOTS, MOST_AT_ONCE = 3000, 420
FATES = ("completed", "denied", "dropped", "on their way")

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a run is shown: from and until, in seconds of its log."""

    from_s: float
    until_s: float

    def ms(self, at_s: Any) -> Any:
        """Return when moments of the log are played."""
        return (np.asarray(at_s, dtype=np.float64) - self.from_s) / (self.until_s - self.from_s) * PLAYS_MS


@dataclass(frozen=True, slots=True)
class Cast:
    """One run's scene.

    Parameters
    ----------
    title: of the run. steps: names of those that somebody visits, in the journey's order.
    dots: customers who are shown: (number, fate's place in FATES, places, ms at which each begins). A place is twice
        the step's, plus one while being served; -1 to -3 are the ends in the order of FATES.
    counts: by name, whole numbers of shape (SAMPLES + 1,): arrived, completed, denied, dropped, calls within the
        window, and those on their way.
    queues, lost: the same by step: who waits in the queue, and who has dropped off there within the window.
    calls: (dot, ms) of each call of those who are shown.
    every: one dot stands for so many customers.
    """

    title: str
    steps: tuple[str, ...]
    dots: tuple[tuple[int, int, tuple[int, ...], tuple[int, ...]], ...]
    counts: Mapping[str, Whole]
    queues: Mapping[str, Whole]
    lost: Mapping[str, Whole]
    calls: tuple[tuple[int, int], ...]
    every: int


def window_of(rows: Sequence[Columns], from_s: float | None, lasts_s: float | None) -> Window:
    """Return the part that is shown: what was asked for, or from the first arrival until the last one in any run."""
    arrived = [own.ready_s[own.step.among(ARRIVAL)] for own in rows]
    known = [times for times in arrived if len(times)]
    first = min((float(times.min()) for times in known), default=0.0)
    last = max((float(times.max()) for times in known), default=1.0)
    begins = first if from_s is None else from_s
    ends = last if lasts_s is None else begins + lasts_s
    return Window(begins, max(ends, begins + 1e-6))


def every_of(rows: Sequence[Columns], window: Window) -> int:
    """Return for how many customers a dot stands, so that the eye can follow, and the page stays small."""
    least = 1
    for own in rows:
        came_s, left_s = (own.ready_s[own.step.among(ARRIVAL)], own.end_s[own.step.among(EXIT)])
        at_once = int((_until(came_s, window, False) - _until(left_s, window, False)).max())
        in_all = int(_until(came_s, window)[-1]) + at_once
        least = max(least, -(-at_once // MOST_AT_ONCE), -(-in_all // MOST_DOTS))
    return least


def cast(title: str, rows: Columns, window: Window, steps: Sequence[str], every: int) -> Cast:
    """Return a run's scene; `steps` are the places that there are, in order; each `every`-th customer is shown."""
    inside = _visits(rows, steps)
    exits = rows[rows.step.among(EXIT)]
    ended = {int(who): (float(at), what) for who, at, what in
             zip(exits.customer, exits.end_s, exits.outcome.values(), strict=True)}  # fmt: skip
    arrivals = rows[rows.step.among(ARRIVAL)]
    came = {int(who): float(at) for who, at in zip(arrivals.customer, arrivals.ready_s, strict=True)}
    shown = sorted(
        who for who, at in came.items()
        if at < window.until_s and ended.get(who, (np.inf, ""))[0] > window.from_s
    )  # fmt: skip
    phone = rows[_phoned(rows)]
    by_customer = _by_customer(inside)
    dots: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]] = []
    calls: list[tuple[int, int]] = []
    places = {step: at for at, step in enumerate(steps)}
    for who in shown:
        if who % every:
            continue
        own = by_customer.get(who)
        if own is None:
            continue
        fate, path, at_ms = _path(inside, own, places, window, came[who], ended.get(who))
        for moment in phone.ready_s[phone.customer == who]:
            if window.from_s <= moment < window.until_s:
                calls.append((len(dots), int(window.ms(moment))))
        dots.append((who, fate, path, at_ms))
    return Cast(title, tuple(steps), tuple(dots), _counts(rows, window, phone), _queues(inside, window, steps),
                _lost(exits, inside, window, steps), tuple(calls), every)  # fmt: skip


def visited(journey: Journey, rows: Sequence[Columns]) -> list[str]:
    """Return the steps that anybody visits in any of the runs, in the journey's order."""
    seen = {own.step.texts[code] for own in rows for code in np.unique(own.step.codes)}
    return [step.name for step in journey.steps if step.name in seen]


def _visits(rows: Columns, steps: Sequence[str]) -> Columns:
    """Return the visits of steps by customer and time; what never began or ended does so when the other did."""
    own = rows[rows.step.among(*steps)] if steps else rows[np.zeros(len(rows), dtype=bool)]
    return own[np.lexsort((np.nan_to_num(own.ready_s), own.customer)).astype(np.intp)]


def _by_customer(visits: Columns) -> dict[int, slice]:
    numbers, first, count = np.unique(visits.customer, return_index=True, return_counts=True)
    return {int(who): slice(int(at), int(at + n)) for who, at, n in zip(numbers, first, count, strict=True)}


def _path(
    visits: Columns, own: slice, places: Mapping[str, int], window: Window, came_s: float,
    ended: tuple[float, str] | None,
) -> tuple[int, tuple[int, ...], tuple[int, ...]]:  # fmt: skip
    """Return fate, places and when each begins, of one customer; before the window only the last place counts."""
    path, at_s = list[int](), list[float]()
    before_s = came_s
    for step, start, end in zip(visits.step.codes[own], visits.start_s[own], visits.end_s[own], strict=True):
        place = 2 * places[visits.step.texts[step]]
        path.append(place)
        at_s.append(before_s)
        if np.isfinite(start) and start < end:
            path.append(place + 1)
            at_s.append(float(start))
        before_s = float(end) if np.isfinite(end) else before_s
    fate = 3
    if ended is not None and ended[0] < np.inf and ended[1] in ("completed", "denied", "dropped", "rejected"):
        fate = {"completed": 0, "denied": 1}.get(ended[1], 2)
        path.append(-1 - fate)
        at_s.append(ended[0])
    at = np.maximum.accumulate(window.ms(at_s))
    first = int(np.searchsorted(at, 0.0, side="right")) - 1
    if first > 0:
        path, at = path[first:], at[first:]
    kept = int(np.searchsorted(at, PLAYS_MS, side="right"))
    seen_at = list[int]()
    for moment in at[:kept].tolist():
        seen_at.append(int(max(moment, seen_at[-1] + LEAST_MS) if seen_at else moment))
    return fate, tuple(path[:kept]), tuple(seen_at)


def _phoned(rows: Columns) -> NDArray[np.bool_]:
    names = [text for text in rows.step.texts if text.startswith(CONTACT)]
    asked = rows.step.among(*names) if names else np.zeros(len(rows), dtype=bool)
    return np.asarray(asked & ~rows.outcome.among("deflected", "balked"))


def _until(at_s: NDArray[np.float64], window: Window, since: bool = True) -> Whole:
    """Return how many moments lie before each sample, within the window only or since ever."""
    samples = np.linspace(window.from_s, window.until_s, SAMPLES + 1)
    ordered = np.sort(at_s[np.isfinite(at_s)])
    before = int(np.searchsorted(ordered, window.from_s)) if since else 0
    return np.asarray(np.searchsorted(ordered, samples, side="right") - before, dtype=np.int64)


def _counts(rows: Columns, window: Window, phone: Columns) -> dict[str, Whole]:
    arrived_s = rows.ready_s[rows.step.among(ARRIVAL)]
    exits = rows[rows.step.among(EXIT)]
    found = {"arrived": _until(arrived_s, window), "calls": _until(phone.ready_s, window)}
    ends = {"completed": ("completed",), "denied": ("denied",), "dropped": ("dropped", "rejected")}
    for name, outcomes in ends.items():
        found[name] = _until(exits.end_s[exits.outcome.among(*outcomes)], window)
    found["on their way"] = _until(arrived_s, window, False) - _until(exits.end_s, window, False)
    return found


def _queues(visits: Columns, window: Window, steps: Sequence[str]) -> dict[str, Whole]:
    """Return who waits in the queue of each step: ready, and neither begun nor ended."""
    found = {}
    for step in steps:
        own = visits[visits.step.among(step)]
        left_s = np.where(np.isfinite(own.start_s), own.start_s, own.end_s)
        found[step] = _until(own.ready_s, window, False) - _until(left_s, window, False)
    return found


def _lost(exits: Columns, visits: Columns, window: Window, steps: Sequence[str]) -> dict[str, Whole]:
    """Return who has dropped off at each step: the last that they came to."""
    numbers, first = np.unique(visits.customer[::-1], return_index=True)
    last = dict(zip(numbers.tolist(), (len(visits) - 1 - first).tolist(), strict=True))
    lost = exits[exits.outcome.among("dropped", "rejected")]
    at = [visits.step.texts[visits.step.codes[last[who]]] if who in last else "" for who in lost.customer.tolist()]
    where = np.array(at, dtype=object)
    return {step: _until(lost.end_s[where == step], window) for step in steps}


def lanes_of(journey: Journey, steps: Sequence[str]) -> list[str]:
    """Return the lanes that have one of the steps, in order."""
    return [lane for lane in LANES if any(journey.step(step).lane == lane for step in steps)]
