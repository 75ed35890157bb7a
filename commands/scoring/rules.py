"""Flexible: a rule is changed while customers are served, and everything that it takes is counted."""

from __future__ import annotations

import contextlib
import html
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from commands.scoring.pace import missing, note
from journeys.evidence import Evidence

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from simulators.backend.process import BackendProcess

EVERY_S = 0.02
LONGEST_S = 20.0
OPEN_CASES = 5
FIRST_STEPS = 4
FIRST = 700_001
NEVER = "never-asked"
"""A fact that no step asks: what is sent along with it is refused, and tells why, without being done."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule to change: its path, the value it gets, where it is asked, and what can no longer be given then.

    `before` and `after` are what the page says of it; both empty where a page says nothing.
    """

    path: str
    value: str
    step: str
    refuses: str
    before: str = ""
    after: str = ""


def rule_of(journey: Journey) -> Rule | None:
    """Return a rule of the first pages that ask for a number or a choice; None where none of them does."""
    for step in journey.steps[:FIRST_STEPS]:
        if step.lane != "customer":
            return None
        for fact in map(journey.fact, step.asks):
            if fact.kind == "number" and fact.high > fact.low and not fact.faker:
                high = (fact.low + fact.high) / 2
                hints = ("", "") if fact.widget == "keypad" else (f"to {fact.high:,.15g}", f"to {high:,.15g}")
                return Rule(f"facts.{fact.name}.high", f"{high:.15g}", step.name, f"{fact.high:.15g}", *hints)
            if fact.kind == "choice" and len(fact.choices) > 1 and not any("," in choice for choice in fact.choices):
                left = ", ".join(fact.choices[:-1])
                gone = fact.choices[-1]
                elsewhere = any(gone in journey.fact(name).choices for name in step.asks if name != fact.name)
                says = "" if elsewhere else html.escape(gone)  # a page that offers it for something else tells nothing
                return Rule(f"facts.{fact.name}.choices", left, step.name, gone, says)
    return None


@dataclass(slots=True)
class _Watch:
    """Asks for a case again and again: from when on the rule is in force, and how long nobody answered."""

    url: Callable[[], str]
    case: str
    rule: Rule
    asked: int = 0
    refused: int = 0
    away_s: float = 0.0
    in_force_at: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Ask until told to end."""
        import requests

        last = time.monotonic()
        with requests.Session() as session:
            session.trust_env = False
            while not self.ended.wait(EVERY_S):
                page, refusal, self.asked = "", None, self.asked + 1
                with contextlib.suppress(requests.RequestException, ValueError):
                    where = f"{self.url()}/api/cases/{self.case}/steps/{self.rule.step}"
                    given = {self.rule.path.split(".")[1]: self.rule.refuses, NEVER: "asked"}
                    refusal = session.post(where, json={"facts": given}, timeout=5).json().get("facts")
                    page = session.get(f"{self.url()}/cases/{self.case}", timeout=5).text
                now = time.monotonic()
                if refusal is None:
                    self.refused += 1
                    self.away_s += now - last
                elif not self.in_force_at and is_in_force(page, refusal, self.rule):
                    self.in_force_at = now
                last = now


def is_in_force(page: str, refusal: Mapping[str, str], rule: Rule) -> bool:
    """Tell whether a changed rule is in force: for programs, which are refused what it forbids, and on the page."""
    shown = not rule.before or (rule.before not in page and rule.after in page)
    return rule.path.split(".")[1] in refusal and shown


def changed(
    journey: Journey, backend: BackendProcess, seed: int, restarted: Callable[[Rule], BackendProcess]
) -> list[Evidence]:
    """Change a rule of a mocked back end, by a call if it takes one, else by a restart; return what that took.

    `restarted` ends the back end, and returns it as it runs with the rule, over the same database.
    """
    import requests

    rule = rule_of(journey)
    if rule is None:
        return [missing("flexible", "no number or choice is asked on the first pages, whose rule could be changed")]
    where = [backend]
    with requests.Session() as session:
        session.trust_env = False
        cases = _opened(session, backend.url, journey, seed, rule)
        if not cases:
            return [missing("flexible", f"nobody came as far as {rule.step}, whose rule was to be changed")]
        watch = _Watch(lambda: where[0].url, quote(cases[0]), rule)
        thread = threading.Thread(target=watch.watch, name="rule", daemon=True)
        thread.start()
        try:
            began = time.monotonic()
            taken = session.post(
                f"{backend.url}/api/rules", json={"path": rule.path, "value": rule.value}, timeout=10
            ).status_code
            if taken != 200:
                where[0] = restarted(rule)
            ends_at = time.monotonic() + LONGEST_S
            while not watch.in_force_at and time.monotonic() < ends_at:
                time.sleep(EVERY_S)
        finally:
            watch.ended.set()
            thread.join()
        lost = sum(not _is_open(session, where[0].url, case, rule.step) for case in cases)
    if not watch.in_force_at:
        return [missing("flexible", f"{rule.path} was changed, and no page shows it within {LONGEST_S:g} s")]
    restarts = int(taken != 200)
    how = f"{rule.path}={rule.value}: " + (
        "one call to /api/rules" if not restarts else "serve --rule, after a restart"
    )
    return [
        Evidence("flexible", "files", rule.path, restarts, "files", detail="what it is started with" * restarts),
        Evidence("flexible", "restarts", rule.path, restarts, "restarts"),
        Evidence("flexible", "until in force", rule.path, watch.in_force_at - began, "s"),
        Evidence("flexible", "away", rule.path, watch.away_s, "s"),
        Evidence("flexible", "refused", rule.path, watch.refused, "requests", detail=f"of {watch.asked}"),
        Evidence("flexible", "cases lost", rule.path, lost, "cases", detail=f"of {len(cases)} that were open"),
        note("flexible", how),
    ]  # fmt: skip


def _opened(session: Any, url: str, journey: Journey, seed: int, rule: Rule) -> list[str]:
    """Return cases that stand at the rule's step."""
    from journeys.population import Population

    population, found = Population(journey, seed), []
    for number in range(FIRST, FIRST + 4 * OPEN_CASES):
        persona = population.customer(number).persona
        now = session.post(f"{url}/api/cases", headers={"Journeywright-Customer": str(number)}, timeout=10).json()
        while now.get("acts") and now["step"] != rule.step:
            step = journey.step(str(now["step"]))
            facts = {"facts": {name: persona[name] for name in step.asks}}
            now = session.post(f"{url}/api/cases/{now['case']}/steps/{step.name}", json=facts, timeout=30).json()
        if now.get("acts"):
            found.append(str(now["case"]))
        if len(found) == OPEN_CASES:
            break
    return found


def _is_open(session: Any, url: str, case: str, step: str) -> bool:
    answer = session.get(f"{url}/api/cases/{quote(case)}", timeout=10)
    return bool(answer.status_code == 200 and answer.json()["step"] == step)
