"""What-if files: forms of TOML, includes, and every problem of a file at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys import Exponential, Journey, minutes
from journeys.errors import InvalidInput
from journeys.scenarios import Scenario, read_what_if

GOOD = """
journey = "shop"
baseline = "as-is"
title = "More or less"
seed = 7
replications = 3
customers = 50

[scenarios.as-is]

[scenarios.more-staff]
title = "Two more clerks"
"stations.clerks.servers" = 8

[scenarios.faster]
steps.order.think = "Exponential(mean=1 min)"
steps.review.routes.denied.probability = "10%"

[scenarios.everything]
includes = ["more-staff", "faster"]
"stations.clerks.servers" = 9
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "what-if.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusals(file: Path) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        read_what_if(file)
    lines = str(refused.value).splitlines()
    assert len(lines) == len(refused.value.problems)
    assert all(line.startswith(str(file)) for line in lines)
    return [line.removeprefix(f"{file}: ").removeprefix(str(file)) for line in lines]


def test_a_file_is_read(tmp_path: Path, shop: Journey):
    what_if = read_what_if(written(tmp_path, GOOD))
    assert (what_if.journey, what_if.baseline, what_if.title) == ("shop", "as-is", "More or less")
    assert (what_if.seed, what_if.replications, what_if.customers) == (7, 3, 50)
    assert [scenario.name for scenario in what_if.scenarios] == ["as-is", "more-staff", "faster", "everything"]
    assert [scenario.title for scenario in what_if.scenarios] == ["as is", "Two more clerks", "faster", "everything"]
    assert what_if.scenario("as-is").of(shop) == shop
    assert what_if.scenario("more-staff").of(shop).station("clerks").servers == 8
    everything = what_if.scenario("everything").of(shop)
    assert everything.station("clerks").servers == 9
    assert everything.step("order").think == Exponential(minutes(1))
    assert everything.step("review").routes[0].probability == 0.1


def test_the_first_scenario_is_the_baseline_unless_told(tmp_path: Path):
    what_if = read_what_if(written(tmp_path, 'journey = "shop"\n[scenarios.b]\n[scenarios.a]\n'))
    assert (what_if.baseline, what_if.customers) == ("b", None)


def test_later_includes_win_over_earlier_ones(tmp_path: Path):
    text = """
    journey = "shop"
    [scenarios]
    one.customers = 1
    two.customers = 2
    both.includes = ["one", "two"]
    again.includes = ["both", "one"]
    """
    what_if = read_what_if(written(tmp_path, text))
    assert dict(what_if.scenario("both").changes) == {"customers": 2}
    assert dict(what_if.scenario("again").changes) == {"customers": 1}


def test_an_unknown_scenario_is_suggested(tmp_path: Path):
    what_if = read_what_if(written(tmp_path, GOOD))
    with pytest.raises(InvalidInput, match=r"^scenario: there is no 'fastr'; did you mean 'faster'\?$"):
        what_if.scenario("fastr")


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path):
    text = """
    jurney = "shop"
    baseline = "as-iss"
    seed = -1
    replications = 0
    customers = "many"
    [scenarios.as-is]
    includes = ["more", "as-is"]
    [scenarios.mroe]
    includes = "as-is"
    """
    assert refusals(written(tmp_path, text)) == [
        "jurney: is not known; did you mean 'journey'?",
        "seed: must be a whole number (got -1)",
        "replications: must be a whole number (got 0)",
        "customers: must be a whole number (got 'many')",
        "journey: is missing; a journey's name or file",
        "scenarios.as-is.includes: there is no 'more'; did you mean 'mroe'?",
        "scenarios.mroe.includes: must be a list of names (got 'as-is'); [...]",
        "baseline: there is no 'as-iss'; did you mean 'as-is'?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('journey = "shop"', ["scenarios: there are none; one [scenarios.NAME] each"]),
        ('journey = "shop"\nscenarios = 3', ["scenarios: there are none; one [scenarios.NAME] each"]),
        ('journey = "shop"\nscenarios.a = 3', ["scenarios.a: is not a table (got 3); [scenarios.a]"]),
        ('journey = "shop"\nseed = true\n[scenarios.a]', ["seed: must be a whole number (got True)"]),
        ('journey = "shop"\nbaseline = ["a"]\n[scenarios.a]', ["baseline: there is no ['a']; known: a"]),
        ('journey = "shop"\n[scenarios.a]\nincludes = [3]',
         ["scenarios.a.includes: must be a list of names (got [3]); [...]"]),
        ("journey = ", ["is not TOML (Invalid value (at end of document))"]),
        ('journey = "shop"\n[scenarios.a]\n[scenarios.a]',
         ["is not TOML (Cannot declare ('scenarios', 'a') twice (at line 3, column 13))"]),
    ],
)  # fmt: skip
def test_each_problem_of_a_files_form(tmp_path: Path, text: str, said: list[str]):
    assert refusals(written(tmp_path, text)) == said


def test_what_includes_itself_is_told_with_the_way_round(tmp_path: Path):
    text = """
    journey = "shop"
    [scenarios]
    a.includes = ["b"]
    b.includes = ["c"]
    c.includes = ["b"]
    """
    assert refusals(written(tmp_path, text)) == [
        "scenarios.a.includes: includes itself (got a -> b -> c -> b)",
        "scenarios.b.includes: includes itself (got b -> c -> b)",
        "scenarios.c.includes: includes itself (got c -> b -> c)",
    ]


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path):
    assert refusals(tmp_path / "none.toml") == ["cannot be read (No such file or directory)"]
    assert refusals(tmp_path) == ["cannot be read (Is a directory)"]
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    assert refusals(tmp_path / "bytes.toml")[0].startswith("is not TOML")


def test_paths_are_checked_when_a_scenario_is_applied(shop: Journey):
    with pytest.raises(InvalidInput) as refused:
        Scenario("x", "X", {"stations.clerk.servers": 8, "steps.order.abandn": 0.5}).of(shop)
    assert [problem.path for problem in refused.value.problems] == [
        "scenarios.x.stations.clerk.servers",
        "scenarios.x.steps.order.abandn",
    ]
    assert "did you mean 'clerks'?" in str(refused.value)


def test_what_a_scenario_makes_of_a_journey_is_checked_too(shop: Journey):
    with pytest.raises(InvalidInput) as refused:
        Scenario("x", "X", {"stations.clerks.servers": -1, "steps.review.routes.denied.probability": 0.95}).of(shop)
    assert [problem.path for problem in refused.value.problems] == [
        "scenarios.x.steps.review.routes",
        "scenarios.x.stations.clerks.servers",
    ]
