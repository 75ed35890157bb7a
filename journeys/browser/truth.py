"""Whether a page tells the truth: what it shows beside what the back end holds."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from journeys.actions import Verify
from journeys.blueprint import Journey
from journeys.browser.driving import CannotAct
from journeys.clients.own import dig
from journeys.clients.target import Target
from journeys.templating import render, render_all

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

Result = TypeVar("Result")

ASK_MS = 10_000.0
TRIES = 20
"""How often a page that keeps loading itself anew is looked at before that is given up."""
FOLLOWS_S, AGAIN_S = 1.0, 0.2
"""For how long, and how often, a page that shows something else is looked at again before it is called a lie."""
_SEEN = """() => {
  const text = found => found ? found.textContent.trim() : '';
  const main = document.querySelector('main');
  return {
    data: main ? {...main.dataset} : {},
    kicker: text(document.querySelector('main .kicker')), heading: text(document.querySelector('main h1')),
    form: !!document.querySelector('main form#act'),
    now: [...document.querySelectorAll('main .stages [aria-current=step] .what')].map(text),
  }
}"""
_ENDS = {"completed": "Completed", "denied": "Decision", "dropped": "Closed", "rejected": "Closed"}
_WAITS = ("In progress", "One moment")


def alike(shown: str, held: Any) -> bool:
    """Tell whether a person reads the same in both: case, blanks, hyphens and underscores make no difference.

    >>> alike(" In transit ", "in_transit"), alike("Shipped", "new"), alike("17", 17)
    (True, False, True)
    """
    one, other = ("".join(c for c in str(text).casefold() if c not in " _-\t\n") for text in (shown, held))
    return one == other


class Verification:
    """One `Verify` on a page of one's own, judged at once and when the walk is over.

    Parameters
    ----------
    tab: with the page. values: of the templates. shown: reads what a tab shows; raises whatever tells that it cannot.
    """

    def __init__(
        self,
        tab: Page,
        target: Target,
        verify: Verify,
        values: Mapping[str, str],
        shown: Callable[[Page], Awaitable[str]],
    ) -> None:
        self._tab, self._target, self._verify, self._values, self._shown = tab, target, verify, dict(values), shown
        self.where, self._held_first = tab.url, ""

    async def lie(self) -> str:
        """Return how what is shown differs from what the back end holds, or nothing.

        The back end may have gone on since the page was made: one that follows by itself has a moment for that, and one
        that does not is opened once more beside it.
        """
        until_s = time.monotonic() + FOLLOWS_S
        while found := await self._compared(self._tab):
            if time.monotonic() >= until_s:
                return await self._anew() if self._held_first else found
            await asyncio.sleep(AGAIN_S)
        return ""

    async def lie_later(self) -> str:
        """Open the page again, and return what it does not tell of what has changed since, or nothing."""
        first = self._held_first
        if not first or not (found := await self._anew()):
            return ""
        return found if alike(first, self._held) else f"{found}, and held {first!r} before"

    async def _anew(self) -> str:
        from playwright.async_api import Error

        beside = await self._tab.context.new_page()
        try:
            await beside.goto(self.where)
            return await self._compared(beside)
        except (CannotAct, Error) as error:
            return f"it cannot be looked at again: {str(error).partition(chr(10))[0]}"
        finally:
            await beside.close()

    async def _compared(self, tab: Page) -> str:
        shown, problem = await self._shown(tab), await self._ask()
        if problem:
            return problem
        self._held_first = self._held_first or self._held
        return "" if alike(shown, self._held) else f"the page shows {shown!r}, the back end holds {self._held!r}"

    async def _ask(self) -> str:
        """Ask the back end with the customer's own cookies; return why it does not tell."""
        request, self._held = self._verify.request, ""
        named = f"{request.method} {request.path}"
        answer = await self._tab.context.request.fetch(
            self._target.join(render(request.path, self._values)),
            method=request.method,
            data=None if request.json is None else render_all(request.json, self._values),
            form=None if request.form is None else render_all(request.form, self._values),
            timeout=ASK_MS,
        )
        try:
            if answer.status != request.expect:
                return f"cannot be compared: {named} answers {answer.status}"
            try:
                held = dig(await answer.json(), self._verify.member)
            except ValueError:
                held = None
        finally:
            await answer.dispose()
        if held is None:
            return f"cannot be compared: no {self._verify.member!r} in the answer to {named}"
        self._held = str(held)
        return ""


class CaseOfMock:
    """A customer's case at the mocked back end: its API, and what its pages say beside what that holds.

    `said` is what the page said in a few words when it was last compared.
    """

    def __init__(self, page: Page, context: BrowserContext, target: Target, journey: Journey) -> None:
        self._page, self._context, self._target, self._journey = page, context, target, journey
        self.said = ""

    async def lies(self, case: str) -> str:
        """Return what the page says that is not so, or nothing.

        Its words are held against what it was made from, and that against the API where both tell of one version of
        the case, which may go on in between.
        """
        seen = await self._page.evaluate(_SEEN)
        data, self.said = seen["data"], str(seen["kicker"] or seen["heading"])
        if not data.get("step"):
            return ""
        made_of = {"step": data["step"], "acts": data.get("acts") == "true", "end": data.get("end") == "true"}
        if found := lie(seen, made_of, self._journey):
            return found
        held = await self.held(case)
        if str(held.get("version")) == data.get("version") and held["step"] != data["step"]:
            return f"the page tells of {data['step']!r}, the back end holds {held['step']!r}"
        return ""

    async def held(self, case: str, since: str = "", wait_s: float = 0.0) -> dict[str, Any]:
        """Return what the API holds, once that is another version than `since` or after `wait_s`; empty for nothing."""
        query = f"?wait_ms={math.ceil(wait_s * 1000)}&since={since}" if since else ""
        answer = await self._context.request.get(
            f"{self._target.url}/api/cases/{case}{query}", timeout=wait_s * 1000 + ASK_MS
        )
        held = await answer.json() if answer.ok else {}
        await answer.dispose()
        return dict(held)

    async def post(self, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object of the API's answer to a POST below the address of all cases."""
        response = await self._context.request.post(
            f"{self._target.url}/api/cases/{path}",
            data=dict(body),
            headers={"Idempotency-Key": uuid.uuid4().hex},
            timeout=0,
        )
        try:
            answer = await response.json()
        except ValueError:
            answer = {}
        await response.dispose()
        return response.status, answer if isinstance(answer, dict) else {}


async def patiently(look: Callable[[], Awaitable[Result]]) -> Result:
    """Look at a page that may load itself anew again and again, just when it is looked at."""
    from playwright.async_api import Error

    for _ in range(TRIES):
        with contextlib.suppress(Error):
            return await look()
    return await look()


def lie(seen: Mapping[str, Any], held: Mapping[str, Any], journey: Journey) -> str:
    """Return how what is seen differs from the state of the case that is held, or nothing."""
    step, said = str(held["step"]), seen["kicker"]
    if held["end"]:
        wrong = said != _ENDS.get(step, said)
        return f"the page says {said!r}, the back end holds that the case has ended: {step}" if wrong else ""
    label = journey.step(step).label
    if held["acts"]:
        wrong = not seen["form"] or not alike(seen["heading"], label)
        return f"the page shows {seen['heading']!r}, the back end waits for {label!r}" if wrong else ""
    if said not in _WAITS:
        return f"the page says {said!r}, the back end is at work on {label!r}"
    if seen["now"] and not (len(seen["now"]) == 1 and alike(seen["now"][0], label)):
        return f"the page says that {' and '.join(seen['now'])!r} is in progress, the back end is at {label!r}"
    return ""
