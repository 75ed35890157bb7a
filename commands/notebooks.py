"""Runs in a notebook, as pandas frames: ``import journeywright as jw; run = jw.read("out/run")``.

Nothing heavy is imported before it is asked for.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import reading, reporting, running

if TYPE_CHECKING:
    import pandas as pd

    from journeys.blueprint import Journey
    from journeys.eventlog import Manifest
    from reports.measuring.quantities import Quantity
    from reports.measuring.results import Results
    from reports.statistics import Estimate
    from reports.study import Arm, Study

__all__ = ["Compared", "Figure", "Opened", "read", "simulate"]

TIMES = ("wait", "service", "sojourn")


def read(folder: str | Path) -> Opened:
    """Return the run in a folder; raises CannotRead where there is none, InvalidInput without its journey."""
    return Opened(reporting.arm_of(Path(folder).absolute()))  # notebooks change their folder


def simulate(
    journey: str | Path,
    changes: Mapping[str, Any] | None = None,
    *,
    scenario: str = "",
    replications: int = 10,
    customers: int | None = None,
    seed: int = 1,
    engine: str = "",
    out: str | Path = "out",
) -> Opened:
    """Simulate a journey, and return the run.

    Parameters
    ----------
    journey: a registered name, or a Python file. changes: values by dotted path, such as
        ``{"stations.clerks.servers": 3}``. scenario: the name of a scenario of the what-if that comes with the journey;
        with `changes` and no scenario of that name there, what to call this one.
    replications, customers, seed, engine: as on the command line.
    out: the run is in ``out/runs/simulated-SCENARIO``; what was there is replaced.

    Raises InvalidInput with every problem of the journey and of the changes.
    """
    chosen = _chosen(str(journey), dict(changes or {}), scenario)
    arm = running.simulated(
        chosen, Path(out).absolute(), seed=seed, replications=replications, customers=customers, engine=engine
    )  # fmt: skip
    return Opened(arm)


def _chosen(journey: str, changes: dict[str, Any], scenario: str) -> reading.Chosen:
    from journeys.scenarios import Scenario

    if changes and scenario:
        return reading.Chosen(journey, Scenario(scenario, scenario.replace("-", " ").capitalize(), changes))
    if changes:
        return reading.Chosen(journey, Scenario("changed", "Changed", changes))
    return reading.Chosen.of({"journey": journey, "scenario": scenario, "changes": ()})


class Opened:
    """A run: its rows, what became of its customers, and its metrics, as frames.

    Times are in seconds on the journey's clock, and names of columns say so; intervals are of 95%, `n` units of the
    kind `of`. A frame is worked out when it is first asked for.
    """

    def __init__(self, arm: Arm) -> None:
        self._arm = arm

    @property
    def folder(self) -> Path:
        """Where the run is."""
        return self._arm.run.folder

    @property
    def manifest(self) -> Manifest:
        """What the run was: engine, seed, scenario, versions."""
        return self._arm.run.manifest

    @property
    def journey(self) -> Journey:
        """The blueprint that was walked, with the scenario's changes."""
        return self._arm.journey

    @functools.cached_property
    def results(self) -> Results:
        """All metrics, as reports have them."""
        return self._arm.results()

    @functools.cached_property
    def events(self) -> pd.DataFrame:
        """The rows of the event log, sorted by replication, customer and time."""
        return self._arm.run.frame()

    def sql(self, query: str) -> pd.DataFrame:
        """Answer SQL over the view ``events``."""
        return self._arm.run.sql(query)

    def customers(self) -> pd.DataFrame:
        """Return a row for each customer who counts: whose, how it ended, where and why, and how long it took."""
        import pandas as pd

        own, columns = self.results.customers, dict[str, Any]()
        for name in ("replication", "customer", "segment", "arrived_s", "outcome", "at", "cause", "decision_s",
                     "approved", "stay_s"):  # fmt: skip
            column = getattr(own, name)
            coded = hasattr(column, "codes")
            texts = pd.Index(column.texts, dtype=object) if coded else None
            columns[name] = pd.Categorical.from_codes(column.codes, texts) if texts is not None else column
        return pd.DataFrame(columns)

    def funnel(self) -> pd.DataFrame:
        """Return a row for each step, in order: who came, and what became of them, over all replications."""
        import pandas as pd

        counts = ("entered", "visits", "converted", "dropped", "denied", "rejected", "censored")
        entered = max(1, self.results.entered)
        rows = []
        for step in self.results.funnel:
            totals = {name: int(getattr(step, name).sum()) for name in counts}
            shares = {"entered_ratio": totals["entered"] / entered,
                      "dropped_ratio": totals["dropped"] / max(1, totals["entered"])}  # fmt: skip
            rows.append({"step": step.step, "title": step.title, **totals, **shares})
        return pd.DataFrame(rows).set_index("step")

    def steps(self) -> pd.DataFrame:
        """Return how long each step takes: mean and percentiles of the wait, the service, and both, in seconds."""
        import pandas as pd

        rows = []
        for step in self.journey.steps:
            for of in TIMES:
                for name in ("mean", "p50", "p90", "p95", "p99"):
                    quantity = self.results.quantities.get(f"latency.{step.name}.{of}.{name}")
                    if quantity is not None and (estimate := quantity.estimate()).measured:
                        rows.append({"step": step.name, "time": of, "what": name, "value_s": estimate.value,
                                     "low_s": estimate.low, "high_s": estimate.high, "n": estimate.n,
                                     "of": estimate.of})  # fmt: skip
        columns = ["step", "time", "what", "value_s", "low_s", "high_s", "n", "of"]
        return pd.DataFrame(rows, columns=columns).set_index(["step", "time", "what"])

    def metrics(self, *prefixes: str) -> pd.DataFrame:
        """Return all metrics, or those whose keys begin with one of `prefixes`, with their intervals."""
        import pandas as pd

        rows = [_row(one) for one in self._quantities(prefixes)]
        return pd.DataFrame(rows, columns=["metric", *_FIGURES]).set_index("metric")

    def replications(self, *keys: str) -> pd.DataFrame:
        """Return metrics by replication: a row for each, a column for each of `keys` (all, unless told)."""
        import pandas as pd

        found = {key: self.results.quantities[key].values for key in keys or self.results.quantities}
        return pd.DataFrame(found, index=pd.Index(self.results.replications, name="replication"))

    def compare(self, *others: Opened) -> Compared:
        """Return how other runs differ from this one: in pairs of replications where they were simulated."""
        return Compared([self, *others])

    def figure(self, name: str) -> Figure:
        """Return a figure of the report, such as ``funnel``; raises KeyError naming those that there are."""
        return _figure(self._study, name)

    def report(self, out: str | Path) -> Path:
        """Write the run's report into a folder, and return its page."""
        return _report([self._arm], Path(out))

    @functools.cached_property
    def _study(self) -> Study:
        return _studied([self._arm])

    def _quantities(self, prefixes: tuple[str, ...]) -> Iterator[Quantity]:
        for key, quantity in self.results.quantities.items():
            if not prefixes or key.startswith(prefixes):
                yield quantity

    def __repr__(self) -> str:
        own = self.manifest
        return f"<{own.kind} run of {own.journey}, {own.scenario}: {self.folder}>"

    def _repr_html_(self) -> str:
        return _shown(self._study)


class Compared:
    """Runs held against the first of them."""

    def __init__(self, runs: Sequence[Opened]) -> None:
        self._arms = _named_apart([run._arm for run in runs])
        self.study = _studied(self._arms)

    @property
    def answer(self) -> str:
        """The answer in a sentence or two."""
        from reports.headline import headline

        said = headline(self.study)
        return " ".join([said.answer, *(one.text for one in (*said.decides, *said.sentences))])

    def table(self) -> pd.DataFrame:
        """Return each metric of each run beside the first one's: difference, its interval, change and verdict.

        Measured runs are not paired; `regression` judges them. Their rows have values and intervals, and no verdict.
        """
        import pandas as pd

        columns = ["metric", "run", "base", "value", "difference", "low", "high", "change", "verdict", "n"]
        return pd.DataFrame(list(self._rows()), columns=columns).set_index(["metric", "run"])

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        comparison = self.study.comparison
        if comparison is not None:
            for key, metric in comparison.metrics.items():
                for found in metric.changes:
                    of = found.paired.difference
                    yield (key, found.scenario, metric.baseline.value, found.value.value, of.value, of.low, of.high,
                           found.paired.change.value, found.verdict, of.n)  # fmt: skip
            return
        (_, base), *others = self.study.everything.items()
        for key, quantity in base.quantities.items():
            for name, results in others:
                if (other := results.quantities.get(key)) is not None:
                    was, now = quantity.estimate(), other.estimate()
                    yield (key, name, was.value, now.value, now.value - was.value, float("nan"), float("nan"),
                           now.value / was.value - 1 if was.value else float("nan"), "", now.n)  # fmt: skip

    def figure(self, name: str) -> Figure:
        """Return a figure of the report, such as ``lever-completion``; raises KeyError naming those that there are."""
        return _figure(self.study, name)

    def report(self, out: str | Path) -> Path:
        """Write the report of the runs into a folder, and return its page."""
        return _report(self._arms, Path(out))

    def __repr__(self) -> str:
        return self.answer

    def _repr_html_(self) -> str:
        return _shown(self.study)


class Figure:
    """A figure of a report, as a notebook shows it; `title`, and in words `alt`, what it shows."""

    def __init__(self, title: str, alt: str, svg: str) -> None:
        self.title, self.alt, self.svg = title, alt, svg

    def save(self, path: str | Path) -> Path:
        """Write the figure as SVG."""
        file = Path(path)
        file.write_text(self.svg, encoding="utf-8")
        return file

    def __repr__(self) -> str:
        return f"<figure: {self.title}. {self.alt}>"

    def _repr_svg_(self) -> str:
        return self.svg


_FIGURES = ("title", "value", "low", "high", "n", "of", "unit", "better")


def _row(quantity: Quantity) -> tuple[Any, ...]:
    own: Estimate = quantity.estimate()
    return (quantity.key, quantity.title, own.value, own.low, own.high, own.n, own.of, quantity.unit, quantity.better)


def _named_apart(arms: Sequence[Arm]) -> list[Arm]:
    """Return arms of which no two have one name."""
    import dataclasses
    from collections import Counter

    names = Counter(arm.name for arm in arms)
    found: list[Arm] = []
    for place, arm in enumerate(arms):
        twice = names[arm.name] > 1
        found.append(dataclasses.replace(arm, name=f"{arm.name}-{place + 1}", title=f"{arm.title} ({arm.run.folder})")
                     if twice else arm)  # fmt: skip
    return found


def _studied(arms: Sequence[Arm]) -> Study:
    from reports.study import analyse

    return analyse(title=_title(arms), simulated=_of(arms, "simulated"), measured=_of(arms, "measured"))


def _of(arms: Sequence[Arm], kind: str) -> list[Arm]:
    return [arm for arm in arms if arm.run.manifest.kind == kind]


def _title(arms: Sequence[Arm]) -> str:
    return arms[0].journey.title or arms[0].journey.name


def _report(arms: Sequence[Arm], out: Path) -> Path:
    from reports.study import write_report

    simulated, measured = _of(arms, "simulated"), _of(arms, "measured")
    return write_report(out, title=_title(arms), simulated=simulated, measured=measured).html


def _figure(study: Study, name: str) -> Figure:
    from reports.html import draw_pictures

    pictures = draw_pictures(study)
    if name not in pictures:
        raise KeyError(f"there is no figure {name!r}; there are {', '.join(pictures)}")
    picture = pictures[name]
    return Figure(picture.title, picture.alt, picture.svg[picture.svg.index("<svg") :])


def _shown(study: Study) -> str:
    """Return the answer and a line for each run, as HTML for a notebook: nothing but text from the run is in it."""
    from reports.headline import headline
    from reports.terminal import table

    said = headline(study)
    more = "".join(f"<li>{html.escape(one.text)}</li>" for one in said.told)
    head, *rows = table(study)
    cells = "".join(f"<th>{html.escape(text)}</th>" for text in head)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in rows)
    return (
        f"<div><p><strong>{html.escape(said.answer)}</strong></p>{f'<ul>{more}</ul>' if more else ''}"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
        f"<p><small>{html.escape(said.basis)}</small></p></div>"
    )
