"""A server with a known service time and one planted stall: ``stalling_server.py SERVICE_S STALL_AT_S STALL_S``.

Any number of customers are served at once. The stall begins so long after the first request; whatever would have been
answered in it is answered at its end. It prints its port, and ends with its standard input. ``GET /answered`` tells by
customer when the request came and when its answer was written, by `time.time`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from typing import Any

import httptools

SERVICE_S, STALL_AT_S, STALL_S = (float(word) for word in sys.argv[1:4])
ANSWERED: dict[str, tuple[float, float]] = {}
FIRST: list[float] = []


class Stalling(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
        self.url, self.body = b"", b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url, self.body = b"", b""

    def on_url(self, url: bytes) -> None:
        self.url = url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        now_s = time.time()
        if self.url == b"/answered":
            self.write(200, json.dumps(ANSWERED).encode())
            return
        if not FIRST:
            FIRST.append(now_s)
        done_s, begin_s = now_s + SERVICE_S, FIRST[0] + STALL_AT_S
        if begin_s <= done_s < begin_s + STALL_S:
            done_s = begin_s + STALL_S
        customer = json.loads(self.body)["customer"]
        asyncio.get_running_loop().call_later(done_s - time.time(), self.answer, customer, now_s)

    def answer(self, customer: str, came_s: float) -> None:
        ANSWERED[customer] = (came_s, time.time())
        self.write(201, b"{}")

    def write(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def main() -> None:
    """Serve until standard input ends."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stalling, sock=listening)
    print(listening.getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
