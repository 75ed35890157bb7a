"""What the engine asks of a browser beside the same script by hand: messages, whose number no load changes.

Times are compared in tests/bench/test_plugin.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from journeys.browser.finding import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CUSTOMERS = 3
MOST = 1.07
WALK = """
import asyncio, logging, sys
from pathlib import Path
from journeys.browser.engine import browse
from journeys.browser.finding import find
from tests.bench.test_plugin import by_hand, people_of, without_questions
from tests.plugin.shop import Shop

logging.getLogger("werkzeug").disabled = True
who, folder, customers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
journey, browser = without_questions(folder), find()
with Shop() as shop:
    if who == "hand":
        asyncio.run(by_hand(shop.url, people_of(journey, customers), browser))
    else:
        browse(journey, target=shop.url, mocked=False, folder=folder / "run", seed=1, speed=1e9, customers=customers,
               contexts=1, browser=browser, trace=False)
"""


def messages(who: str, folder: Path) -> int:
    """Return how many messages Playwright sends to the browser."""
    done = subprocess.run(
        [sys.executable, "-c", WALK, who, str(folder), str(CUSTOMERS)], check=True, capture_output=True, text=True,
        cwd=Path(__file__).parents[2], env=os.environ | {"DEBUG": "pw:protocol"}, timeout=100,
    )  # fmt: skip
    return done.stderr.count("SEND ►")


def test_the_engine_asks_hardly_more_of_a_browser_than_the_same_script_by_hand(chromium: Browser, tmp_path: Path):
    engine, hand = messages("engine", tmp_path), messages("hand", tmp_path)
    print(f"engine {engine}, by hand {hand}: {engine / hand:.3f}")
    assert 100 * CUSTOMERS < hand <= engine <= MOST * hand
