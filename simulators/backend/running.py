"""Running the back end in this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import uvicorn

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, JourneywrightError
from simulators.backend.app import make_app, make_desk
from simulators.backend.desk import Desk
from simulators.backend.listening import LOOPBACK, Settings, allow_many_connections, listen, url_of

_GRACE_S = 3
_KEEP_ALIVE_S = 120


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, desk: Desk, ready: Callable[[], None], child: bool) -> None:
        super().__init__(config)
        self._desk, self._ready = desk, ready
        self._parent = os.getppid() if child else 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        orphaned = self._parent != 0 and os.getppid() != self._parent
        return await super().on_tick(counter) or orphaned

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # being told to stop is how a service ends, not an accident to be raised again afterwards
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.stop()
        await super().shutdown(sockets)


def run(
    settings: Settings, announce: Callable[[str, str], None], log_level: str = "warning", child: bool = False
) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the address once it answers there.

    It is also told the folder of the run, where there are replicas; empty otherwise. A `child` also ends when its
    standard input does, or when its parent is gone.

    Raises PortInUse, CannotWrite, Missing or InvalidInput before anything is served.
    """
    if settings.replicas:
        from simulators.replicas.running import run_tier

        run_tier(settings, announce, child)
        return
    listening = listen(settings.host, settings.port)
    with contextlib.closing(listening):
        url = url_of(listening)
        desk = make_desk(
            settings.journey, seed=settings.seed, speed=settings.speed, database=settings.database, rules=settings.rules
        )
        allow_many_connections()
        config = uvicorn.Config(
            make_app(desk), loop="auto", http="auto", ws="none", lifespan="on", access_log=False, log_level=log_level,
            server_header=False, timeout_keep_alive=_KEEP_ALIVE_S, timeout_graceful_shutdown=_GRACE_S,
        )  # fmt: skip
        server = _Server(config, desk, lambda: announce(url, ""), child)
        if child:
            at_end_of_input(lambda: setattr(server, "should_exit", True))
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(server.serve([listening]))


def serve(
    journey: Journey,
    *,
    seed: int = 1,
    speed: float = 1.0,
    host: str = LOOPBACK,
    port: int = 0,
    database: Path | str | None = None,
    replicas: int = 0,
    rules: Mapping[str, str] | None = None,
    log_level: str = "warning",
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve a journey from this process until Ctrl-C; `announce` is told the address, which is printed otherwise.

    Parameters and errors: see `Settings` and `run`.
    """
    settings = Settings(
        journey=journey, seed=seed, speed=speed, host=host, port=port, database=database, replicas=replicas,
        rules=dict(rules or {}),
    )  # fmt: skip
    told = announce or (lambda url: print(f"{journey.name} is served at {url}", flush=True))
    run(settings, lambda url, _: told(url), log_level)


def be_child() -> int:
    """Serve the settings pickled on standard input, announce the address as one line of JSON; return an exit code.

    A problem is announced in place of the address, so that the parent can raise it.
    """
    try:
        settings = pickle.load(sys.stdin.buffer)
        run(settings, lambda url, folder: _say({"url": url, "pid": os.getpid(), "folder": folder}), child=True)
    except EOFError:
        return 0
    except JourneywrightError as error:
        problems = [asdict(problem) for problem in error.problems] if isinstance(error, InvalidInput) else []
        _say({"error": type(error).__name__, "text": str(error), "problems": problems})
        return error.exit_code
    return 0


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


def at_end_of_input(end: Callable[[], None]) -> None:
    """Call `end`, in a thread, when standard input ends."""
    descriptor = sys.stdin.fileno()

    def read_to_the_end() -> None:
        # without the buffered reader, whose lock a thread must not hold while the interpreter ends
        with contextlib.suppress(OSError):
            while os.read(descriptor, 4096):
                pass
        end()

    threading.Thread(target=read_to_the_end, daemon=True, name="end of input").start()
