"""The card line: as it is, it is the bank's call centre; what is not asked again, is felt by all who wait."""

from __future__ import annotations

import pytest

from journeys.budgets import Metric
from journeys.catalogue.card_support_call import VALIDATION, VALIDATION_S, journey
from journeys.catalogue.card_support_call.derived import FIGURES
from journeys.loading import load
from journeys.paths import apply, get
from reports.judging import quantity_of
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, what_if

NAME = "card-support-call"
REPLICATIONS, CUSTOMERS = 6, 5200
CLAIMS = (
    Claim("reasked", 0.0, 0.01),
    Claim("latency.agent.service.mean", 0.80, 0.90),
    Claim("latency.agent.wait.mean", 0.35, 0.75),
    Claim("abandoned.agent", 0.4, 0.8),
    Claim("level.agent", 1.15, 1.6),
    Claim("completion", 1.01, 1.06),
    Claim("work", 0.7, 0.9),
    # the agent's validation alone brings most of it; specialists are asked by few
    Claim("abandoned.agent", 0.4, 0.8, "validated-once"),
    Claim("reasked", 0.05, 0.2, "validated-once"),
    Claim("reasked", 0.85, 0.95, "passed-through"),
    Claim("utilisation.specialists", 0.2, 0.5, "right-first-time"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(journey)
    expect_levers(NAME)


def test_derived_numbers_are_those_of_the_evidence() -> None:
    assert VALIDATION_S == 30.0
    service = get(journey, "steps.agent.service")
    assert service.mean.s + VALIDATION_S == pytest.approx(FIGURES.figure("handling")["value"])
    assert service.cv * service.mean.s == pytest.approx(FIGURES.figure("handling")["sd"], rel=1e-4)
    assert get(journey, "steps.agent.patience.mean").s == FIGURES.figure("patience")["exponential_mean"]


def test_validation_is_passed_on_by_what_systems_read_alone() -> None:
    for lever in ("validated-once", "passed-through"):
        paths = {path.partition(".")[0] for path in what_if(NAME).scenario(lever).changes}
        assert paths == {"systems", "money"}  # and what that costs


def value(scenario: str, metric: str) -> float:
    found = quantity_of(Metric.parse(metric), measured(NAME, scenario, REPLICATIONS, CUSTOMERS))
    assert found is not None
    return found.estimate().value


@pytest.mark.slow
def test_as_it_is_it_is_the_call_centre_of_the_log() -> None:
    """The number of agents was fitted to the share within 20 s; the rest was not looked at for that."""
    assert value("as-is", "mean service(agent)") == pytest.approx(FIGURES.figure("handling")["value"], rel=0.03)
    assert value("as-is", "within 20 s(agent)") == pytest.approx(FIGURES.share("in_the_queue", "within_20_s"), abs=0.06)
    hung_up = FIGURES.share("in_the_queue", "waited") * FIGURES.share("in_the_queue", "hung_up_of_waited")
    assert value("as-is", "abandonment(agent)") == pytest.approx(hung_up, abs=0.04)
    assert value("as-is", "mean wait(agent)") == pytest.approx(FIGURES.figure("wait")["value"], rel=0.3)
    # each of those who are answered is asked for all of it again
    assert value("as-is", "re-asks per 100") > 90 * len(VALIDATION)


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_fewer_agents_reach_the_service_level() -> None:
    """80% within 20 seconds: with the validation passed on by 7 agents in the daytime, as it is not by 8."""
    from commands.cells import Cells

    metric = [Metric.parse("within 20 s(agent)")]
    once = apply(load(NAME), what_if(NAME).scenario("validated-once").changes)
    found = {}
    for name, variant, agents in (("as it is", load(NAME), 8), ("passed on", once, 7)):
        staffed = apply(variant, {"stations.agents.servers": agents})
        found[name] = Cells(1717, jobs=1).values([(staffed, number) for number in range(8)], metric)
    assert found["as it is"].mean() < 0.80 < found["passed on"].mean()
