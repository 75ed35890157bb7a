"""A customer of a mocked back end: the walk's intents as requests of its protocol, version 1."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from journeys.blueprint import Journey
from journeys.clients.session import Answer, Call, Session
from journeys.eventlog import CONTACT, NAN, Row
from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave
from journeys.personas import Persona

POLL_S = 20.0
GRACE_S = 0.5
AGAIN_S = 0.5
TELL_LIMIT = 3
WAITING = "WAIT"
STEP, CASE, CONTACTS = "/api/cases/{case}/steps/%s", "/api/cases/{case}", "/api/cases/{case}/contacts/%s"
# a step that was rejected, failed or timed out is told with the same body as one that was served
ANSWERS = frozenset({200, 502, 503, 504})


class Stranded(Exception):
    """The back end can no longer be told what the customer does; carries why."""


class MockedCustomer:
    """One customer's side of the protocol.

    Every POST carries an idempotency key. It is the same again when an answer was lost, or was not the desk's own, so
    that what had been accepted is neither lost nor done twice, and a new one when the answer was known. `sleep` lets
    seconds pass.
    """

    def __init__(
        self,
        journey: Journey,
        number: int,
        segment: str,
        persona: Persona,
        session: Session,
        *,
        speed: float,
        run: str,
        clock: Callable[[], float],
        emit: Callable[[Row], None],
        sleep: Callable[[float], None],
    ) -> None:
        self._journey, self._number, self._segment, self._persona = journey, number, segment, persona
        self._session, self._speed, self._clock, self._emit = session, speed, clock, emit
        self._sleep = sleep
        self._key, self._posts = f"{run}-{number}", 0
        self._case, self._version = "", -1

    def act(self, act: Act, due_s: float) -> Acted:
        """Send the step's facts; answered when its service is over."""
        step, ready_s = act.step, self._clock()
        by_s = ready_s + self._wall_s(step.name, act.deadline_s)
        if not self._case:
            opened = self._open(due_s, by_s)
            if opened is not None:
                outcome = "timed_out" if opened.timed_out else "failed"
                return Acted(outcome, None, ready_s, NAN, opened.end_s, -1, _why("POST /api/cases", opened, 201))
        body: dict[str, Any] = {"facts": {name: self._persona[name] for name in act.asks}}
        left_s = by_s - self._clock()
        if math.isfinite(left_s):
            body["deadline_ms"] = max(0.001, left_s) * 1000.0
        answer = self._post(f"/steps/{step.name}", STEP % step.name, body, due_s, left_s + GRACE_S, (200,))
        told = answer.json() if answer.status in ANSWERS else None
        if not isinstance(told, dict) or "outcome" not in told:
            outcome = "timed_out" if answer.timed_out else "failed"
            return Acted(outcome, None, ready_s, NAN, answer.end_s, -1, _why(f"POST {STEP % step.name}", answer, 200))
        # where the case has moved on since it was answered, the version told is of news not heard yet
        moved = told.get("to") not in (None, told.get("step"))
        self._version = -1 if moved else told.get("version", self._version)
        start_s = min(answer.end_s, answer.sent_s + float(told.get("queue_ms") or 0.0) / 1000.0)
        if told.get("service_ms", 0.0) is None:  # never began
            start_s = NAN
        server, detail = told.get("server"), str(told.get("detail") or "")
        return Acted(
            told["outcome"], told.get("to") or None, ready_s, start_s, answer.end_s,
            -1 if server is None else int(server), detail,
        )  # fmt: skip

    def listen(self, wall_s: float) -> Heard:
        """Wait until the case concerns the customer, for at most `wall_s`; a lost answer is asked for again."""
        until_s = self._clock() + wall_s
        while not self._case:
            left_s = until_s - self._clock()
            if left_s <= 0:
                return Heard(None)
            if self._open(self._clock(), until_s) is not None:
                self._pause(until_s)
        while (left_s := until_s - self._clock()) > 0:
            wait_s = min(left_s, POLL_S)
            path = f"{self._path()}?wait_ms={math.ceil(wait_s * 1000)}&since={self._version}"
            answer = self._session.send(
                Call("GET", path, CASE, (200,), self._clock(), timeout_s=wait_s + 10.0, report=WAITING)
            )
            told = _standing(answer)
            if told is None:
                self._pause(until_s)
            elif told["version"] != self._version:
                self._version = told["version"]
                return Heard(str(told["step"]))
        return Heard(None)

    def ask(self, ask: Ask, due_s: float) -> Answered:
        """Reach a person. Where the back end fails, the row says so, and nobody answered."""
        if not self._case:
            self._open(due_s, math.inf)
        sent_s = self._clock()
        patience_s = max(0.001, ask.patience_s) if math.isfinite(ask.patience_s) else None
        name = CONTACTS % ask.contact.name
        body = {"visit": ask.visit, "patience_s": patience_s}
        answer = self._post(f"/contacts/{ask.contact.name}", name, body, due_s, math.inf, (200,))
        told = answer.json() if answer.status == 200 else None
        if isinstance(told, dict) and "outcome" in told:
            opens_s = told.get("opens_in_human_s", 0.0)
            return Answered(told["outcome"], math.inf if opens_s is None else float(opens_s))
        contact = ask.contact
        self._emit(
            Row(self._number, self._segment, CONTACT + contact.name, ask.visit, "support", contact.station, -1, sent_s,
                sent_s, NAN, answer.end_s, "failed", "", _why(f"POST {name}", answer, 200))
        )  # fmt: skip
        return Answered("rejected")

    def go(self, go: Go) -> str:
        """Tell where the customer turns after a failure; return the step reached; raises Stranded when that fails."""
        for _ in range(TELL_LIMIT):
            if not self._case and self._open(self._clock(), math.inf) is not None:
                self._sleep(AGAIN_S)
                continue
            answer = self._post("/go", f"{CASE}/go", {"to": go.to}, self._clock(), POLL_S, (200,))
            told = _standing(answer)
            if told is not None:
                self._version = told["version"]
                return str(told["step"])
            self._sleep(AGAIN_S)
        raise Stranded(f"could not turn to {go.to}: the back end does not take it")

    def leave(self, leave: Leave) -> None:
        """Withdraw; a customer who leaves doesn't mind whether that was understood."""
        if self._case:
            self._post("/leave", f"{CASE}/leave", {"reason": leave.reason}, self._clock(), POLL_S, (200,))

    def _open(self, due_s: float, by_s: float) -> Answer | None:
        """Open the case; return the answer where that failed."""
        answer = self._post("", "/api/cases", None, due_s, by_s - self._clock(), (201,))
        told = answer.json() if answer.status == 201 else None
        if not isinstance(told, dict) or "case" not in told:
            return answer
        self._case, self._version = str(told["case"]), told.get("version", 0)
        return None

    def _post(self, path: str, name: str, body: Any, due_s: float, timeout_s: float, expect: tuple[int, ...]) -> Answer:
        answer = self._session.send(
            Call("POST", self._path() + path, name, expect, due_s, body, None, f"{self._key}-{self._posts}", timeout_s)
        )
        if _is_final(answer):
            self._posts += 1
        return answer

    def _pause(self, until_s: float) -> None:
        self._sleep(min(AGAIN_S, max(0.0, until_s - self._clock())))

    def _path(self) -> str:
        return f"/api/cases/{self._case}" if self._case else "/api/cases"

    def _wall_s(self, step: str, own_s: float) -> float:
        return own_s if self._journey.clock(step) == "system" else own_s / self._speed


def _standing(answer: Answer) -> dict[str, Any] | None:
    """Return where a case stands, None where an answer does not tell: one of whatever stands before the back end."""
    told = answer.json() if answer.status == 200 else None
    return told if isinstance(told, dict) and {"step", "version"} <= told.keys() else None


def _is_final(answer: Answer) -> bool:
    """Whether the desk itself has answered: what a balancer says of it leaves open whether anything was done."""
    if answer.status not in (502, 503, 504):
        return bool(answer.status)
    told = answer.json()
    return isinstance(told, dict) and "outcome" in told


def _why(request: str, answer: Answer, expected: int) -> str:
    if not answer.status:
        return f"{request}: {answer.lost}"
    told = answer.json()
    problem = f" ({told['problem']})" if isinstance(told, dict) and told.get("problem") else ""
    return f"{request}: {answer.status}, expected {expected}{problem}"
