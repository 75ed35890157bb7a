"""The JSON interface of the back end: its routes, and what they answer."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.backend import requests
from simulators.backend.desk import STATUS_OF, Desk, Refused, measured
from simulators.backend.store import Answer

Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """Answers programs for one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes, the busiest first."""
        case = "/api/cases/{case}"
        return [
            Route(f"{case}/steps/{{step}}", _told(self.act), methods=["POST"]),
            Route(case, _told(self.look), methods=["GET"]),
            Route("/api/cases", _told(self.begin), methods=["POST"]),
            Route(f"{case}/contacts/{{contact}}", _told(self.contact), methods=["POST"]),
            Route(f"{case}/go", _told(self.go), methods=["POST"]),
            Route(f"{case}/leave", _told(self.leave), methods=["POST"]),
            Route("/api/rows", _told(self.rows), methods=["GET"]),
            Route("/api/clock/zero", _told(self.zero), methods=["POST"]),
            Route("/health", _told(self.health), methods=["GET"]),
        ]

    async def health(self, request: Request) -> Answer:
        """Tell what is served, and the time."""
        desk = self._desk
        return Answer(
            200,
            {"status": "ok", "journey": desk.journey.name, "digest": desk.digest, "speed": desk.speed,
             "now_s": desk.now_s()},
        )  # fmt: skip

    async def zero(self, request: Request) -> Answer:
        """Make now the run's zero."""
        self._desk.zero()
        return Answer(200, {"now_s": 0})

    async def rows(self, request: Request) -> Answer:
        """Return the rows that the organisation has written since the `since`-th."""
        since = requests.whole(request.query_params.get("since"), "since") or 0
        rows = self._desk.rows[since:]
        return Answer(200, {"rows": rows, "next": since + len(rows)})

    async def begin(self, request: Request) -> Answer:
        """Open a case."""
        customer = requests.customer(request)

        async def run() -> Answer:
            return Answer(201, self._desk.begin(customer).state())

        return await self._once(request, run)

    async def look(self, request: Request) -> Answer:
        """Tell where a case stands, waiting for news of it where asked to."""
        record = self._desk.record(request.path_params["case"])
        wait_ms = requests.whole(request.query_params.get("wait_ms"), "wait_ms") or 0
        since = requests.whole(request.query_params.get("since"), "since")
        await self._desk.changed(record, since, min(wait_ms, requests.LONGEST_POLL_MS) / 1000)
        return Answer(200, record.state())

    async def act(self, request: Request) -> Answer:
        """Let the customer act; answered when service is over."""
        record = self._desk.record(request.path_params["case"])
        step = request.path_params["step"]
        body = await requests.body(request)
        given = requests.facts(body.get("facts"))
        deadline_ms = requests.positive(body.get("deadline_ms", request.headers.get(requests.DEADLINE)), "deadline_ms")

        async def run() -> Answer:
            acted = await self._desk.act(record, step, given, deadline_ms)
            state = record.state()
            answer = {"to": acted.to, **state, **measured(acted)}
            return Answer(STATUS_OF.get(acted.outcome, 200), answer)

        return await self._once(request, run)

    async def contact(self, request: Request) -> Answer:
        """Let the customer phone; answered when the call is over."""
        record = self._desk.record(request.path_params["case"])
        body = await requests.body(request)
        patience_s = requests.positive(body.get("patience_s"), "patience_s")
        visit = requests.whole(str(body.get("visit", 0)), "visit") or 0

        async def run() -> Answer:
            answered = await self._desk.ask(record, request.path_params["contact"], visit, patience_s)
            if answered.outcome == "closed":
                return Answer(200, {"outcome": "closed", "opens_in_human_s": _finite(answered.opens_in_human_s)})
            return Answer(200, {"outcome": answered.outcome})

        return await self._once(request, run)

    async def go(self, request: Request) -> Answer:
        """Let the customer turn elsewhere after a failure."""
        record = self._desk.record(request.path_params["case"])
        to = str((await requests.body(request)).get("to", ""))

        async def run() -> Answer:
            self._desk.go(record, to)
            return Answer(200, record.state())

        return await self._once(request, run)

    async def leave(self, request: Request) -> Answer:
        """Let the customer withdraw."""
        record = self._desk.record(request.path_params["case"])
        reason = str((await requests.body(request)).get("reason", ""))[:200]

        async def run() -> Answer:
            self._desk.leave(record, reason)
            return Answer(200, record.state())

        return await self._once(request, run)

    async def _once(self, request: Request, run: Callable[[], Awaitable[Answer]]) -> Answer:
        key = requests.key(request.headers.get(requests.KEY))
        return await self._desk.once(request.url.path, key, run)


def _told(handler: Callable[[Request], Awaitable[Answer]]) -> Handler:
    """Answer with the JSON of what a handler returns, or of why it refused."""

    @functools.wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            status, body = await handler(request)
        except Refused as refused:
            status, body = refused.answer
        return JSONResponse(body, status)

    return answer


def _finite(seconds: float) -> float | None:
    return None if seconds == float("inf") else seconds
