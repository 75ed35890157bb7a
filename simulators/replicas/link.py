"""Links between the processes of one back end: calls and their answers, over a socket that is ours alone."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import pickle
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from simulators.backend.submissions import Refused

_LENGTH = struct.Struct("!I")
AGAIN_S = 0.02


class LinkDown(Exception):
    """The other side is gone, or not there yet; whether it has done what it was asked is not known."""


class Caller:
    """The office, as one linked process sees it. `name` is the process's own."""

    def __init__(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.name, self._writer = name, writer

    def tell(self, what: str, *about: Any) -> None:
        """Tell something that is not answered."""
        _send(self._writer, (0, what, about))


Answering = Callable[[Caller, str, tuple[Any, ...]], Awaitable[Any]]


class Switchboard:
    """The office's end of all links.

    Parameters
    ----------
    answer: takes (caller, what, about) and returns the answer, or raises Refused.
    came, gone: told of each process that has linked itself, and of each whose link has ended (because it has).
    """

    def __init__(self, answer: Answering, came: Callable[[Caller], None], gone: Callable[[Caller], None]) -> None:
        self._answer, self._came, self._gone = answer, came, gone
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, path: Path) -> None:
        """Listen at `path`."""
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def close(self) -> None:
        """Listen no more. Links end with the process."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller: Caller | None = None
        try:
            caller = Caller(await _receive(reader), writer)
            self._came(caller)
            while True:
                number, what, about = await _receive(reader)
                task = asyncio.create_task(self._respond(caller, writer, number, what, about))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (OSError, EOFError):
            return  # it has ended
        finally:
            if caller is not None:
                self._gone(caller)
            writer.close()

    async def _respond(
        self, caller: Caller, writer: asyncio.StreamWriter, number: int, what: str, about: tuple[Any, ...]
    ) -> None:
        try:
            answer: tuple[bool, Any] = (True, await self._answer(caller, what, about))
        except Refused as refused:
            answer = (False, refused)
        if number:
            _send(writer, (number, *answer))


class Link:
    """A process's end of its link to the office; linked again whenever the office comes back.

    Parameters
    ----------
    path: where the office listens. name: this process's own.
    told: called with (what, about) of what the office tells; it begins with telling something.
    """

    def __init__(self, path: Path, name: str, told: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._path, self._name, self._told = path, name, told
        self._numbers = itertools.count(1)
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._linked = asyncio.Event()

    async def open(self) -> None:
        """Link to the office, and go on doing so; returns once it is linked."""
        self._keeper = asyncio.create_task(self._keep())
        await self._linked.wait()

    async def linked(self, within_s: float) -> bool:
        """Return whether there is a link, or will be within a time."""
        try:
            await asyncio.wait_for(self._linked.wait(), max(0.0, within_s))
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Give up the link."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    async def call(self, what: str, *about: Any) -> Any:
        """Return the office's answer; raises what it refuses with, or LinkDown."""
        if self._writer is None:
            raise LinkDown
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls[number] = answer
        try:
            _send(self._writer, (number, what, about))
            return await answer
        finally:
            self._calls.pop(number, None)

    async def _keep(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
            except OSError:
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                _send(writer, self._name)
                self._hear(*await _receive(reader))  # where the office stands
                self._writer = writer
                self._linked.set()
                while True:
                    self._hear(*await _receive(reader))
            except (OSError, EOFError):
                await asyncio.sleep(AGAIN_S)
            finally:
                self._writer = None
                self._linked.clear()
                writer.close()
                for answer in self._calls.values():
                    if not answer.done():
                        answer.set_exception(LinkDown())

    def _hear(self, number: int, how: Any, what: Any) -> None:
        if not number:
            self._told(how, what)
            return
        answer = self._calls.get(number)
        if answer is not None and not answer.done():
            if how:
                answer.set_result(what)
            else:
                answer.set_exception(what)


def _send(writer: asyncio.StreamWriter, what: Any) -> None:
    data = pickle.dumps(what)
    writer.write(_LENGTH.pack(len(data)) + data)


async def _receive(reader: asyncio.StreamReader) -> Any:
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))
