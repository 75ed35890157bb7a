"""The desk: the cases that the back end holds, between HTTP requests on one side and the organisation on the other."""

from __future__ import annotations

import asyncio
import functools
import math
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from journeys.blueprint import Journey, Step
from journeys.eventlog import Row
from journeys.facts import Fact
from journeys.intents import Acted, Answered
from journeys.paths import digest
from journeys.population import Population, by_segment
from simulators.backend.asking import Told, known, shown, to_ask, wrong
from simulators.backend.clocks import AsyncioClock
from simulators.backend.store import Answer, Store, StoredCase
from simulators.organisation import Case, Organisation

FIRST_VISITOR = 1_000_000
LAST_CUSTOMER = 2**52
STATUS_OF = {"rejected": 503, "failed": 502, "timed_out": 504}
_NOT_SERVED = ("failed", "timed_out")
_CLOSING = "the back end is closing down"

Result = TypeVar("Result")


class Refused(Exception):
    """A request that is answered with a problem: an HTTP status and what to say."""

    def __init__(self, status: int, problem: str, **more: Any) -> None:
        super().__init__(problem)
        self.answer = Answer(status, {"problem": problem, **more})


class Record:
    """A case at the desk: where it stands, what its systems were told, and who waits to hear of it."""

    __slots__ = ("acting", "asks", "case", "id", "last", "released", "told", "waiting")

    def __init__(self, case_id: str, case: Case) -> None:
        self.id, self.case = case_id, case
        self.told: Told = {}
        self.asks: tuple[str, ...] | None = None
        self.acting: asyncio.Future[Acted] | None = None
        self.last: Acted | None = None
        self.waiting: set[asyncio.Future[None]] = set()

    @property
    def acts(self) -> bool:
        """Whether it is the customer's turn, and what they did is not just being worked on."""
        return self.case.acts and self.acting is None

    def state(self) -> dict[str, Any]:
        """Return the body of every answer about the case."""
        case = self.case
        return {
            "case": self.id, "step": case.step, "acts": self.acts, "end": case.ended, "wait": case.wait,
            "version": case.version,
        }  # fmt: skip


def measured(acted: Acted) -> dict[str, Any]:
    """Return what came of an act with its times in milliseconds; `service_ms` None where service never began."""
    began = not math.isnan(acted.start_s)
    queue_ms = ((acted.start_s if began else acted.end_s) - acted.ready_s) * 1000
    service_ms = round((acted.end_s - acted.start_s) * 1000, 3) if began else None
    return {
        "outcome": acted.outcome, "queue_ms": round(queue_ms, 3), "service_ms": service_ms, "server": acted.server,
        "detail": acted.detail,
    }  # fmt: skip


class Desk:
    """Serves one journey from one event loop.

    Parameters
    ----------
    journey: what is served, scenario changes applied. seed: whose population walks it.
    speed: human seconds per second of the wall, > 0. store: where state is kept.
    """

    def __init__(self, journey: Journey, *, seed: int, speed: float, store: Store) -> None:
        self.journey, self.speed, self.store = journey, speed, store
        self.digest = digest(journey)
        self.facts: Mapping[str, Fact] = {fact.name: fact for fact in journey.facts}
        self._population = Population(journey, seed)
        self._views = by_segment(journey)
        self._visitor = store.last_visitor(FIRST_VISITOR)
        self._running: dict[tuple[str, str], asyncio.Future[Answer]] = {}
        self._expected: set[asyncio.Future[Any]] = set()
        self.closing = False

    # The run ---------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin at zero in the running loop, and take up again the cases that the store holds open."""
        self._begin_at_zero()
        for stored in self.store.open_cases():
            self._take_up(stored)

    def zero(self) -> None:
        """Make now the run's zero: a fresh organisation, and no rows; refused (409) while cases are open."""
        if self.open_cases:
            raise Refused(409, f"{self.open_cases} cases are open", open=self.open_cases)
        self._stop("another run has begun")
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        self._human, self._system = AsyncioClock(loop, now, self.speed), AsyncioClock(loop, now)
        self.rows: list[list[Any]] = []
        self.records: dict[str, Record] = {}
        self.ends: Counter[str] = Counter()
        self.open_cases = 0
        self.organisation = Organisation(
            self.journey, self._population, human=self._human, system=self._system, run_s=self._system.now_s,
            emit=self._emit,
        )  # fmt: skip
        self.organisation.start()

    def now_s(self) -> float:
        """Return wall seconds since the run's zero."""
        return self._system.now_s()

    def human_now_s(self) -> float:
        """Return seconds since the run's zero on the journey's clock (zero is a Monday, 00:00)."""
        return self._human.now_s()

    def close(self) -> None:
        """Answer everybody who waits, and let nothing more happen. The store stays open for their last words."""
        self.closing = True
        self._stop(_CLOSING)
        for record in self.records.values():
            self._wake(record)

    def _stop(self, why: str) -> None:
        self._human.stop()
        self._system.stop()
        for future in self._expected:
            if not future.done():
                future.set_exception(Refused(503, why))

    def _emit(self, row: Row) -> None:
        self.rows.append([None if value != value else value for value in row])

    # Cases -----------------------------------------------------------------------------------------------------------

    def record(self, case_id: str) -> Record:
        """Return a case; refused (404) where there is none of that name."""
        found = self.records.get(case_id)
        if found is not None:
            return found
        stored = self.store.case(case_id)
        if stored is None or not stored.ended:
            raise Refused(404, "no such case")
        case = Case(stored.customer, self._population.segment(stored.customer))
        case.step, case.ended, case.version = stored.step, True, stored.version
        return Record(case_id, case)

    def begin(self, customer: int | None) -> Record:
        """Open a case for a customer of the population, or for a visitor with the next free number."""
        if self.closing:
            raise Refused(503, _CLOSING)
        if customer is None:
            self._visitor += 1
            customer = self._visitor
        record = self._register(secrets.token_urlsafe(16), self.organisation.begin(customer))
        self.store.begun(_stored(record), self.now_s())
        return record

    def step(self, record: Record) -> Step:
        """Return the step where a case stands, as its customer's segment lives it."""
        return self._views[record.case.segment].step(record.case.step)

    def asked(self, record: Record) -> tuple[str, ...]:
        """Return the facts asked on this visit of the step: the same ones again after a failed attempt."""
        if record.asks is None:
            record.asks = to_ask(self.journey, self.step(record), record.told)
        return record.asks

    def _take_up(self, stored: StoredCase) -> None:
        case = self.organisation.begin(stored.customer)
        if case.step != stored.step and case.acts:
            self.organisation.go(case, stored.step)
        record = self._register(stored.id, case)
        record.told = self.store.told(stored.id)
        self.store.moved(_stored(record), self.now_s())

    def _register(self, case_id: str, case: Case) -> Record:
        record = self.records[case_id] = Record(case_id, case)
        if case.ended:
            self.ends[case.step] += 1
        else:
            self.open_cases += 1
            case.listener = functools.partial(self._changed, record)
        return record

    def _changed(self, record: Record) -> None:
        if record.case.ended:
            record.case.listener = None
            self.open_cases -= 1
            self.ends[record.case.step] += 1
        self.store.moved(_stored(record), self.now_s())
        self._wake(record)

    def _wake(self, record: Record) -> None:
        for future in record.waiting:
            if not future.done():
                future.set_result(None)

    # What customers do -----------------------------------------------------------------------------------------------

    async def act(self, record: Record, step: str, given: Mapping[str, str], deadline_ms: float) -> Acted:
        """Let the customer act and wait until service is over.

        `deadline_ms` are real milliseconds, after which work in hand is withdrawn; infinity for never. Refused: 409
        where it is not their turn at that step, 422 where facts are missing, unfit or not asked here.
        """
        self.expect_turn(record, step)
        own = self.step(record)
        asked, knows = self.asked(record), known(self.journey, own, record.told)
        problems = wrong(own, self.facts, given, (name for name in asked if name not in knows))
        if problems:
            named = "; ".join(f"{name} {problem}" for name, problem in problems.items())
            raise Refused(422, f"{step}: {named}", facts=problems)
        self._tell(record, own, {**knows, **self._shown(given)})
        pending: asyncio.Future[Acted] = asyncio.get_running_loop().create_future()
        record.acting = pending
        scale = self.speed if self.journey.clock(step) == "human" else 1.0
        try:
            self.organisation.act(record.case, step, functools.partial(_settle, pending), deadline_ms / 1000 * scale)
            acted = await self._expect(pending)
        finally:
            record.acting = None
        record.last = acted
        if acted.outcome not in _NOT_SERVED:
            record.asks = None
        return acted

    def expect_turn(self, record: Record, step: str) -> None:
        """Return if it is the customer's turn at `step`; refused: 404 for an unknown step, else 409."""
        case = record.case
        if all(step != known_step.name for known_step in self.journey.steps):
            raise Refused(404, f"no such step: {step}", step=case.step)
        if self.closing:
            raise Refused(503, _CLOSING)
        if record.acting is not None:
            raise Refused(409, "the last submission is still being worked on", step=case.step)
        if case.ended:
            raise Refused(409, f"the case has ended: {case.step}", step=case.step)
        if not case.acts or case.step != step:
            raise Refused(409, f"not the customer's turn at {step}", step=case.step)

    def _shown(self, given: Mapping[str, str]) -> dict[str, str]:
        return {name: shown(self.facts[name], value) for name, value in given.items() if value}

    def _tell(self, record: Record, step: Step, values: Mapping[str, str]) -> None:
        if step.asks:
            system = self.journey.system(step.system).name
            told = {name: values[name] for name in step.asks}
            record.told.setdefault(system, {}).update(told)
            self.store.tell(record.id, system, told.items())

    async def ask(self, record: Record, contact: str, visit: int, patience_s: float) -> Answered:
        """Let the customer phone and wait until the call is over; `patience_s` in human seconds."""
        if all(contact != known_contact.name for known_contact in self.journey.contacts):
            raise Refused(404, f"no such contact: {contact}")
        self._expect_open(record)
        pending: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self.organisation.ask(record.case, contact, visit, patience_s, functools.partial(_settle, pending))
        answered = await self._expect(pending)
        self.store.contacted(record.id, contact, visit, answered.outcome, self.now_s())
        return answered

    def go(self, record: Record, to: str) -> None:
        """Let the customer turn to where the step at which they failed sends them; refused (422) elsewhere."""
        self._expect_open(record)
        if record.acting is not None or not record.case.acts:
            raise Refused(409, "it is not the customer's turn", step=record.case.step)
        ways = sorted({view.step(record.case.step).on_failure for view in self._views})
        if to not in ways:
            raise Refused(422, f"no way to {to!r} from {record.case.step}", allowed=ways)
        record.asks = None
        self.organisation.go(record.case, to)

    def leave(self, record: Record, reason: str) -> None:
        """Let the customer withdraw; nothing where the case has ended."""
        if record.case.ended:
            return
        pending = record.acting
        self.organisation.leave(record.case, reason)
        if pending is not None and not pending.done():
            pending.set_exception(Refused(409, "the customer has withdrawn", step=record.case.step))

    def _expect_open(self, record: Record) -> None:
        if self.closing:
            raise Refused(503, _CLOSING)
        if record.case.ended:
            raise Refused(409, f"the case has ended: {record.case.step}", step=record.case.step)

    # Waiting for answers ---------------------------------------------------------------------------------------------

    async def changed(self, record: Record, since: int | None, wait_s: float) -> None:
        """Return at once when the case's version is not `since`; else when it changes, or after `wait_s`."""
        if since is None or record.case.version != since or wait_s <= 0 or self.closing:
            return
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()
        record.waiting.add(told)
        alarm = loop.call_later(wait_s, _settle, told, None)
        try:
            await told
        finally:
            alarm.cancel()
            record.waiting.discard(told)

    async def once(self, path: str, key: str, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """Run a submission once: a repeated key is given the first answer, and waits for it while it is made.

        What was refused before any work began leaves no trace, so that it may be put right under the same key.
        """
        if not key:
            return await run()
        first = self.store.answered(path, key)
        if first is not None:
            return first
        running = self._running.get((path, key))
        if running is not None:
            return await asyncio.shield(running)
        made: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._running[path, key] = made
        try:
            answer = await run()
            self.store.acknowledge(path, key, answer)
            made.set_result(answer)
            return answer
        except Refused as refused:
            made.set_result(refused.answer)
            raise
        finally:
            del self._running[path, key]
            if not made.done():
                made.set_result(Answer(500, {"problem": "the first request under this key failed"}))

    async def _expect(self, future: asyncio.Future[Result]) -> Result:
        self._expected.add(future)
        try:
            return await future
        finally:
            self._expected.discard(future)


def _settle(future: asyncio.Future[Result], result: Result) -> None:
    if not future.done():
        future.set_result(result)


def _stored(record: Record) -> StoredCase:
    case = record.case
    return StoredCase(record.id, case.customer, case.step, case.ended, case.version)
