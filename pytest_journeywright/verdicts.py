"""Who failed, who failed and then did not, and what it was: judged from the rows and findings of each walk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from journeys.eventlog import EXIT
from journeys.findings import Finding, Ruling

if TYPE_CHECKING:
    import pandas as pd

_STRUCK = ("failed", "timed_out", "dropped", "censored")
_TOLD_ENDS = ("completed", "denied", "rejected")
ENOUGH = 3
"""How many customers walk again to tell whether what they met is there each time."""
Name = tuple[str, str, str]
"""Check, step and words of a finding: what is the same whenever it is met."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One walk of some customers: the run's folder below that of the session, and what they met."""

    folder: str
    numbers: tuple[int, ...]
    findings: tuple[Finding, ...]

    def failed(self, rulings: Mapping[str, Ruling]) -> set[int]:
        """Return who met something that fails a run."""
        return {found.customer for found in self.findings if rulings[found.check] == "fail"}


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of walking the customers of one segment through one journey by one engine.

    Parameters
    ----------
    session: in which. journey, reference, engine, segment, seed, mocked: what was walked.
    attempts: the first of everybody, then those of customers who had failed whenever they walked.
    inspected: what was found by looking closely, apart. missing: what nobody could look for, and why.
    outcomes: how many reached each end. durations: of each step that was served, in seconds. split: how the time of
        each step was spent in a browser, in medians.
    """

    session: str
    journey: str
    reference: str
    engine: str
    segment: str
    seed: int
    mocked: bool
    attempts: tuple[Attempt, ...]
    inspected: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    durations: Mapping[str, Sequence[float]] = field(default_factory=dict)
    split: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """What the folder of its runs is called."""
        return f"{self.journey}-{self.engine}-{self.segment}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """Who walked."""
        return self.attempts[0].numbers

    def broken(self, rulings: Mapping[str, Ruling]) -> set[int]:
        """Return who failed whenever they walked."""
        return {one for one in self.attempts[0].failed(rulings) if len({*self.times(one, rulings)}) == 1}

    def flaky(self, rulings: Mapping[str, Ruling]) -> set[int]:
        """Return who failed at first, and walked again without a failure."""
        return self.attempts[0].failed(rulings) - self.broken(rulings)

    def times(self, customer: int, rulings: Mapping[str, Ruling]) -> tuple[int, int]:
        """Return how often a customer failed, of how many walks."""
        walks = [attempt for attempt in self.attempts if customer in attempt.numbers]
        return sum(customer in attempt.failed(rulings) for attempt in walks), len(walks)

    def named(self, rulings: Mapping[str, Ruling], *which: Ruling) -> dict[Name, list[Finding]]:
        """Return by name what was found, with one of these rulings, the most frequent first: one of each customer."""
        by_name: dict[Name, dict[int, Finding]] = {}
        for found in self.everything():
            if rulings[found.check] in which:
                by_name.setdefault(found.name, {}).setdefault(found.customer, found)
        ranked = sorted(by_name.items(), key=lambda one: (-len(one[1]), one[0]))
        return {name: list(of.values()) for name, of in ranked}

    def everything(self) -> Iterator[Finding]:
        """Yield everything that was found."""
        for attempt in self.attempts:
            yield from attempt.findings
        yield from self.inspected

    def fails(self, rulings: Mapping[str, Ruling]) -> bool:
        """Tell whether this fails: something is broken, or looking closely found what fails a run."""
        close = any(rulings[found.check] == "fail" for found in self.inspected)
        return close or bool(self.broken(rulings)) or (rulings["flaky"] == "fail" and bool(self.flaky(rulings)))

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Walked:
        """Read what `as_json` made."""
        attempts = tuple(
            Attempt(one["folder"], tuple(one["numbers"]), tuple(Finding(**found) for found in one["findings"]))
            for one in value["attempts"]
        )
        inspected = tuple(Finding(**found) for found in value["inspected"])
        return cls(**{**value, "attempts": attempts, "inspected": inspected, "missing": tuple(value["missing"])})


def met(rows: pd.DataFrame, found: Sequence[Finding], mocked: bool) -> tuple[Finding, ...]:
    """Return what the customers of a walk met: what its engine found, read beside the rows.

    A failure of a step that the customer then did after all is an *attempt*. A step of one's own application that took
    longer than the journey says, and was not done in the end, failed. What a mocked back end asks again, its rows tell.
    """
    steps = rows[rows["step"] != EXIT]
    served = set(zip(*(steps[steps["outcome"] == "served"][name] for name in ("customer", "step")), strict=True))
    judged = [
        replace(one, check="attempt") if one.check == "step" and (one.customer, one.step) in served else one
        for one in found
    ]
    if not mocked:
        late = steps[(steps["outcome"] == "timed_out")]
        for customer, step in dict.fromkeys(zip(late["customer"], late["step"], strict=True)):
            check = "attempt" if (customer, step) in served else "step"
            judged.append(
                Finding(check, str(step), "no answer within the time that the journey gives it", int(customer))
            )
    if mocked:
        again = steps[steps["detail"].astype(str).str.contains("re-asked: ", regex=False)]
        for customer, step, detail in zip(again["customer"], again["step"], again["detail"], strict=True):
            facts = str(detail).partition("re-asked: ")[2].partition(";")[0]
            judged.append(Finding("asked-again", str(step), f"{facts}, which the customer had given", int(customer)))
    return tuple(judged)


def sample(first: Attempt, rulings: Mapping[str, Ruling]) -> tuple[int, ...]:
    """Return whom to walk again to tell what is broken: a few of those whom each thing befell."""
    befell: dict[Name, set[int]] = {}
    for found in first.findings:
        if rulings[found.check] == "fail":
            befell.setdefault(found.name, set()).add(found.customer)
    return tuple(sorted({customer for who in befell.values() for customer in sorted(who)[:ENOUGH]}))


def doubtful(first: Attempt, recovered: Collection[int], rulings: Mapping[str, Ruling]) -> set[int]:
    """Return who met something that went away when somebody else walked again."""
    gone = {found.name for found in first.findings if found.customer in recovered and rulings[found.check] == "fail"}
    return {found.customer for found in first.findings if found.name in gone}


def figures(rows: pd.DataFrame) -> tuple[dict[str, int], dict[str, list[float]]]:
    """Return how many customers reached each end, and how long each step took that was served, in seconds."""
    ends = Counter(str(end) for end in rows[rows["step"] == EXIT]["outcome"])
    own = rows[(rows["lane"] == "customer") & (rows["outcome"] == "served") & (rows["visit"] >= 0)]
    took: dict[str, list[float]] = {}
    for step, ready_s, end_s in zip(own["step"], own["ready_s"], own["end_s"], strict=True):
        if step not in ("arrival", EXIT):
            took.setdefault(str(step), []).append(round(float(end_s - ready_s), 6))
    return dict(ends), took


def steps_of(rows: pd.DataFrame) -> dict[int, set[str]]:
    """Return which steps each customer came through, and which end they were told of."""
    told = rows[((rows["step"] != EXIT) & ~rows["outcome"].isin(_STRUCK)) | rows["outcome"].isin(_TOLD_ENDS)]
    met_by: dict[int, set[str]] = {int(number): set() for number in rows["customer"].unique()}
    for customer, step, outcome in zip(told["customer"], told["step"], told["outcome"], strict=True):
        met_by[int(customer)].add(str(outcome if step == EXIT else step))
    return {customer: met - {"arrival"} for customer, met in met_by.items()}


def covering(met_by: Mapping[int, Collection[str]], wanted: Collection[str]) -> tuple[int, ...]:
    """Return few customers who together came through all of what is `wanted`: whom to look at closely; at least one.

    >>> covering({0: {"join"}, 1: {"join", "plan"}, 2: {"help"}}, {"join", "plan", "help"})
    (1, 2)
    """
    left = set(wanted)
    chosen: list[int] = []
    while met_by and (left or not chosen):
        best = max(met_by, key=lambda customer: (len(left.intersection(met_by[customer])), -customer))
        if chosen and not left.intersection(met_by[best]):
            break
        chosen.append(best)
        left.difference_update(met_by[best])
    return tuple(sorted(chosen))


def only(found: Collection[Finding], checks: Collection[str]) -> tuple[Finding, ...]:
    """Return what was found of some checks, one of each name."""
    named = {one.name: one for one in found if one.check in checks}
    return tuple(named.values())
