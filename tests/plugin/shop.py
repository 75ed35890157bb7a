"""A web shop of somebody else's: Flask, sessions in cookies, a cookie dialog, content that scripts bring late.

`Shop(bugs)` plants what a suite is to find: ``nameless`` (a button of the form has no name), ``lying`` (the page of an
order says shipped, the back end new), ``double`` (orders ignore idempotency keys), ``flaky`` (every 25th order is
answered 500), ``down`` (all are), ``link`` (the footer leads nowhere), ``thrown`` (an exception in the basket's
script), ``gone`` (the button that pays does nothing), ``frozen`` (an order's page shows for good what it showed first).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from flask import Flask, jsonify, redirect, render_template_string, request, session
from werkzeug.serving import make_server

LAYOUT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }} - Lantern Books</title>
<style>dialog::backdrop { background: #0008 } body { color: #111; background: #fff; font: 16px sans-serif }</style>
</head><body><header><a href="/">Lantern Books</a></header><main><h1>{{ title }}</h1>%s</main>
<footer><a href="{{ '/imprnt' if 'link' in bugs else '/imprint' }}">Imprint</a></footer></body></html>"""

FRONT = (
    LAYOUT
    % """
<dialog id="consent" aria-label="Cookies"><p>We use cookies.</p><button id="agree">Accept cookies</button></dialog>
<ul id="books" aria-live="polite"></ul>
<script>
const consent = document.getElementById('consent');
if (!document.cookie.includes('agreed=1')) consent.showModal();
document.getElementById('agree').onclick = () => { document.cookie = 'agreed=1;path=/'; consent.close(); };
setTimeout(async () => {
  for (const book of await (await fetch('/api/books')).json()) {
    const item = document.createElement('li'), add = document.createElement('button');
    item.textContent = book.title + ' ';
    add.textContent = 'Add ' + book.title;
    add.onclick = async () => {
      await fetch('/api/basket', {method: 'POST', headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({book: book.id})});
      location.href = '/basket';
    };
    item.append(add);
    document.getElementById('books').append(item);
  }
}, 120);
</script>"""
)

BASKET = (
    LAYOUT
    % """
<p>{{ count }} in your basket</p><div id="form"></div>
<script>
{% if 'thrown' in bugs %}setTimeout(() => basket.total.toFixed(2), 0);{% endif %}
requestAnimationFrame(() => {
  document.getElementById('form').innerHTML = `<form method="post" action="/orders">
    <input type="hidden" name="token" value="{{ token }}">
    <p><label>Your name <input name="name" required></label></p>
    <p><label>E-mail <input name="email" type="email" required></label></p>
    <p><label>Delivery <select name="delivery"><option>Post</option><option>Courier</option></select></label></p>
    <p><label>Card number <input name="card" inputmode="numeric" required></label></p>
    {% if 'gone' in bugs %}<button type="button">Pay now</button>
    {% elif 'nameless' in bugs %}<button type="submit"></button><button type="submit">Pay now</button>
    {% else %}<button type="submit">Pay now</button>{% endif %}</form>`;
});
</script>"""
)

ORDER = (
    LAYOUT
    % """
<p>Thank you, {{ order.name }}. Your order: <output aria-label="Order">{{ order.id }}</output></p>
<p>Status: <output aria-label="Status">{{ 'shipped' if 'lying' in bugs else order.state }}</output></p>"""
)


class Shop:
    """Serves the shop on loopback while its context lasts."""

    def __init__(self, bugs: Iterable[str] = ()) -> None:
        self.bugs = frozenset(bugs)
        self.orders: list[dict[str, Any]] = []
        self._keys: dict[str, int] = {}
        self._first_shown: dict[int, str] = {}
        self._asked = itertools.count(1)
        self._guard = threading.Lock()
        self._server = make_server("127.0.0.1", 0, self._application(), threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Shop:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _order(self, fields: dict[str, Any], key: str) -> int:
        with self._guard:
            if key in self._keys and "double" not in self.bugs:
                return self._keys[key]
            self.orders.append({**fields, "state": "new", "id": len(self.orders)})
            self._keys[key] = len(self.orders) - 1
            return len(self.orders) - 1

    def _application(self) -> Flask:
        app = Flask(__name__)
        app.secret_key = "of a shop in a test"

        def page(template: str, title: str, **values: Any) -> str:
            return render_template_string(template, title=title, bugs=self.bugs, **values)

        @app.before_request
        def out_of_luck() -> Any:
            ordering = request.method == "POST" and request.path.endswith("orders")
            if ordering and ("down" in self.bugs or ("flaky" in self.bugs and next(self._asked) % 25 == 3)):
                return "Internal Server Error", 500
            return None

        @app.get("/")
        def front() -> Any:
            return page(FRONT, "Books")

        @app.get("/imprint")
        def imprint() -> Any:
            return page(LAYOUT % "<p>Lantern Books, Example Street 1</p>", "Imprint")

        @app.get("/favicon.ico")
        def icon() -> Any:
            return "", 204

        @app.get("/api/books")
        def books() -> Any:
            return jsonify([{"id": 1, "title": "Lamps"}, {"id": 2, "title": "Wicks"}])

        @app.post("/api/basket")
        def add() -> Any:
            session["basket"] = [*session.get("basket", []), request.get_json()["book"]]
            return jsonify({"count": len(session["basket"])}), 201

        @app.get("/basket")
        def basket() -> Any:
            session["token"] = f"{len(self.orders)}-{threading.get_ident()}-{next(self._asked)}"
            return page(BASKET, "Basket", count=len(session.get("basket", [])), token=session["token"])

        @app.post("/orders")
        def order() -> Any:
            fields = request.form.to_dict()
            return redirect(f"/orders/{self._order(fields, fields.pop('token'))}", 303)

        @app.get("/orders/<int:number>")
        def ordered(number: int) -> Any:
            order = dict(self.orders[number])
            if "frozen" in self.bugs:
                order["state"] = self._first_shown.setdefault(number, order["state"])
            return page(ORDER, "Order", order=order)

        @app.post("/api/orders")
        def order_by_api() -> Any:
            key = request.headers.get("Idempotency-Key", "")
            return jsonify({"id": self._order(dict(request.get_json()), key)}), 201

        @app.get("/api/orders/<int:number>")
        def held(number: int) -> Any:
            answer = jsonify(self.orders[number])
            if "frozen" in self.bugs:
                self.orders[number]["state"] = "packed"  # from the next question on
            return answer

        return app


JOURNEY = '''"""Buying a book at Lantern Books."""

from journeys import (
    Budget, Choose, Constant, Fact, Fill, Journey, Keep, Lognormal, Poisson, Press, Route, See, Segment, Step, Verify,
    get, minutes, page, per_hour, post,
)

journey = Journey(
    name="lantern",
    arrivals=Poisson(per_hour(30)),
    segments=(Segment("reader", 0.6), Segment("school", 0.4)),
    facts=(
        Fact(name="full_name", label="Your name", faker="name"),
        Fact(name="email", label="E-mail", kind="email"),
        Fact(name="delivery", label="Delivery", kind="choice", choices=("Post", "Courier")),
        Fact(name="card", label="Card number", kind="secret"),
    ),
    steps=(
        Step(
            name="choose", lane="customer", think=Lognormal(minutes(2), cv=0.5),
            page=page("/", Press("Accept cookies"), Press("Add Lamps"), See("1 in your basket")),
            http=(get("/api/books"), post("/api/basket", json={"book": 1}, expect=201)),
        ),
        Step(
            name="pay", lane="customer", think=Lognormal(minutes(3), cv=0.5),
            asks=("full_name", "email", "delivery", "card"),
            page=page(
                "", Fill("Your name", "{full_name}"), Fill("E-mail", "{email}"), Choose("Delivery", "{delivery}"),
                Fill("Card number", "{card}"), Press("Pay now"), See("Thank you, {full_name}."),
                Keep("status", "Order", "order"), Verify("status", "Status", get("/api/orders/{order}"), "state"),
            ),
            http=(
                post("/api/orders", json={"name": "{full_name}", "email": "{email}", "delivery": "{delivery}"},
                     expect=201, keep={"order": "id"}),
                get("/api/orders/{order}"),
            ),
            routes=(Route("completed"),),
        ),
    ),
    budgets=(Budget("completion >= 60%"), Budget("p50(pay) < 5 s"), Budget("calls per 100 <= 10")),
)
'''
