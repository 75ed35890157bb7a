"""What the measuring engines owe every journey: sound logs, the same people as the simulation, and what it foretold."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from commands import reading, running
from journeys.browser.engine import browse
from journeys.durations import per_second
from journeys.errors import Unsupported
from journeys.eventlog import ARRIVAL, COLUMNS, VERSION, Run
from journeys.loading import load as load_journey
from journeys.loading import registered
from journeys.loyalty import SPAN
from journeys.paths import digest
from journeys.population import Population
from journeys.scenarios import Scenario
from load import load
from reports.measuring.metrics import measure
from reports.side_by_side import same_customers
from simulators.backend.asking import shown
from tests.contract.soundness import expect_a_sound_log
from tests.contract.walked import BROWSED, CUSTOMERS, SEED, Walked, chromium_or_skip, rows_of, walked
from tests.serving import OWN_APPLICATION, Serving

JOURNEYS = sorted(registered())
BROWSER = pytest.param("browser", marks=[pytest.mark.browser, pytest.mark.backend, pytest.mark.slow])
LOAD = pytest.param("load", marks=[pytest.mark.load, pytest.mark.backend, pytest.mark.slow])
MEASURING = [BROWSER, LOAD]
PACKAGES = {"simpy": {"simpy"}, "browser": {"playwright", "chromium"}, "load": {"locust", "gevent"}}
# wall seconds between the customers' clock and the organisation's, and until news has reached a page
APART_S, NEWS_S = 0.1, {"simpy": 0.0, "browser": 5.0, "load": 0.5}
ENDS_WITHIN_S = 5.0

Walk = Callable[[str, str], Walked]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Give the run of an engine on a journey: one for all tests."""
    made: dict[tuple[str, str], Walked] = {}

    def get(engine: str, name: str) -> Walked:
        if (engine, name) not in made:
            made[engine, name] = walked(engine, name, tmp_path_factory.mktemp(f"{engine}-{name}"))
        return made[engine, name]

    return get


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", MEASURING)
def test_a_measured_log_is_sound(engine: str, name: str, walk: Walk) -> None:
    found = walk(engine, name)

    expect_a_sound_log(found.journey, found.rows, found.customers, NEWS_S[engine], APART_S)
    assert tuple(found.run.frame().columns) == COLUMNS
    outcomes = measure(found.journey, found.run).outcomes
    assert outcomes["entered"].sum() == len(found.customers)
    assert sum(counts.sum() for name, counts in outcomes.items() if name != "entered") == len(found.customers)


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", ["simpy", *MEASURING])
def test_a_manifest_says_what_the_run_was(engine: str, name: str, walk: Walk) -> None:
    found = walk(engine, name)
    manifest, journey = found.run.manifest, found.journey

    assert (manifest.schema, manifest.engine) == (VERSION, engine)
    assert (manifest.journey, manifest.journey_digest) == (journey.name, digest(journey))
    assert (manifest.seed, manifest.replications, manifest.customers) == (SEED, 1, len(found.customers))
    assert manifest.kind == ("simulated" if engine == "simpy" else "measured")
    assert manifest.speed == found.speed
    assert manifest.human_steps == tuple(step.name for step in journey.steps if journey.clock(step.name) == "human")
    assert {"python", "numpy", "journeywright"} | PACKAGES[engine] <= set(manifest.versions)
    assert set(manifest.host) == {"system", "machine", "cores"}
    assert manifest.started <= manifest.ended
    assert (manifest.finished, manifest.reason) == (True, "")
    nobody_comes_again = engine != "simpy" and journey.loyalty is not None
    assert manifest.not_measured == (("loyalty",) if nobody_comes_again else ())
    assert manifest.workload == ("" if engine == "simpy" else "open")
    assert manifest.target.startswith("http://127.0.0.1:") == (engine != "simpy")


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", MEASURING)
def test_customers_are_the_same_people_as_in_the_simulation(engine: str, name: str, walk: Walk) -> None:
    found, simulated = walk(engine, name), walk("simpy", name)
    population = Population(found.journey, SEED)
    facts = {fact.name: fact for fact in found.journey.facts}

    assert set(found.told) & set(BROWSED)
    for customer, told in found.told.items():
        persona = population.customer(customer).persona
        named = {fact: value.split(" (")[0] if facts[fact].kind == "file" else value for fact, value in told.items()}
        assert named == {fact: shown(facts[fact], persona[fact]) for fact in told}
    segments = {row.customer: row.segment for row in simulated.rows}
    assert {row.customer: row.segment for row in found.rows} == {number: segments[number] for number in found.customers}
    assert [number for number, _ in _arrivals(found)] == list(found.customers)


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", ["simpy", LOAD])
def test_customers_arrive_when_the_population_says(engine: str, name: str, walk: Walk) -> None:
    found = walk(engine, name)

    intended_s = [at_s * found.speed for _, at_s in _arrivals(found)]

    assert intended_s == pytest.approx(Population(found.journey, SEED).arrivals_s(len(CUSTOMERS)).tolist())


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", MEASURING)
def test_the_same_customers_give_up_at_the_first_two_forms(engine: str, name: str, walk: Walk) -> None:
    found = walk(engine, name)
    first, second = (step.name for step in found.journey.steps[:2])

    def gave_up(run: Walked) -> set[tuple[int, str]]:
        return {
            (row.customer, row.step)
            for row in run.rows
            if row.step in (first, second) and row.outcome == "dropped" and row.customer in found.customers
        }

    assert gave_up(found) == gave_up(walk("simpy", name))


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", [LOAD])
def test_what_was_measured_is_what_the_model_foretells(engine: str, name: str, walk: Walk, tmp_path: Path) -> None:
    found = walk(engine, name)
    chosen = reading.Chosen(name, Scenario("as-is", "As is", {}))
    measured = chosen.arm(found.run.folder)

    twin = running.twin_of(measured, tmp_path)
    shared = same_customers(measure(measured.journey, measured.run), measure(twin.journey, twin.run))

    assert shared is not None
    assert shared.shared == len(CUSTOMERS)
    assert shared.same_segment.value == 1.0
    assert shared.same_outcome.value >= 0.8
    assert shared.decision_ratio.n >= 15
    assert 0.8 <= shared.decision_ratio.value <= 1.1


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("engine", MEASURING)
def test_no_process_is_left_behind(engine: str, name: str, walk: Walk) -> None:
    used = walk(engine, name).used

    assert len(used) >= 2  # the back end, and whoever walked
    assert psutil.wait_procs(used, timeout=ENDS_WITHIN_S)[1] == []


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    """Give the address of an application of somebody's own, in a process of its own."""
    with Serving(OWN_APPLICATION) as serving:
        yield serving.url


@pytest.mark.parametrize("engine", MEASURING)
def test_an_application_of_ones_own_meets_the_same_people(engine: str, application: str, tmp_path: Path) -> None:
    journey = load_journey("first-journey")
    if engine == "load":
        customers, how = range(BROWSED.stop), "api"
        load(
            journey, target=application, mocked=False, folder=tmp_path, seed=SEED, rate=per_second(20),
            customers=len(customers), speed=600.0,
        )  # fmt: skip
    else:
        customers, how = BROWSED, "pages"
        browse(
            journey, target=application, mocked=False, folder=tmp_path, seed=SEED, customers=len(customers),
            first_customer=customers.start, contexts=3, speed=600.0, browser=chromium_or_skip(),
        )  # fmt: skip

    rows = rows_of(Run.open(tmp_path))
    expect_a_sound_log(journey, rows, customers, NEWS_S[engine])
    enrolled = {row.customer for row in rows if row.step == "join" and row.outcome == "served"}
    with urllib.request.urlopen(f"{application}/api/members", timeout=10) as answer:
        members = [member for member in json.load(answer) if member["how"] == how]
    people = [Population(journey, SEED).customer(number) for number in sorted(enrolled)]
    assert 17 in enrolled
    assert sorted((member["name"], member["email"]) for member in members) == sorted(
        (person.persona["full_name"], person.persona["email"]) for person in people
    )


@pytest.mark.parametrize("engine", [browse, load], ids=["browser", "load"])
def test_a_journey_without_actions_is_refused_before_anything_starts(
    engine: Callable[..., Path], tmp_path: Path
) -> None:
    journey, nobody = load_journey("loan-application"), "http://127.0.0.1:9"

    with pytest.raises(Unsupported, match=r"^loan-application\.steps: no step "):
        engine(journey, target=nobody, mocked=False, folder=tmp_path / "run", seed=SEED, customers=1)

    assert not (tmp_path / "run").exists()


def _arrivals(found: Walked) -> list[tuple[int, float]]:
    """Return (customer, when it was planned) in the order of the plan."""
    planned = [(row.customer, row.intended_s) for row in found.rows if row.step == ARRIVAL and row.customer < SPAN]
    return sorted(planned, key=lambda arrival: arrival[1])
