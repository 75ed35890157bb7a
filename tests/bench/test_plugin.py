"""What the browser engine costs beside the same script by hand, and what the plugin adds to pytest's start."""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journeys.blueprint import Journey
from journeys.browser.engine import browse
from journeys.browser.finding import Browser, BrowserMissing, find
from journeys.loading import load
from journeys.population import Population
from tests.plugin.shop import JOURNEY, Shop

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
PAIRS = 7
CUSTOMERS = 4
MOST_OVERHEAD = 1.05
MOST_START_S = 0.150


@pytest.fixture
def lantern(tmp_path: Path) -> Journey:
    return without_questions(tmp_path)


def without_questions(folder: Path) -> Journey:
    file = folder / "journey_lantern.py"
    # what is compared must be what both do: the script does not ask the back end for the order's state
    text = "\n".join(line for line in JOURNEY.splitlines() if "Verify(" not in line)
    file.write_text(text, encoding="utf-8")
    return load(str(file))


def people_of(journey: Journey, customers: int) -> list[dict[str, str]]:
    population = Population(journey, 1)
    return [dict(population.customer(number).persona) for number in range(customers)]


async def by_hand(url: str, people: list[dict[str, str]], browser: Browser) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser.executable)
        for person in people:
            context = await chromium.new_context()
            page = await context.new_page()
            await page.goto(url + "/")
            await page.get_by_role("button", name="Accept cookies").click()
            await page.get_by_role("button", name="Add Lamps").click()
            await page.get_by_text("1 in your basket").wait_for()
            await page.get_by_label("Your name").fill(person["full_name"])
            await page.get_by_label("E-mail").fill(person["email"])
            await page.get_by_label("Delivery").select_option(person["delivery"])
            await page.get_by_label("Card number").fill(person["card"])
            await page.get_by_role("button", name="Pay now").click()
            await page.get_by_text(f"Thank you, {person['full_name']}.").wait_for()
            await context.close()
        await chromium.close()


def test_the_engine_takes_hardly_longer_than_the_same_script_by_hand(lantern: Journey, tmp_path: Path):
    try:
        browser = find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])
    people = people_of(lantern, CUSTOMERS)
    took: dict[str, list[float]] = {"engine": [], "hand": []}
    used: dict[str, list[float]] = {"engine": [], "hand": []}
    with Shop() as shop:
        for pair in range(PAIRS):
            for who in ("engine", "hand") if pair % 2 else ("hand", "engine"):
                began_s, before_s = time.perf_counter(), used_s()
                if who == "hand":
                    asyncio.run(by_hand(shop.url, people, browser))
                else:
                    browse(lantern, target=shop.url, mocked=False, folder=tmp_path / "run", seed=1, speed=1e9,
                           customers=CUSTOMERS, contexts=1, browser=browser, trace=False)  # fmt: skip
                if pair:  # the first pair loads what is loaded once
                    took[who].append(time.perf_counter() - began_s)
                    used[who].append(used_s() - before_s)
    ratio = statistics.median(one / other for one, other in zip(took["engine"], took["hand"], strict=True))
    least = min(took["engine"]) / min(took["hand"])
    cpu = statistics.median(one / other for one, other in zip(used["engine"], used["hand"], strict=True))
    print(f"engine / by hand, {PAIRS - 1} pairs: time {ratio:.3f} (fastest of each {least:.3f}), processor {cpu:.3f}; "
          f"by hand {min(took['hand']) / CUSTOMERS:.2f} s a customer")  # fmt: skip
    assert ratio <= MOST_OVERHEAD


def used_s(*whose: int) -> float:
    """Return the processor time of this process and of the children that have ended, in seconds."""
    usages = [resource.getrusage(one) for one in whose or (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cpu_s(command: list[str], folder: Path) -> float:
    before_s = used_s(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return used_s(resource.RUSAGE_CHILDREN) - before_s


def test_the_plugin_adds_little_to_the_start_of_pytest(tmp_path: Path):
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    with_it = [sys.executable, "-m", "pytest", "-q"]
    without = [*with_it, "-p", "no:journeywright"]
    used: dict[bool, list[float]] = {True: [], False: []}
    for pair in range(2 * PAIRS):
        for with_plugin in (True, False) if pair % 2 else (False, True):
            used[with_plugin].append(cpu_s(with_it if with_plugin else without, tmp_path))
    # the fastest of each: neighbours on the machine only ever add
    least = min(used[True]) - min(used[False])
    middle = statistics.median(used[True]) - statistics.median(used[False])
    print(f"the plugin adds {1000 * least:.0f} ms of CPU to pytest's start (medians: {1000 * middle:.0f} ms), "
          f"{2 * PAIRS} pairs")  # fmt: skip
    assert least < MOST_START_S
