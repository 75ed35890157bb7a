"""The routes of the pages: forms post what programs send as JSON, and are led back to the case."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.backend import requests
from simulators.backend.guards import safety_headers
from simulators.backend.pages import Pages
from simulators.backend.service import Service
from simulators.backend.submissions import Act, Begin, Go, Leave, Refused

_SEE_OTHER = 303


class Portal:
    """Answers browsers for one service."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self._service, self._pages = service, pages
        self.headers = safety_headers(pages.policy)

    def routes(self) -> list[Route]:
        """Return the routes."""
        case = "/cases/{case}"
        return [
            Route(case, self._shown(self.look), methods=["GET"]),
            Route(f"{case}/steps/{{step}}", self._shown(self.act), methods=["POST"]),
            Route(f"{case}/steps/{{step}}", self._shown(self.back), methods=["GET"]),
            Route(f"{case}/go", self._shown(self.go), methods=["POST"]),
            Route(f"{case}/leave", self._shown(self.leave), methods=["POST"]),
            Route("/cases", self._shown(self.begin), methods=["POST"]),
            Route("/status", self._shown(self.status), methods=["GET"]),
            Route("/", self._shown(self.welcome), methods=["GET"]),
        ]

    async def welcome(self, request: Request) -> Response:
        """Show where the journey starts."""
        return HTMLResponse(self._pages.welcome())

    async def status(self, request: Request) -> Response:
        """Show the stations to those who operate them."""
        return HTMLResponse(self._pages.status(await self._service.operations()))

    async def look(self, request: Request) -> Response:
        """Show a case."""
        return HTMLResponse(self._pages.case(await self._service.look(_case(request))))

    async def back(self, request: Request) -> Response:
        """Lead back to the case somebody who reloads the address of a form."""
        return _to_case((await self._service.look(_case(request))).case)

    async def begin(self, request: Request) -> Response:
        """Open a case and lead to it."""
        customer = requests.customer(request)
        _, other = await requests.form(request)
        opened = Begin(customer, requests.closely(request))
        answer = await self._service.submit("/cases", requests.key(other.get("key")), opened)
        return _to_case(str(answer.body["case"]))

    async def act(self, request: Request) -> Response:
        """Let the customer act, and lead back to the case once service is over."""
        case, step = _case(request), request.path_params["step"]
        given, other = await requests.form(request)
        deadline_ms = requests.positive(request.headers.get(requests.DEADLINE), requests.DEADLINE)
        try:
            await self._service.submit(
                request.url.path, requests.key(other.get("key")), Act(case, step, given, deadline_ms)
            )
        except Refused as refused:
            wrong = refused.answer.body.get("facts")
            if wrong is not None:
                page = self._pages.case(await self._service.look(case), wrong, given)
                return HTMLResponse(page, refused.answer.status)
            if refused.answer.status != 409:
                raise
        return _to_case(case)

    async def go(self, request: Request) -> Response:
        """Let the customer turn elsewhere after a failure."""
        case = _case(request)
        _, other = await requests.form(request)
        await self._service.submit(request.url.path, requests.key(other.get("key")), Go(case, other.get("to", "")))
        return _to_case(case)

    async def leave(self, request: Request) -> Response:
        """Let the customer withdraw."""
        await self._service.submit(request.url.path, "", Leave(_case(request), "withdrew"))
        return _to_case(_case(request))

    def _shown(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Show a page about it when a handler refuses."""

        @functools.wraps(handler)
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Refused as refused:
                status, body = refused.answer
                case = request.path_params.get("case", "")
                back = f"/cases/{case}" if case and status not in (404, 503) else "/"
                return HTMLResponse(self._pages.problem(status, f"{body['problem'].capitalize()}.", back), status)

        return answer

    async def missing(self, request: Request, error: Exception) -> Response:
        """Answer for an address or a method that there is not."""
        assert isinstance(error, HTTPException)
        text = "the address may be mistyped, or out of date" if error.status_code == 404 else error.detail
        answer = self.refused(request.url.path, error.status_code, text)
        answer.headers.update(error.headers or {})
        return answer

    def refused(self, path: str, status: int, text: str) -> Response:
        """Answer a request that came to nothing: programs in JSON, people with a page."""
        if path.startswith("/api/"):
            return JSONResponse({"problem": text}, status)
        return HTMLResponse(self._pages.problem(status, f"{text[0].upper()}{text[1:]}."), status)

    async def broken(self, request: Request, error: Exception) -> Response:
        """Answer where the back end itself is at fault; what happened goes to its log, not to the customer."""
        answer = self.refused(request.url.path, 500, "the fault is ours; please try again")
        answer.headers.update(self.headers)  # it is answered outside of the guard
        return answer


def _case(request: Request) -> str:
    return str(request.path_params["case"])


def _to_case(case: str) -> Response:
    return RedirectResponse(f"/cases/{case}", _SEE_OTHER)
