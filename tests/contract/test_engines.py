"""What every engine owes every journey: its rows, its sums, its customers, and the same log for the same seed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from journeys import Exponential, Journey, Schedule, Shift, Station, Step, Wait, hours, minutes
from journeys.eventlog import ARRIVAL, EXIT, Run
from journeys.loading import load, registered
from journeys.loyalty import SPAN
from journeys.population import Population
from journeys.scenarios import read_what_if
from simulators.simpy_engine import replicate
from simulators.simulation import Settings, simulate
from tests.contract.soundness import expect_a_sound_log

CUSTOMERS = 250
JOURNEYS = sorted(registered())
REDESIGN = Path(__file__).parents[2] / "journeys" / "catalogue" / "loan_application" / "redesign.toml"


@pytest.mark.parametrize("name", JOURNEYS)
def test_simpy_keeps_the_contract(name: str) -> None:
    journey = load(name)
    expect_a_sound_log(journey, replicate(journey, 3, 0, CUSTOMERS), range(CUSTOMERS))


@pytest.mark.parametrize("scenario", [scenario.name for scenario in read_what_if(REDESIGN).scenarios])
def test_simpy_keeps_the_contract_in_every_scenario(scenario: str) -> None:
    journey = read_what_if(REDESIGN).scenario(scenario).of(load("loan-application"))
    expect_a_sound_log(journey, replicate(journey, 3, 0, CUSTOMERS), range(CUSTOMERS))


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_same_seed_gives_the_same_log_in_any_number_of_processes(name: str, tmp_path: Path) -> None:
    journey = load(name)
    frames = []
    for jobs in (1, 2):
        settings = Settings(seed=5, replications=2, customers=CUSTOMERS, jobs=jobs)
        frames.append(Run.open(simulate(journey, tmp_path / str(jobs), settings)).frame().astype(str))
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("name", JOURNEYS)
def test_another_seed_or_replication_is_another_log(name: str) -> None:
    journey = load(name)
    logs = [tuple(replicate(journey, seed, number, 50)) for seed, number in ((5, 0), (6, 0), (5, 1))]
    assert len(set(logs)) == 3


@pytest.mark.parametrize("name", JOURNEYS)
def test_rows_carry_the_populations_segments_and_arrivals(name: str) -> None:
    journey = load(name)
    rows = replicate(journey, 5, 0, CUSTOMERS)
    population = Population(journey, 5, 0)
    times = population.arrivals_s(CUSTOMERS)
    for row in rows:
        assert row.segment == journey.segments[population.segment(row.customer)].name
        if row.step == ARRIVAL and row.customer < SPAN:
            assert row.intended_s == times[row.customer]


def test_a_run_that_ends_early_censors_who_is_on_the_way() -> None:
    journey = load("loan-application")
    rows = replicate(journey, 5, 0, CUSTOMERS, until_s=3 * 86400.0)
    ends = Counter(row.outcome for row in rows if row.step == EXIT)
    assert ends["censored"] > 0
    assert sum(ends.values()) == sum(row.step == ARRIVAL for row in rows)
    assert max(row.end_s for row in rows) <= 3 * 86400.0


def test_a_faster_peoples_clock_is_the_same_story_in_fewer_seconds() -> None:
    people = Journey(
        name="people",
        arrivals=Schedule.from_seconds([600.0 * number for number in range(40)]),
        steps=(Step(name="serve", lane="backstage", station="desk", service=Exponential(minutes(15)), awaits="turn"),),
        stations=(Station(name="desk", shifts=(Shift("mon-fri", "00:00", "05:00"),)),),
        waits=(Wait(name="turn", uncertain=Exponential(hours(30))),),
    )
    speed = 1000.0
    faster = Schedule.from_seconds([0.6 * number for number in range(40)])
    slow = replicate(people, 8, 0, 40)
    fast = replicate(people, 8, 0, 40, faster, speed=speed)
    assert [(row.customer, row.step, row.outcome) for row in fast] == [
        (row.customer, row.step, row.outcome) for row in slow
    ]
    assert [row.end_s * speed for row in fast] == pytest.approx([row.end_s for row in slow])
    assert len({row.outcome for row in slow if row.step == EXIT}) == 2
