"""How a person uses each widget of the mocked back end's forms: found by role and label, worked by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from journeys.browser.pages import attachment
from journeys.facts import Fact

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

LONGEST_KEYED = 20
"""How many digits are pressed key by key; more are typed."""


def asking(page: Page, fact: Fact) -> Locator:
    """Return what asks a fact: a field, or the group of its cards."""
    if fact.widget in ("cards", "calendar", "map"):
        return page.get_by_role("group", name=fact.label, exact=True)
    return page.get_by_label(fact.label, exact=True)


async def give(page: Page, fact: Fact, value: str, timeout_ms: float) -> None:
    """Give a value as a person would; raises Playwright's TimeoutError where there is no way to."""
    await _GIVE[fact.widget](page, fact, value, timeout_ms)


async def _field(page: Page, fact: Fact, value: str, timeout_ms: float) -> None:
    field = asking(page, fact)
    if fact.kind == "choice":
        await field.select_option(value, timeout=timeout_ms)
    elif fact.kind == "file":
        await field.set_input_files(attachment(value), timeout=timeout_ms)
    else:
        await field.fill(value, timeout=timeout_ms)


async def _cards(page: Page, fact: Fact, value: str, timeout_ms: float) -> None:
    place = fact.choices.index(value)
    await asking(page, fact).get_by_role("radio").nth(place).check(timeout=timeout_ms)


async def _keypad(page: Page, fact: Fact, value: str, timeout_ms: float) -> None:
    keys = page.get_by_role("group", name="Keypad", exact=True)
    if not value.isdecimal() or len(value) > LONGEST_KEYED or not await keys.count():
        await _field(page, fact, value, timeout_ms)
        return
    await asking(page, fact).click(timeout=timeout_ms)
    await keys.get_by_role("button", name="Clear", exact=True).click(timeout=timeout_ms)
    for digit in value:
        await keys.get_by_role("button", name=digit, exact=True).click(timeout=timeout_ms)


_GIVE: Mapping[str, Callable[[Page, Fact, str, float], Awaitable[None]]] = {
    "field": _field, "cards": _cards, "keypad": _keypad, "calendar": _cards, "map": _cards,
}  # fmt: skip
