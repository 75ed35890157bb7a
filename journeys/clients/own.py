"""A customer of an application of the user's own: each step's requests, in order, with the customer's own values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from journeys.actions import Request
from journeys.blueprint import Journey
from journeys.clients.session import Answer, Call, Session
from journeys.errors import InvalidInput
from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave
from journeys.personas import Persona
from journeys.templating import render, render_all

LOST = "not sent again: whether it had been accepted is not known, and it is not idempotent"


class OwnCustomer:
    """Performs the `http` of the customer's steps; a step whose requests were all answered as expected is *served*.

    A further attempt at a step goes on with the request that failed: those before it are done. An idempotent POST
    carries the same key again when its answer was lost, and a new one when the answer was known. One that is not
    idempotent is not repeated after a lost answer.
    """

    def __init__(
        self,
        journey: Journey,
        number: int,
        persona: Persona,
        session: Session,
        *,
        speed: float,
        run: str,
        clock: Callable[[], float],
    ) -> None:
        self._journey, self._session, self._speed, self._clock = journey, session, speed, clock
        self._values: dict[str, str] = {**persona, "customer": str(number)}
        self._key, self._sent = f"{run}-{number}", 0
        self._visit, self._done, self._lost = ("", -1), 0, False

    def act(self, act: Act, due_s: float) -> Acted:
        """Perform the step's requests."""
        step, ready_s = act.step, self._clock()
        if self._visit != (step.name, act.visit):
            self._visit, self._done, self._lost = (step.name, act.visit), 0, False
        by_s = math.inf
        if math.isfinite(act.deadline_s):
            human = self._journey.clock(step.name) == "human"
            by_s = ready_s + (act.deadline_s / self._speed if human else act.deadline_s)
        for request in step.http[self._done :]:
            name = f"{request.method} {request.path}"
            if self._lost and not request.idempotent:
                return Acted("failed", None, ready_s, ready_s, self._clock(), -1, f"{name}: {LOST}")
            try:
                answer = self._send(request, due_s, by_s)
            except InvalidInput as error:  # a value that an earlier step would have kept
                return Acted("failed", None, ready_s, ready_s, self._clock(), -1, f"{name}: {error}")
            problem = self._problem(request, answer)
            if problem:
                outcome = "timed_out" if answer.timed_out else "failed"
                return Acted(outcome, None, ready_s, ready_s, answer.end_s, -1, f"{name}: {problem}")
            self._done += 1
            due_s = self._clock()
        return Acted("served", None, ready_s, ready_s, self._clock())

    def listen(self, wall_s: float) -> Heard:
        """Hear nothing: an application of one's own doesn't tell."""
        return Heard(None)

    def ask(self, ask: Ask, due_s: float) -> Answered:
        """Reach nobody: contacts are none of the application's."""
        return Answered("rejected")

    def go(self, go: Go) -> str | None:
        """Turn to another step; the application sees it when that step acts."""

    def leave(self, leave: Leave) -> None:
        """Leave; the application sees nothing of it."""

    def _send(self, request: Request, due_s: float, by_s: float) -> Answer:
        path = request.path
        if "{" in path:
            path = render(path, {name: quote(value, safe="") for name, value in self._values.items()})
        repeatable = request.method == "POST" and request.idempotent
        answer = self._session.send(
            Call(
                request.method,
                path,
                request.path,
                (request.expect,),
                due_s,
                body=None if request.json is None else render_all(request.json, self._values),
                form=None if request.form is None else render_all(request.form, self._values),
                key=f"{self._key}-{self._sent}" if repeatable else "",
                timeout_s=max(0.001, by_s - self._clock()) if math.isfinite(by_s) else math.inf,
            )
        )
        self._lost = not answer.status
        if answer.status:
            self._sent += 1
        return answer

    def _problem(self, request: Request, answer: Answer) -> str:
        """Return what was wrong with an answer, or an empty text; keep what the request keeps of it."""
        if not answer.status:
            return answer.lost
        if answer.status != request.expect:
            return f"{answer.status}, expected {request.expect}"
        if request.keep:
            told = answer.json()
            for name, path in request.keep.items():
                value = dig(told, path)
                if value is None:
                    return f"no {path!r} in the answer"
                self._values[name] = str(value)
        return ""


def dig(value: Any, path: str) -> Any:
    """Return the member at a dotted path of a JSON value (numbers index lists), or None where there is none.

    >>> dig({"data": [{"id": 7}]}, "data.0.id")
    7
    """
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
