"""Whether a page tells the truth: what it shows beside what the back end holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from journeys.actions import Request
from journeys.blueprint import Journey
from journeys.clients.own import dig
from journeys.clients.target import Target
from journeys.templating import render, render_all

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

ASK_MS = 10_000.0
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


async def verified(
    context: BrowserContext, target: Target, request: Request, values: Mapping[str, str], member: str, shown: str
) -> str:
    """Ask the back end with the customer's own cookies; return how what it holds differs from what is shown."""
    answer = await context.request.fetch(
        target.join(render(request.path, values)),
        method=request.method,
        data=None if request.json is None else render_all(request.json, values),
        form=None if request.form is None else render_all(request.form, values),
        timeout=ASK_MS,
    )
    try:
        if answer.status != request.expect:
            return f"cannot be compared: {request.method} {request.path} answers {answer.status}"
        try:
            held = dig(await answer.json(), member)
        except ValueError:
            held = None
    finally:
        await answer.dispose()
    if held is None:
        return f"cannot be compared: no {member!r} in the answer to {request.method} {request.path}"
    return "" if alike(shown, held) else f"the page shows {shown!r}, the back end holds {held!r}"


async def mocked(page: Page, context: BrowserContext, target: Target, case: str, journey: Journey) -> str:
    """Return what a page of the mocked back end says that is not so, or nothing.

    Its words are held against what it was made from, and that against the API where both tell of one version of the
    case, which may go on in between.
    """
    seen = await page.evaluate(_SEEN)
    data = seen["data"]
    if not data.get("step"):
        return ""
    made_of = {"step": data["step"], "acts": data.get("acts") == "true", "end": data.get("end") == "true"}
    if found := lie(seen, made_of, journey):
        return found
    answer = await context.request.get(f"{target.url}/api/cases/{case}", timeout=ASK_MS)
    held = await answer.json() if answer.ok else {}
    await answer.dispose()
    if str(held.get("version")) == data.get("version") and held["step"] != data["step"]:
        return f"the page tells of {data['step']!r}, the back end holds {held['step']!r}"
    return ""


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
