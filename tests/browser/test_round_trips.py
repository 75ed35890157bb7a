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
CUSTOMERS = 2
MOST = 1.07
BETWEEN = "--- the engine ---"
WALK = """
import asyncio, logging, sys
from pathlib import Path
from journeys.browser.engine import browse
from journeys.browser.finding import find
from tests.bench.test_plugin import by_hand, people_of, without_questions
from tests.plugin.shop import Shop

logging.getLogger("werkzeug").disabled = True
folder, customers, between = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
journey, browser = without_questions(folder), find()
with Shop() as shop:
    asyncio.run(by_hand(shop.url, people_of(journey, customers), browser))
    print(between, file=sys.stderr, flush=True)
    browse(journey, target=shop.url, mocked=False, folder=folder / "run", seed=1, speed=1e9, customers=customers,
           contexts=1, browser=browser, trace=False)
"""


def test_the_engine_asks_hardly_more_of_a_browser_than_the_same_script_by_hand(chromium: Browser, tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", WALK, str(tmp_path), str(CUSTOMERS), BETWEEN], check=True, capture_output=True,
        text=True, cwd=Path(__file__).parents[2], env=os.environ | {"DEBUG": "pw:protocol"}, timeout=100,
    )  # fmt: skip
    hand, engine = (part.count("SEND ►") for part in done.stderr.split(BETWEEN))
    print(f"engine {engine}, by hand {hand}: {engine / hand:.3f}")
    assert 100 * CUSTOMERS < hand <= engine <= MOST * hand
