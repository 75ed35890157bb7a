"""The processes of users' own in a run: each step's, on one SimPy environment, with the draws of its customers."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import simpy

from journeys.blueprint import Journey, Step
from journeys.distributions import Distribution
from journeys.durations import Duration
from journeys.errors import InvalidInput, Problem
from journeys.loading import said
from journeys.population import Population, Stream, Uniforms
from simulators.cases import Work
from simulators.tickets import SERVING, Ticket


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a customer to a step with a process of its own: who, which, and their draws."""

    customer: int
    segment: str
    step: str
    number: int
    _draws: _Draws
    _work: Work

    def fact(self, name: str) -> str:
        """Return what the customer answers where a fact is asked; what was told, where somebody was."""
        return self._work.case.answers.get(name) or self._draws.fact(name, self.customer)

    def tell(self, label: str, text: str) -> None:
        """Let a live status, and the pages of the customer's next steps, say something in lines; "" takes it back."""
        if text:
            self._work.case.notes[label] = text
        else:
            self._work.case.notes.pop(label, None)

    def note(self, text: str) -> None:
        """Let the detail of this visit's row say something, for whoever asks the log."""
        self._work.detail = f"{self._work.detail}; {text}" if self._work.detail else text

    def uniform(self, purpose: str) -> float:
        """Return the customer's uniform in [0, 1) for this visit and purpose."""
        return self._draws.uniforms(self.step, purpose).at(self.customer, self.number)

    def draw(self, purpose: str, law: Distribution) -> float:
        """Return the customer's draw of a law for this visit and purpose, in seconds."""
        return self._draws.stream(self.step, purpose, law).at(self.customer, self.number)


class _Draws:
    def __init__(self, population: Population) -> None:
        self._population = population
        self._uniforms: dict[tuple[str, str], Uniforms] = {}
        self._streams: dict[tuple[str, str, Distribution], Stream] = {}

    def fact(self, name: str, customer: int) -> str:
        return self._population.value_of(name, customer)

    def uniforms(self, step: str, purpose: str) -> Uniforms:
        found = self._uniforms.get((step, purpose))
        if found is None:
            found = self._uniforms[step, purpose] = self._population.choices(step, f"process:{purpose}")
        return found

    def stream(self, step: str, purpose: str, law: Distribution) -> Stream:
        found = self._streams.get((step, purpose, law))
        if found is None:
            found = self._streams[step, purpose, law] = self._population.stream(step, f"process:{purpose}", [law])
        return found


class Processes:
    """The users' own processes of one replication, or of one back end.

    Raises InvalidInput with what is wrong with somebody's code and the path of the step: as it is made, and while it
    runs, unless somebody takes note of that; the work fails then.

    Parameters
    ----------
    environment: on which they run; its time is the human clock's. run_s: tells the run's seconds, for rows.
    note: takes what goes wrong while they run; None to raise it.
    """

    def __init__(
        self,
        journey: Journey,
        population: Population,
        environment: simpy.Environment,
        run_s: Callable[[], float],
        note: Callable[[InvalidInput], None] | None = None,
    ) -> None:
        self._journey, self._population, self._environment = journey, population, environment
        self._run_s, self._note = run_s, note
        self._settings = {
            name: value.s if isinstance(value, Duration) else value for name, value in journey.settings.items()
        }
        self._draws = _Draws(population)
        self._made: dict[Callable[..., Any], Callable[[Visit], Any]] = {}

    def of(self, step: Step) -> OwnProcess:
        """Return what serves a step that has a process of its own."""
        assert step.process is not None
        path, make = f"{self._journey.name}.steps.{step.name}.process", step.process.make
        if make not in self._made:
            try:
                with_settings = len(inspect.signature(make).parameters) > 1
                self._made[make] = make(self._environment, *([self._settings] if with_settings else []))
            except Exception as error:
                raise InvalidInput([Problem(path, f"failed as it was made: {said(error)}")]) from error
        return OwnProcess(
            self._environment, self._made[make], self._visit, path, self._journey.leads_to(step.name), self._run_s,
            self._note,
        )  # fmt: skip

    def _visit(self, ticket: Ticket) -> Visit:
        assert isinstance(ticket, Work)  # contacts are answered at stations
        segment = self._journey.segments[self._population.segment(ticket.customer)].name
        return Visit(ticket.customer, segment, ticket.step, ticket.nth, self._draws, ticket)


class OwnProcess:
    """Serves each ticket by a process of its own; a station without a queue.

    Parameters
    ----------
    run: returns the generator of a visit. visit: tells the visit of a ticket. path: of the step's process, for errors.
    ways: where a process may send its case. run_s, note: see `Processes`.
    """

    stands_still = True

    def __init__(
        self, environment: simpy.Environment, run: Callable[[Visit], Any], visit: Callable[[Ticket], Visit], path: str,
        ways: tuple[str, ...], run_s: Callable[[], float], note: Callable[[InvalidInput], None] | None,
    ) -> None:  # fmt: skip
        self._environment, self._run, self._visit, self._path, self._ways = environment, run, visit, path, ways
        self._run_s, self._note = run_s, note
        self._running: dict[Ticket, simpy.Process] = {}

    def join(self, ticket: Ticket, patience_s: float = math.inf, balk_above: int | None = None) -> None:
        """Begin the process of a ticket."""
        ticket.state, ticket.start_s = SERVING, self._run_s()
        try:
            process = self._environment.process(self._run(self._visit(ticket)))
        except Exception as error:  # noqa: BLE001 (somebody's own code may raise anything)
            self._fail(ticket, f"did not begin: {said(error)}", cause=error)
            return
        self._running[ticket] = process
        assert process.callbacks is not None
        process.callbacks.append(lambda event: self._over(ticket, event))

    def withdraw(self, ticket: Ticket) -> None:
        """Interrupt the process of a ticket; nothing if it has ended."""
        if ticket.state == SERVING:
            process = self._running[ticket]
            if process.is_alive:
                process.interrupt("withdrawn")
            ticket.end("withdrawn")

    def _over(self, ticket: Ticket, event: simpy.Event) -> None:
        del self._running[ticket]
        if isinstance(event.value, BaseException):
            event.defused = True
            if not (isinstance(event.value, simpy.Interrupt) and ticket.state != SERVING):
                self._fail(ticket, f"failed: {said(event.value)}", cause=event.value)
            return
        if ticket.state != SERVING:
            return
        if event.value is not None and event.value not in self._ways:
            self._fail(ticket, "leads to none of the step's ways", repr(event.value))
            return
        ticket.sent_to = event.value or ""
        ticket.finish()

    def _fail(self, ticket: Ticket, what: str, got: str = "", cause: BaseException | None = None) -> None:
        """Raise what went wrong; or have it noted, and let the work fail."""
        wrong = Problem(self._path, f"{what}, with customer {ticket.customer}", got, ", ".join(self._ways))
        if self._note is None:
            raise InvalidInput([wrong]) from cause
        self._note(InvalidInput([wrong]))
        if ticket.state == SERVING:
            ticket.detail = f"its process {what}"
            ticket.end("failed")
