"""What the office's process and a replica's do: ``python -m simulators.replicas``, told on standard input who they are.

A parent writes a pickle (its length first), then lines of commands; it is written lines of JSON. A process ends at the
end of its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import uvicorn

from journeys.errors import InvalidInput, JourneywrightError
from simulators.backend.app import make_app, make_desk
from simulators.backend.listening import allow_many_connections
from simulators.replicas.office import Office
from simulators.replicas.remote import RemoteService
from simulators.replicas.roles import (
    CUT,
    DRAIN,
    FIND,
    LENGTH,
    LISTEN,
    LOCK,
    LOSE,
    MEND,
    UNLOCK,
    OfficeRole,
    ReplicaRole,
)
from simulators.replicas.wires import Wire

_BACKLOG = 4096
_KEEP_ALIVE_S = 3600
_GRACE_S = 1


def be_child() -> int:
    """Be whoever standard input says; return an exit code. A problem is told as a line of JSON."""
    try:
        role = _told(sys.stdin.fileno())
        with asyncio.Runner(loop_factory=uvicorn.Config(app="").get_loop_factory()) as runner:
            runner.run(_be_office(role) if isinstance(role, OfficeRole) else _be_replica(role))
    except EOFError:
        return 0
    except JourneywrightError as error:
        problems = [asdict(problem) for problem in error.problems] if isinstance(error, InvalidInput) else []
        say({"error": type(error).__name__, "text": str(error), "problems": problems})
        return error.exit_code
    return 0


def say(what: dict[str, Any]) -> None:
    """Tell the parent something."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")


async def _be_office(role: OfficeRole) -> None:
    settings = role.settings
    desk = make_desk(
        settings.journey, seed=settings.seed, speed=settings.speed, database=settings.database, rules=settings.rules,
        one_of_several=True,
    )  # fmt: skip
    desk.zeroed = lambda zero_at: say({"zero": zero_at})
    until = asyncio.Event()
    _end_when_told(until.set)
    database = desk.store.database
    doing = {LOCK: database.lock, UNLOCK: database.unlock, LOSE: database.lose, FIND: database.find}
    commands = asyncio.create_task(_commands(lambda command: doing[command](), until.set))
    office = Office(desk)
    await office.keep(role.office, role.zero_at, lambda: say({"ready": os.getpid()}), until)
    commands.cancel()


async def _be_replica(role: ReplicaRole) -> None:
    service = RemoteService(role.journey, seed=role.seed, speed=role.speed, office=role.office, number=role.number)
    wire = Wire(make_app(service), lambda: end())
    listen = asyncio.Event()
    config = uvicorn.Config(
        wire, http="auto", ws="none", lifespan="on", access_log=False, log_level="critical", server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S, timeout_graceful_shutdown=_GRACE_S,
    )  # fmt: skip
    server = _Server(config, service, lambda: say({"ready": os.getpid()}))

    def end() -> None:
        server.should_exit = True
        listen.set()

    doing = {LISTEN: listen.set, CUT: wire.cut, MEND: wire.mend, DRAIN: wire.drain}
    commands = asyncio.create_task(_commands(lambda command: doing[command](), end))
    say({"prepared": os.getpid()})
    await listen.wait()
    if not server.should_exit:
        allow_many_connections()
        role.socket.unlink(missing_ok=True)
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
            listening.bind(str(role.socket))
            listening.listen(_BACKLOG)
            await server.serve([listening])
    commands.cancel()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, service: RemoteService, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._ready = service, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.stop()
        await super().shutdown(sockets)


def _told(descriptor: int) -> Any:
    (length,) = LENGTH.unpack(_exactly(descriptor, LENGTH.size))
    return pickle.loads(_exactly(descriptor, length))


def _exactly(descriptor: int, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = os.read(descriptor, length - len(found))
        if not part:
            raise EOFError
        found += part
    return found


async def _commands(do: Callable[[str], None], ended: Callable[[], None]) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        do(line.decode().strip())
    ended()


def _end_when_told(end: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(asked, end)
