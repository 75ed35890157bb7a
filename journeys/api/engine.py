"""The API engine: walks customers by their steps' requests against a mocked back end or an application of one's own."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from journeys.api.sessions import GivenUp, Threaded
from journeys.blueprint import Journey
from journeys.clients.mocked import MockedCustomer, Stranded
from journeys.clients.own import OwnCustomer
from journeys.clients.party import Party
from journeys.clients.planning import expect_requests, not_measured
from journeys.clients.starting import manifest_of, reach
from journeys.clients.target import MockedBackEnd, Target
from journeys.eventlog import EXIT, Row, RunWriter, versions
from journeys.findings import Finding, impersonal, write_findings
from journeys.intents import Act, Ask, Go, Leave, Listen, Pause, Think
from journeys.population import Customer, Population
from journeys.walking import Script

HEADER = "Journeywright-Customer"


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
    """The customers of one run."""

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
        self._journey, self._writer, self._population = journey, writer, population
        self._target, self._back_end, self._give_up_s, self._repeats = target, back_end, give_up_s, repeats
        self._speed, self._run = writer.manifest.speed, secrets.token_hex(6)
        self._script = Script(
            journey,
            population,
            organisation=back_end is not None,
            acts=None if back_end is not None else lambda step: bool(step.http),
            speed=self._speed,
        )
        self._turn = threading.RLock()  # the walks' own thinking, the rows and the findings are one thread's at a time
        self._stopped = threading.Event()
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
            self._stopped.set()
            pool.shutdown(cancel_futures=True)
            if self._back_end is not None:
                self._writer.extend(self._back_end.rows())
            write_findings(self._writer.folder, self._findings)
            manifest = self._writer.manifest
            self._writer.manifest = replace(manifest, settings={**manifest.settings, "findings": len(self._findings)})

    def _customer(self, number: int) -> None:
        with self._turn:
            customer = self._population.customer(number)
        began_s, step = self.clock(), ""

        def goes_on() -> float:
            left_s = began_s + self._give_up_s - self.clock()
            if self._stopped.is_set() or left_s <= 0:
                raise GivenUp("stopped" if left_s > 0 else f"still on the way {self._give_up_s:g} s after arriving")
            return left_s

        def met(check: str) -> Callable[[str, str, str], None]:
            def note(request: str, what: str, detail: str) -> None:
                self._found(Finding(check, step, f"{request}: {what}", number, request, masked(detail)))

            return note

        persona = customer.persona
        secret = [customer.persona[fact.name] for fact in self._journey.facts if fact.kind == "secret"]

        def masked(text: str) -> str:
            for value in filter(None, secret):
                text = text.replace(value, "***")
            return text

        session = Threaded(
            self._target.url,
            {HEADER: str(number)} if self._back_end is not None else {},
            clock=self.clock,
            goes_on=goes_on,
            met=met("server-error"),
            doubled=met("double-submit") if self._repeats else None,
        )
        walk = self._script.walk(number, began_s, self.clock, self._emit)
        party = self._party(customer, session, goes_on)
        answer: Any = None
        due_s = began_s
        try:
            while True:
                with self._turn:
                    try:
                        intent = walk.send(answer)
                    except StopIteration:
                        return
                answer = None
                goes_on()
                match intent:
                    case Think(human_s):
                        due_s += human_s / self._speed
                        self._sleep(due_s - self.clock(), goes_on)
                        continue
                    case Pause(system_s):
                        self._sleep(system_s, goes_on)
                    case Act():
                        step = intent.step.name
                        answer = party.act(intent, due_s)
                        if answer.outcome in ("failed", "timed_out"):
                            answer = answer._replace(detail=masked(answer.detail))
                            if self._back_end is None or answer.detail.startswith("POST "):  # not the blueprint's own
                                self._found(Finding("step", step, impersonal(answer.detail, persona), number))
                    case Listen(human_s):
                        answer = party.listen(human_s / self._speed)
                    case Ask():
                        answer = party.ask(intent, due_s)
                    case Go():
                        answer = party.go(intent)
                    case Leave():
                        party.leave(intent)
                due_s = self.clock()
        except (GivenUp, Stranded) as ended:
            now_s = self.clock()
            self._found(Finding("step", step, str(ended), number))
            self._emit(
                Row(number, customer.segment, EXIT, 0, "customer", "", -1, now_s, now_s, now_s, now_s, "censored", "",
                    str(ended))
            )  # fmt: skip
        finally:
            session.close()

    def _party(self, customer: Customer, session: Threaded, goes_on: Callable[[], float]) -> Party:
        if self._back_end is None:
            return OwnCustomer(
                self._journey, customer.number, customer.persona, session, speed=self._speed, run=self._run,
                clock=self.clock,
            )  # fmt: skip
        return MockedCustomer(
            self._journey, customer.number, customer.segment, customer.persona, session, speed=self._speed,
            run=self._run, clock=self.clock, emit=self._emit, sleep=lambda wait_s: self._sleep(wait_s, goes_on),
        )  # fmt: skip

    def _sleep(self, wait_s: float, goes_on: Callable[[], float]) -> None:
        """Let time pass, as long as the customer is followed."""
        if wait_s > 0:
            self._stopped.wait(min(wait_s, goes_on()))
            goes_on()

    def _emit(self, row: Row) -> None:
        with self._turn:
            self._writer.add(row)

    def _found(self, finding: Finding) -> None:
        with self._turn:
            self._findings.append(finding)
