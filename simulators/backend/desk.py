"""The desk: the cases that the back end holds, between requests on one side and the organisation on the other."""

from __future__ import annotations

import asyncio
import functools
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from journeys.blueprint import Journey, Step
from journeys.facts import Fact
from journeys.intents import Acted, Answered
from journeys.paths import digest
from journeys.population import KEPT, Population, by_segment
from simulators.backend.asking import known, shown, spoken_s, to_ask, wrong
from simulators.backend.clocks import AsyncioClock
from simulators.backend.kept import KeptOrganisation, without_passing_faults
from simulators.backend.ledger import Ledger
from simulators.backend.once import Once, down
from simulators.backend.own import own_processes
from simulators.backend.records import Onlookers, Record, settle
from simulators.backend.rowlog import RowLog
from simulators.backend.rules import RuleBook
from simulators.backend.standing import Operations, Standing, StationNow, StockNow, measured
from simulators.backend.standstill import Standstill
from simulators.backend.store import Answer, Change, Store, StoredCase, StoreDown, begun, contacted, moved, told
from simulators.backend.submissions import Act, Begin, Go, Leave, Phone, Refused, Submission
from simulators.cases import Case

FIRST_VISITOR = 1_000_000
STATUS_OF = {"rejected": 503, "failed": 502, "timed_out": 504}
_NOT_SERVED = ("failed", "timed_out")
_CLOSING = "the back end is closing down"

Result = TypeVar("Result")


class Desk:
    """Serves one journey from one event loop.

    Parameters
    ----------
    journey: what is served, scenario changes applied. seed: whose population walks it.
    speed: human seconds per second of the wall, > 0. store: where state is kept.
    rules: paths of rules and their values, other than the journey's; with those that the store holds.
    one_of_several: what faults do to what passes, others do.

    In memory are the cases that are open; those that have ended, and all rows, are in the store alone. `zeroed` is
    called at each zero, with `time.monotonic()`.
    """

    def __init__(
        self, journey: Journey, *, seed: int, speed: float, store: Store, rules: Mapping[str, str],
        one_of_several: bool = False,
    ) -> None:  # fmt: skip
        self.journey, self.speed, self.store = journey, speed, store
        self.digest = digest(journey)
        self.ledger = Ledger(store.database)
        self.rulebook = RuleBook(journey, self.ledger, {**store.rules(), **rules})
        self.facts: Mapping[str, Fact] = self.rulebook.facts
        self.once = Once(store, self.ledger)
        self._population = Population(journey, seed, kept=KEPT)
        self._views = by_segment(journey)
        self._visitor = store.last_visitor(FIRST_VISITOR)
        self._expected: set[asyncio.Future[Any]] = set()
        self._onlookers = Onlookers()
        self.closing = False
        self._log = RowLog(store, self.ledger)
        self._played = without_passing_faults(journey) if one_of_several else journey
        self.zeroed: Callable[[float], None] = lambda zero_at: None

    # The run ---------------------------------------------------------------------------------------------------------

    async def open(self, zero_at: float | None = None) -> None:
        """Begin in the running loop, and take up again the cases that the store holds open.

        `zero_at` is the run's zero, as `time.monotonic` told it, where the run goes on; None for now.
        """
        self._begin_at(time.monotonic() if zero_at is None else zero_at, zero_at is not None)
        self.rulebook.keep()
        for stored in self.store.open_cases():
            self._take_up(stored)

    async def zero(self) -> None:
        """Make now the run's zero: a fresh organisation, and no rows; refused (409) while cases are open."""
        if self.open_cases:
            raise Refused(409, f"{self.open_cases} cases are open", open=self.open_cases)
        self._stop("another run has begun")
        self._begin_at(time.monotonic())

    def _begin_at(self, zero_at: float, goes_on: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.zero_at = zero_at
        self._human, self._system = AsyncioClock(loop, zero_at, self.speed), AsyncioClock(loop, zero_at)
        self._standstill = Standstill(self._human)
        self._log.begin(goes_on)
        self.records: dict[str, Record] = {}
        self.ends: Counter[str] = Counter()
        self.open_cases = 0
        self.organisation = KeptOrganisation(
            self._played, self._population, human=self._human, system=self._system, run_s=self._system.now_s,
            emit=self._log.add, own=own_processes(self.journey, self._population, self._human, self._system.now_s),
        )  # fmt: skip
        self.organisation.start()
        self.zeroed(zero_at)

    def now_s(self) -> float:
        """Return wall seconds since the run's zero."""
        return self._system.now_s()

    async def end(self) -> None:
        """Write what is to be written, and let go of the store."""
        await self.ledger.close()

    def stop(self) -> None:
        """Answer everybody who waits, and let nothing more happen. The store stays open for their last words."""
        self.closing = True
        self._stop(_CLOSING)
        self._onlookers.wake()

    def _stop(self, why: str) -> None:
        self._human.stop()
        self._system.stop()
        for future in self._expected:
            if not future.done():
                future.set_exception(Refused(503, why))

    async def rows_since(self, since: int) -> list[list[Any]]:
        """Return the rows that the organisation has written since the `since`-th; told in `Service`."""
        try:
            return await self._log.since(since)
        except StoreDown as error:
            raise down(error) from None

    async def operations(self) -> Operations:
        """Return how things stand in the organisation."""
        stations = tuple(
            StationNow(name, now.open, now.on_duty, now.serving, now.waiting)
            for name, now in self.organisation.stations.items()
        )
        level, so_far = self.organisation.warehouse.level, (self._human.now_s(), self.open_cases, dict(self.ends))
        stock = tuple(StockNow(item.name, level(item.name), level(item.name, seen=True)) for item in self.journey.stock)
        return Operations(*so_far, stations, stock, self.ledger.waited)

    async def rules(self) -> Mapping[str, str]:
        """Return the rules in force that are not the journey's own."""
        return dict(self.rulebook.changed)

    async def change_rule(self, path: str, value: str) -> Mapping[str, str]:
        """Put a rule in force, and return those that are not the journey's own; told in `Service`."""
        return await self.rulebook.change(path, value)

    # Cases -----------------------------------------------------------------------------------------------------------

    async def found(self, case_id: str) -> Record:
        """Return a case, open or as it ended; refused (404) where there is none of that name."""
        if (found := self.records.get(case_id)) is not None:
            return found
        try:
            stored = await self.ledger.read(lambda: self.store.case(case_id))
        except StoreDown as error:
            raise down(error) from None
        if stored is None or not stored.ended:
            raise Refused(404, "no such case")
        return Record.of_ended(stored, self._population.segment(stored.customer))

    async def look(self, case_id: str, since: int | None = None, wait_s: float = 0.0) -> Standing:
        """Return how a case stands: at once where its version is not `since`, else when it changes or after `wait_s`.

        Refused: 404 where there is none of that name, 503 where what happened to it cannot be written just now.
        """
        record = await self.found(case_id)
        if since is not None and record.case.version == since and wait_s > 0 and not self.closing:
            await self._onlookers.wait(record, wait_s)
        try:
            await self.ledger.settled()
        except StoreDown as error:
            raise down(error) from None
        return self.standing(record)

    def standing(self, record: Record) -> Standing:
        """Return how a case stands now."""
        case = record.case
        acts = case.acts and not record.busy
        at = None if case.ended else self.step(record)
        level = self.organisation.warehouse.level
        shows = {item.name: level(item.name, seen=True) for item in self.journey.stock if at and item.name in at.shows}
        return Standing(
            record.id, case.step, acts, case.ended, case.wait, case.version, record.busy, at, record.told,
            self._asked(record) if acts else (), record.last, shows, dict(case.notes),
        )  # fmt: skip

    def step(self, record: Record) -> Step:
        """Return the step where a case stands, as its customer's segment lives it."""
        return self._views[record.case.segment].step(record.case.step)

    def _asked(self, record: Record) -> tuple[str, ...]:
        """Return the facts asked on this visit of the step: the same ones again after a failed attempt."""
        if record.asks is None:
            record.asks = to_ask(self.journey, self.step(record), record.told)
        return record.asks

    def _take_up(self, stored: StoredCase) -> None:
        past, known = json.loads(stored.past), self.store.told(stored.id)
        case = self.organisation.resume(
            stored.customer, stored.step, stored.version, past.get("visits", {}), past.get("served", {}),
            past.get("missed", ()), past.get("done_s", {}),
            {name: value for facts in known.values() for name, value in facts.items()}, past.get("notes", {}),
        )  # fmt: skip
        record = self._register(stored.id, case)
        record.told = known
        self._write(record)

    def _register(self, case_id: str, case: Case) -> Record:
        record = self.records[case_id] = Record(case_id, case)
        if case.ended:
            self.ends[case.step] += 1
        else:
            self.open_cases += 1
            case.listener = functools.partial(self._heard, record)
            case.mover = functools.partial(self._write, record)
        return record

    def _heard(self, record: Record) -> None:
        if record.case.ended:
            record.case.listener = record.case.mover = None  # so that nobody need look for a circle
            self.open_cases -= 1
            self.ends[record.case.step] += 1
        self._standstill.stands(record)
        self._write(record)
        record.wake()

    def _write(self, record: Record) -> None:
        self._written(record, moved(record.stored(), self.now_s()))

    def _written(self, record: Record, change: Change) -> None:
        """Write a change of a case; one that has ended, and is no longer worked on, is then in the store alone."""
        over = record.case.ended and not record.busy
        self.ledger.add([change], functools.partial(self._forget, record) if over else None)

    def _forget(self, record: Record) -> None:
        self.records.pop(record.id, None)

    def free(self, record: Record) -> None:
        """Let a case be worked on no more."""
        record.pending, record.busy = None, False
        if record.case.ended:
            self._write(record)

    # What customers do -----------------------------------------------------------------------------------------------

    async def submit(self, path: str, key: str, submission: Submission) -> Answer:
        """Do what a customer asks for, once a key, and return the answer: after it is written.

        Refused: 404 for what there is not, 409 where it is not their turn, 422 where facts are missing, unfit or not
        asked here, 503 while closing or where the database cannot be written.
        """
        return await self.once.run(path, key, lambda: self._perform(submission))

    async def _perform(self, submission: Submission) -> Answer:
        if isinstance(submission, Begin):
            return self._begin(submission)
        record = await self.found(submission.case)
        if isinstance(submission, Act):
            return await self._act(record, submission)
        if isinstance(submission, Phone):
            return await self._phone(record, submission)
        if isinstance(submission, Go):
            self._go(record, submission.to)
        elif isinstance(submission, Leave):
            self._leave(record, submission.reason)
        else:
            self._standstill.seen(record, submission.version)
        return Answer(200, record.state())

    def _begin(self, begin: Begin) -> Answer:
        if self.closing:
            raise Refused(503, _CLOSING)
        customer = begin.customer
        if customer is None:
            self._visitor += 1
            customer = self._visitor
        record = self._register(secrets.token_urlsafe(16), self.organisation.begin(customer))
        record.closely = begin.closely
        self._standstill.stands(record)
        self._written(record, begun(record.stored(), self.now_s()))
        return Answer(201, record.state())

    async def _act(self, record: Record, act: Act) -> Answer:
        self.take_in(record, act)
        pending: asyncio.Future[Acted] = asyncio.get_running_loop().create_future()
        record.pending, record.busy = pending, True
        scale = self.speed if self.journey.clock(act.step) == "human" else 1.0
        try:
            deadline_s = act.deadline_ms / 1000 * scale
            told = functools.partial(settle, pending)
            self.organisation.act(record.case, act.step, told, deadline_s, self.spoken_s(record))
            acted = await self._expect(pending)
        except BaseException:
            self.free(record)
            raise
        return self.acted(record, acted)

    def take_in(self, record: Record, act: Act) -> None:
        """Take in the facts of an act; refused (404, 409, 422, 503) where it cannot be done."""
        self.expect_turn(record, act.step)
        own = self.step(record)
        asked, knows = self._asked(record), known(self.journey, own, record.told)
        problems = wrong(own, self.facts, act.given, (name for name in asked if name not in knows))
        if problems:
            named = "; ".join(f"{name} {problem}" for name, problem in problems.items())
            raise Refused(422, f"{act.step}: {named}", facts=problems)
        self._tell(record, own, {**knows, **self._shown(act.given)})

    def spoken_s(self, record: Record) -> float:
        """Return how long it takes to tell the facts asked at a case's step, where those who serve ask them."""
        return spoken_s(self.step(record), self.facts, self._asked(record))

    def acted(self, record: Record, acted: Acted) -> Answer:
        """Note what came of an act, let its case be worked on no more, and return the answer to it."""
        record.last = acted
        self.free(record)
        if acted.outcome not in _NOT_SERVED:
            record.asks = None
        return Answer(STATUS_OF.get(acted.outcome, 200), {"to": acted.to, **record.state(), **measured(acted)})

    def expect_turn(self, record: Record, step: str) -> None:
        """Return if it is the customer's turn at `step`; refused: 404 for an unknown step, else 409."""
        case = record.case
        if all(step != known_step.name for known_step in self.journey.steps):
            raise Refused(404, f"no such step: {step}", step=case.step)
        if self.closing:
            raise Refused(503, _CLOSING)
        if record.busy:
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
            facts = {name: values[name] for name in step.asks}
            record.told.setdefault(system, {}).update(facts)
            record.case.answers.update(facts)
            self.ledger.add(told(record.id, system, facts))

    async def _phone(self, record: Record, phone: Phone) -> Answer:
        if all(phone.contact != known_contact.name for known_contact in self.journey.contacts):
            raise Refused(404, f"no such contact: {phone.contact}")
        self._expect_open(record)
        pending: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self.organisation.ask(
            record.case, phone.contact, phone.visit, phone.patience_s, functools.partial(settle, pending)
        )
        answered = await self._expect(pending)
        self.ledger.add([contacted(record.id, phone.contact, phone.visit, answered.outcome, self.now_s())])
        if answered.outcome == "closed":
            opens_s = answered.opens_in_human_s
            return Answer(200, {"outcome": "closed", "opens_in_human_s": None if opens_s == float("inf") else opens_s})
        return Answer(200, {"outcome": answered.outcome})

    def _go(self, record: Record, to: str) -> None:
        self._expect_open(record)
        if record.busy or not record.case.acts:
            raise Refused(409, "it is not the customer's turn", step=record.case.step)
        ways: Sequence[str] = sorted({view.step(record.case.step).on_failure for view in self._views})
        if to not in ways:
            raise Refused(422, f"no way to {to!r} from {record.case.step}", allowed=ways)
        record.asks = None
        self.organisation.go(record.case, to)

    def _leave(self, record: Record, reason: str) -> None:
        if record.case.ended:
            return
        pending = record.pending
        self.organisation.leave(record.case, reason)
        if pending is not None and not pending.done():
            pending.set_exception(Refused(409, "the customer has withdrawn", step=record.case.step))

    def _expect_open(self, record: Record) -> None:
        if self.closing:
            raise Refused(503, _CLOSING)
        if record.case.ended:
            raise Refused(409, f"the case has ended: {record.case.step}", step=record.case.step)

    async def _expect(self, future: asyncio.Future[Result]) -> Result:
        self._expected.add(future)
        try:
            return await future
        finally:
            self._expected.discard(future)
