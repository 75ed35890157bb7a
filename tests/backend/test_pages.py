"""The pages that customers and operators see."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.datastructures import UploadFile

from journeys import Station, Step
from journeys.blueprint import Attempts
from simulators.backend import requests
from simulators.backend.guards import UPLOAD_LIMIT
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey


class Page(HTMLParser):
    """What a page is made of: elements with their attributes, and texts by element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self._open, data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]

    @property
    def main(self) -> dict[str, str | None]:
        (main,) = self.all("main")
        return {name.removeprefix("data-"): value for name, value in main.items() if name.startswith("data-")}


def page(portal: Any, path: str) -> Page:
    answer = portal.client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


def post(portal: Any, path: str, given: dict[str, Any], **more: Any) -> Any:
    return portal.client.post(path, data={f"fact:{name}": value for name, value in given.items()}, **more)


def start(portal: Any, **headers: str) -> str:
    answer = portal.client.post("/cases", data={"key": "k"}, headers={"Journeywright-Customer": "17", **headers})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_life_through_the_pages(portal: Any) -> None:
    assert page(portal, "/").text("h1") == ["Harbour Credit Union"]
    case = start(portal)
    assert portal.desk.records[case.removeprefix("/cases/")].case.customer == 17
    first = page(portal, case)
    assert first.text("h1") == ["Your details"]
    assert (first.main["step"], first.main["acts"], first.main["end"], first.main["outcome"]) == (
        "apply", "true", "false", "",
    )  # fmt: skip
    answer = post(portal, f"{case}/steps/apply", DETAILS)
    assert (answer.status_code, answer.headers["location"]) == (303, case)
    second = page(portal, case)
    assert second.main["outcome"] == "served"
    assert float(second.main["service-ms"] or 0) >= 20
    files = {"fact:payslip": ("c:\\tmp\\pay.pdf", b"x" * 1234)}
    assert post(portal, f"{case}/steps/documents", {"full_name": "Ann"}, files=files).status_code == 303
    told = portal.desk.records[case.removeprefix("/cases/")].told
    assert told["apart"]["payslip"] == "pay.pdf (1234 bytes)"
    waiting = page(portal, case)
    assert waiting.text("h1") == ["Checking your documents"]
    portal.look(case.removeprefix("/cases/"), since=int(waiting.main["version"] or 0))
    assert page(portal, case).text("h1") == ["Your offer"]
    post(portal, f"{case}/steps/offer", {})
    end = page(portal, case)
    assert end.text("h1") == ["All done – thank you"]
    assert (end.main["step"], end.main["end"]) == ("completed", "true")
    assert "Withdraw" not in end.text("button")


def test_each_kind_of_fact_has_its_widget(portal: Any) -> None:
    case = start(portal)
    form = page(portal, case)
    inputs = {str(field["name"]): field for field in form.all("input") if field["type"] != "hidden"}
    assert {name: field["type"] for name, field in inputs.items()} == {
        "fact:full_name": "text", "fact:email": "email", "fact:birth": "date", "fact:amount": "number",
        "fact:tax_number": "password",
    }  # fmt: skip
    assert inputs["fact:tax_number"]["autocomplete"] == "off"
    assert [select["name"] for select in form.all("select")] == ["fact:purpose"]
    assert form.text("option") == ["Please choose", "Car", "Home", "Other"]
    fields = [*inputs.values(), *form.all("select")]
    assert all("required" in field for field in fields)
    assert sorted(str(label["for"]) for label in form.all("label")) == sorted(str(field["id"]) for field in fields)


def test_a_system_asks_only_what_it_does_not_know(portal: Any) -> None:
    case = start(portal)
    post(portal, f"{case}/steps/apply", DETAILS)
    asked_again = page(portal, case)  # another system, which reads nobody
    assert asked_again.text("label") == ["Full name", "Latest payslip"]
    assert asked_again.all("form")[0]["enctype"] == "multipart/form-data"
    number = case.removeprefix("/cases/")
    portal.act(number, "documents", DOCUMENTS)
    portal.look(number, since=portal.look(number)["version"])
    assert page(portal, case).text("label") == []  # this one reads the first


def test_what_a_customer_is_called_harms_nobody(portal: Any) -> None:
    case = start(portal)
    evil = '"><script>alert(1)</script>'
    answer = post(portal, f"{case}/steps/apply", DETAILS | {"full_name": evil, "amount": evil})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert len(Page(answer.text).all("script")) == 1
    assert [field["value"] for field in Page(answer.text).all("input") if field["name"] == "fact:full_name"] == [evil]


def test_wrong_answers_are_explained_and_kept(portal: Any) -> None:
    case = start(portal)
    answer = post(portal, f"{case}/steps/apply", DETAILS | {"email": "nowhere", "birth": ""})
    form = Page(answer.text)
    assert answer.status_code == 422
    assert "alert" in [element.get("role") for _, element in form.elements]
    fields = {str(field["name"]): field for field in form.all("input")}
    assert fields["fact:full_name"]["value"] == "Ann Example"
    assert fields["fact:email"]["aria-invalid"] == "true"
    assert fields["fact:email"]["aria-describedby"] == "fact-email-problem"
    assert fields["fact:birth"]["aria-invalid"] == "true"
    assert "value" not in fields["fact:tax_number"]
    assert "471147114" not in answer.text
    assert portal.client.get(f"{case}/steps/apply").headers["location"] == case


def test_a_failure_is_told_and_can_be_tried_again(open_portal: Any) -> None:
    failing = Step(
        name="pay", lane="customer", station="till", asks=("email", "payslip"), attempts=Attempts(failure=1.0),
        on_failure="later",
    )  # fmt: skip
    journey = small_journey(
        steps=(failing, Step(name="later", lane="customer", title="Pay later")), waits=(), contacts=(),
        stations=(Station(name="till", kind="system"),),
    )  # fmt: skip
    portal = open_portal(journey)
    case = start(portal)
    answer = portal.client.post(
        f"{case}/steps/pay", data={"fact:email": "a@example.org"}, files={"fact:payslip": ("p.pdf", b"x")}
    )
    assert answer.status_code == 303
    again = page(portal, case)
    assert again.main["outcome"] == "failed"
    assert "alert" in [element.get("role") for _, element in again.elements]
    assert again.text("label") == ["Email address", "Latest payslip"]
    assert "Already received: p.pdf (1 bytes)" in again.text("p")
    assert "Pay later instead" in again.text("button")
    assert portal.client.post(f"{case}/go", data={"to": "later"}).status_code == 303
    assert page(portal, case).text("h1") == ["Pay later"]


@pytest.mark.parametrize("visible", [0.0, 0.5])
def test_only_a_live_status_shows_stages(open_portal: Any, visible: float) -> None:
    journey = small_journey()
    wait = type(journey.waits[0])(name="decision", visible=visible)
    portal = open_portal(small_journey(waits=(wait,)), speed=1)
    waiting = page(portal, f"/cases/{portal.submitted()}")
    current = [element for element in waiting.all("li") if element.get("aria-current") == "step"]
    assert (len(waiting.all("li")), len(current)) == ((2, 1) if visible else (0, 0))
    assert waiting.main["poll"]


def test_withdrawing(portal: Any) -> None:
    case = start(portal)
    assert "Withdraw" in page(portal, case).text("button")
    assert portal.client.post(f"{case}/leave").headers["location"] == case
    assert page(portal, case).text("h1") == ["This case is closed"]


def test_posting_twice_does_things_once(portal: Any) -> None:
    case = start(portal)
    assert start(portal) == case
    key = next(field["value"] for field in page(portal, case).all("input") if field["name"] == "key")
    given = {"key": key} | {f"fact:{name}": value for name, value in DETAILS.items()}
    for _ in range(2):
        assert portal.client.post(f"{case}/steps/apply", data=given).status_code == 303
    assert portal.look(case.removeprefix("/cases/"))["step"] == "documents"


def test_the_operations_page(portal: Any) -> None:
    case = portal.submitted()
    status = page(portal, "/status")
    assert status.text("h1") == ["Service status"]
    assert status.text("dd") == ["1", "0", "0", "0", "0"]
    rows = [text for tag, text in status.texts if tag == "th"]
    assert rows[-3:] == ["Web application", "Loan officers", "Call centre"]
    portal.client.post(f"/api/cases/{case}/leave")
    assert page(portal, "/status").text("dd") == ["0", "0", "0", "1", "0"]


def test_every_page_is_fit_to_be_read(portal: Any) -> None:
    case = portal.begin()
    paths = ["/", f"/cases/{case}", "/status", "/cases/nobody", "/nowhere"]
    for path in paths:
        answer = portal.client.get(path)
        found = Page(answer.text)
        assert len(found.text("h1")) == 1
        assert len(found.text("title")) == 1
        assert found.all("html")[0]["lang"] == "en"
        assert [len(found.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
        ids = [str(attributes["id"]) for _, attributes in found.elements if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_the_policy_allows_the_pages_own_script_and_style_alone(portal: Any) -> None:
    answer = portal.client.get("/")
    policy = answer.headers["content-security-policy"]
    for tag in ("script", "style"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert portal.client.get("/api/cases/nobody").headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("name", ["c:\\tmp\\pay.pdf", "../../pay.pdf", "pa\ny.pdf", "pay.pdf"])
def test_of_a_file_only_name_and_size_are_kept(name: str) -> None:
    assert requests._file(UploadFile(io.BytesIO(b"x"), filename=name, size=1)) == "pay.pdf (1 bytes)"


def test_uploads_are_limited(portal: Any) -> None:
    case = start(portal)
    files = {"fact:payslip": ("p.pdf", b"x" * (UPLOAD_LIMIT + 1))}
    answer = portal.client.post(f"{case}/steps/apply", files=files)
    assert answer.status_code == 413
    assert Page(answer.text).text("h1") == ["That did not work"]


def test_a_fault_of_ours_tells_no_secrets(portal: Any) -> None:
    case = start(portal)
    portal.client._transport.raise_server_exceptions = False
    portal.desk.found = None
    answer = portal.client.get(case)
    assert answer.status_code == 500
    assert Page(answer.text).text("h1") == ["That did not work"]
    assert "TypeError" not in answer.text
    assert portal.client.get("/api/cases/x").json() == {"problem": "the fault is ours; please try again"}
