"""What a mock on somebody's network must not do: be reachable, be broken into, or give secrets away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from journeys import Station
from simulators.backend.guards import HEADER_LIMIT
from simulators.backend.process import BackendProcess
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey
from tests.backend.test_pages import Page, post, start
from tests.backend.test_replicas import needs_envoy
from tests.backend.tiers import call, processes_of

INJECTIONS = ("' OR '1'='1", "x'; DROP TABLE cases; --", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "\x00",
              "%00", "{{7*7}}", "<script>alert(1)</script>", "a" * 5000)  # fmt: skip
SECRET = str(DETAILS["tax_number"])


@pytest.mark.parametrize("evil", INJECTIONS)
@pytest.mark.parametrize("where", ["/api/cases/{}", "/cases/{}", "/api/cases/{}/steps/apply", "/{}"])
def test_no_path_leads_anywhere_but_to_what_there_is(portal: Any, evil: str, where: str) -> None:
    case = portal.begin()
    for method in ("GET", "POST"):
        answer = portal.client.request(method, where.format(quote(evil, safe="")))
        assert answer.status_code in (404, 405)
        assert "root:" not in answer.text
        assert "<script>alert" not in answer.text
        assert "Traceback" not in answer.text
    assert portal.look(case)["step"] == "apply"


@pytest.mark.parametrize("evil", INJECTIONS)
def test_no_key_header_or_fact_is_more_than_a_text(portal: Any, evil: str) -> None:
    key = quote(evil)[:200]
    case = portal.begin()
    first = portal.act(case, "apply", DETAILS | {"full_name": evil[:1900] or "x"}, key=key)
    again = portal.act(case, "apply", DETAILS, key=key)
    assert (first.status_code, first.json()) == (200, again.json())
    step = quote(evil, safe="")
    assert portal.client.post(f"/api/cases/{case}/steps/{step}", json={}).status_code in (404, 405)
    assert portal.client.post(f"/api/cases/{case}/go", json={"to": evil}).status_code == 422
    assert portal.client.post(f"/api/cases/{case}/contacts/{step}", json={}).status_code in (404, 405)
    assert portal.client.get(f"/api/rows?since={quote(evil)}").status_code == 400
    assert portal.look(case)["step"] == "documents"


def test_a_customer_called_script_harms_nobody_on_any_page(open_portal: Any) -> None:
    evil = "<script>alert('ann')</script>"
    named = small_journey(
        title=evil, stations=(Station(name="web", title=evil, kind="system", servers=4), *small_journey().stations[1:])
    )
    portal = open_portal(named, speed=1)
    case = start(portal)
    post(portal, f"{case}/steps/apply", DETAILS | {"full_name": evil, "email": f"{quote(evil)}@example.org"})
    post(portal, f"{case}/steps/documents", {"full_name": evil}, files={"fact:payslip": (evil, b"x")})
    for path in ("/", "/status", case, f"/cases/{quote(evil, safe='')}", f"/{quote(evil, safe='')}"):
        answer = portal.client.get(path)
        assert "<script>alert" not in answer.text, path
        assert len(Page(answer.text).all("script")) == 1, path
        assert "script-src 'sha256-" in answer.headers["content-security-policy"]


def test_headers_and_addresses_are_limited(portal: Any) -> None:
    huge = "x" * (HEADER_LIMIT + 1)
    assert portal.client.get("/health", headers={"X-Note": huge}).status_code == 431
    assert portal.client.get(f"/health?{huge}").status_code == 431
    assert portal.client.get("/health", headers={"X-Note": "x" * 1000}).status_code == 200


def test_no_documentation_debugger_or_listing_is_served(portal: Any) -> None:
    for path in ("/docs", "/openapi.json", "/redoc", "/debug", "/static/", "/templates/", "/.env", "/api/", "/metrics"):
        assert portal.client.get(path).status_code == 404, path
    answer = portal.client.get("/health")
    assert "server" not in answer.headers
    assert portal.client.request("TRACE", "/").status_code == 405


def test_a_secret_is_in_no_answer_of_any_kind(portal: Any) -> None:
    case = portal.begin()
    asked = [portal.act(case, "apply", DETAILS | {"email": SECRET}), portal.act(case, "apply", DETAILS, key="k")]
    asked += [portal.client.get(path) for path in (f"/cases/{case}", f"/api/cases/{case}", "/api/rows", "/status")]
    asked.append(portal.client.post(f"/api/cases/{case}/steps/documents", json={"facts": {"tax_number": SECRET}}))
    assert all(SECRET not in answer.text for answer in asked[1:])


@needs_envoy
@pytest.mark.backend
def test_replicas_listen_on_loopback_alone_and_keep_no_secrets(tmp_path: Path) -> None:
    database = tmp_path / "cases.db"
    with BackendProcess(small_journey(), replicas=1, database=database) as backend:
        assert backend.folder is not None
        case = call(f"{backend.url}/api/cases", {})[1]["case"]
        assert call(f"{backend.url}/api/cases/{case}/steps/apply", {"facts": DETAILS}, "k")[0] == 200
        assert call(f"{backend.url}/api/cases/{case}/steps/documents", {"facts": DOCUMENTS})[0] == 200
        listening = {
            connection.laddr.ip
            for process in processes_of(backend).values()
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
        assert backend.folder.stat().st_mode & 0o077 == 0
        assert backend.folder.parent.stat().st_mode & 0o077 == 0
        kept = [path for path in (*backend.folder.iterdir(), *tmp_path.iterdir()) if path.is_file()]
        assert any(b"ann@example.org" in path.read_bytes() for path in kept)
        assert [path.name for path in kept if SECRET.encode() in path.read_bytes()] == []
        commands = [" ".join(process.cmdline()) for process in processes_of(backend).values()]
        assert not any(SECRET in command or "ann@" in command for command in commands)


def test_a_password_of_the_environment_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from journeys.errors import CannotWrite

    monkeypatch.setenv("PGPASSWORD", "swordfish")
    with pytest.raises(CannotWrite) as caught:
        BackendProcess(small_journey(), database="postgresql://ann@127.0.0.1:1/shop").__enter__()
    assert "swordfish" not in str(caught.value)
    assert os.environ["PGPASSWORD"] == "swordfish"
