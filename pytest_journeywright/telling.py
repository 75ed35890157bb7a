"""What a person reads when an item fails: what it was, who met it, and the one command that shows it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_journeywright.told import Told, relative
from pytest_journeywright.verdicts import Walked

if TYPE_CHECKING:
    from journeys.blueprint import Journey

MOST_CUSTOMERS = 3
MOST_LINES = 8
MASK = "***"


def rate(failed: int, walks: int, of: str = "first walks") -> str:
    """Return a share with its binomial interval, as a person reads it."""
    from reports.statistics import wilson

    share = wilson(failed, walks)
    return f"{failed} of {walks} {of} ({share.value:.1%}, {share.low:.1%} to {share.high:.1%})"


def named(walked: Walked, told: Told, *which: str) -> Iterator[str]:
    """Yield a line for each thing found: what, and in how many of the first walks."""
    first = walked.attempts[0]
    for name, found in walked.named(told.rulings, *which).items():  # type: ignore[arg-type]
        at_first = sum(1 for one in {found.customer for found in first.findings if found.name == name})
        said = f"{found[0].check} at {found[0].step or 'the start'}: {found[0].what}"
        yield f"{said}: {rate(at_first, len(first.numbers))}" if at_first else said
        if not at_first and found[0].detail:
            yield f"    {found[0].detail}"
        if found[0].where:
            yield f"    at {found[0].where}"


def failure(walked: Walked, told: Told, journey: Journey, folder: Path, item: str) -> str:
    """Return everything that is told of a failed item; `item` are the arguments that run it."""
    lines = list(named(walked, told, "fail"))
    broken = sorted(walked.broken(told.rulings))
    flaky = sorted(walked.flaky(told.rulings))
    for customer in (broken + flaky)[:MOST_CUSTOMERS]:
        lines += ["", *_customer(walked, told, journey, folder, item, customer)]
    more = len(broken) + len(flaky) - MOST_CUSTOMERS
    if more > 0:
        lines.append(f"\nand {more} more, in {relative(folder)}")
    if not broken and not flaky:
        lines += ["", f"look again   {replay(told, item, walked.numbers[0], walked.engine)}"]
    return "\n".join(lines)


def replay(told: Told, item: str, customer: int, engine: str) -> str:
    """Return the command that walks exactly one customer again, with a window where a browser does."""
    window = " --headed" if engine == "browser" else ""
    arguments = f" {told.arguments}" if told.arguments else ""
    return f"pytest {item} --journey-customer {customer}{arguments}{window}"


def _customer(walked: Walked, told: Told, journey: Journey, folder: Path, item: str, customer: int) -> Iterator[str]:
    failed, walks = walked.times(customer, told.rulings)
    how = "broken" if failed == walks else "flaky"
    yield f"customer {customer} of seed {walked.seed} ({walked.segment}): {how}, failed in {failed} of {walks} walks"
    yield f"  replay      {replay(told, item, customer, walked.engine)}"
    kept = folder / walked.attempts[0].folder / "failures"
    for picture in sorted(kept.glob(f"customer-{customer}-*.png")):
        yield f"  screenshot  {relative(picture)}"
    trace = kept / f"customer-{customer}.zip"
    if trace.exists():
        yield f"  trace       playwright show-trace {relative(trace)}"
    notes = kept / f"customer-{customer}.txt"
    if notes.exists():
        said = notes.read_text(encoding="utf-8").splitlines()
        for index, line in enumerate(said[:MOST_LINES]):
            yield f"  {'seen' if index == 0 else '':10}  {line.strip()}"
        if len(said) > MOST_LINES:
            yield f"  {'':10}  and {len(said) - MOST_LINES} lines more in {relative(notes)}"
    yield f"  persona     {persona(journey, walked.seed, customer)}"


def persona(journey: Journey, seed: int, customer: int) -> str:
    """Return a customer's data, with secrets masked."""
    from journeys.population import Population

    secret = {fact.name for fact in journey.facts if fact.kind == "secret"}
    data = Population(journey, seed).customer(customer).persona
    return ", ".join(f"{name}={MASK if name in secret else repr(value)}" for name, value in data.items()) or "none"
