"""pytest-playwright's own browser, found where Playwright has none: for journeys and for tests with a page alike."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_name: str) -> dict[str, Any]:
    """Return pytest-playwright's options of the browser, with the one that is found on this machine."""
    if browser_name != "chromium" or {"channel", "executable_path"} & set(browser_type_launch_args):
        return browser_type_launch_args
    from journeys.browser.finding import BrowserMissing, find

    try:
        found = find(headless=browser_type_launch_args.get("headless", True))
    except BrowserMissing:  # Playwright says how to get one
        return browser_type_launch_args
    return {**browser_type_launch_args, "executable_path": str(found.executable)}
