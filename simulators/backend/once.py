"""Submissions done once, however often they arrive: by their key, in memory and in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from simulators.backend.ledger import PATIENCE_S, Ledger
from simulators.backend.store import Answer, Store, StoreDown, acknowledged
from simulators.backend.submissions import Refused

_BROKEN = Answer(500, {"problem": "the first request under this key failed"})


class Once:
    """The submissions of one desk. Nobody is told an answer before it is written, for which `patience_s` is waited."""

    def __init__(self, store: Store, ledger: Ledger, patience_s: float = PATIENCE_S) -> None:
        self._store, self._ledger, self._patience_s = store, ledger, patience_s
        self._running: dict[tuple[str, str], asyncio.Future[Answer]] = {}

    async def run(self, path: str, key: str, perform: Callable[[], Awaitable[Answer]]) -> Answer:
        """Perform a submission once: a repeated key is given the first answer, and waits for it while it is made.

        What was refused before any work began leaves no trace, so that it may be put right under the same key. Refused
        (503) where the database does not take it in time: the same key may then be tried again, and finds what was done
        if that was written after all.
        """
        if not key:
            answer = await perform()
            await self._settled()
            return answer
        running = self._running.get((path, key))
        if running is None:
            running = self._running[path, key] = asyncio.get_running_loop().create_future()
            await self._first(path, key, running, perform)
        return await self._told(running)

    async def known(self, path: str, key: str) -> Answer | None:
        """Return the answer to a submission that was performed, or is just being; None where there is none."""
        if not key:
            return None
        running = self._running.get((path, key))
        if running is not None:
            return await self._told(running)
        return await self._read(path, key)

    async def _first(
        self, path: str, key: str, made: asyncio.Future[Answer], perform: Callable[[], Awaitable[Answer]]
    ) -> None:
        def forget() -> None:
            self._running.pop((path, key), None)

        try:
            known = await self._read(path, key)
            if known is not None:
                made.set_result(known)
                forget()
                return
            answer = await perform()
        except Refused as refused:
            made.set_result(refused.answer)
            forget()
            raise
        except BaseException:
            made.set_result(_BROKEN)
            forget()
            raise
        made.set_result(answer)
        self._ledger.add([acknowledged(path, key, answer)], forget)

    async def _told(self, made: asyncio.Future[Answer]) -> Answer:
        answer = await asyncio.shield(made)
        await self._settled()
        return answer

    async def _settled(self) -> None:
        try:
            await self._ledger.settled(self._patience_s)
        except StoreDown as error:
            raise down(error) from None

    async def _read(self, path: str, key: str) -> Answer | None:
        try:
            return await self._ledger.read(lambda: self._store.answered(path, key))
        except StoreDown as error:
            raise down(error) from None


def down(error: StoreDown) -> Refused:
    """Return how a request is refused that the database cannot take just now."""
    return Refused(503, f"the database cannot be used just now ({error}); send the same again, under the same key")
