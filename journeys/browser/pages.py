"""A customer at the pages of a user's own application: does each step's page actions, by role, label and text."""

from __future__ import annotations

import asyncio
import math
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from journeys.actions import Attach, Check, Choose, Fill, Keep, Page, PageAction, Press, See, Verify
from journeys.browser.driving import FIND_S, CannotAct
from journeys.browser.recording import Watch, first_line, stop_loading
from journeys.browser.timeline import RunClock, Split, View, look
from journeys.browser.truth import Verification
from journeys.clients.target import Target
from journeys.errors import InvalidInput
from journeys.intents import Act, Acted, Answered, Ask, Heard
from journeys.templating import render

if TYPE_CHECKING:
    from playwright.async_api import FilePayload, Frame, Locator, Request, Response
    from playwright.async_api import Page as Tab

Result = TypeVar("Result")

_BAD = 400
_SHOWN = """el => /^(INPUT|SELECT|TEXTAREA|METER|PROGRESS)$/.test(el.tagName) ? String(el.value) : el.innerText"""
_PARTS = (
    "li, tr, dd, article, section, fieldset, figure, div, [role=listitem], [role=row], [role=article], [role=group]"
)
_NO_LIST = "not a <select> element"
_WIDGET = """el => el.tagName === 'FIELDSET' || /group/.test(el.getAttribute('role') || '') ? 'group' : 'combobox'"""
_INTERRUPTED = "interrupted by another navigation"
_AGAIN_AFTER_S = (0.0, 0.02, 0.1, 0.3)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class OwnPages:
    """The surface of a customer of a user's own application.

    A step is served when all of its actions could be done and no page answered with an error (400 and above). It ends
    when the page of its last action is loaded or, after `See`, when the text is there. What a page does after that, by
    scripts, is not waited for unless the step says so with `See`.

    Parameters
    ----------
    values: what templates may hold: the customer's facts and number; `Keep` adds to a copy of them.
    human: the steps whose deadline is on the human clock. find_s: how long to look for what an action names.
    """

    def __init__(
        self,
        tab: Tab,
        target: Target,
        *,
        clock: RunClock,
        speed: float,
        human: frozenset[str],
        values: Mapping[str, str],
        watch: Watch,
        find_s: float = FIND_S,
    ) -> None:
        self._tab, self._target, self._clock, self._speed = tab, target, clock, speed
        self._human, self._values, self._watch = human, dict(values), watch
        self._find_s, self._find_ms = find_s, find_s * 1000.0
        self._unanswered, self._status, self._unseen = "", 0, False
        self._origin_ms = math.nan
        self._split, self._ended_s = Split(), clock.now_s()
        tab.on("requestfailed", self._request_failed)
        tab.on("response", self._response)
        tab.on("framenavigated", self._navigated)

    async def arrive(self) -> None:
        """Nothing is open before the first step opens it."""

    async def act(self, act: Act) -> Acted:
        """Do the page actions of a step."""
        from playwright.async_api import Error

        page, name = act.step.page, act.step.name
        assert page is not None, f"{name} has no page: the walk was told to pass it over"
        self._watch.step = name
        limit_s = act.deadline_s / (self._speed if name in self._human else 1.0)
        ready_s = self._clock.now_s()
        problem = ""
        try:
            async with asyncio.timeout(limit_s if math.isfinite(limit_s) else None):
                end_s = await self._perform(page, act)
        except TimeoutError:
            late = Acted("timed_out", None, ready_s, ready_s, self._clock.now_s())
            await stop_loading(self._tab)
            return late
        except CannotAct as cannot:
            problem = str(cannot)
        except InvalidInput as invalid:
            problem = str(invalid)
        except Error as error:
            problem = first_line(error)
        if problem:
            end_s, problem = self._clock.now_s(), self._watch.masked(problem)
            self._watch.found("step", problem, self._tab.url)
            await self._watch.failed(self._tab, name, problem)
            return Acted("failed", None, ready_s, ready_s, end_s, -1, problem)
        end_s = max(ready_s, end_s)
        self._watch.split(name, act.visit, self._split.take((end_s - ready_s) * 1000, ready_s - self._ended_s))
        await self._watch.at_rest(self._tab)
        self._ended_s = self._clock.now_s()
        return Acted("served", None, ready_s, ready_s, end_s)

    async def listen(self, human_s: float) -> Heard:
        """Wait: a user's own application is not asked how things stand."""
        await asyncio.sleep(human_s / self._speed)
        return Heard(None)

    async def ask(self, ask: Ask) -> Answered:
        """Nobody answers: contacts are not made here."""
        return Answered("rejected")

    async def go(self, to: str) -> str | None:
        """Nobody to tell."""

    async def leave(self, reason: str) -> None:
        """Nobody to tell: the customer closes the page."""

    async def _perform(self, page: Page, act: Act) -> float:
        """Open the page and do its actions; return when the last was done, in seconds of the run."""
        end_s = self._clock.now_s()
        before_ms, loads = self._origin_ms, bool(page.path)
        if page.path:
            end_s = await self._open(render(page.path, self._values))
        for action in page.actions:
            if isinstance(action, Press):
                end_s = await self._press(action, act)
                before_ms = self._origin_ms
            else:
                await self._do(action)
                end_s = self._clock.now_s()
            loads = isinstance(action, Press)
        view = await self._seen(act)
        return view.ended_s if loads and view.origin_ms != before_ms else end_s

    async def _open(self, path: str) -> float:
        from playwright.async_api import Error

        address = self._target.join(path)
        self._unanswered, self._status = "", 0
        try:
            for pause_s in (*_AGAIN_AFTER_S, None):
                try:
                    await self._tab.goto(address)
                    break
                except Error as error:
                    # the page that tells of an earlier address that could not be opened had only just come
                    if _INTERRUPTED not in error.message or pause_s is None:
                        raise
                    await asyncio.sleep(pause_s)
        except Error as error:
            raise CannotAct(f"open {path}: {first_line(error)}") from None
        return await self._settled(f"open {path}")

    async def _press(self, action: Press, act: Act) -> float:
        name = render(action.name, self._values)
        told = f'Press("{name}")'
        if self._unseen:
            await self._seen(act)
        await self._watch.at_rest(self._tab)
        self._unanswered, self._status = "", 0
        place = _of_role(self._tab, action.role, name)
        if action.within:
            place = _within(self._tab, render(action.within, self._values), place)
        await self._use(told, action.role, place, lambda at: at.click(timeout=self._find_ms))
        return await self._settled(told)

    async def _settled(self, told: str) -> float:
        """Wait until the page is loaded, and return when that was."""
        await self._tab.wait_for_load_state("load")
        if self._unanswered:
            raise CannotAct(f"{told}: nothing answers ({self._unanswered})")
        if self._status >= _BAD:
            raise CannotAct(f"{told}: the page answers {self._status}")
        return self._clock.now_s()

    async def _seen(self, act: Act) -> View:
        """Look at the document: once before it is left, and once at the end of a step, as each look takes a while."""
        self._unseen = False
        view = await self._look()
        self._split.add(view)
        if view.is_error:
            raise CannotAct("nothing answers (no page)")
        if view.origin_ms != self._origin_ms:
            self._origin_ms = view.origin_ms
            self._watch.timeline(act.step.name, act.visit, view)
        return view

    async def _look(self) -> View:
        from playwright.async_api import Error

        try:
            return await look(self._tab, self._clock)
        except Error:  # the page moved on by itself while it was looked at
            await self._tab.wait_for_load_state("load")
            return await look(self._tab, self._clock)

    async def _do(self, action: PageAction) -> None:
        tab, limit_ms = self._tab, self._find_ms
        match action:
            case Fill(label, value):
                text, told = render(value, self._values), f'Fill("{label}")'
                await self._use(told, "field", _labelled(tab, label), lambda at: at.fill(text, timeout=limit_ms))
                self._watch.given(label)
            case Choose(label, value):
                await self._choose(label, render(value, self._values))
                self._watch.given(label)
            case Check(label):
                told = f'Check("{label}")'
                await self._use(told, "box", _labelled(tab, label), lambda at: at.check(timeout=limit_ms))
            case Attach(label, filename):
                file, told = attachment(render(filename, self._values)), f'Attach("{label}")'
                await self._use(
                    told, "field", _labelled(tab, label), lambda at: at.set_input_files(file, timeout=limit_ms)
                )
            case See(text, within):
                await self._see(render(text, self._values), within.s)
            case Keep(role, name, as_):
                told, called = f'Keep("{role}", "{name}")', render(name, self._values)
                shown = await self._use(
                    told, role, _of_role(tab, role, called), lambda at: at.evaluate(_SHOWN, timeout=limit_ms)
                )
                self._values[as_] = str(shown).strip()
            case Verify():
                await self._verify(action)
            case Press():
                raise AssertionError("presses are followed by their page")

    async def _verify(self, action: Verify) -> None:
        role, name = action.role, action.name
        called, limit_ms = render(name, self._values), self._find_ms

        async def shown(tab: Tab) -> str:
            place = _of_role(tab, role, called)
            told = f'Verify("{role}", "{name}")'
            return str(await self._use(told, role, place, lambda at: at.evaluate(_SHOWN, timeout=limit_ms))).strip()

        verification = Verification(self._tab, self._target, action, self._values, shown)
        if lie := await verification.lie():
            self._watch.found("status", f"{name}: {lie}", self._tab.url)
        self._watch.verified(name, verification)

    async def _choose(self, label: str, value: str) -> None:
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as Late

        told, tab, limit_ms = f'Choose("{label}")', self._tab, self._find_ms
        missing = f'{told}: no such choice "{self._watch.masked(value)}"'

        def place(exact: bool) -> Locator:
            lists = tab.get_by_role("combobox", name=label, exact=exact).or_(
                tab.get_by_role("listbox", name=label, exact=exact)
            )
            groups = tab.get_by_role("group", name=label, exact=exact).or_(
                tab.get_by_role("radiogroup", name=label, exact=exact)
            )
            return lists.or_(groups)

        async def choose(at: Locator) -> None:
            try:  # most are lists, and finding out takes a while
                await at.select_option(value, timeout=limit_ms)
            except Late:
                if await at.count() == 0:
                    raise
                raise CannotAct(missing) from None
            except Error as error:
                if _NO_LIST not in error.message:
                    raise
                await self._choose_among(at, value, missing)

        await self._use(told, "list or group", place, choose)

    async def _choose_among(self, at: Locator, value: str, missing: str) -> None:
        """Choose a radio button of a group, or an option of what opens when it is clicked."""
        from playwright.async_api import TimeoutError as Late

        tab, limit_ms = self._tab, self._find_ms
        widget = await at.evaluate(_WIDGET, timeout=limit_ms)
        try:
            if widget == "group":
                await at.get_by_role("radio", name=value, exact=True).check(timeout=limit_ms)
            else:
                await at.click(timeout=limit_ms)
                await tab.get_by_role("option", name=value, exact=True).click(timeout=limit_ms)
        except Late:
            raise CannotAct(missing) from None

    async def _see(self, text: str, within_s: float) -> None:
        from playwright.async_api import TimeoutError as Late

        try:
            await self._tab.get_by_text(text).filter(visible=True).first.wait_for(timeout=within_s * 1000)
        except Late:
            raise CannotAct(f'See("{text}"): not seen within {within_s:g} s') from None

    async def _use(
        self, told: str, kind: str, where: Callable[[bool], Locator], use: Callable[[Locator], Awaitable[Result]]
    ) -> Result:
        """Use what `where` finds: called like the text, or exactly so (True) where several are called like it.

        Raises CannotAct saying whether there was none, several, or one that could not be used.
        """
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as Late

        for exact in (False, True):
            try:
                return await use(where(exact))
            except Late:
                if await where(exact).count() == 0:
                    raise CannotAct(f"{told}: no such {kind}") from None
                raise CannotAct(f"{told}: the {kind} could not be used within {self._find_s:g} s") from None
            except Error as error:
                if "strict mode violation" not in error.message:
                    raise CannotAct(f"{told}: {first_line(error)}") from None
        raise CannotAct(f"{told}: more than one {kind} is called so")

    def _request_failed(self, request: Request) -> None:
        if request.is_navigation_request() and request.failure != "net::ERR_ABORTED":
            self._unanswered = request.failure or "no answer"

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == self._tab.main_frame:
            self._status = response.status

    def _navigated(self, frame: Frame) -> None:
        self._unseen = self._unseen or frame == self._tab.main_frame


def attachment(filename: str) -> FilePayload:
    """Return a small generated file of that name: a blank page for a PDF, else a line of text."""
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    content = _PDF if kind == "application/pdf" else f"{filename}\n".encode()
    return {"name": filename, "mimeType": kind, "buffer": content}


def _labelled(tab: Tab, label: str) -> Callable[[bool], Locator]:
    return lambda exact: tab.get_by_label(label, exact=exact).or_(tab.get_by_placeholder(label, exact=exact))


def _of_role(tab: Tab, role: str, name: str) -> Callable[[bool], Locator]:
    return lambda exact: tab.get_by_role(cast("Any", role), name=name or None, exact=exact)


def _within(tab: Tab, text: str, where: Callable[[bool], Locator]) -> Callable[[bool], Locator]:
    """Return the place in the innermost part of the page that has both the text and what is looked for."""
    parts = tab.locator(_PARTS).filter(has_text=text)
    return lambda exact: parts.filter(has=where(exact)).last.locator(where(exact))
