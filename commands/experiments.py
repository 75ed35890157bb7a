"""Commands that experiment with a journey: where its beginning ends, what is best, what matters, whom to hire.

They simulate many short cells, keep no runs, and say with every answer how sure it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, running
from commands.cells import Cells, expect_metrics
from commands.options import added, command
from commands.progress import progress
from journeys.errors import BudgetMissed, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget, Metric
    from journeys.ranges import Range
    from reports.calibration.trust import Trust
    from reports.experiments.precision import Precision
    from reports.experiments.staffing import Place, Trial
    from reports.study import Arm

MOST_STAFFINGS = 1_000_000

_SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers.")
_SIZE = (
    click.option("--customers", type=click.IntRange(1), help="How many customers a replication."),
    _SEED,
    click.option("--engine", type=click.Choice(["compiled", "simpy"]), help="The fastest that can, unless told."),
    click.option("--jobs", type=click.IntRange(1), help="Processes; one a core unless told."),
    click.option("--json", "as_json", is_flag=True, help="For machines."),
)
_JOURNEY = (
    click.argument("journey"),
    click.option("--what-if", type=click.Path(path_type=Path), help="TOML file with the scenario."),
    click.option("--scenario", help="A scenario of that file, or of the one that comes with the journey."),
    click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path first; repeatable."),
)
_METRIC = click.option("--metric", default="completion", show_default=True, help="As in budgets: 'p95 wait(submit)'.")
_VARY = click.option("--vary", multiple=True, metavar="PATH=LOW..HIGH", help="A path and its range; repeatable.")


@contextmanager
def _cells(what: str, options: Mapping[str, Any]) -> Iterator[Cells]:
    """Give what simulates cells as the options say, with a bar where a person looks on."""
    with progress(what) as tell:
        try:
            yield Cells(
                options["seed"], options["customers"], options["engine"] or "", options["jobs"], tell,
                lambda text: click.echo(text, err=True),
            )  # fmt: skip
        except KeyboardInterrupt as error:
            error.add_note("an experiment keeps nothing before it ends")
            raise


def _read_metric(text: str, option: str = "--metric") -> Metric:
    from journeys.budgets import Metric

    try:
        return Metric.parse(text)
    except ValueError as error:
        raise InvalidInput([Problem(option, str(error))]) from None


def _say(as_json: bool, lines: Sequence[str], values: Mapping[str, Any], model: Trust | None = None) -> None:
    """Print what was found, and what its predictions rest on where it predicts."""
    if model is not None:
        lines = [*lines, f"model: {model.status}. {model.sentence}"]
        values = {**values, "model": {"status": model.status, "sentence": model.sentence}}
    if as_json:
        reporting.print_json(values)
    else:
        click.echo("\n".join(lines))


def _behind(what_if: str | Path | None) -> Trust:
    from reports.calibration.record import trust_behind

    return trust_behind(Path(what_if) if what_if else None)


# Replications until a precision is reached ---------------------------------------------------------------------------


def simulated_until(
    chosen: reading.Chosen,
    out: Path,
    aims: Sequence[str],
    at_most: int,
    *,
    replications: int,
    resume: bool,
    **told: Any,
) -> tuple[Arm, Precision]:
    """Simulate replications until every aim is reached or `at_most` are made; return the arm and what it took.

    Parameters: `replications`, how many before the first look; `told`, the other fields of a simulation's settings.
    """
    import numpy as np

    from reports.experiments.precision import Aim, replicate_until
    from reports.judging import quantity_of
    from reports.measuring.metrics import measure
    from simulators.cells import complete

    wanted, wrong = list[Aim](), list[Problem]()
    for text in aims:
        try:
            wanted.append(Aim.parse(text))
        except ValueError as error:
            wrong.append(Problem("--until", str(error)))
    if wrong:
        raise InvalidInput(wrong)
    expect_metrics(chosen.journey, [aim.metric for aim in wanted], "--until")
    folder = running.run_of(chosen, out)
    earlier = len(complete(folder)) if resume else 0
    arms: list[Arm] = []

    def observe(n: int) -> Any:
        arms.append(running.simulated(chosen, out, replications=n, resume=resume or bool(arms), **told))
        results = measure(chosen.journey, arms[-1].run)
        found = [quantity_of(aim.metric, results) for aim in wanted]
        nothing = np.full(n, np.nan)
        return np.column_stack([nothing if quantity is None else quantity.values for quantity in found])

    precision = replicate_until(observe, wanted, least=max(replications, earlier), most=at_most)
    return arms[-1], precision


# Warm-up -------------------------------------------------------------------------------------------------------------


@command(short_help="Find how much of the beginning to leave out.")
@added(*_JOURNEY)
@click.option("--step", default="", help="Look at the wait at this step; else at the time in the whole journey.")
@click.option("--replications", type=click.IntRange(2), default=20, show_default=True, help="To average.")
@click.option("--every", metavar="DURATION", help="Average over periods, such as '1 w', and not customer by customer.")
@click.option("--window", type=click.IntRange(1), help="Of the moving average, to either side.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("out/warmup.svg"), show_default=True,
              help="FILE.svg or FILE.png.")  # fmt: skip
@added(*_SIZE)
def warmup(step: str, replications: int, every: str | None, window: int | None, out: Path, as_json: bool,
           **options: Any) -> None:  # fmt: skip
    """Find how much of a simulation's beginning to leave out, and draw it.

    MSER-5 suggests the cut; the figure shows it beside Welch's moving average, for your own eyes.
    """
    from journeys.arrivals import WEEK_S
    from reports.experiments.texts import warm_up_lines, warm_up_values
    from reports.experiments.warmup import in_common_periods, warm_up
    from reports.experiments.warmup_figure import warm_up_figure
    from reports.pictures.drawing import expect_picture, save

    journey = reading.Chosen.of(options).journey
    every_s = reading.read_duration(every, "--every").s if every is not None else 0.0
    expect_picture(out)
    if every is not None and every_s <= 0:
        raise InvalidInput([Problem("--every", "must be > 0", every, "a duration, such as '1 w'")])
    if step:
        expect_metrics(journey, [_read_metric(f"mean wait({step})", "--step")], "--step")
    title = f"Wait at {journey.step(step).label}" if step else "Time in the journey"
    with _cells("simulating", options) as cells:
        seen = cells.observations(journey, replications, step)
    if every_s:
        seen = in_common_periods(seen, every_s)
    found = warm_up([times for times, _ in seen], [values for _, values in seen], window)
    lines = warm_up_lines(found, title)
    if _follows_the_week(journey) and (not every_s or every_s % WEEK_S):
        lines.append("note: arrivals or shifts follow the week, which is no beginning; --every '1 w' looks beyond it")
    save(warm_up_figure(found, title, replications), out)
    _say(as_json, [*lines, f"figure  {out}"], warm_up_values(found) | {"figure": str(out), "of": title})


def _follows_the_week(journey: Journey) -> bool:
    from journeys.arrivals import Poisson

    law = journey.arrivals
    return any(station.shifts for station in journey.stations) or not isinstance(law, Poisson) or bool(law.profile)


# Selection -----------------------------------------------------------------------------------------------------------


@command(short_help="Select the best scenario, with a probability.")
@click.argument("what-if", metavar="WHATIF.toml | JOURNEY")
@_METRIC
@click.option("--difference", required=True, metavar="DIFFERENCE", help="The smallest worth finding: '1 pp', '2 min'.")
@click.option("--probability", type=click.FloatRange(0.5, 1, min_open=True, max_open=True), default=0.95,
              show_default=True, help="Of naming the best.")  # fmt: skip
@click.option("--prefer", type=click.Choice(["more", "less"]), help="What is better, where the metric does not say.")
@click.option("--replications", type=click.IntRange(2), default=10, show_default=True, help="Of each, to begin with.")
@click.option("--at-most", type=click.IntRange(2), default=500, show_default=True, help="Replications of any.")
@added(*_SIZE)
def select(what_if: str, metric: str, difference: str, probability: float, prefer: str | None, replications: int,
           at_most: int, as_json: bool, **options: Any) -> None:  # fmt: skip
    """Select the best of a what-if's scenarios, dropping what falls behind.

    The best is named with the probability asked for, if it is better than each other by the difference or more.
    """
    from journeys.loading import load
    from reports.experiments.precision import width_of
    from reports.experiments.selection import select as select_best
    from reports.experiments.texts import selection_lines, selection_values

    chosen, aim = reading.find_what_if(what_if), _read_metric(metric)
    running.expect_sound(chosen)
    base = load(chosen.journey)
    variants = [scenario.of(base) for scenario in chosen.scenarios]
    expect_metrics(variants[0], [aim], "--metric")
    try:
        smallest = width_of(aim, difference)
    except ValueError as error:
        raise InvalidInput([Problem("--difference", str(error), "", f"in the unit of {aim}")]) from None
    if not 0 < smallest < math.inf:
        raise InvalidInput([Problem("--difference", "must be > 0", difference, f"in the unit of {aim}")])
    better = {"more": 1, "less": -1}[prefer] if prefer else aim.better
    if not better:
        raise InvalidInput([Problem("--prefer", "is missing", "", f"more or less: neither is better in {aim} itself")])
    options["customers"] = options["customers"] or chosen.customers
    with _cells(f"selecting among {len(variants)} scenarios", options) as cells:

        def observe(asked: Sequence[tuple[int, int]]) -> Any:
            values = cells.values([(variants[one], number) for one, number in asked], [aim])[:, 0]
            for (one, number), value in zip(asked, values, strict=True):
                _expect_measured(value, aim, f"{chosen.scenarios[one].name}, replication {number}")
            return values

        found = select_best(
            observe, len(variants), smallest, better=better, level=probability, first=replications, most=at_most
        )
    titles, names = ([getattr(one, of) for one in chosen.scenarios] for of in ("title", "name"))
    lines = selection_lines(found, titles, aim, difference, probability)
    _say(as_json, lines, selection_values(found, names, aim, smallest, probability), _behind(chosen.path))
    if found.best is None:
        raise BudgetMissed(f"select: inconclusive at {at_most} replications each")


def _expect_measured(value: float, metric: Metric, where: str) -> None:
    if math.isnan(value):
        raise InvalidInput([Problem("--metric", f"{metric} has nothing to measure", where, "more --customers")])


# Sensitivity ---------------------------------------------------------------------------------------------------------


@command(short_help="Tell which inputs matter, over the whole of their ranges.")
@added(*_JOURNEY)
@_VARY
@_METRIC
@click.option("--samples", type=click.IntRange(8), default=64, show_default=True, help="A power of two.")
@click.option("--replications", type=click.IntRange(1), default=2, show_default=True, help="Of each point.")
@added(*_SIZE)
def sensitivity(vary: tuple[str, ...], metric: str, samples: int, replications: int, as_json: bool,
                **options: Any) -> None:  # fmt: skip
    """Tell which inputs matter, over the whole of their ranges, by themselves and with each other."""
    from journeys.checks import check
    from journeys.paths import apply
    from journeys.ranges import read_ranges
    from reports.experiments.sensitivity import luck_in
    from reports.experiments.sensitivity import sensitivity as indices_of
    from reports.experiments.texts import sensitivity_lines, sensitivity_values

    chosen, aim = reading.Chosen.of(options), _read_metric(metric)
    journey = chosen.journey
    expect_metrics(journey, [aim], "--metric")
    ranges = read_ranges(journey, vary)
    if samples & (samples - 1):
        raise InvalidInput([Problem("--samples", "must be a power of two", str(samples), "64, 128, 256, ...")])
    luck = math.nan
    with _cells(f"varying {len(ranges)} inputs", options) as cells:

        def observe(points: Any) -> Any:
            nonlocal luck
            variants = [
                check(apply(journey, {one.path: one.at(u) for one, u in zip(ranges, point, strict=True)}))
                for point in points
            ]
            asked = [(variant, number) for variant in variants for number in range(replications)]
            values = cells.values(asked, [aim])[:, 0]
            for point, value in zip(points.repeat(replications, axis=0), values, strict=True):
                at = ", ".join(f"{one.path}={one.at(u)}" for one, u in zip(ranges, point, strict=True))
                _expect_measured(value, aim, at)
            table = values.reshape(len(points), replications)
            luck = luck_in(table)
            return table.mean(axis=1)

        found = indices_of(observe, len(ranges), samples=samples, seed=options["seed"])
    lines, values = sensitivity_lines(found, ranges, aim, luck), sensitivity_values(found, ranges, aim, luck)
    _say(as_json, lines, values, _behind(chosen.what_if))


# Staffing ------------------------------------------------------------------------------------------------------------


@command(short_help="Find the least costly staffing that keeps every limit.")
@added(*_JOURNEY)
@_VARY
@click.option("--keep", multiple=True, metavar="BUDGET", help="A limit; repeatable. The journey's budgets unless told.")
@click.option("--replications", type=click.IntRange(2), default=10, show_default=True, help="Of a first look.")
@click.option("--at-most", type=click.IntRange(2), default=80, show_default=True, help="Replications of a staffing.")
@added(*_SIZE)
def staff(vary: tuple[str, ...], keep: tuple[str, ...], replications: int, at_most: int, as_json: bool,
          **options: Any) -> None:  # fmt: skip
    """Find the least costly staffing that keeps every limit, and say how sure it is that it does.

    Vary paths to servers: stations.clerks.servers=2..8, or those of a shift, stations.clerks.shifts.0.servers=2..8.
    """
    from journeys.paths import apply
    from journeys.ranges import read_ranges
    from reports.experiments.staffing import attempted, cheapest
    from reports.experiments.staffing_costs import costs_of
    from reports.experiments.staffing_texts import staffing_lines, staffing_values

    chosen = reading.Chosen.of(options)
    journey, budgets = chosen.journey, _limits_of(chosen.journey, keep)
    ranges = read_ranges(journey, vary)
    _expect_servers(ranges)
    costs = costs_of(journey, ranges)
    metrics = [budget.of for budget in budgets]
    with _cells("staffing", options) as cells:

        def attempt(place: Place, after: int = 0) -> Trial:
            variant = apply(journey, {one.path: one.values[at] for one, at in zip(ranges, place, strict=True)})
            return attempted(
                lambda numbers: cells.values([(variant, after + number) for number in numbers], metrics),
                place, budgets, first=replications, most=at_most,
            )  # fmt: skip

        found = cheapest(costs.a_week, attempt)
        # a verdict that was searched for flatters: replications that the search did not see judge the answer
        sure = attempt(found.best, after=at_most) if found.best is not None else None
    lines, values = staffing_lines(found, sure, ranges, costs, budgets), staffing_values(found, sure, ranges, costs)
    _say(as_json, lines, values, _behind(chosen.what_if))
    if sure is None:
        raise BudgetMissed(f"staff: none of {costs.a_week.size:,} staffings is shown to keep every limit")
    if sure.status != "kept":
        raise BudgetMissed(f"staff: fresh replications do not confirm it ({sure.status})")


def _limits_of(journey: Journey, keep: Sequence[str]) -> list[Budget]:
    from journeys.budgets import Budget

    budgets = [Budget(text) for text in keep] or [one for one in journey.budgets if not one.of.is_of_failover]
    wrong = [Problem("--keep", budget.problem()) for budget in budgets if budget.problem()]
    if not budgets:
        wrong.append(Problem("--keep", "is missing", "", "such as --keep 'p95 wait(identity) < 2 min'"))
    if wrong:
        raise InvalidInput(wrong)
    expect_metrics(journey, [budget.of for budget in budgets], "--keep")
    return budgets


def _expect_servers(ranges: Sequence[Range]) -> None:
    wrong = [
        Problem(f"--vary {one.path}", "is no number of servers", "", "stations.NAME.servers or .shifts.0.servers")
        for one in ranges
        if not (one.whole and one.path.startswith("stations.") and one.path.endswith(".servers"))
    ]
    size = math.prod(len(one.values) for one in ranges if one.whole)
    if size > MOST_STAFFINGS:
        wrong.append(Problem("--vary", "are too many staffings", f"{size:,}", f"at most {MOST_STAFFINGS:,}"))
    if wrong:
        raise InvalidInput(wrong)


COMMANDS = (warmup, select, sensitivity, staff)
