"""What the back end has yet to write: in order, several changes at once, and nobody is told before it is written."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from simulators.backend.store import Change, Database, StoreDown
from simulators.backend.waits import Spells, Waited

PATIENCE_S = 10.0
"""How long an answer waits for its database before it is refused."""
AGAIN_S, LAST_S = 0.05, 2.0
AT_ONCE = 500

Result = TypeVar("Result")


class Ledger:
    """The changes of one database, written in the order in which they were made.

    A quick database is written from the event loop, when somebody waits for it or at the loop's next turn; another one,
    or one that is locked or gone, from a thread, again and again until it takes them. So a customer is told what will
    still be true after this process was killed; who is not told may send the same again, under the same key.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: deque[Change] = deque()
        self._added = self._written = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._then: deque[tuple[int, Callable[[], None]]] = deque()
        self._soon: asyncio.Handle | None = None
        self._writer: asyncio.Task[None] | None = None
        self._problem = ""
        self._between, self._writing_s = Spells(), 0.0
        self._under_way: tuple[float, float] | None = None

    @property
    def waited(self) -> Waited:
        """How long changes have waited for the database by now."""
        locked_s, writing_s = self._database.locked_s, self._writing_s
        if self._under_way is not None:
            began_s, locked_before_s = self._under_way
            writing_s += max(0.0, time.monotonic() - began_s - (locked_s - locked_before_s))
        return Waited(self._between.seconds + locked_s, writing_s)

    @property
    def added(self) -> int:
        """How many changes there have been."""
        return self._added

    def add(self, changes: Sequence[Change], then: Callable[[], None] | None = None) -> None:
        """Let changes be written, and `then` be called."""
        self._pending.extend(changes)
        self._added += len(changes)
        if then is not None:
            self._then.append((self._added, then))
        if self._soon is None and self._writer is None:
            self._soon = asyncio.get_running_loop().call_soon(self._write)

    async def settled(self, patience_s: float = PATIENCE_S) -> None:
        """Return once everything until now is written; raises StoreDown where that takes too long."""
        if self._database.quick and self._pending and self._writer is None:
            self._write()
        if self._written >= self._added:
            return
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._added, written))
        try:
            await asyncio.wait_for(written, patience_s)
        except TimeoutError:
            raise StoreDown(self._problem or "it is too slow") from None

    async def read(self, query: Callable[[], Result]) -> Result:
        """Return what a query of the database finds, without holding up the loop.

        Where it cannot be asked just now, it is asked again; raises StoreDown where that takes too long.
        """
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return query() if self._database.quick else await asyncio.to_thread(query)
            except StoreDown:
                if time.monotonic() + AGAIN_S > ends_at:
                    raise
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        """Write what can still be written, and let go of the database."""
        with contextlib.suppress(StoreDown):
            await self.settled(LAST_S)
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
        self._database.close()

    def _write(self) -> None:
        self._soon = None
        if self._writer is not None or not self._pending:
            return
        if self._database.quick:
            try:
                with self._timed():
                    self._database.write(self._pending)
            except StoreDown as error:
                self._refused(error)
            else:
                self._done(len(self._pending))
                return
        self._writer = asyncio.get_running_loop().create_task(self._keep_writing())

    async def _keep_writing(self) -> None:
        try:
            while self._pending:
                batch = [self._pending[index] for index in range(min(AT_ONCE, len(self._pending)))]
                began_s = time.monotonic()
                try:
                    with self._timed():
                        await asyncio.to_thread(self._database.write, batch)
                except StoreDown as error:
                    self._refused(error)
                    await asyncio.sleep(max(0.0, AGAIN_S - (time.monotonic() - began_s)))
                else:
                    self._done(len(batch))
        finally:
            self._writer = None
            self._between.end()

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        """Count what a write takes: waiting for a lock, of which the database knows, apart from the rest."""
        self._between.end()
        self._under_way = (time.monotonic(), self._database.locked_s)
        try:
            yield
        finally:
            self._writing_s, self._under_way = self.waited.writing_s, None

    def _refused(self, error: StoreDown) -> None:
        self._problem = str(error)
        self._between.begin()

    def _done(self, changes: int) -> None:
        for _ in range(changes):
            self._pending.popleft()
        self._written += changes
        self._problem = ""
        while self._then and self._then[0][0] <= self._written:
            self._then.popleft()[1]()
        while self._waiting and self._waiting[0][0] <= self._written:
            future = self._waiting.popleft()[1]
            if not future.done():
                future.set_result(None)
