"""What somebody did in a browser becomes a journey, which can be walked at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from journeys import Fact
from journeys.browser.engine import browse
from journeys.browser.finding import Browser, BrowserMissing, find
from journeys.browser.noting import record
from journeys.eventlog import EXIT, Run
from journeys.loading import load
from journeys.personas import persona, value_of
from journeys.recorded.har import mask_file, read_har
from journeys.recorded.notes import secret_names
from journeys.recorded.writing import Writer
from simulators.recorded.serving import RecordedBackEnd
from tests.plugin.shop import Shop

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.browser
CARD = "4000 0566 5566 5556"


@pytest.fixture(scope="module")
def chromium() -> Browser:
    try:
        return find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])


async def buy(page: Page) -> None:
    """Buy a book, with a change of mind, as a person types and clicks."""
    await page.get_by_role("button", name="Accept cookies").click()
    await page.get_by_role("button", name="Add Lamps").click()
    await page.get_by_label("Your name").press_sequentially("Grace")
    await page.get_by_label("E-mail").fill("grace@example.org")
    await page.get_by_label("Delivery").select_option("Courier")
    await page.get_by_label("Your name").fill("Grace Murray")
    await page.get_by_label("Card number").press_sequentially(CARD)
    await page.get_by_role("button", name="Pay now").click()
    await page.get_by_text("Thank you").wait_for()


def test_a_recorded_purchase_becomes_a_journey_that_is_walked_at_once(chromium: Browser, tmp_path: Path):
    har, file = tmp_path / "shop.har", tmp_path / "journey_lantern.py"
    with Shop() as shop:
        notes = record(shop.url + "/", headed=False, browser=chromium, har=har, drive=buy)
        written = Writer(notes, shop.url, "2026-11-28", "lantern").written()
        file.write_text(written.text, encoding="utf-8")
        journey = load(str(file))
        browse(journey, target=shop.url, mocked=False, folder=tmp_path / "run", seed=1, speed=1e6, customers=2,
               contexts=2, browser=chromium)  # fmt: skip
    assert (CARD in written.text, written.remarks) == (False, [])
    rows = Run.open(tmp_path / "run").frame()
    assert rows[rows["step"] == EXIT]["outcome"].tolist() == ["completed"] * 2
    assert [step.name for step in journey.steps] == ["books", "basket"]
    assert {fact.label: fact.kind for fact in journey.facts} == {
        "Your name": "text", "E-mail": "email", "Delivery": "choice", "Card number": "secret",
    }  # fmt: skip
    assert journey.fact("delivery").choices == ("Courier",)
    assert '# or "Post"' in written.text
    basket = journey.step("basket").page
    assert basket is not None
    # a field filled again is filled once, with what it held in the end
    assert [type(action).__name__ for action in basket.actions] == [*["Fill"] * 2, "Choose", "Fill", "Press", "See"]
    # and what Playwright kept of it serves the same journey without the shop
    assert CARD.replace(" ", "+") in har.read_text()
    mask_file(har, secret_names(notes))
    assert not any(CARD.replace(" ", blank) in har.read_text() for blank in (" ", "+", "%20", ""))
    with RecordedBackEnd(read_har(har)) as served:
        browse(journey, target=served.url, mocked=False, folder=tmp_path / "again", seed=1, speed=1e6, customers=2,
               contexts=2, browser=chromium)  # fmt: skip
        assert served.misses == {}
    rows = Run.open(tmp_path / "again").frame()
    assert rows[rows["step"] == EXIT]["outcome"].tolist() == ["completed"] * 2


SIGN_IN = """<h1>Sign in</h1><form action="/plans"><input placeholder="User name" name="u">
<label>Password <input type="password" name="p"></label><input type="submit" value="Go on"></form>"""
PLANS = """<h1>Plans</h1>
<ul><li><h2>Lamps</h2> 3.10 <button type="button">Add</button></li>
<li><h2>Wicks</h2> 0.20 <button type="button" onclick="tabs.hidden=false">Add</button></li></ul>
<p><button type="button">More</button><button type="button">More</button></p>
<div role="tablist" id="tabs" hidden><span role="tab" tabindex="0" onclick="more.hidden=false">Yearly</span></div>
<div id="more" hidden><fieldset><legend>Paid by</legend>
<label><input type="radio" name="by" value="c"> Card</label><label><input type="radio" name="by" value="b"> Bank</label>
</fieldset><label><input type="checkbox" name="ok"> I agree</label>
<label>Seats <input type="number" min="1" max="9"></label>
<label>Voucher <input name="v"></label><input name="nameless"><input type="date" aria-label="Start">
<div style="cursor:pointer" onclick="0">Fold</div><iframe srcdoc="<button>Inside</button>" title="ad"></iframe>
<label>Search <input type="search"></label><label>Paper <input type="file"></label>
<a href="#" onclick="history.pushState(0,'','/done');document.querySelector('h1').textContent='All done';return false">
Finish <b>now</b></a></div>"""


@pytest.fixture
def tricky() -> Iterator[str]:
    """Serves two pages with all that a recorder has to cope with."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = {"/": SIGN_IN, "/plans": PLANS}.get(self.path.partition("?")[0], "<h1>All done</h1>")
            content = f"<!doctype html><html lang=en><title>Seats Ltd</title><main>{page}</main>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


async def sign_up(page: Page) -> None:
    await page.get_by_placeholder("User name").fill("ada")
    await page.get_by_label("Password").fill("hunter2")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Add").nth(1).click()
    await page.get_by_role("tab", name="Yearly").click()
    await page.get_by_label("Bank").check()
    await page.get_by_label("Card").check()
    await page.get_by_label("I agree").check()
    await page.get_by_label("Seats").fill("3")
    await page.get_by_label("Voucher").fill("{HALF}")
    await page.locator("[name=nameless]").fill("x")
    await page.get_by_label("Start").fill("2027-01-02")
    await page.get_by_text("Fold").click()
    await page.frame_locator("iframe").get_by_role("button").click()
    await page.get_by_label("Search").fill("lamps")
    await page.keyboard.press("Enter")
    await page.get_by_label("Paper").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%"})
    await page.get_by_role("link", name="Finish").click()
    await page.get_by_role("heading", name="All done").wait_for()


def test_what_cannot_be_walked_is_a_remark_and_the_rest_is_written(chromium: Browser, tricky: str, tmp_path: Path):
    har = tmp_path / "seats.har"
    notes = record(tricky, headed=False, browser=chromium, har=har, drive=sign_up)
    assert not any("hunter2" in repr(note) for note in notes)
    assert "hunter2" in har.read_text()  # the form puts it into the next page's address, under no telling name
    mask_file(har, secret_names(notes))
    assert "hunter2" not in har.read_text()
    written = Writer(notes, tricky, "2026-11-28").written()
    file = tmp_path / "journey_seats.py"
    file.write_text(written.text, encoding="utf-8")
    journey = load(str(file))
    browse(journey, target=tricky, mocked=False, folder=tmp_path / "run", seed=1, speed=1e6, customers=1, contexts=1,
           browser=chromium, find_s=3.0)  # fmt: skip
    rows = Run.open(tmp_path / "run").frame()
    assert rows[rows["step"] == EXIT]["outcome"].tolist() == ["completed"], rows["detail"].tolist()
    assert journey.name == "seats-ltd"
    sign_in, plans = (step.page for step in journey.steps)
    assert sign_in is not None
    assert plans is not None
    assert [str(action) for action in sign_in.actions] == [
        "Fill(label='User name', value='{user_name}')", "Fill(label='Password', value='{password}')",
        "Press(name='Go on', role='button', within='')", "See(text='Plans', within=Duration('10 s'))",
    ]  # fmt: skip
    assert [str(action) for action in plans.actions] == [
        "Press(name='Add', role='button', within='Wicks')", "Press(name='Yearly', role='tab', within='')",
        "Choose(label='Paid by', value='{paid_by}')", "Check(label='I agree')",
        "Fill(label='Seats', value='{seats}')", "Fill(label='Voucher', value='{{HALF}}')",
        "Fill(label='Start', value='{start}')", "Fill(label='Search', value='lamps')",
        "Attach(label='Paper', filename='a.pdf')", "Press(name='Finish now', role='link', within='')",
        "See(text='All done', within=Duration('10 s'))",
    ]  # fmt: skip
    assert (journey.fact("seats").low, journey.fact("seats").high) == (1, 9)
    assert written.remarks == [
        "a field without a name was used (text, on /plans): a label lets people find it",
        "Fold: pressed, but without a role or a name that anybody could find it by",
        '"Search": Enter was pressed where no button sends the form: no action does that',
        "what was done in a frame or another window is not written: Inside",
    ]


def test_the_secret_of_an_account_that_exists_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    fact = Fact(name="door_code", label="Door code", kind="secret")
    made_up = persona((fact,), 1, 0, 7)["door_code"]
    monkeypatch.setenv("JOURNEYWRIGHT_SECRET_DOOR_CODE", "open sesame")
    value_of.cache_clear()
    assert persona((fact,), 1, 0, 7)["door_code"] == "open sesame" != made_up
    value_of.cache_clear()
