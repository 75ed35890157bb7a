"""A HAR file becomes a back end for browsers and programs, and a journey's skeleton; its secrets stay in it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import requests

from journeys.api.engine import walk_api
from journeys.errors import CannotRead, InvalidInput
from journeys.eventlog import EXIT, Run
from journeys.loading import load
from journeys.recorded.har import mask_file, read_har
from journeys.recorded.skeleton import skeleton
from simulators.recorded.serving import RecordedBackEnd


def entry(
    method: str,
    url: str,
    *,
    at: int = 0,
    status: int = 200,
    took_ms: float = 1.0,
    sent: str = "",
    kind: str = "",
    text: str = "",
    type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> dict:
    """Return an entry of a HAR file."""
    request: dict = {
        "method": method,
        "url": url,
        "headers": [{"name": "Authorization", "value": "Bearer deep"}],
        "cookies": [{"name": "sid", "value": "deep"}],
        "queryString": [],
    }
    if sent:
        request["postData"] = {"mimeType": kind, "text": sent}
    told = [{"name": name, "value": value} for name, value in (headers or {}).items()]
    return {
        "startedDateTime": f"2026-11-28T12:00:{at:02d}.000Z", "time": took_ms + 500,
        "timings": {"send": 0, "wait": took_ms, "receive": 0, "blocked": 500, "dns": -1}, "request": request,
        "response": {"status": status, "headers": told, "cookies": [], "content": {"mimeType": type, "text": text}},
    }  # fmt: skip


SITE = "http://shop.example"
ENTRIES = [
    entry("GET", f"{SITE}/", text="<a href='http://shop.example/basket'>Basket</a>", type="text/html"),
    entry("GET", "https://cdn.example/lib.js", type="text/javascript"),
    entry("GET", f"{SITE}/style.css", type="text/css", text="b{}"),
    entry("POST", f"{SITE}/api/login", at=3, sent='{"user": "ada", "password": "hunter2"}', kind="application/json",
          text='{"token": "abc", "customer_id": 4711}', took_ms=250,
          headers={"Set-Cookie": "sid=s3cret; Secure; Domain=shop.example", "Strict-Transport-Security": "max-age=9"}),
    entry("GET", f"{SITE}/api/customers/4711?b=2&a=1", at=4, text='{"state": "new"}'),
    entry("GET", f"{SITE}/api/customers/4711?b=2&a=1", at=5, text='{"state": "known"}'),
    entry("POST", f"{SITE}/orders", at=9, status=303, sent="email=a%40b.c&card=4000&n=1", text="",
          kind="application/x-www-form-urlencoded", headers={"Location": f"{SITE}/orders/done"}),
    entry("GET", f"{SITE}/orders/done", at=10, text="<h1>Done</h1>", type="text/html"),
    entry("GET", f"{SITE}/gone", status=0),
]  # fmt: skip


@pytest.fixture
def har(tmp_path: Path) -> Path:
    path = tmp_path / "shop.har"
    path.write_text(json.dumps({"log": {"pages": [{"title": "A shop"}], "entries": ENTRIES}}))
    return path


def test_what_is_read_is_one_site_without_its_secrets(har: Path):
    recording = read_har(har)
    assert (recording.origin, recording.title, dict(recording.elsewhere)) == (
        SITE,
        "A shop",
        {"https://cdn.example": 1},
    )
    assert [one.path for one in recording.exchanges if one.status == 303] == ["/orders"]
    assert recording.exchanges[2].took_s == 0.25  # looking up and connecting are none of the answer's
    for secret in ("hunter2", "deep", "s3cret", "4000", "abc"):
        assert secret not in repr(recording)
    mask_file(har)
    assert not any(secret in har.read_text() for secret in ("hunter2", "deep", "s3cret", "card=4000", "abc"))
    assert read_har(har) == recording


def test_requests_are_matched_by_method_path_query_and_body(har: Path):
    with RecordedBackEnd(read_har(har), latency=0.2) as served, requests.Session() as session:
        front = session.get(served.url)
        assert front.text == f"<a href='{served.url}/basket'>Basket</a>"
        began_s = time.perf_counter()
        login = session.post(f"{served.url}/api/login", json={"password": "another", "user": "ada"})
        assert time.perf_counter() - began_s >= 0.05
        assert login.json() == {"token": "***", "customer_id": 4711}
        assert login.cookies["sid"] == "masked"
        assert "Strict-Transport-Security" not in login.headers
        asked = [session.get(f"{served.url}/api/customers/4711?a=1&b=2").json()["state"] for _ in range(3)]
        assert asked == ["new", "known", "known"]
        assert requests.get(f"{served.url}/api/customers/4711?a=1&b=2").json() == {"state": "new"}  # another visitor
        ordered = session.post(f"{served.url}/orders", data={"email": "x@y.z", "card": "5", "n": "2"})
        assert (ordered.url, ordered.text) == (f"{served.url}/orders/done", "<h1>Done</h1>")
        assert session.get(f"{served.url}/api/customers/4711?a=2").status_code == 404
        assert session.delete(f"{served.url}/orders").status_code == 404
        assert session.head(served.url).headers["content-length"] == str(len(front.content))
        assert served.misses == {("GET", "/api/customers/4711"): 1, ("DELETE", "/orders"): 1}


def test_a_skeleton_has_facts_kept_values_and_no_assets(har: Path, tmp_path: Path):
    written = skeleton(read_har(har))
    file = tmp_path / "journey_shop.py"
    file.write_text(written.text)
    journey = load(str(file))
    assert [step.name for step in journey.steps] == ["start", "done"]
    login, first, *_ = journey.steps[0].http[1:]
    assert login.json == {"user": "ada", "password": "{password}"}
    assert (login.keep, first.path) == (
        {"login_customer_id": "customer_id"},
        "/api/customers/{login_customer_id}?a=1&b=2",
    )
    (order,) = journey.steps[1].http
    assert (order.form, order.expect) == ({"card": "{card}", "email": "{email}", "n": "1"}, 200)
    assert journey.steps[1].think.mean.s == pytest.approx(4, abs=0.1)
    assert written.remarks == ["1 requests of https://cdn.example are left out: a journey walks one site"]
    with RecordedBackEnd(read_har(har), latency=0) as served:
        walk_api(journey, target=served.url, mocked=False, folder=tmp_path / "run", seed=1, numbers=range(3), speed=1e6)
        assert served.misses == {}
    rows = Run.open(tmp_path / "run").frame()
    assert rows[rows["step"] == EXIT]["outcome"].tolist() == ["completed"] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "error", "said"),
    [("{", CannotRead, "no HAR file"), ('{"log": {"entries": []}}', InvalidInput, "no answer of that site"),
     ('{"log": {"entries": [{"request": {"url": "http://x/"}, "response": {"status": 200}}]}}', CannotRead, "http://x/")],
)  # fmt: skip
def test_what_is_no_har_file_is_told(tmp_path: Path, text: str, error: type[Exception], said: str):
    path = tmp_path / "x.har"
    path.write_text(text)
    with pytest.raises(error, match=said):
        read_har(path)
