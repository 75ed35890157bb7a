"""The population: the same people in every scenario, every process and every order of asking."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import (
    Exponential,
    Fact,
    Journey,
    Lognormal,
    Poisson,
    Segment,
    Shift,
    Station,
    Step,
    hours,
    minutes,
    per_second,
)
from journeys.errors import InvalidInput
from journeys.personas import persona
from journeys.population import BLOCK, KEPT, Population, by_segment

ROOT = Path(__file__).parents[2]
KS_999 = 1.95
"""Kolmogorov's 99.9% quantile: the distance of n uniforms from their law is below this / sqrt(n)."""

FACTS = (
    Fact(name="full_name", label="Full name", faker="name"),
    Fact(name="email", label="E-mail", kind="email"),
    Fact(name="born", label="Born", kind="date"),
    Fact(name="phone", label="Phone", kind="phone"),
    Fact(name="amount", label="Amount", kind="number", low=500, high=12_000, round_to=250),
    Fact(name="purpose", label="Purpose", kind="choice", choices=("car", "house", "debt")),
    Fact(name="pin", label="PIN", kind="secret"),
    Fact(name="payslip", label="Payslip", kind="file"),
    Fact(name="street", label="Street", faker="street_address"),
)


def test_a_draw_does_not_depend_on_which_others_were_made(shop: Journey):
    forwards, backwards = Population(shop, 1), Population(shop, 1)
    customers = [3, 17, 5000, 70_000]
    one = forwards.stream("order", "think", [Exponential(minutes(1))])
    other = backwards.stream("order", "think", [Exponential(minutes(1))])
    backwards.segment(12_345)
    there = {(customer, visit): one.at(customer, visit) for customer in customers for visit in (0, 1)}
    back = {(customer, visit): other.at(customer, visit) for visit in (1, 0) for customer in reversed(customers)}
    assert there == back
    assert len(set(there.values())) == len(there)


def test_blocks_join_without_a_seam(shop: Journey):
    drawn = [Population(shop, 1).uniforms("order", "think", 0, block) for block in (0, 1)]
    assert len(np.unique(np.concatenate(drawn))) == 2 * BLOCK


def test_another_scenario_has_the_same_people(shop: Journey):
    steps = (Step(name="extra", lane="customer", think=Exponential(hours(1))), *shop.steps)
    changed = dataclasses.replace(
        shop, steps=steps, stations=(Station(name="new", shifts=(Shift("mon", "8:00", "9:00"),)),)
    )
    one, other = Population(shop, 5, 2), Population(changed, 5, 2)
    for step, purpose in (("order", "think"), ("review", "route")):
        assert one.choices(step, purpose).at(17, 1) == other.choices(step, purpose).at(17, 1)
    np.testing.assert_array_equal(one.arrivals_s(100), other.arrivals_s(100))


ADDRESS = st.tuples(
    st.integers(0, 3), st.integers(0, 2), st.integers(0, 9000), st.sampled_from(["a", "b", "ab", ""]),
    st.sampled_from(["think", "bthink", "route"]), st.integers(0, 3),
)  # fmt: skip


def uniform(shop: Journey, address: tuple[int, int, int, str, str, int]) -> float:
    seed, replication, customer, step, purpose, visit = address
    return Population(shop, seed, replication).choices(step, purpose).at(customer, visit)


SHOP = Journey(name="shop", arrivals=None, steps=(Step(name="pay", lane="customer"),))  # type: ignore[arg-type]


@given(ADDRESS, ADDRESS)
def test_each_address_has_a_draw_of_its_own(one: tuple[int, ...], other: tuple[int, ...]):
    assert (uniform(SHOP, one) == uniform(SHOP, other)) == (one == other)  # type: ignore[arg-type]


def test_names_that_read_the_same_when_run_together_are_two_addresses():
    assert uniform(SHOP, (1, 0, 7, "a", "bthink", 0)) != uniform(SHOP, (1, 0, 7, "ab", "think", 0))


def test_draws_are_uniform_along_every_part_of_the_address():
    n = 4000
    plain = Population(SHOP, 1)
    along = {
        "customers": plain.uniforms("pay", "think", 0, 0)[:n],
        "visits": np.array([plain.uniforms("pay", "think", visit, 0)[7] for visit in range(n // 4)]),
        "steps": np.array([plain.uniforms(f"s{index}", "think", 0, 0)[7] for index in range(n // 4)]),
        "seeds": np.array([Population(SHOP, seed).uniforms("pay", "think", 0, 0)[7] for seed in range(n // 4)]),
        "replications": np.array([Population(SHOP, 1, r).uniforms("pay", "think", 0, 0)[7] for r in range(n // 4)]),
    }
    for name, drawn in along.items():
        ranks = np.sort(drawn)
        count = len(ranks)
        distance = max(np.max(np.arange(1, count + 1) / count - ranks), np.max(ranks - np.arange(count) / count))
        assert distance < KS_999 / math.sqrt(count), name
    for (one, x), (other, y) in combinations(along.items(), 2):
        size = min(len(x), len(y))
        assert abs(np.corrcoef(x[:size], y[:size])[0, 1]) < 3.29 / math.sqrt(size), (one, other)


def test_segments_have_their_shares(shop: Journey):
    shares = {"new": 0.2, "old": 0.7, "staff": 0.1}
    people = Population(dataclasses.replace(shop, segments=tuple(Segment(*item) for item in shares.items())), 5)
    n = 20_000
    counts = np.bincount([people.segment(customer) for customer in range(n)], minlength=3)
    for count, share in zip(counts, shares.values(), strict=True):
        assert abs(count - n * share) < 3.29 * math.sqrt(n * share * (1 - share))


def test_a_segment_lives_its_own_journey_with_the_customers_own_luck(shop: Journey):
    slow = Segment("slow", 0.5, {"steps.order.think.mean": "30 min"})
    two = dataclasses.replace(shop, segments=(Segment("plain", 0.5), slow))
    views = by_segment(two)
    laws = [view.step("order").think for view in views]
    assert laws == [Exponential(minutes(3)), Exponential(minutes(30))]
    people = Population(two, 1)
    own, plain = people.stream("order", "think", laws), people.stream("order", "think", [laws[0]] * 2)
    for customer in range(50):
        factor = 10 if people.customer(customer).segment == "slow" else 1
        assert own.at(customer) == pytest.approx(factor * plain.at(customer))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(shop: Journey, seed: int):
    with pytest.raises(InvalidInput, match=r"^seed: out of range"):
        Population(shop, seed)


def test_a_persona_answers_every_fact():
    told = persona(FACTS, 1, 0, 17)
    assert list(told) == [fact.name for fact in FACTS]
    assert all(told.values())
    assert told["email"].endswith(".17@example.org")
    assert told["email"].split(".")[0] in told["full_name"].lower()
    assert 500 <= float(told["amount"]) <= 12_000
    assert float(told["amount"]) % 250 == 0
    assert told["purpose"] in ("car", "house", "debt")
    assert "1945-01-01" <= told["born"] <= "2005-12-31"


def test_a_fact_more_changes_no_other():
    plain = persona(FACTS, 1, 0, 17)
    more = persona((Fact(name="hobby", label="Hobby"), *reversed(FACTS)), 1, 0, 17)
    assert {name: more[name] for name in plain} == plain


def test_people_differ_by_seed_replication_and_number():
    names = {persona(FACTS[:1], *address)["full_name"] for address in ((1, 0, 17), (2, 0, 17), (1, 1, 17), (1, 0, 18))}
    assert len(names) == 4


@given(st.integers(-50, 50), st.integers(0, 70), st.sampled_from([0.5, 1, 3, 4, 7]), st.integers(0, 30))
def test_a_number_stays_within_its_bounds(low: int, span: int, step: float, customer: int):
    fact = Fact(name="n", label="N", kind="number", low=low, high=low + span, round_to=step)
    value = float(persona((fact,), 1, 0, customer)["n"])
    assert low <= value <= low + span
    assert (value - low) / step == round((value - low) / step)


def test_a_span_that_is_no_whole_number_of_steps_ends_below_its_bound():
    fact = Fact(name="n", label="N", kind="number", low=0, high=11, round_to=4)
    assert {persona((fact,), 1, 0, customer)["n"] for customer in range(40)} == {"0", "4", "8"}


def test_an_unknown_provider_is_one_problem():
    with pytest.raises(InvalidInput, match=r"^facts\.a\.faker: Faker has no such provider \(got 'namee'\)"):
        persona((Fact(name="a", label="A", faker="namee"),), 1, 0, 0)


def test_a_date_of_birth_does_not_depend_on_today(monkeypatch: pytest.MonkeyPatch):
    import journeys.personas

    before = persona(FACTS, 1, 0, 17)["born"]

    class Later(journeys.personas.date):
        @classmethod
        def today(cls) -> Later:
            return cls(2050, 1, 1)

    monkeypatch.setattr("journeys.personas.date", Later)
    assert persona(FACTS, 1, 0, 17)["born"] == before


TELL = """
from journeys import *
from journeys.population import Population
facts = (
    Fact(name="full_name", label="Name", faker="name"),
    Fact(name="why", label="Why", kind="choice", choices=("a", "b")),
)
shop = Journey(name="shop", arrivals=Poisson(per_hour(3)), steps=(Step(name="pay", lane="customer"),), facts=facts,
               segments=(Segment("new", 0.5), Segment("old", 0.5)))
people = Population(shop, 4, 1)
print(people.customer(17), people.arrivals_s(18)[17], people.choices("pay", "think").at(17, 2))
"""


def test_customer_17_is_the_same_in_every_process():
    told = {
        subprocess.run(
            [sys.executable, "-c", TELL], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
    assert "Customer(number=17" in told.pop()


def test_draws_are_the_same_however_few_stay_in_memory() -> None:
    journey = Journey(name="one", arrivals=Poisson(per_second(1)), steps=(Step(name="pay", lane="customer"),))
    every, few = Population(journey, 3), Population(journey, 3, kept=1)
    draws = [population.stream("pay", "think", [Exponential(minutes(1))]) for population in (every, few)]
    chances = [population.choices("pay", "skip") for population in (every, few)]
    # on and on, with one who lags behind all others
    for customer in (0, 1, BLOCK, 1, 3 * BLOCK + 7, 2, BLOCK - 1, 9 * BLOCK):
        assert len({stream.at(customer) for stream in draws}) == 1
        assert len({uniforms.at(customer, 2) for uniforms in chances}) == 1
        assert every.segment(customer) == few.segment(customer)
    assert len(draws[1]._recent) == 1


def test_draws_of_a_long_run_are_those_of_all_others() -> None:
    segments = (Segment(name="new", share=0.3), Segment(name="known", share=0.7))
    steps = (Step(name="pay", lane="customer"),)
    journey = Journey(name="one", arrivals=Poisson(per_second(1)), segments=segments, steps=steps)
    every, few = Population(journey, 3), Population(journey, 3, kept=KEPT)
    for laws in ((Exponential(minutes(1)),), (Lognormal(minutes(2), cv=0.7), Exponential(minutes(3)))):
        one, other = (population.stream("pay", "think", [*laws, *laws][:2]) for population in (every, few))
        for visit in (0, 1, 40):
            for customer in (*range(0, 12_000, 7), 1_000_003):
                assert one.at(customer, visit) == other.at(customer, visit)
        assert len(other._recent) == KEPT
