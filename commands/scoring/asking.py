"""Integrated: what customers are really asked, by the pages they see, and what they had told before."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from commands.scoring.pace import note
from journeys.evidence import Evidence

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.probing.visitors import Visitor

FIRST = 800_001
VISITORS, AT_ONCE = 10, 5
POLL_MS = 1000
MOST_ACTS = 40
_FIELD = re.compile(r'name="fact:([^"]+)"')


@dataclass(slots=True)
class Asked:
    """Facts asked, by step; and those of them that the customer had told before, by step and fact."""

    asked: Counter[str] = field(default_factory=Counter)
    again: dict[str, Counter[str]] = field(default_factory=dict)
    ended: int = 0

    def add(self, step: str, asks: Sequence[str], told: set[str]) -> None:
        """Count what a page asks of somebody who has `told` some facts elsewhere."""
        self.asked[step] += len(asks)
        self.again.setdefault(step, Counter()).update(name for name in asks if name in told)

    def evidence(self, how: str) -> list[Evidence]:
        """Return it as rows."""
        found = [Evidence("integrated", "facts asked", step, times, "facts") for step, times in self.asked.items()]
        found += [
            Evidence("integrated", "facts asked again", step, times.total(), "facts", detail=", ".join(sorted(times)))
            for step, times in self.again.items()
        ]
        return [*found, note("integrated", how)]


def by_pages(journey: Journey, url: str, seed: int, within_s: float) -> list[Evidence]:
    """Let visitors walk a mocked back end page by page, and return what its pages asked of them.

    Each gives what the page asks and nothing else, until the case ends, or for `within_s`.
    """
    from journeys.population import Population

    population, ends_at = Population(journey, seed), time.monotonic() + within_s
    people = [population.customer(FIRST + number).persona for number in range(VISITORS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        walked = list(pool.map(lambda item: _walk(url, FIRST + item[0], item[1], ends_at), enumerate(people)))
    every = Asked()
    for one in walked:
        every.asked.update(one.asked)
        every.ended += one.ended
        for step, times in one.again.items():
            every.again.setdefault(step, Counter()).update(times)
    how = f"asked of {VISITORS} visitors by the pages, {every.ended} of them to the end of their case"
    return every.evidence(how)


def _walk(url: str, number: int, persona: Any, ends_at: float) -> Asked:
    import requests

    found, told_by, again = Asked(), dict[str, str](), 0
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Journeywright-Customer": str(number)}
        try:
            now = session.post(f"{url}/api/cases", headers=headers, timeout=10).json()
            case = quote(str(now["case"]))
            while not now["end"] and time.monotonic() < ends_at and again < MOST_ACTS:
                if not now["acts"]:
                    news = f"?wait_ms={POLL_MS}&since={now['version']}"
                    now = session.get(f"{url}/api/cases/{case}{news}", timeout=10).json()
                    continue
                step, again = str(now["step"]), again + 1
                page = session.get(f"{url}/cases/{case}", timeout=10).text
                asks = list(dict.fromkeys(_FIELD.findall(page)))
                found.add(step, asks, {name for name, where in told_by.items() if where != step})
                facts = {name: persona[name] for name in asks}
                told_by.update(dict.fromkeys(asks, step))
                session.post(f"{url}/api/cases/{case}/steps/{step}", json={"facts": facts}, timeout=30)
                now = session.get(f"{url}/api/cases/{case}", timeout=10).json()
        except (requests.RequestException, ValueError, KeyError):
            return found
    found.ended = int(bool(now["end"]))
    return found


def by_requests(journey: Journey, visitors: Sequence[Visitor]) -> list[Evidence]:
    """Return what an application of one's own is told by the journey's requests, and what of that again.

    A fact counts where its value is sent; it is told again where another address is sent the same value.
    """
    every = Asked()
    for visitor in visitors:
        told: dict[str, str] = {}
        for exchange in (one for one in visitor.exchanges if one.method != "GET" and one.status):
            sends = [
                fact.name for fact in journey.facts
                if len(visitor.persona[fact.name]) > 2 and visitor.persona[fact.name] in exchange.sent
            ]  # fmt: skip
            where = re.sub(r"/[^/]*\d[^/]*", "/*", exchange.path)
            every.add(where, sends, {name for name, at in told.items() if at != where})
            told.update(dict.fromkeys(sends, where))
    how = "what the journey's own requests send; whether its parts agree cannot be seen from outside"
    return every.evidence(how) if every.asked else []
