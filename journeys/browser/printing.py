"""Pages that are files, opened in the browser that Playwright drives: printed as PDF, or pictured as they play."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.browser.finding import Browser, find
from journeys.browser.looping import run

if TYPE_CHECKING:
    from playwright.async_api import Page

LIMIT_MS = 120_000


def print_pdf(page: Path, pdf: Path) -> Path:
    """Print a page that is a file as A4 PDF, its folded parts unfolded, and return the PDF's path.

    Raises Missing where there is no browser, and OSError where the PDF cannot be written.
    """
    browser = find(headless=True)
    printed: list[bytes] = []

    async def main() -> None:
        async with _opened(browser, page) as tab:
            await tab.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            printed.append(
                await tab.pdf(
                    format="A4", print_background=True, tagged=True, outline=True, display_header_footer=True,
                    margin={"top": "14mm", "bottom": "16mm", "left": "12mm", "right": "12mm"},
                    header_template="<span></span>", footer_template=_FOOTER,
                )
            )  # fmt: skip

    run(main)
    pdf.parent.mkdir(parents=True, exist_ok=True)
    pdf.write_bytes(printed[0])
    return pdf


def pictures_of(page: Path, tell: Callable[[int, int], None], frames: int = 180) -> list[bytes]:
    """Return pictures (PNG) of an animation's page as it plays; raises Missing where there is no browser."""
    browser = find(headless=True)
    found: list[bytes] = []

    async def main() -> None:
        async with _opened(browser, page, reduced_motion="reduce", viewport={"width": 1000, "height": 760}) as tab:
            lasts = await tab.evaluate("window.journeywright.seek(0), window.journeywright.plays")
            scene = tab.locator("#scene")
            for place in range(frames):
                found.append(await scene.screenshot(type="png"))
                await tab.evaluate(f"window.journeywright.advance({lasts / (frames - 1)})")
                tell(place + 1, frames)

    run(main)
    return found


@contextlib.asynccontextmanager
async def _opened(browser: Browser, page: Path, **more: Any) -> AsyncIterator[Page]:
    """Give a page that is a file in a browser of its own; `more` is how the tab is made."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser.executable)
        try:
            tab = await chromium.new_page(color_scheme="light", **more)
            await tab.goto(page.resolve().as_uri(), timeout=LIMIT_MS)
            yield tab
        finally:
            await chromium.close()


_FOOTER = (
    '<div style="width:100%;font:8px sans-serif;color:#5c6b7a;padding:0 12mm;display:flex;'
    'justify-content:space-between"><span class="title"></span>'
    '<span><span class="pageNumber"></span> / <span class="totalPages"></span></span></div>'
)
