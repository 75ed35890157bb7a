"""A customer at the mocked back end's pages: fills their forms, presses their buttons, and hears from them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from journeys.blueprint import Journey
from journeys.browser.driving import FIND_S
from journeys.browser.recording import Watch, first_line, stop_loading
from journeys.browser.timeline import RunClock, Split, View, look
from journeys.browser.truth import CaseOfMock, patiently
from journeys.browser.widgets import asking, give
from journeys.clients.target import Target
from journeys.eventlog import NAN
from journeys.facts import Fact
from journeys.intents import Act, Acted, Answered, Ask, Heard

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request

GRACE_S = 1.0
"""How much later than its deadline an answer may come that tells of the deadline."""
FOLLOWS_S = 10.0
"""How much later than the back end a page may tell of what has changed there."""
LONGEST_POLL_S = 30.0
ATTENTION_S = 5.0
"""How long a page may seem to do nothing before somebody looks at it."""
AGAIN_S = 0.5
"""How long after a page that tells of no case, such as an error's, it is loaded anew."""
_MS = 1000.0
_BAD = 400
_LEAST = 0.001  # the back end takes no zeros
_FIND_MS = FIND_S * _MS
DEADLINE = "Journeywright-Deadline-Ms"
"""The header that tells the back end when work in hand is to be withdrawn, in real milliseconds."""


class MockedPages:
    """The surface of a customer of the mocked back end. `case` is its number there, empty before it was opened.

    `human` are the steps whose deadline is on the human clock.
    """

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        target: Target,
        *,
        journey: Journey,
        clock: RunClock,
        speed: float,
        human: frozenset[str],
        facts: Mapping[str, Fact],
        persona: Mapping[str, str],
        watch: Watch,
    ) -> None:
        self._context, self._page, self._target = context, page, target
        self._clock, self._speed, self._human = clock, speed, human
        self._facts, self._persona, self._watch = facts, persona, watch
        self._view: View | None = None
        self._journey, self._first, self._heard = journey, journey.steps[0].name, ""
        self._stale, self._visit = False, 0
        self._believed = ("", "")
        self._split, self._ended_s = Split(), clock.now_s()
        self._deadline_s = math.inf
        self._changed = asyncio.Event()
        self._truth = CaseOfMock(page, context, target, journey)
        self.case = ""
        page.on("load", lambda _: self._changed.set())
        page.on("crash", lambda _: self._changed.set())
        page.on("requestfailed", self._request_failed)

    async def arrive(self) -> None:
        """Open the first page and press "Start"; what goes wrong is tried again when the customer acts."""
        problem = await self._start()
        if problem:
            self._watch.note(f"arrival: {problem}")

    async def act(self, act: Act) -> Acted:
        """Fill the form and press "Continue"; served, and so on, as the page that follows tells."""
        from playwright.async_api import Error

        self._watch.step, self._visit = act.step.name, act.visit
        try:
            acted = await self._act(act)
        except Error as error:
            acted = self._failed(first_line(error))
        await self._look_closely()
        if acted.outcome == "failed":
            await self._watch.failed(self._page, act.step.name, acted.detail or "failed")
        return acted

    async def listen(self, human_s: float) -> Heard:
        """Wait until the page reloads itself with another version; nothing heard after `human_s`."""
        self._expect_case()
        if self._stale:
            await self._reload()
        until_s = self._clock.now_s() + human_s / self._speed
        while True:
            version = self._told("version") or await self._told_again()
            if version != self._heard:
                self._heard = version
                await self._look_closely()
                return Heard(self._told("step"))
            left_s = until_s - self._clock.now_s()
            if self._watch.looks_for("status"):
                if news := await self._news(max(0.0, left_s)):
                    return news
                if left_s <= 0 and self._told("version") == version:
                    return Heard(None)
                continue
            if not self._changed.is_set() and (left_s <= 0 or not await self._change_within(left_s)):
                return Heard(None)
            await self._look()

    async def ask(self, ask: Ask) -> Answered:
        """Phone: a call is no page, so it goes through the API, and is over when that answers."""
        self._expect_case()
        patience_s = max(ask.patience_s, _LEAST) if math.isfinite(ask.patience_s) else None
        body = {"visit": ask.visit, "patience_s": patience_s}
        status, answer = await self._api(f"contacts/{ask.contact.name}", body)
        if status == 200:
            return Answered(answer["outcome"], float(answer.get("opens_in_human_s") or 0.0))
        if status == 409:  # the case has ended meanwhile: the question is settled, and the page will tell
            return Answered("served")
        raise _broken(f"contact {ask.contact.name}: the back end answers {status} {answer.get('problem', '')}")

    async def go(self, to: str) -> str | None:
        """Turn to another step; return the one reached."""
        self._expect_case()
        status, answer = await self._api("go", {"to": to})
        if status != 200:
            raise _broken(f"go to {to}: the back end answers {status} {answer.get('problem', '')}")
        self._stale = True
        return str(answer["step"])

    async def leave(self, reason: str) -> None:
        """Press "Withdraw" where the page has it, else tell the API; a back end that is gone needs no telling."""
        from playwright.async_api import Error

        if not self.case:
            return
        try:
            button = self._page.get_by_role("button", name="Withdraw", exact=True)
            if await button.count() == 0 or await self._press("Withdraw", ATTENTION_S):
                await self._api("leave", {"reason": reason})
        except Error as error:
            self._watch.note(f"leaving ({reason}): {first_line(error)}")

    # Acting ----------------------------------------------------------------------------------------------------------

    async def _start(self) -> str:
        from playwright.async_api import Error

        try:
            await self._page.goto(self._target.url + "/")
            await self._look()
            await self._watch.at_rest(self._page)
            problem = await self._press("Start", math.inf)
        except Error as error:
            return first_line(error)
        if problem or self._view is None:
            return problem
        if not self.case:
            return f"the page after Start shows no case: the back end answers {self._view.status}"
        if self._told("step") == self._first:
            self._heard = self._told("version")
        return ""

    async def _act(self, act: Act) -> Acted:
        step = act.step
        if not self.case and (problem := await self._start()):
            return self._failed(problem)
        if self._stale or self._told("step") != step.name:
            await self._reload()
        if self._told("step") != step.name:
            return self._failed(f"the page shows {self._told('step') or 'no step'}, not {step.name}")
        problem = await self._fill(act)
        if problem:
            return self._failed(problem)
        await self._watch.at_rest(self._page)
        deadline_s = act.deadline_s / (self._speed if step.name in self._human else 1.0)
        if deadline_s != self._deadline_s:
            self._deadline_s = deadline_s
            headers = {DEADLINE: f"{max(deadline_s * _MS, _LEAST):.3f}"} if math.isfinite(deadline_s) else {}
            await self._page.set_extra_http_headers(headers)
        pressed_s, before = self._clock.now_s(), self._view
        problem = await self._press("Continue", deadline_s + GRACE_S)
        if problem == _LATE:
            late = Acted("timed_out", None, pressed_s, NAN, self._clock.now_s())
            self._stale = True
            await stop_loading(self._page)
            return late
        view = self._view
        if problem or view is None or view is before:
            return self._failed(problem or "nothing followed", pressed_s)
        self._watch.timeline(step.name, act.visit, view)
        self._split.add(view)
        if "step" not in view.data or view.status >= _BAD:
            return self._failed(f"the back end answers {view.status}", pressed_s)
        return self._outcome(view, pressed_s)

    def _outcome(self, view: View, pressed_s: float) -> Acted:
        data = view.data
        outcome = data.get("outcome") or "served"
        # The document's navigation began when the press took effect: the time to find the button isn't the customer's.
        end_s = max(view.ended_s, pressed_s)
        ready_s = min(max(pressed_s, view.began_s), end_s)
        start_s = NAN
        if data.get("serviceMs") or outcome == "served":
            start_s = min(ready_s + _number(data.get("queueMs")) / _MS, end_s)
        to = None if outcome in ("failed", "timed_out") else data.get("to") or data["step"]
        self._watch.split(
            self._watch.step, self._visit, self._split.take((end_s - ready_s) * _MS, ready_s - self._ended_s)
        )
        self._ended_s = self._clock.now_s()
        # Where the case has gone on from there already, that is still to be heard.
        self._heard = "" if to is not None and to != data["step"] else self._told("version")
        server = int(_number(data.get("server"), -1.0))
        detail = data.get("detail", "")
        return Acted(outcome, to, ready_s, start_s, end_s, server, detail)

    def _failed(self, detail: str, pressed_s: float | None = None) -> Acted:
        now_s = self._clock.now_s()
        self._stale = True
        self._watch.found("step", detail, self._page.url)
        return Acted(
            "failed", None, now_s if pressed_s is None else pressed_s, NAN, now_s, -1, self._watch.masked(detail)
        )

    async def _fill(self, act: Act) -> str:
        """Fill what is asked; return what is missing."""
        from playwright.async_api import TimeoutError as Late

        exact = self._view is not None and self._view.controls == len(act.asks)
        for name in act.asks if exact else act.step.asks:
            fact = self._facts[name]
            if not exact and await asking(self._page, fact).count() == 0:
                continue  # the page knows it already
            try:
                await give(self._page, fact, self._persona[name], _FIND_MS)
            except Late:
                return f'"{fact.label}": no such field, or none that can be filled'
        return ""

    async def _press(self, name: str, limit_s: float) -> str:
        """Press a button and look at the page that follows; return what went wrong, `_LATE` after the limit."""
        from playwright.async_api import TimeoutError as Late

        left = self._view.origin_ms if self._view is not None else math.nan
        self._changed.clear()
        try:
            button = self._page.get_by_role("button", name=name, exact=True)
            await button.click(timeout=_FIND_MS, no_wait_after=True)
        except Late:
            return f'Press("{name}"): no such button, or none that can be pressed'
        until_s = self._clock.now_s() + limit_s
        while self._view is None or self._view.origin_ms == left:
            left_s = until_s - self._clock.now_s()
            if left_s <= 0:
                return _LATE
            if await self._change_within(min(left_s, ATTENTION_S)):
                await self._look()  # still at the old document, where what changed was that
            elif left_s > ATTENTION_S and await self._is_stuck(left):
                return f'Press("{name}"): the page says that a field is missing or wrong'
        if self._view.is_error:
            return "nothing answers"
        return ""

    async def _is_stuck(self, left: float) -> bool:
        """Look at a page that seems to do nothing; tell whether it is the old one, and keeps its form for a field."""
        try:
            async with asyncio.timeout(ATTENTION_S):  # a tab on its way to another page may not answer
                invalid = bool(await self._page.evaluate("() => !!document.querySelector('form:invalid')"))
                await self._look()
        except TimeoutError:
            return False
        return invalid and self._view is not None and self._view.origin_ms == left

    # Looking ---------------------------------------------------------------------------------------------------------

    async def _look_closely(self) -> None:
        """Where somebody looks closely: hold the page against the back end, whose time stands until that is done."""
        from playwright.async_api import Error

        if not self.case or not self._watch.looks_for("status"):
            return
        with self._clock.standing():
            try:
                if lie := await self._truth.lies(self.case):
                    self._watch.found("status", lie, self._page.url)
                await self._watch.at_rest(self._page)
                await self._api("seen", {"version": int(_number(self._told("version")))})
            except Error as error:  # the page goes on by itself
                self._watch.note(f"{self._page.url} could not be compared: {first_line(error)}")

    async def _news(self, limit_s: float) -> Heard | None:
        """Wait for the back end to go on, for at most `limit_s`, and see whether the page follows; None where it does.

        One that does not is named. It is then loaded anew, and where that shows nothing new either, the back end is
        believed.
        """
        shown = self._told("version")
        since = self._believed[1] if self._believed[0] == shown else shown
        held = await self._truth.held(self.case, since, min(limit_s, LONGEST_POLL_S))
        version = str(held.get("version", since))
        if version == since:
            return None
        with self._clock.standing():
            until_s = time.monotonic() + FOLLOWS_S
            while self._told("version") == shown and (left_s := until_s - time.monotonic()) > 0:
                if await self._change_within(left_s):
                    await patiently(self._look)
            if self._told("version") != shown:
                return None
            says, where = self._truth.said, self._page.url
            await patiently(self._reload)
            anew = ", also when it is loaded anew" if self._told("version") == shown else ""
            still = f"the page still says {says!r} {FOLLOWS_S:g} s after the back end went on to {held['step']!r}{anew}"
            self._watch.found("status", still, where)
            if not anew:
                return None
            await self._api("seen", {"version": int(_number(version))})
        self._believed = (shown, version)
        return Heard(str(held["step"]))

    async def _told_again(self) -> str:
        """Return the version that a page tells once it is there in full, loaded anew where it tells of no case."""
        await self._page.wait_for_load_state()
        await patiently(self._look)
        while not self._told("version"):
            await asyncio.sleep(AGAIN_S)
            await self._reload()
        return self._told("version")

    def _expect_case(self) -> None:
        if not self.case:
            raise _broken("no case could be opened")

    async def _reload(self) -> None:
        await self._page.goto(f"{self._target.url}/cases/{self.case}")
        self._stale = False
        await self._look()

    async def _look(self) -> None:
        """Look at the page; again, where it is just being replaced."""
        from playwright.async_api import Error

        for _ in range(3):
            self._changed.clear()
            try:
                self._view = await look(self._page, self._clock)
            except Error:
                if self._page.is_closed() or not await self._change_within(ATTENTION_S):
                    raise
                continue
            self.case = self._view.data.get("case") or self.case
            return

    async def _change_within(self, limit_s: float) -> bool:
        try:
            async with asyncio.timeout(limit_s if math.isfinite(limit_s) else None):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _told(self, name: str) -> str:
        return self._view.data.get(name, "") if self._view is not None else ""

    def _request_failed(self, request: Request) -> None:
        if request.is_navigation_request() and request.failure != "net::ERR_ABORTED":
            self._changed.set()

    async def _api(self, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        return await self._truth.post(f"{self.case}/{path}", body)


_LATE = "no answer in time"


def _broken(message: str) -> Exception:
    from playwright.async_api import Error

    return Error(message)


def _number(text: str | None, otherwise: float = 0.0) -> float:
    try:
        return float(text) if text else otherwise
    except ValueError:
        return otherwise
