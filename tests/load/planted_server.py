"""An application with planted capacity, in a process of its own: so many workers, a law of service, and its secrets.

Told in one line of JSON: `servers`, `mean_s`, `cv`; `locked_s`, how long a part lasts that one worker at a time can do;
`slow_above` and `slower`, how much longer services take that begin while more than so many workers are busy;
`slowing`, how much longer they take for each worker that is busy besides; `lost_above`, that one worker stops while
more than so many requests a second come (over the last five seconds); `cold_above` and `cold_share`, that such a share
of services takes three times as long then.

It tells how long requests held their workers, and how long they should have (`drawn_s`).
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import threading
import time
from collections import deque
from typing import Any

LATELY_S = 5.0


class Planted:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self.random = plan, random.Random(plan.get("seed", 1))
        self.workers, self.lock = asyncio.Semaphore(plan["servers"]), asyncio.Lock()
        self.busy, self.held_s, self.drawn_s, self.served = 0, 0.0, 0.0, 0
        self.came_s: deque[float] = deque()

    async def serve(self) -> None:
        self.came_s.append(time.perf_counter())
        async with self.workers:
            began = time.perf_counter()
            self.busy += 1
            sigma = math.sqrt(math.log1p(self.plan["cv"] ** 2))
            lasts_s = self.plan["mean_s"] * math.exp(sigma * self.random.gauss(0, 1) - sigma**2 / 2)
            lasts_s *= self.longer()
            await asyncio.sleep(lasts_s)
            if self.plan.get("locked_s"):
                async with self.lock:
                    await asyncio.sleep(self.plan["locked_s"])
            self.busy -= 1
            self.held_s += time.perf_counter() - began
            self.drawn_s += lasts_s
            self.served += 1

    def longer(self) -> float:
        """Return how many times as long a service takes that begins now."""
        factor = 1.0 + self.plan.get("slowing", 0.0) * (self.busy - 1)
        if self.busy > self.plan.get("slow_above", math.inf):
            factor *= self.plan["slower"]
        if self.rate_per_s() > self.plan.get("cold_above", math.inf):
            factor *= 3.0 if self.random.random() < self.plan["cold_share"] else 1.0
        return factor

    def rate_per_s(self) -> float:
        """Return how many requests came a second, over the last five."""
        while self.came_s and self.came_s[0] < time.perf_counter() - LATELY_S:
            self.came_s.popleft()
        return len(self.came_s) / LATELY_S

    async def lose(self) -> None:
        """Keep one worker from work while too many requests come."""
        while True:
            await asyncio.sleep(0.5)
            if self.rate_per_s() > self.plan["lost_above"]:
                async with self.workers:
                    while self.rate_per_s() > self.plan["lost_above"]:
                        await asyncio.sleep(0.5)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readline():
                length = 0
                while (line := await reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                await reader.readexactly(length)
                body = {"served": self.served, "held_s": self.held_s, "drawn_s": self.drawn_s}
                if not request.startswith(b"GET /control"):
                    await self.serve()
                    body = {}
                text = json.dumps(body).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                writer.write(head.encode() + text)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main() -> None:
    planted = Planted(json.loads(sys.stdin.readline()))
    server = await asyncio.start_server(planted.talk, "127.0.0.1", 0, backlog=1024)
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def until_told() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=until_told, daemon=True).start()
    losing = asyncio.create_task(planted.lose()) if "lost_above" in planted.plan else None
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    if losing is not None:
        losing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
