"""An application with known service times, in a process of its own: the thing measured, before and after.

Told in one line of JSON: `slower`, by how much each step takes longer (1.1 for a tenth), by the step's name. ``look``
and ``pay`` wait for a lognormal time (40 ms, cv 0.5, and 60 ms, cv 0.3), as for a database elsewhere; ``count`` works:
a fixed number of sums of its own process, which takes as long as the machine lets it. Nobody waits for anybody but for
that work. It prints its port, and ends with its input.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import random
import sys
import threading
from collections.abc import Mapping

WAITS = {"look": (0.040, 0.5), "pay": (0.060, 0.3)}
SUMS, BLOCK = 300, b"journey" * 1500


class Shop:
    def __init__(self, slower: Mapping[str, float]) -> None:
        self.slower, self.random = slower, random.Random()

    async def serve(self, step: str) -> None:
        factor = self.slower.get(step, 1.0)
        if step in WAITS:
            mean_s, cv = WAITS[step]
            sigma = math.sqrt(math.log1p(cv**2))
            await asyncio.sleep(factor * mean_s * math.exp(sigma * self.random.gauss(0, 1) - sigma**2 / 2))
        elif step == "count":
            for _ in range(round(factor * SUMS)):
                hashlib.sha256(BLOCK).digest()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readline():
                length = 0
                while (line := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                await reader.readexactly(length)
                await self.serve(request.split(b" ")[1].strip(b"/").decode())
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main() -> None:
    shop = Shop(json.loads(sys.stdin.readline())["slower"])
    server = await asyncio.start_server(shop.talk, "127.0.0.1", 0, backlog=1024)
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def until_told() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=until_told, daemon=True).start()
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()


if __name__ == "__main__":
    asyncio.run(main())
