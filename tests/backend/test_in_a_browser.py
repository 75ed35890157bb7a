"""The pages in a real browser: their script runs under their own policy, and they keep themselves up to date."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from journeys.browser.finding import BrowserMissing, find
from simulators.backend.process import BackendProcess
from tests.backend.small_journey import small_journey

pytestmark = [pytest.mark.backend, pytest.mark.browser]


@pytest.fixture
def executable() -> Iterator[str]:
    try:
        yield str(find().executable)
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])


def test_pages_work_and_keep_up_to_date(executable: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    problems: list[str] = []
    with BackendProcess(small_journey(), seed=3, speed=3600) as backend, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        try:
            page = browser.new_context(extra_http_headers={"Journeywright-Customer": "17"}).new_page()
            page.set_default_timeout(20_000)
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(backend.url)
            expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Credit Union")
            page.get_by_role("button", name="Start").click()
            page.get_by_label("Full name").fill("<b>Ann</b> <script>alert(1)</script>")
            page.get_by_label("Email address").fill("ann@example.org")
            page.get_by_label("Date of birth").fill("1980-02-03")
            page.get_by_label("What is the loan for?").select_option("Car")
            page.get_by_label("Amount").fill("2000")
            page.get_by_label("Tax number").fill("471147114")
            page.get_by_role("button", name="Continue").click()
            page.get_by_label("Full name").fill("Ann")
            payslip = {"name": "payslip.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
            page.get_by_label("Latest payslip").set_input_files(payslip)
            page.get_by_role("button", name="Continue").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Checking your documents")
            expect(page.locator("[aria-current=step]")).to_contain_text("In progress")
            operations = page.context.new_page()
            operations.goto(f"{backend.url}/status")
            expect(operations.locator("dd").nth(1)).to_have_text("0")
            expect(page.get_by_role("heading", name="Your offer")).to_be_visible(timeout=20_000)
            page.get_by_role("button", name="Continue").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("All done – thank you")
            expect(operations.locator("dd").nth(1)).to_have_text("1", timeout=20_000)
        finally:
            browser.close()
    assert problems == []
