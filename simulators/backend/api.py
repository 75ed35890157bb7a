"""The JSON interface of the back end: its routes, and what they answer."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.backend import requests
from simulators.backend.service import Service
from simulators.backend.store import Answer
from simulators.backend.submissions import Act, Begin, Go, Leave, Phone, Refused, Seen, Submission

Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """Answers programs for one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

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
            Route(f"{case}/seen", _told(self.seen), methods=["POST"]),
            Route("/api/rows", _told(self.rows), methods=["GET"]),
            Route("/api/operations", _told(self.operations), methods=["GET"]),
            Route("/api/rules", _told(self.rules), methods=["GET"]),
            Route("/api/rules", _told(self.change_rule), methods=["POST"]),
            Route("/api/clock/zero", _told(self.zero), methods=["POST"]),
            Route("/health", _told(self.health), methods=["GET"]),
        ]

    async def health(self, request: Request) -> Answer:
        """Tell what is served, and the time."""
        service = self._service
        return Answer(
            200,
            {"status": "ok", "journey": service.journey.name, "digest": service.digest, "speed": service.speed,
             "now_s": service.now_s()},
        )  # fmt: skip

    async def zero(self, request: Request) -> Answer:
        """Make now the run's zero."""
        await self._service.zero()
        return Answer(200, {"now_s": 0})

    async def rows(self, request: Request) -> Answer:
        """Return the rows that the organisation has written since the `since`-th."""
        since = requests.whole(request.query_params.get("since"), "since") or 0
        rows = await self._service.rows_since(since)
        return Answer(200, {"rows": rows, "next": since + len(rows)})

    async def operations(self, request: Request) -> Answer:
        """Tell how things stand: cases, stations, and stock as the warehouse has it and as customers are shown it."""
        now = await self._service.operations()
        return Answer(
            200,
            {"open": now.open_cases, "ends": dict(now.ends), "stations": [asdict(one) for one in now.stations],
             "stock": [asdict(one) for one in now.stock], "database": asdict(now.database)},
        )  # fmt: skip

    async def rules(self, request: Request) -> Answer:
        """Tell which rules are in force that are not the journey's own, and how others can be."""
        return Answer(200, {"rules": self._service.journey.rules, "changed": dict(await self._service.rules())})

    async def change_rule(self, request: Request) -> Answer:
        """Put a rule in force while everything runs."""
        body = await requests.body(request)
        changed = await self._service.change_rule(str(body.get("path", "")), str(body.get("value", "")))
        return Answer(200, {"changed": dict(changed)})

    async def begin(self, request: Request) -> Answer:
        """Open a case."""
        return await self._submit(request, Begin(requests.customer(request), requests.closely(request)))

    async def look(self, request: Request) -> Answer:
        """Tell where a case stands, waiting for news of it where asked to."""
        wait_ms = requests.whole(request.query_params.get("wait_ms"), "wait_ms") or 0
        since = requests.whole(request.query_params.get("since"), "since")
        wait_s = min(wait_ms, requests.LONGEST_POLL_MS) / 1000
        return Answer(200, (await self._service.look(request.path_params["case"], since, wait_s)).state())

    async def act(self, request: Request) -> Answer:
        """Let the customer act; answered when service is over."""
        body = await requests.body(request)
        given = requests.facts(body.get("facts"))
        deadline_ms = requests.positive(body.get("deadline_ms", request.headers.get(requests.DEADLINE)), "deadline_ms")
        return await self._submit(
            request, Act(request.path_params["case"], request.path_params["step"], given, deadline_ms)
        )

    async def contact(self, request: Request) -> Answer:
        """Let the customer phone; answered when the call is over."""
        body = await requests.body(request)
        patience_s = requests.positive(body.get("patience_s"), "patience_s")
        visit = requests.whole(str(body.get("visit", 0)), "visit") or 0
        case, contact = request.path_params["case"], request.path_params["contact"]
        return await self._submit(request, Phone(case, contact, visit, patience_s))

    async def go(self, request: Request) -> Answer:
        """Let the customer turn elsewhere after a failure."""
        to = str((await requests.body(request)).get("to", ""))
        return await self._submit(request, Go(request.path_params["case"], to))

    async def leave(self, request: Request) -> Answer:
        """Let the customer withdraw."""
        reason = str((await requests.body(request)).get("reason", ""))[:200]
        return await self._submit(request, Leave(request.path_params["case"], reason))

    async def seen(self, request: Request) -> Answer:
        """Let time go on for somebody who looks closely, and has seen the case as it stood at a version."""
        version = requests.whole(str((await requests.body(request)).get("version", "")), "version") or 0
        return await self._submit(request, Seen(request.path_params["case"], version))

    async def _submit(self, request: Request, submission: Submission) -> Answer:
        key = requests.key(request.headers.get(requests.KEY))
        return await self._service.submit(request.url.path, key, submission)


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
