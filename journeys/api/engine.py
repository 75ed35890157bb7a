"""The API engine: walks customers by their steps' requests against a mocked back end or an application of one's own."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from journeys.api.sessions import GivenUp, Threaded
from journeys.blueprint import Journey
from journeys.clients.mocked import Stranded
from journeys.clients.party import party_of
from journeys.clients.planning import expect_requests, not_measured
from journeys.clients.session import CUSTOMER
from journeys.clients.starting import manifest_of, reach
from journeys.clients.target import MockedBackEnd, Target
from journeys.eventlog import Row, RunWriter, versions
from journeys.findings import Finding, impersonal, write_findings
from journeys.intents import Act, Acted, Ask, Go, Intent, Leave, Listen, Pause, Think
from journeys.population import Customer, Population
from journeys.rows import exit_row
from journeys.walking import Script


def walk_api(
    journey: Journey,
    *,
    target: str,
    mocked: bool,
    folder: Path,
    seed: int,
    numbers: Sequence[int],
    at_once: int = 8,
    speed: float = 1.0,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    give_up_s: float = 120.0,
    repeats: bool = False,
) -> Path:
    """Walk customers by HTTP alone, `at_once` of them at a time, and return the run's folder.

    Parameters
    ----------
    journey, target, mocked, folder, seed, speed, scenario, changes: as of the browser engine's `browse`.
    numbers: which customers, in this order; the next begins when one has ended (a closed workload).
    give_up_s: a customer who is still on the way so long after arriving is censored.
    repeats: send every POST that carries an idempotency key twice, and find what was done twice.

    Raises InvalidInput or Unsupported before the start, TargetUnreachable where nothing answers, CannotWrite for the
    folder. On Ctrl-C what was measured is kept, marked unfinished.
    """
    place = Target.parse(target)
    expect_requests(journey, mocked, "API walk")
    back_end = reach(place, journey, mocked, speed)
    manifest = manifest_of(
        journey, place, mocked, changes=changes, scenario=scenario, engine="api", seed=seed, customers=len(numbers),
        speed=speed, workload="closed", not_measured=not_measured(journey, mocked),
        settings={"at_once": at_once, "repeats": repeats}, versions=versions("requests"),
    )  # fmt: skip
    with RunWriter(folder, manifest) as writer:
        crowd = _Crowd(journey, writer, Population(journey, seed), place, back_end, give_up_s, repeats)
        crowd.walk(numbers, at_once)
        writer.close()
    return folder


class _Crowd:
    """The customers of one run, each walking in a thread of a pool, and what all of them share."""

    def __init__(
        self,
        journey: Journey,
        writer: RunWriter,
        population: Population,
        target: Target,
        back_end: MockedBackEnd | None,
        give_up_s: float,
        repeats: bool,
    ) -> None:
        self.journey, self.target, self.give_up_s, self.repeats = journey, target, give_up_s, repeats
        self.mocked, self.speed, self.run = back_end is not None, writer.manifest.speed, secrets.token_hex(6)
        self.script = Script(
            journey,
            population,
            organisation=self.mocked,
            acts=None if self.mocked else lambda step: bool(step.http),
            speed=self.speed,
        )
        self.turn = threading.RLock()  # the walks' own thinking, the rows and the findings are one thread's at a time
        self.stopped = threading.Event()
        self._writer, self._population, self._back_end = writer, population, back_end
        self._zero_s = time.perf_counter()
        self._findings: list[Finding] = []

    def clock(self) -> float:
        """Return seconds since the run's zero."""
        return time.perf_counter() - self._zero_s

    def walk(self, numbers: Sequence[int], at_once: int) -> None:
        """Walk everybody; raises the first error that is nobody's failure but the engine's."""
        self._zero_s = self._back_end.zero() if self._back_end is not None else time.perf_counter()
        pool = ThreadPoolExecutor(max_workers=max(1, min(at_once, len(numbers))), thread_name_prefix="customer")
        try:
            walks = [pool.submit(self._customer, number) for number in numbers]
            done, _ = wait(walks, return_when=FIRST_EXCEPTION)
            for walk in done:
                walk.result()
        finally:
            self.stopped.set()
            pool.shutdown(cancel_futures=True)
            write_findings(self._writer.folder, self._findings)
            manifest = self._writer.manifest
            self._writer.manifest = replace(manifest, settings={**manifest.settings, "findings": len(self._findings)})
            if self._back_end is not None:
                self._writer.extend(self._back_end.rows())

    def emit(self, row: Row) -> None:
        """Take a row."""
        with self.turn:
            self._writer.add(row)

    def found(self, finding: Finding) -> None:
        """Take what was found wrong."""
        with self.turn:
            self._findings.append(finding)

    def _customer(self, number: int) -> None:
        with self.turn:
            customer = self._population.customer(number)
        _Visitor(self, customer).walk()


class _Visitor:
    """One customer's walk: what they intend is done before the target, and the walk is told what came of it."""

    def __init__(self, crowd: _Crowd, customer: Customer) -> None:
        self._crowd, self._customer = crowd, customer
        self._secrets = [customer.persona[fact.name] for fact in crowd.journey.facts if fact.kind == "secret"]
        self._began_s = self._due_s = crowd.clock()
        self._step, self._listening = "", False
        self._session = Threaded(
            crowd.target.url,
            {CUSTOMER: str(customer.number)} if crowd.mocked else {},
            clock=crowd.clock,
            goes_on=self._goes_on,
            met=partial(self._met, "server-error"),
            doubled=partial(self._met, "double-submit") if crowd.repeats else None,
        )
        self._party = party_of(
            crowd.journey, customer, self._session, mocked=crowd.mocked, speed=crowd.speed, run=crowd.run,
            clock=crowd.clock, emit=crowd.emit, sleep=self._sleep,
        )  # fmt: skip

    def walk(self) -> None:
        """Walk until an end is reached, or nobody follows any more: the customer is then censored."""
        try:
            self._to_the_end()
        except (GivenUp, Stranded) as ended:
            # who was stopped, or waits for people behind the counter, has met nothing wrong
            if not self._crowd.stopped.is_set() and not (self._listening and isinstance(ended, GivenUp)):
                self._crowd.found(Finding("step", self._step, str(ended), self._customer.number))
            exit_ = exit_row(self._customer.number, self._customer.segment, self._crowd.clock(), "censored", str(ended))
            self._crowd.emit(exit_)
        finally:
            self._session.close()

    def _to_the_end(self) -> None:
        crowd, answer = self._crowd, None
        walk = crowd.script.walk(self._customer.number, self._began_s, crowd.clock, crowd.emit)
        while True:
            with crowd.turn:
                try:
                    intent = walk.send(answer)
                except StopIteration:
                    return
            self._goes_on()
            answer = self._done(intent)
            if not isinstance(intent, Think):  # a start that came late is made up for in the next time of thinking
                self._due_s = crowd.clock()

    def _done(self, intent: Intent) -> Any:
        """Do what the customer intends, and return what came of it."""
        match intent:
            case Think(human_s):
                self._due_s += human_s / self._crowd.speed
                return self._sleep(self._due_s - self._crowd.clock())
            case Pause(system_s):
                return self._sleep(system_s)
            case Act():
                return self._act(intent)
            case Listen(human_s):
                self._listening = True
                heard = self._party.listen(human_s / self._crowd.speed)
                self._listening = False
                return heard
            case Ask():
                return self._party.ask(intent, self._due_s)
            case Go():
                return self._party.go(intent)
            case Leave():
                return self._party.leave(intent)

    def _act(self, act: Act) -> Acted:
        self._step = act.step.name
        acted = self._party.act(act, self._due_s)
        if acted.outcome not in ("failed", "timed_out"):
            return acted
        acted = acted._replace(detail=self._masked(acted.detail))
        if not self._crowd.mocked or acted.detail.startswith("POST "):  # not the blueprint's own
            what = impersonal(acted.detail, self._customer.persona)
            self._crowd.found(Finding("step", self._step, what, self._customer.number))
        return acted

    def _goes_on(self) -> float:
        """Return the seconds for which the customer is followed; raises GivenUp where that is over."""
        left_s = self._began_s + self._crowd.give_up_s - self._crowd.clock()
        if self._crowd.stopped.is_set():
            raise GivenUp("stopped")
        if left_s <= 0:
            raise GivenUp(f"still on the way {self._crowd.give_up_s:g} s after arriving")
        return left_s

    def _sleep(self, wait_s: float) -> None:
        """Let time pass, as long as the customer is followed."""
        if wait_s > 0:
            self._crowd.stopped.wait(min(wait_s, self._goes_on()))
            self._goes_on()

    def _met(self, check: str, request: str, what: str, detail: str) -> None:
        number = self._customer.number
        self._crowd.found(Finding(check, self._step, f"{request}: {what}", number, request, self._masked(detail)))

    def _masked(self, text: str) -> str:
        for value in filter(None, self._secrets):
            text = text.replace(value, "***")
        return text
