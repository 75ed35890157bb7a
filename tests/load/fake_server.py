"""A small server for tests of the load engine: the mocked back end's protocol, and an application of one's own.

It reads its plan from the first line of its standard input, prints its port, and ends with its standard input. The
clock's zero starts its planned freeze, in which the whole process sleeps: nothing is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


class Fake:
    """Steps in order, each taking `service_s` without any queue, also those behind the counter."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.steps: list[str] = plan["steps"]
        self.backstage: set[str] = set(plan.get("backstage", ()))
        self.service_s: float = plan.get("service_s", 0.0)
        self.zero = time.perf_counter()
        self.freezes: list[tuple[float, float]] = []
        self.answered: dict[str, float] = {}
        self.cases: dict[str, dict[str, Any]] = {}
        self.names: dict[str, dict[str, str]] = {}
        self.answers: dict[str, Response] = {}
        self.rows: list[list[Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.behind: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return time.perf_counter() - self.zero

    def freeze(self) -> None:
        began = self.now()
        time.sleep(self.plan["freeze_s"])
        self.freezes.append((began, self.now()))

    async def health(self, request: Request) -> Response:
        told = {"status": "ok", "journey": self.plan["journey"], "digest": self.plan["digest"], "now_s": self.now()}
        return JSONResponse(told | {"speed": self.plan.get("speed", 1.0)})

    async def start(self, request: Request) -> Response:
        self.zero = time.perf_counter()
        if self.plan.get("freeze_s"):
            asyncio.get_running_loop().call_later(self.plan["freeze_at_s"], self.freeze)
        return JSONResponse({"now_s": 0})

    async def open(self, request: Request) -> Response:
        number = request.headers["journeywright-customer"]
        if number in self.cases:
            return JSONResponse({"problem": "opened twice"}, 409)
        self.cases[number] = {"case": number, "step": self.steps[0], "version": 0, "moved": asyncio.Event()}
        return JSONResponse(self.body(number), 201)

    def body(self, number: str) -> dict[str, Any]:
        case = self.cases[number]
        step = case["step"]
        end = step not in self.steps
        acts = not end and step not in self.backstage
        wait = "decision" if step in self.backstage else ""
        return {"case": number, "step": step, "acts": acts, "end": end, "wait": wait, "version": case["version"]}

    def move(self, number: str) -> None:
        case = self.cases[number]
        place = self.steps.index(case["step"]) + 1
        case["step"] = self.steps[place] if place < len(self.steps) else "completed"
        case["version"] += 1
        case["moved"].set()
        case["moved"] = asyncio.Event()
        if case["step"] in self.backstage:
            task = asyncio.create_task(self.work(number))
            self.behind.add(task)
            task.add_done_callback(self.behind.discard)

    async def work(self, number: str) -> None:
        step, began = self.cases[number]["step"], self.now()
        await asyncio.sleep(self.service_s)
        self.move(number)
        to = self.cases[number]["step"]
        row = [int(number), "everyone", step, 0, "backstage", "", 0, began, began, began, self.now(), "served", to, ""]
        self.rows.append(row)

    async def act(self, request: Request) -> Response:
        number, step = request.path_params["case"], request.path_params["step"]
        self.names.setdefault(number, {}).update((await request.json())["facts"])
        if step in self.plan.get("failing", ()):
            return JSONResponse({"problem": "broken"}, 500)
        await asyncio.sleep(self.service_s)
        if self.cases[number]["step"] != step:
            return JSONResponse({"problem": "wrong step", "step": self.cases[number]["step"]}, 409)
        self.move(number)
        self.answered.setdefault(number, self.now())
        told = self.body(number)
        told |= {"outcome": "served", "to": told["step"], "queue_ms": 0.0, "service_ms": 1000 * self.service_s}
        return JSONResponse(told | {"server": 0, "detail": ""})

    async def poll(self, request: Request) -> Response:
        number = request.path_params["case"]
        case = self.cases[number]
        if str(case["version"]) == request.query_params["since"]:
            wait_s = float(request.query_params["wait_ms"]) / 1000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(case["moved"].wait(), wait_s)
        return JSONResponse(self.body(number))

    async def tell(self, request: Request) -> Response:
        return JSONResponse(self.body(request.path_params["case"]))

    async def kept(self, request: Request) -> Response:
        since = int(request.query_params["since"])
        return JSONResponse({"rows": self.rows[since : since + 100], "next": min(len(self.rows), since + 100)})

    async def control(self, request: Request) -> Response:
        told = {"freezes": self.freezes, "answered": self.answered, "names": self.names, "orders": self.orders}
        return JSONResponse(told | {"cases": {number: case["step"] for number, case in self.cases.items()}})

    async def order(self, request: Request) -> Response:
        await asyncio.sleep(self.plan.get("answer_after_s", 0.0))
        order = {"body": await request.json(), "key": request.headers.get("idempotency-key", "")}
        self.orders.append(order)
        response = JSONResponse({"data": {"id": f"no {len(self.orders)}/a"}}, 201)
        response.set_cookie("visitor", order["body"]["customer"])
        return response

    async def moved(self, request: Request) -> Response:
        """Send on to the order, with a cookie that must come along; only a form may come here."""
        form = await request.form()
        response = RedirectResponse(f"/arrived?by={form['customer']}", 303)
        response.set_cookie("ticket", str(form["customer"]))
        return response

    async def arrived(self, request: Request) -> Response:
        told = {"by": request.query_params["by"], "ticket": request.cookies.get("ticket", ""), "method": request.method}
        self.orders.append(told | {"length": len(await request.body())})
        return JSONResponse({})

    async def pay(self, request: Request) -> Response:
        form = await request.form()
        index = int(request.path_params["order"].removeprefix("no ").removesuffix("/a")) - 1
        self.orders[index] |= {"paid": dict(form), "cookie": request.cookies.get("visitor", "")}
        return JSONResponse({"problem": "broken"}, 500) if self.plan.get("cannot_pay") else JSONResponse({})


def main() -> None:
    fake = Fake(json.loads(sys.stdin.readline()))
    routes = [
        Route("/health", fake.health),
        Route("/control", fake.control),
        Route("/api/clock/zero", fake.start, methods=["POST"]),
        Route("/api/cases", fake.open, methods=["POST"]),
        Route("/api/cases/{case}", fake.poll),
        Route("/api/cases/{case}/steps/{step}", fake.act, methods=["POST"]),
        Route("/api/cases/{case}/leave", fake.tell, methods=["POST"]),
        Route("/api/cases/{case}/go", fake.tell, methods=["POST"]),
        Route("/api/rows", fake.kept),
        Route("/orders", fake.order, methods=["POST"]),
        Route("/moved", fake.moved, methods=["POST"]),
        Route("/arrived", fake.arrived),
        Route("/orders/{order:path}/payment", fake.pay, methods=["POST"]),
    ]
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes), log_level="critical", access_log=False, lifespan="off")
    )

    def until_told() -> None:
        sys.stdin.read()
        server.should_exit = server.force_exit = True

    threading.Thread(target=until_told, daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main()
