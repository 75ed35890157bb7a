"""A run while it goes: its figures so far, from the parts that are there, and the page that shows them."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.errors import CannotRead
from journeys.eventlog import Manifest, Run
from reports.statistics import Estimate, mean_interval, wilson
from reports.tallying import Tally
from reports.wording import Unit, count, duration, number, span

BINS = 48


@dataclass(frozen=True, slots=True)
class SoFar:
    """A run's figures so far.

    Parameters
    ----------
    title, manifest: of the run. rows, customers, ended: how many there are; `customers` have arrived.
    replications: how many have rows. completion, dropped, calls: of customers whose journey has ended; `calls` are
        per 100 of them. failed: attempts that failed or timed out.
    steps: (name, customers who came, p50 and p95 in seconds on the journey's clock, failed attempts), in order.
    course: (arrived, completed) in each of `BINS` equal intervals of the log's time, which ends at `last_s`.
    """

    title: str
    manifest: Manifest
    rows: int
    customers: int
    ended: int
    replications: int
    completion: Estimate
    dropped: Estimate
    calls: Estimate
    failed: int
    steps: tuple[tuple[str, int, float, float, int], ...]
    course: tuple[tuple[int, int], ...]
    last_s: float

    @property
    def state(self) -> str:
        """Running, finished, or unfinished with the reason."""
        if self.manifest.finished:
            return "finished"
        return f"unfinished: {self.manifest.reason}" if self.manifest.reason else "running"


def so_far(folder: Path, title: str = "") -> SoFar:
    """Return a run's figures so far; raises CannotRead where there is no run, or its rows cannot be read."""
    return Reader(folder, title).look()


@dataclass(slots=True)
class Reader:
    """Reads one run again and again: of its parts only those that are new, unless one that was read is another now."""

    folder: Path
    title: str = ""
    _tally: Tally | None = None

    def look(self) -> SoFar:
        """Return the run's figures so far; raises CannotRead where there is no run, or its rows cannot be read."""
        run = Run.open(self.folder)
        events = self.folder / "events"
        if self._tally is None or not self._tally.add(events):  # the first time, or resumed, or begun again
            self._tally = Tally(run.manifest.kind == "measured")
            self._tally.add(events)
        return _found(self.title or self.folder.name, run.manifest, self._tally)


def _found(title: str, manifest: Manifest, tally: Tally) -> SoFar:
    ended = tally.total("ended")
    human, speed = set(manifest.human_steps), manifest.speed
    with np.errstate(invalid="ignore", divide="ignore"):
        calls = np.where(ended > 0, 100 * tally.total("calls") / ended, np.nan)
    steps = sorted(tally.steps.items(), key=lambda one: one[1].first_s)
    return SoFar(
        title=title, manifest=manifest, rows=int(tally.total("n").sum()),
        customers=int(tally.total("arrived").sum()), ended=int(ended.sum()), replications=len(tally.sums),
        completion=_share(tally.total("completed"), ended), dropped=_share(tally.total("dropped"), ended),
        calls=_within(mean_interval(calls), math.inf), failed=int(tally.total("failed").sum()),
        steps=tuple(
            (name, step.came(), step.quantile(0.5) * clock, step.quantile(0.95) * clock, step.failed)
            for name, step in steps
            for clock in (speed if name in human else 1.0,)
        ),
        course=tuple(tally.by_time(BINS)), last_s=tally.last_s,
    )  # fmt: skip


def _share(successes: NDArray[np.int64], n: NDArray[np.int64]) -> Estimate:
    """Return a share with its interval: over replications where there are two or more, else over customers."""
    if len(n) >= 2:
        with np.errstate(invalid="ignore", divide="ignore"):
            return _within(mean_interval(np.where(n > 0, successes / n, np.nan)), 1.0)
    return wilson(int(successes.sum()), int(n.sum()))


def _within(one: Estimate, most: float) -> Estimate:
    """Return an estimate whose interval reaches neither below 0 nor above what there can be, as reports have it."""
    return replace(one, low=max(one.low, 0.0), high=min(one.high, most)) if one.bounded else one


@dataclass(slots=True)
class Watched:
    """Runs that are looked at again and again; only what is new in them is read.

    `folder` is a run's, or one that holds runs in ``runs/``. A look takes at most a tenth of the time.
    """

    folder: Path
    titles: Mapping[str, str] = field(default_factory=dict)
    _seen: dict[Path, tuple[object, SoFar]] = field(default_factory=dict)
    _readers: dict[Path, Reader] = field(default_factory=dict)
    _rest_until: float = 0.0

    def runs(self) -> list[Path]:
        """Return the folders of the runs that are there, by name."""
        if (self.folder / "manifest.json").is_file():
            return [self.folder]
        return sorted(found.parent for found in self.folder.glob("runs/*/manifest.json"))

    def look(self) -> list[SoFar]:
        """Return what there is; a run that cannot be read at this moment as it was before."""
        found, began = [], time.monotonic()
        for folder in self.runs():
            known = self._seen.get(folder)
            state = _state(folder)
            if (known is None or known[0] != state) and began >= self._rest_until:
                with contextlib.suppress(CannotRead):  # at this moment its first part or its manifest is written
                    reader = self._readers.setdefault(folder, Reader(folder))
                    known = self._seen[folder] = state, reader.look()
            if known is not None:
                found.append(known[1])
        self._rest_until = max(self._rest_until, began + 10 * (time.monotonic() - began))
        return found


def _state(folder: Path) -> object:
    """Return what changes whenever there is something new in a run's folder."""
    try:
        parts = sorted((part.name, part.stat().st_size) for part in (folder / "events").glob("*.parquet"))
        return parts, (folder / "manifest.json").stat().st_mtime_ns
    except OSError:
        return time.monotonic()


def inside(found: Sequence[SoFar], now: str) -> str:
    """Return what the page shows of runs, as HTML; `now` is the time of day."""
    return _rendered("watch_inside.html.j2", runs=[_shown(one) for one in found], now=now)


def page(title: str, found: Sequence[SoFar], now: str, nonce: str) -> str:
    """Return the whole page, which asks for what is new every two seconds, or is loaded again without scripts."""
    over = bool(found) and all(one.manifest.finished or one.manifest.reason for one in found)
    return _rendered("watch.html.j2", title=title, inside=_marked(inside(found, now)), nonce=nonce, over=over)


def line(one: SoFar) -> str:
    """Return a run's figures so far on one line."""
    parts = [f"{one.rows:,} rows", count(one.customers, "customer")]
    parts += [
        f"{what[:1].lower()}{what[1:]} {number(estimate.value, unit)}"
        + (f" ({between})" if (between := span(estimate, unit)) else "")
        for what, estimate, unit in _figures(one)
        if estimate.measured
    ]
    if slow := _slowest(one):
        parts.append(f"p95 {duration(slow[3])} at {slow[0]}")
    return ", ".join(parts)


def figures(one: SoFar) -> list[list[str]]:
    """Return a run's figures so far as a table of two rows; shares are of those whose journey is at its end."""
    head, row = ["rows so far", "customers", "at an end"], [f"{one.rows:,}", f"{one.customers:,}", f"{one.ended:,}"]
    for what, estimate, unit in _figures(one):
        head.append(f"{what.lower()} of these" if unit == "share" else what.lower())
        between = span(estimate, unit)
        row.append(f"{number(estimate.value, unit)}{f' ({between})' if between else ''}" if estimate.measured else "-")
    slow = _slowest(one)
    return [[*head, "slowest step, p95"], [*row, f"{duration(slow[3])} {slow[0]}" if slow else "-"]]


def _figures(one: SoFar) -> tuple[tuple[str, Estimate, Unit], ...]:
    """Return the shares and rates that are shown: title, value, unit."""
    return (
        ("Completed", one.completion, "share"), ("Dropped off", one.dropped, "share"),
        ("Calls per 100", one.calls, "per_100"),
    )  # fmt: skip


def _slowest(one: SoFar) -> tuple[str, int, float, float, int] | None:
    timed = [step for step in one.steps if math.isfinite(step[3])]
    return max(timed, key=lambda step: step[3]) if timed else None


def _shown(one: SoFar) -> dict[str, Any]:
    """Return what the template is given of a run: words, and shares for bars."""
    slow, most = _slowest(one), max([step[1] for step in one.steps], default=0)
    highest = max([max(pair) for pair in one.course], default=0)
    cards = [
        {"title": title, "value": number(estimate.value, unit) if estimate.measured else "–",
         "small": " ".join(filter(None, (span(estimate, unit), f"of {one.ended:,} at an end")))}
        for title, estimate, unit in _figures(one)
    ]  # fmt: skip
    cards.append({
        "title": "Slowest step, p95", "value": duration(slow[3]) if slow else "–", "small": slow[0] if slow else " "
    })  # fmt: skip
    manifest = one.manifest
    of = f" of {manifest.replications:,}" if manifest.replications > 1 else ""
    return {
        "title": one.title, "journey": manifest.journey, "engine": manifest.engine, "kind": manifest.kind,
        "scenario": manifest.scenario, "state": one.state, "running": one.state == "running", "cards": cards,
        "replications": f"{one.replications:,}{of}" if of else "", "rows": f"{one.rows:,}",
        "customers": f"{one.customers:,}", "on_their_way": f"{max(0, one.customers - one.ended):,}",
        "failed": f"{one.failed:,}",
        "steps": [
            {"name": name, "came": f"{came:,}", "share": came / most if most else 0.0,
             "p50": duration(p50) if math.isfinite(p50) else "–", "p95": duration(p95) if math.isfinite(p95) else "–",
             "failed": f"{failed:,}"}
            for name, came, p50, p95, failed in one.steps
        ],
        "lines": [
            (what, " ".join(f"{10 * place + 5},{100 - 96 * pair[which] / highest:.1f}"
                            for place, pair in enumerate(one.course)) if highest else "")
            for which, what in enumerate(("arrived", "completed"))
        ],
        "width": 10 * BINS, "last": duration(one.last_s), "arrived": f"{one.customers:,}",
        "completed": f"{sum(pair[1] for pair in one.course):,}", "highest": f"{highest:,}",
    }  # fmt: skip


def _rendered(name: str, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(name).render(values)


def _marked(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def machine(found: Sequence[SoFar]) -> str:
    """Return the figures so far as JSON."""

    def estimate(one: Estimate) -> dict[str, float | None]:
        ends = {"value": one.value, "low": one.low, "high": one.high}
        return {name: end if math.isfinite(end) else None for name, end in ends.items()}

    return json.dumps([
        {"run": one.title, "state": one.state, "rows": one.rows, "customers": one.customers, "ended": one.ended,
         "replications": one.replications, "completion": estimate(one.completion), "dropped": estimate(one.dropped),
         "calls_per_100": estimate(one.calls), "failed": one.failed}
        for one in found
    ])  # fmt: skip
