"""Looking closely at pages: who cannot use them, where their links lead, whether a submission can be made twice.

It takes time that is not a customer's, so a run in which somebody looks closely is not one whose times are told.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from journeys.browser.recording import Watch, first_line
from journeys.findings import pattern

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request

    from journeys.browser.truth import Verification

MOST_LINKS = 60
MOST_SUBMISSIONS = 20
LINK_MS = 10_000.0
TRIES = 3
WITHOUT_AXE = "accessibility: nobody looked; pip install 'journeywright[testing]'"
_BAD, _SERVER_ERROR = 400, 500
_NO_HEAD = (405, 501)
_REDIRECTS = range(300, 400)
_GRAVE = ("serious", "critical")
_WHO = (
    """() => [document.title, (document.querySelector('h1') || {}).innerText || '', document.forms.length].join('|')"""
)
_LINKS = """() => [...document.querySelectorAll('a[href]')].map(a => a.href)"""
_AXE = "() => axe.run(document, {resultTypes: ['violations']})"


def axe_source() -> str:
    """Return the script of axe-core, which a package brings along; empty where it is not installed."""
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        return ""
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


class Inspection:
    """What one run looks for, by the names of `journeys.findings.CHECKS`; each page is looked at once.

    `missing` says what could not be looked for, and how to mend that.
    """

    def __init__(self, checks: Collection[str]) -> None:
        self._checks = frozenset(checks)
        self._axe = axe_source() if self._checks & {"accessibility", "accessibility-minor"} else ""
        self.missing = (
            [WITHOUT_AXE] if self._checks & {"accessibility", "accessibility-minor"} and not self._axe else []
        )
        self._seen: set[tuple[str, str]] = set()
        self._followed: set[str] = set()
        self._links: dict[str, str] = {}
        self._submitted: list[tuple[str, Request]] = []
        self._verified: list[tuple[str, str, Verification]] = []

    def looks_for(self, check: str) -> bool:
        """Tell whether this is looked for."""
        return check in self._checks

    def begin(self, page: Page, watch: Watch) -> None:
        """Start to note what the customer submits."""
        if "double-submit" in self._checks:
            page.on("request", lambda request: self._note(request, watch.step))

    def verified(self, step: str, name: str, verification: Verification) -> None:
        """Note what a page told, to be verified again."""
        if "status" in self._checks:
            self._verified.append((step, name, verification))

    async def look(self, page: Page, watch: Watch) -> None:
        """Look at a page that is at rest."""
        from playwright.async_api import Error

        try:
            page_is = (pattern(page.url), str(await page.evaluate(_WHO)))
            if page_is in self._seen:
                return
            self._seen.add(page_is)
            if "link" in self._checks:
                for link in await page.evaluate(_LINKS):
                    self._links.setdefault(urljoin(page.url, link.partition("#")[0]), watch.step)
            if self._axe:
                await page.evaluate(self._axe)
                self._violations(await page.evaluate(_AXE), page.url, watch)
        except Error as error:  # the page went on by itself
            watch.note(f"{watch.step}: {page.url} could not be looked at: {first_line(error)}")

    async def end(self, context: BrowserContext, page: Page, watch: Watch) -> None:
        """Follow the links that were seen, and submit again what was submitted; with the customer's own cookies."""
        here = urlsplit(page.url)
        for link, step in list(self._links.items()):
            there = urlsplit(link)
            name = pattern(link)
            if (there.scheme, there.netloc) == (here.scheme, here.netloc) and name not in self._followed:
                self._followed.add(name)
                if len(self._followed) <= MOST_LINKS:
                    await self._follow(context, link, step, watch)
        self._links.clear()
        for step, request in self._submitted[:MOST_SUBMISSIONS]:
            await self._again(context, request, step, watch)
        self._submitted.clear()
        for step, name, verification in self._verified:
            if lie := await verification.lie_later():
                watch.found("status", f"{name}: {lie}", verification.where, step=step)
        self._verified.clear()

    def _violations(self, result: dict[str, Any], where: str, watch: Watch) -> None:
        for violation in result.get("violations", ()):
            standard = any(tag.startswith("wcag") for tag in violation.get("tags", ()))
            grave = standard and violation.get("impact") in _GRAVE
            check = "accessibility" if grave else "accessibility-minor"
            nodes = violation.get("nodes", ())
            places = "; ".join(" ".join(str(node.get("html", "")).split())[:160] for node in nodes[:3])
            if check in self._checks:
                watch.found(check, f"{violation['id']}: {violation['help']}", where, f"{len(nodes)} of them: {places}")

    async def _follow(self, context: BrowserContext, link: str, step: str, watch: Watch) -> None:
        from playwright.async_api import Error

        try:
            answer = await context.request.head(link, timeout=LINK_MS)
            if answer.status in _NO_HEAD:
                answer = await context.request.get(link, timeout=LINK_MS)
            status = str(answer.status) if answer.status >= _BAD else ""
            await answer.dispose()
        except Error as error:
            status = first_line(error)
        if status:
            watch.found("link", f"leads to {pattern(link)}: {status}", link, step=step)

    def _note(self, request: Request, step: str) -> None:
        if request.method == "POST" and request.is_navigation_request() and request.redirected_from is None:
            self._submitted.append((step, request))

    async def _again(self, context: BrowserContext, request: Request, step: str, watch: Watch) -> None:
        """Send a form once more, as somebody who presses twice does; what leads elsewhere has been done twice."""
        from playwright.async_api import Error

        try:
            first = await request.response()
            if first is None or first.status not in _REDIRECTS or request.post_data_buffer is None:
                return
            kept = {name: value for name, value in request.headers.items() if name in ("content-type", "referer")}
            for _ in range(TRIES):  # one that the server fails at tells nothing
                again = await context.request.post(
                    request.url, data=request.post_data_buffer, headers=kept, max_redirects=0, timeout=LINK_MS
                )
                if again.status < _SERVER_ERROR:
                    break
            once, twice = first.headers.get("location", ""), again.headers.get("location", "")
            done = again.status in _REDIRECTS and once != twice and pattern(once) == pattern(twice)
            await again.dispose()
        except Error as error:
            watch.note(f"{step}: {request.url} could not be sent again: {first_line(error)}")
            return
        if done:
            what = f"POST {pattern(request.url)}: sent twice, it was done twice"
            watch.found("double-submit", what, request.url, f"{once}, then {twice}", step=step)
