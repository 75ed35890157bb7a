"""What a browser run leaves behind besides its rows: failures to look at, and each page's timeline."""

from __future__ import annotations

import asyncio
import html
import json
import urllib.parse
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any

from journeys.browser.timeline import LISTEN, RunClock, View
from journeys.errors import CannotWrite
from journeys.findings import CHECKS, Finding, impersonal, pattern, write_findings, write_lines

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response
    from playwright.async_api import Error as PageError

    from journeys.browser.inspection import Inspection
    from journeys.browser.truth import Verification

MASK = "***"
SPLIT = ("think_s", "took_ms", "network_ms", "rendering_ms", "acting_ms", "lcp_ms")
SCREENSHOT_MS = 3_000.0
STOP_S = 2.0
_ABORTED = "net::ERR_ABORTED"  # a request that the page itself, or a person leaving it, gave up
_BAD, _SERVER_ERROR = 400, 500
_ICON = "/favicon.ico"  # which browsers ask for by themselves
_ALSO_A_REQUEST = "Failed to load resource"


class Recorder:
    """The files of one run: ``timeline.jsonl`` of documents, ``steps.jsonl``, ``findings.jsonl``, and ``failures/``.

    `counts` tells how many page errors, console errors, failed requests and failed steps there were. `keep_all` keeps
    a trace and a last picture of everybody. Raises CannotWrite where the folder cannot be written.
    """

    def __init__(self, folder: Path, clock: RunClock, trace: bool, keep_all: bool = False) -> None:
        self.folder, self.clock, self.trace, self.keep_all = folder, clock, trace, keep_all
        self.findings: list[Finding] = []
        self._splits: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter(
            {"page_errors": 0, "console_errors": 0, "failed_requests": 0, "failed_steps": 0}
        )
        try:
            for old in (folder / "failures").glob("customer-*"):
                old.unlink()
            self._timeline: IO[str] = (folder / "timeline.jsonl").open("w", encoding="utf-8")
        except OSError as error:
            raise _cannot_write(folder, error) from error

    def timeline(self, customer: int, step: str, visit: int, view: View) -> None:
        """Note how the time of a document was spent, in milliseconds."""
        line = {"customer": customer, "step": step, "visit": visit, "began_s": round(view.began_s, 6), **view.split}
        try:
            self._timeline.write(json.dumps(line) + "\n")
        except OSError as error:
            raise _cannot_write(self.folder, error) from error

    def split(self, customer: int, step: str, visit: int, split: Mapping[str, float | None]) -> None:
        """Note how the time of a step was spent."""
        self._splits.append({"customer": customer, "step": step, "visit": visit, **split})

    def splits(self) -> dict[str, dict[str, float]]:
        """Return by step how its time was spent, in medians, of how many (n); the largest layout shift."""
        found: dict[str, dict[str, float]] = {}
        for step in dict.fromkeys(str(one["step"]) for one in self._splits):
            own = [one for one in self._splits if one["step"] == step]
            told = {name: [one[name] for one in own if one[name] is not None] for name in SPLIT}
            found[step] = {"n": len(own), **{name: round(median(of), 3) for name, of in told.items() if of}}
            found[step]["cls"] = max(one["cls"] for one in own)
        return found

    def keep(self, name: str, content: bytes) -> None:
        """Write a file of ``failures/``."""
        path = self.folder / "failures" / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise _cannot_write(path, error) from error

    def close(self) -> None:
        """Close the timeline, and write what was found."""
        try:
            self._timeline.close()
        except OSError as error:
            raise _cannot_write(self.folder, error) from error
        write_findings(self.folder, self.findings)
        write_lines(self.folder / "steps.jsonl", self._splits)


class Watch:
    """Watches one customer's pages, and keeps what tells why a step failed; secrets never reach a file.

    `step` is where the customer is, empty before the first. `inspection` looks closely at pages at rest, if anybody.
    """

    def __init__(
        self,
        recorder: Recorder,
        customer: int,
        secrets: Iterable[str],
        inspection: Inspection | None = None,
        persona: Mapping[str, str] | None = None,
    ) -> None:
        self._recorder, self._customer, self._inspection = recorder, customer, inspection
        self._persona = persona or {}
        self._secrets = tuple(secret for secret in secrets if secret)
        self._lines: list[str] = []
        self._failed, self._pictured = False, False
        self._given: dict[str, str] = {}
        self.step = ""

    async def begin(self, context: BrowserContext, page: Page) -> None:
        """Start watching."""
        await context.add_init_script(LISTEN)
        page.on("console", self._console)
        page.on("pageerror", self._page_error)
        page.on("requestfailed", self._request_failed)
        page.on("response", self._response)
        if self._inspection is not None:
            self._inspection.begin(page, self)
        if self._recorder.trace:
            await context.tracing.start(snapshots=True, screenshots=False)

    def masked(self, text: str) -> str:
        """Return the text without this customer's secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def timeline(self, step: str, visit: int, view: View) -> None:
        """Note how the time of a document was spent."""
        self._recorder.timeline(self._customer, step, visit, view)

    def split(self, step: str, visit: int, split: Mapping[str, float | None]) -> None:
        """Note how the time of a step was spent."""
        self._recorder.split(self._customer, step, visit, split)

    def found(self, check: str, what: str, where: str = "", detail: str = "", step: str | None = None) -> None:
        """Name something that is wrong, at the step where the customer is unless told."""
        at = self.step if step is None else step
        self._failed = self._failed or CHECKS[check] == "fail"
        what, where, detail = impersonal(what, self._persona), self.masked(where), self.masked(detail)
        self._recorder.findings.append(Finding(check, at, what, self._customer, where, detail))

    def given(self, label: str) -> None:
        """Note that the customer gave what is labelled so; at another step it was asked again."""
        before = self._given.setdefault(label, self.step)
        if before != self.step:
            self.found("asked-again", f'"{label}", which was given at {before}')

    def looks_for(self, check: str) -> bool:
        """Tell whether somebody looks closely, and for this."""
        return self._inspection is not None and self._inspection.looks_for(check)

    def verified(self, name: str, verification: Verification) -> None:
        """Let what a page told be verified again when the walk is over, where somebody looks closely."""
        if self._inspection is not None:
            self._inspection.verified(self.step, name, verification)

    async def at_rest(self, page: Page) -> None:
        """Let the page be looked at closely, where somebody does."""
        if self._inspection is not None:
            await self._inspection.look(page, self)

    def note(self, line: str) -> None:
        """Add a line to the customer's text file."""
        self._lines.append(f"{self._recorder.clock.now_s():10.3f} s  {self.masked(line)}")

    async def failed(self, page: Page, step: str, detail: str) -> None:
        """Keep what the page shows now that `step` has failed."""
        from playwright.async_api import Error

        self._failed = True
        self._recorder.counts["failed_steps"] += 1
        self.note(f"{step}: {detail} (at {page.url})")
        try:
            await stop_loading(page)
            shot = await page.screenshot(timeout=SCREENSHOT_MS)
        except (Error, TimeoutError) as error:
            self.note(f"{step}: no screenshot could be taken: {first_line(error)}")
        else:
            self._recorder.keep(f"customer-{self._customer}-{step}.png", shot)
            self._pictured = True

    async def end(self, context: BrowserContext, page: Page) -> None:
        """Stop watching: keep the trace where a step failed, and the lines where there are any."""
        from playwright.async_api import Error

        name = f"customer-{self._customer}"
        if self._inspection is not None:
            await self._inspection.end(context, page, self)
        if (self._recorder.keep_all or self._failed) and not self._pictured:
            with suppress(Error):  # the page may be gone
                self._recorder.keep(f"{name}-end.png", await page.screenshot(timeout=SCREENSHOT_MS))
        if self._recorder.trace and not (self._failed or self._recorder.keep_all):
            with suppress(Error):  # nothing to lose: the trace would be thrown away
                await context.tracing.stop()
        elif self._recorder.trace:
            raw = self._recorder.folder / "failures" / f"{name}.raw"
            try:
                await context.tracing.stop(path=raw)
                self._recorder.keep(f"{name}.zip", b"")
                without_secrets(raw, raw.with_suffix(".zip"), self._secrets)
            except Error as error:
                self.note(f"no trace could be kept: {first_line(error)}")
            except OSError as error:
                raise _cannot_write(raw, error) from error
            finally:
                raw.unlink(missing_ok=True)
        if self._lines:
            self._recorder.keep(f"{name}.txt", ("\n".join(self._lines) + "\n").encode())

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._recorder.counts["console_errors"] += 1
            where = message.location.get("url", "")
            if not message.text.startswith(_ALSO_A_REQUEST):
                self.found("console", message.text.partition("\n")[0][:200], where)
            self.note(f"console: {message.text}" + (f" ({where})" if where else ""))

    def _page_error(self, error: PageError) -> None:
        self._recorder.counts["page_errors"] += 1
        self.found("page-error", error.message.partition("\n")[0][:200])
        self.note(f"page error: {error.message}")

    def _request_failed(self, request: Request) -> None:
        if request.failure != _ABORTED:
            self._recorder.counts["failed_requests"] += 1
            self.found("request", f"{request.method} {pattern(request.url)}: {request.failure}", request.url)
            self.note(f"request failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= _BAD and not response.url.endswith(_ICON):
            check = "server-error" if response.status >= _SERVER_ERROR else "request"
            self.found(check, f"{response.request.method} {pattern(response.url)}: {response.status}", response.url)
            self.note(f"answered {response.status}: {response.request.method} {response.url}")


async def stop_loading(page: Page) -> None:
    """Press the browser's own stop button: a page that never comes keeps everything else of its tab waiting."""
    async with asyncio.timeout(STOP_S):
        session = await page.context.new_cdp_session(page)
        await session.send("Page.stopLoading")
        await session.detach()


def first_line(error: BaseException) -> str:
    """Return what an error of Playwright says first, without the name of the call.

    >>> first_line(Exception("Page.goto: net::ERR_FAILED at http://x/\\nCall log: ..."))
    'net::ERR_FAILED at http://x/'
    """
    line = (str(error).splitlines() or [type(error).__name__])[0]
    call, separator, rest = line.partition(": ")
    return rest if separator and "." in call and " " not in call else line


def without_secrets(source: Path, target: Path, secrets: Iterable[str]) -> None:
    """Copy a trace (a zip) with every secret masked, however it is written in there: plain, JSON, URL or HTML."""
    forms: dict[bytes, None] = {}
    for secret in secrets:
        for form in (
            secret,
            json.dumps(secret)[1:-1],
            urllib.parse.quote(secret),
            urllib.parse.quote_plus(secret),
            html.escape(secret),
        ):
            forms[form.encode()] = None
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            for secret_form in sorted(forms, key=len, reverse=True):
                content = content.replace(secret_form, MASK.encode())
            new.writestr(entry.filename, content)


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with --out")
