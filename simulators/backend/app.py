"""The back end as an ASGI application, built from a journey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem
from journeys.paths import digest
from simulators.backend.api import Api
from simulators.backend.desk import Desk
from simulators.backend.guards import Guard
from simulators.backend.own import expect_processes
from simulators.backend.pages import Pages
from simulators.backend.portal import Portal
from simulators.backend.service import Service
from simulators.backend.store import open_store


def make_desk(
    journey: Journey,
    *,
    seed: int,
    speed: float,
    database: Path | str | None = None,
    rules: Mapping[str, str] | None = None,
    one_of_several: bool = False,
) -> Desk:
    """Return a desk for `journey`, with its database opened.

    Parameters
    ----------
    seed: whose population walks the journey. speed: human seconds per second of the wall, > 0.
    database: a file, or the URL of a PostgreSQL database; None for one that vanishes with the process.
    rules: paths of rules and their values, other than the journey's. one_of_several: see `Desk`.

    Raises InvalidInput on a speed, seed or rule that cannot be, a database of another journey, or a process of one's
    own that cannot be made; CannotWrite on a database that cannot be opened.
    """
    if not 0 < speed < float("inf"):
        raise InvalidInput([Problem("--speed", "must be > 0", f"{speed:g}", "human seconds per second of the wall")])
    expect_processes(journey)
    narrow = [fault.name for fault in journey.faults if fault.kind == "bandwidth" and not one_of_several]
    if narrow:
        raise InvalidInput(
            Problem(f"{journey.name}.faults.{name}.kind", "needs a balancer", "bandwidth", "", "serve with --replicas")
            for name in narrow
        )
    store = open_store(database, journey.name, digest(journey))
    return Desk(journey, seed=seed, speed=speed, store=store, rules=rules or {}, one_of_several=one_of_several)


def make_app(service: Service) -> Starlette:
    """Return the application of a service, which it opens when it starts, and ends when it stops."""
    pages = Pages(service)
    portal = Portal(service, pages)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await service.open()
        try:
            yield
        finally:
            service.stop()
            await service.end()

    return Starlette(
        routes=[*Api(service).routes(), *portal.routes()],
        middleware=[Middleware(Guard, headers=portal.headers, refuse=portal.refused)],
        exception_handlers={HTTPException: portal.missing, Exception: portal.broken},
        lifespan=lifespan,
    )
