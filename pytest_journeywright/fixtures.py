"""Fixtures for tests of one's own: the population, a customer, a walked run, the mocked back end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.eventlog import Run
    from journeys.faults import Fault
    from journeys.population import Customer, Population
    from pytest_journeywright.walks import BackEnd


@pytest.fixture(scope="session")
def journey_back_end() -> BackEnd:
    """Start a back end: called with ``(journey, seed=..., speed=...)``, a context manager that gives its ``url``.

    Override it to have journeys walk another one than the mocked back end of this package.
    """
    from simulators.backend.process import BackendProcess

    return BackendProcess


@pytest.fixture(scope="session")
def load_journey() -> Callable[..., Journey]:
    """Return a function that loads a journey by name or file, with changes by path: ``load_journey("mine.py", {})``."""

    def load(reference: str, changes: dict[str, Any] | None = None) -> Journey:
        from journeys.checks import check
        from journeys.loading import load
        from journeys.paths import apply

        return check(apply(load(reference), changes or {}))

    return load


@pytest.fixture
def population(pytestconfig: pytest.Config) -> Callable[..., Population]:
    """Return a function that gives a journey's population: ``population(journey)``, of ``--journey-seed``."""
    from journeys.population import Population
    from pytest_journeywright.plugin import told_of

    seed = told_of(pytestconfig).seed
    return lambda journey, seed=seed: Population(journey, seed)


@pytest.fixture
def customer(population: Callable[..., Population]) -> Callable[..., Customer]:
    """Return a function that gives one customer: ``customer(journey, 7).persona["email"]``."""
    return lambda journey, number: population(journey).customer(number)


@pytest.fixture
def faults() -> Callable[..., Journey]:
    """Return a function that gives a journey with more faults: ``faults(journey, Fault(...))``."""

    def with_faults(journey: Journey, *more: Fault) -> Journey:
        from journeys.checks import check

        return check(dataclasses.replace(journey, faults=(*journey.faults, *more)))

    return with_faults


@pytest.fixture
def mocked_back_end(pytestconfig: pytest.Config, journey_back_end: BackEnd) -> Iterator[Callable[..., str]]:
    """Return a function that starts the mocked back end of a journey, and gives its address until the test ends."""
    from pytest_journeywright.plugin import told_of

    told = told_of(pytestconfig)
    with ExitStack() as started:

        def start(journey: Journey, *, seed: int = told.seed, speed: float = told.speed) -> str:
            return started.enter_context(journey_back_end(journey, seed=seed, speed=speed)).url

        yield start


@pytest.fixture
def walked_run(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config, tmp_path: Path, journey_back_end: BackEnd
) -> Callable[..., Run]:
    """Return a function that walks customers and gives the run: ``walked_run(journey, engine="api", customers=3)``.

    On ``--journey-target``, with ``--journey-seed`` and ``--journey-speed``; `engine` is ``browser`` or ``api``.
    """
    from pytest_journeywright.collecting import means_of
    from pytest_journeywright.plugin import told_of

    told = told_of(pytestconfig)

    def walk(journey: Journey, *, engine: str = "api", customers: int = 0, numbers: tuple[int, ...] = ()) -> Run:
        from journeys.eventlog import Run
        from pytest_journeywright.walks import Unit, run

        chosen = numbers or tuple(range(customers or told.customers))
        unit = Unit(journey, journey.name, engine, "", chosen)
        folder = tmp_path / f"{journey.name}-{engine}-{len(list(tmp_path.iterdir()))}"
        return Run.open(run(told, unit, means_of(request, engine, journey_back_end), folder, chosen))

    return walk
