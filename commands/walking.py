"""Commands that walk customers through a journey: simulate, compare, browse, serve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from commands import experiments, explaining, reading, reporting, running
from commands.forms import forms_of, taken
from commands.options import OUTPUT, SIMULATION, TARGET, WALKED, WHO, added, choice, command, section
from commands.tiers import TIER, tiered
from journeys.errors import InvalidInput, Problem
from journeys.scenarios import WhatIf

REPLICATIONS = section(
    "How it is simulated",
    click.option("--replications", type=click.IntRange(1), default=10, show_default=True, help="Independent repeats."),
    click.option("--until", multiple=True, metavar="PRECISION", help="Repeat until a metric is known so well: "
                 "'completion within 2%', '... within 1 pp'; repeatable."),
    click.option("--at-most", type=click.IntRange(2), default=200, show_default=True, help="With --until."),
)  # fmt: skip
FIRST = section(
    WHO,
    click.option("--first-customer", type=click.IntRange(0), default=0, help="Start with this customer's number."),
)
PACE = section(
    "Browsers",
    click.option("--contexts", type=click.IntRange(1), default=4, show_default=True, help="Customers at once."),
    click.option("--rate", help="Arrivals per time, such as '2 / s'; else the next when a context is free."),
    click.option("--give-up", default="120 s", show_default=True, help="How long to follow them after the last."),
    click.option("--headed", is_flag=True, help="With a window."),
)


@command(short_help="Simulate it, compiled or by SimPy.")
@choice()
@added(*REPLICATIONS)
@taken
@added(*SIMULATION)
def simulate(until: tuple[str, ...], at_most: int, out: Path, as_json: bool, **options: Any) -> None:
    """Simulate a journey, and report it."""
    forms = forms_of(options)
    with reporting.illustrating(forms) as illustrator:
        chosen, precision = reading.Chosen.of(options), None
        names = ("seed", "replications", "customers", "engine", "jobs", "cluster", "resume")
        told = {name: options[name] for name in names}
        with running.resumable():
            if until:
                arm, precision = experiments.simulated_until(chosen, out, until, at_most, **told)
            else:
                arm = running.simulated(chosen, out, **told)
        reporting.report(
            out, [arm], precision=precision, forms=forms, as_json=as_json, illustrator=illustrator
        )  # fmt: skip


@command(short_help="Compare the scenarios of a what-if, or runs made before.")
@click.argument("inputs", nargs=-1, required=True, metavar="WHATIF.toml | JOURNEY | RUN RUN ...")
@click.option("--replications", type=click.IntRange(1), help="Independent repeats; the file's number unless told.")
@click.option("--customers", type=click.IntRange(1), help="How many customers a replication.")
@click.option("--seed", type=click.IntRange(0), help="Whose customers; the file's unless told.")
@click.option("--what-if", type=click.Path(path_type=Path),
              help="TOML file with the scenarios; the one beside the journey unless told.")  # fmt: skip
@click.option("--claims", "claims_from", metavar="CLAIMS.toml | JOURNEY",
              help="What the runs must support, such as 'completion up at least 40%'.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Simulate further: who is to blame before and after, which lever does "
              "it, and which assumption would overturn it.")  # fmt: skip
@click.option("--blame", multiple=True, metavar="SCENARIO | all", help="Who is to blame there, too; repeatable.")
@click.option("--vary", multiple=True, metavar="PATH=LOW..HIGH",
              help="Where in your range would the verdict turn? Repeatable; with --explain, or alone.")  # fmt: skip
@taken
@added(*SIMULATION, *OUTPUT)
def compare(inputs: tuple[str, ...], what_if: Path | None, claims_from: str | None, explain: bool,
            blame: tuple[str, ...], vary: tuple[str, ...], out: Path, as_json: bool,
            **options: Any) -> None:  # fmt: skip
    """Compare scenarios: those of a what-if file, or runs made before.

    The first is the baseline (or the one that the file names), and the last is the one whose budgets must hold.
    """
    forms = forms_of(options)
    claims = reading.find_claims(claims_from) if claims_from else ()
    alone = len(inputs) == 1 and not (Path(inputs[0]) / "manifest.json").exists()
    if not alone and what_if:
        raise InvalidInput([Problem("--what-if", "is simulated", " ".join(inputs), "a journey, not runs")])
    if not alone and (explain or blame or vary):
        given = "--explain" if explain else "--blame" if blame else "--vary"
        raise InvalidInput(
            [Problem(given, "simulates further", " ".join(inputs), "a what-if file or a journey, not runs")]
        )
    with reporting.illustrating(forms) as illustrator:
        scenarios, found = _scenarios(inputs[0], what_if) if alone else None, dict[str, Any]()
        if scenarios is None:
            arms = reporting.arms_of([Path(folder) for folder in inputs])
        else:
            reporting.expect_claims(claims, scenarios)
            wanted = explaining.Wanted.of(scenarios, explain, blame, vary)
            with running.resumable():
                arms = running.compared(scenarios, out, **options)
            found = explaining.explained(scenarios, arms, wanted, engine=options["engine"], jobs=options["jobs"])
        reporting.report(
            out, arms, what_if=scenarios, judged=arms[-1].name, claims=claims, found=found, forms=forms,
            as_json=as_json, illustrator=illustrator,
        )  # fmt: skip


def _scenarios(given: str, file: Path | None) -> WhatIf:
    """Return the what-if of a file or journey; that of `file`, of the journey given, where there is one."""
    if file is None:
        return reading.find_what_if(given)
    return replace(reading.find_what_if(str(file)), journey=given)


@command(short_help="Walk customers through the pages in a real browser.")
@choice()
@added(*TARGET, *TIER)
@added(*FIRST, *PACE)
@taken
def browse(target: str, rate: str | None, give_up: str, out: Path, as_json: bool, **options: Any) -> None:
    """Walk customers through the pages in a real browser, and report it."""
    forms = forms_of(options)
    chosen = tiered(reading.Chosen.of(options), {**options, "target": target}, browser=True)
    engine = {name: options[name] for name in ("seed", "customers", "speed", "contexts", "headed", "first_customer")}
    arm = running.browsed(
        chosen, out, target, rate=reading.read_rate(rate) if rate else None, replicas=options["replicas"] or 0,
        give_up_s=reading.read_duration(give_up, "--give-up").s, **engine,
    )  # fmt: skip
    twins = target == "mock" and not options["first_customer"]
    reporting.report(out, [arm], twins=twins, forms=forms, as_json=as_json)


@command(short_help="Serve the mocked back end: its pages and its API.")
@added(*WALKED)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; loopback unless told.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for a free one.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="Human seconds per second.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers.")
@click.option("--database", help="SQLite file, or postgresql://user@host/name; a temporary file unless told.")
@click.option("--replicas", type=click.IntRange(1), help="So many processes behind a load balancer.")
@click.option("--rule", "rules", multiple=True, metavar="PATH=VALUE",
              help="A rule other than the journey's, such as facts.amount.high=5000; repeatable.")  # fmt: skip
def serve(rules: tuple[str, ...], **options: Any) -> None:
    """Serve the mocked back end of a journey: its pages and its API."""
    from simulators.backend.running import serve as run

    chosen = reading.Chosen.of(options)
    told = {name: options[name] for name in ("host", "port", "speed", "seed", "database")}
    run(chosen.journey, replicas=options["replicas"] or 0, rules=reading.read_changes(rules, "--rule"), **told)


COMMANDS = (simulate, compare, browse, serve)
