"""A recorder: a browser in which a person does what is to become a journey, noted by role and accessible name."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.browser.extras import Extras
from journeys.browser.finding import Browser, find
from journeys.browser.looping import run
from journeys.browser.recording import first_line
from journeys.clients.target import Target
from journeys.errors import Missing
from journeys.recorded.masking import masked_url
from journeys.recorded.notes import Note

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

BINDING = "__journeywrightNote"
LAST_WORDS_S = 0.5
"""How long what was done last may be on its way when the person who drove is a program."""


def record(
    url: str,
    *,
    headed: bool = True,
    browser: Browser | None = None,
    har: Path | None = None,
    drive: Callable[[Page], Awaitable[None]] | None = None,
    notes: list[Note] | None = None,
) -> list[Note]:
    """Open an address for a person, and return what they did until they closed the window, or pressed Ctrl-C.

    Parameters
    ----------
    headed: with a window. browser: which; None looks for one.
    har: a file for all that was asked and answered, as Playwright writes it: its secrets are in there.
    notes: takes them as they come; they are also what comes back.
    drive: a program in the person's place; the recording ends when it does.

    Raises InvalidInput for an address that is none, TargetUnreachable where nothing answers, Missing without a browser.
    """
    target, _, rest = url.partition("?")
    Target.parse(target).check_up()
    recorder = _Recorder(url if rest else target, headed, browser or find(headless=not headed), har, drive)
    recorder.notes = recorder.notes if notes is None else notes
    with contextlib.suppress(KeyboardInterrupt):
        run(recorder.main)
    return recorder.notes


class _Recorder:
    """One recording."""

    def __init__(
        self,
        url: str,
        headed: bool,
        browser: Browser,
        har: Path | None,
        drive: Callable[[Page], Awaitable[None]] | None,
    ) -> None:
        self._url, self._headed, self._browser, self._har, self._drive = url, headed, browser, har, drive
        self.notes: list[Note] = []
        self._first: Page | None = None
        self._secrets: set[str] = set()  # names of fields whose values a form may put into the next page's address

    async def main(self) -> None:
        """Open the browser, and listen until the person has done."""
        from playwright.async_api import Error, async_playwright

        async with async_playwright() as playwright:
            try:
                chromium = await playwright.chromium.launch(
                    **Extras().launch_of(executable_path=self._browser.executable, headless=not self._headed),
                    handle_sigint=False,
                )
            except Error as error:
                raise Missing(
                    f"browser: {self._browser.executable} does not start ({first_line(error)}); a window needs a screen"
                ) from None
            options: dict[str, Any] = {} if self._har is None else {"record_har_path": self._har}
            context = await chromium.new_context(**options, no_viewport=self._headed)
            try:
                await self._listen(context)
            finally:
                with contextlib.suppress(Error):  # the window may be gone
                    await context.close()
                    await chromium.close()

    async def _listen(self, context: BrowserContext) -> None:
        from playwright.async_api import Error

        script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
        await context.expose_binding(BINDING, self._note)
        await context.add_init_script(script)
        page = self._first = await context.new_page()
        try:
            await page.goto(self._url)
        except Error as error:
            raise Missing(f"{self._url}: cannot be opened ({first_line(error)})") from None
        if self._drive is not None:
            await self._drive(page)
            await asyncio.sleep(LAST_WORDS_S)
            return
        gone = asyncio.Event()
        page.on("close", lambda _: gone.set())
        await gone.wait()

    def _note(self, source: dict[str, Any], told: dict[str, Any]) -> None:
        elsewhere = source["page"] is not self._first
        if told.get("secret") and told.get("name"):
            self._secrets.add(str(told["name"]))
        url = masked_url(str(told["url"]), self._secrets)
        self.notes.append(Note.of({**told, "url": url, "framed": told.get("framed") or elsewhere}))
