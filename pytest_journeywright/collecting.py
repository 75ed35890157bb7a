"""Collecting: a journey becomes items, one a segment and engine, and one for each of its budgets."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from journeys.errors import JourneywrightError
from pytest_journeywright import telling
from pytest_journeywright.failing_over import judges
from pytest_journeywright.plugin import told_of
from pytest_journeywright.told import Told, relative
from pytest_journeywright.walks import BackEnd, Means, Unit, folder_of, walked

if TYPE_CHECKING:
    from journeys.blueprint import Journey

FAR = 10_000
"""How many customers are looked through for one of a rare segment."""


class Failed(Exception):
    """An item that failed; its text is all that is to be read."""


class JourneyItem(pytest.Function):
    """A test item whose failures are told without a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the text of what failed, or of what is wrong with an input."""
        if isinstance(excinfo.value, (Failed, JourneywrightError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)  # with the traceback that the options ask for

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where this is, and its name."""
        return self.path, 0, self.name


class JourneyFile(pytest.File):
    """A file with a journey."""

    def collect(self) -> Iterator[JourneyItem]:
        """Yield its items."""
        yield from _collected(self, relative(self.path))


class Named(pytest.Collector):
    """A journey registered under a name."""

    def collect(self) -> Iterator[JourneyItem]:
        """Yield its items."""
        yield from _collected(self, self.name)


def _collected(parent: pytest.Collector, reference: str) -> Iterator[JourneyItem]:
    from journeys.loading import load

    told = told_of(parent.config)
    try:
        journey = load(reference)
        units = list(units_of(journey, reference, told))
    except JourneywrightError as error:
        raise parent.CollectError(str(error)) from None
    if not units:
        raise parent.CollectError(
            f"{reference}: nothing of it can be walked at {told.target} by {' or '.join(told.engines)}; page=page(...) "
            "and http=(...) of a step say what a customer does there"
        )
    for engine in dict.fromkeys(unit.engine for unit in units):
        own = [unit for unit in units if unit.engine == engine]
        for unit in own:
            yield _item(parent, f"{engine}[{unit.segment}]", journey, engine, _walks(unit))
        for budget in () if told.only else journey.budgets:
            if not budget.of.is_of_failover:
                yield _item(parent, f"{engine}-budget[{budget.text}]", journey, engine, _keeps(journey, own, budget))
    for budget in () if told.only else journey.budgets:
        if budget.of.is_of_failover:
            work = judges(journey, reference, budget, Failed)
            yield _item(parent, f"failover-budget[{budget.text}]", journey, "failover", work)


def units_of(journey: Journey, reference: str, told: Told) -> Iterator[Unit]:
    """Yield who is walked by which engine: the first customers, and the first of each segment that has none there."""
    from journeys.population import Population

    population = Population(journey, told.seed)
    by_segment: dict[int, list[int]] = {index: [] for index in range(len(journey.segments))}
    for number in told.only or range(told.customers):
        by_segment[population.segment(number)].append(number)
    if not told.only:
        for index, numbers in by_segment.items():
            if not numbers:
                rare = (number for number in range(told.customers, FAR) if population.segment(number) == index)
                numbers.extend([first] if (first := next(rare, None)) is not None else [])
    for engine in told.engines:
        can = told.mocked or any(step.page is not None if engine == "browser" else step.http for step in journey.steps)
        for index, numbers in by_segment.items():
            if can and numbers:
                yield Unit(journey, reference, engine, journey.segments[index].name, tuple(numbers))


def means_of(request: pytest.FixtureRequest, engine: str, back_end: BackEnd) -> Means:
    """Return what a walk is made with: for a browser, pytest-playwright's fixtures as the user's tests have them."""
    if engine != "browser" or not request.config.pluginmanager.has_plugin("playwright"):
        return Means(back_end)
    if (name := request.getfixturevalue("browser_name")) != "chromium":
        pytest.skip(f"journeys are walked in Chromium; --browser {name} is for other tests")
    launch = dict(request.getfixturevalue("browser_type_launch_args"))
    own = request.node.session._fixturemanager.getfixturedefs("browser_context_args", request.node) or ()
    context: dict[str, Any] = {}
    if len(own) > 1 or request.config.getoption("--device", default=None):  # else it would start a second Playwright
        context = dict(request.getfixturevalue("browser_context_args"))
        context.pop("base_url", None)
    launch.pop("headless", None)  # said by --headed
    return Means(back_end, launch, context)


def _item(
    parent: pytest.Collector, name: str, journey: Journey, engine: str, work: Callable[[pytest.FixtureRequest], None]
) -> JourneyItem:
    def item(request: pytest.FixtureRequest) -> None:
        work(request)

    made: JourneyItem = JourneyItem.from_parent(parent, name=name, callobj=item)
    made.extra_keyword_matches.update({journey.name, engine})
    return made


def _walks(unit: Unit) -> Callable[[pytest.FixtureRequest], None]:
    """Return the work of an item that walks, and fails where somebody is broken or something found fails a run."""

    def work(request: pytest.FixtureRequest) -> None:
        told, item = told_of(request.config), request.node
        found = walked(told, unit, means_of(request, unit.engine, request.getfixturevalue("journey_back_end")))
        flaky = found.flaky(told.rulings)
        item.user_properties += [
            ("journey_seed", str(found.seed)),
            ("journey_customers", str(len(found.numbers))),
            ("journey_run", relative(folder_of(told, unit))),
            ("journey_broken", ",".join(map(str, sorted(found.broken(told.rulings)))) or "none"),
            *(("journey_finding", line) for line in telling.named(found, told, "fail") if not line.startswith(" ")),
        ]
        if flaky:
            item.user_properties += [
                ("journey_flaky", "yes"),
                ("journey_flaky_customers", ",".join(map(str, sorted(flaky)))),
                ("journey_flaky_rate", telling.rate(len(flaky), len(found.numbers), "customers")),
            ]
        if found.fails(told.rulings):
            raise Failed(telling.failure(found, told, unit.journey, folder_of(told, unit), _address_of(item)))

    return work


def _keeps(journey: Journey, units: list[Unit], budget: Any) -> Callable[[pytest.FixtureRequest], None]:
    """Return the work of an item that judges a budget over everybody who walked."""

    def work(request: pytest.FixtureRequest) -> None:
        from pytest_journeywright.budgets import judged, together

        told = told_of(request.config)
        means = means_of(request, units[0].engine, request.getfixturevalue("journey_back_end"))
        walks = [walked(told, unit, means) for unit in units]
        said = judged(journey, together(told, walks), budget)
        request.node.user_properties.append(("journey_budget", said.text))
        if said.status == "missed" or (said.status == "inconclusive" and told.rulings["inconclusive"] == "fail"):
            raise Failed(said.text)
        if said.status != "kept":
            raise pytest.skip.Exception(said.text, _use_item_location=True)

    return work


def _address_of(item: pytest.Item) -> str:
    """Return the arguments with which pytest runs an item again."""
    if isinstance(item.parent, JourneyFile):
        return shlex.quote(f"{relative(item.path)}::{item.name}")
    engine, _, segment = item.name.rstrip("]").partition("[")
    return f"--journey {item.parent.name if item.parent else ''} -k {shlex.quote(f'{engine} and {segment}')}"
