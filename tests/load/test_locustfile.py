"""The same customers under Locust's own command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import load
from journeys.loading import load as load_journey
from journeys.population import Population

pytestmark = pytest.mark.load
LOCUSTFILE = Path(load.__file__).with_name("locustfile.py")
SHOP = """
from journeys import Fact, Journey, Poisson, Step, per_second, post

order = post("/orders", json={"customer": "{customer}", "who": "{full_name}"}, expect=201)
journey = Journey(
    name="shop",
    arrivals=Poisson(per_second(60)),
    facts=(Fact(name="full_name", label="Full name", faker="name"),),
    steps=(Step(name="order", lane="customer", http=(order,)),),
)
"""


def locust(url: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {f"JOURNEYWRIGHT_{name}": value for name, value in environment.items()}
    return subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--json", "-H", url, *options],
        env={**os.environ, **told}, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def shop_file(tmp_path: Path) -> str:
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    return str(path)


def test_the_same_customers_arrive_and_locust_reports_the_stall(shop_file: str, serve: Callable[..., Any]) -> None:
    journey = load_journey(shop_file)
    server = serve(journey, freeze_s=1.0, freeze_at_s=1.0)
    done = locust(server.url, JOURNEY=shop_file, DURATION="3 s", SEED="5", TARGET="mock")
    assert done.returncode == 0, done.stderr
    names = server.seen()["names"]
    planned = Population(journey, 5).arrivals_s(1000)
    assert sorted(map(int, server.seen()["cases"])) == list(range(int((planned <= 3.0).sum())))
    assert set(names) == set(server.seen()["cases"])
    told = {entry["name"]: entry for entry in json.loads(done.stdout)}
    opened = told["/api/cases"]
    slow = sum(count for ms, count in opened["response_times"].items() if float(ms) > 200)
    assert opened["num_requests"] == len(names)
    assert slow > 20


def test_an_application_of_ones_own(shop_file: str, serve: Callable[..., Any]) -> None:
    server = serve(load_journey(shop_file))
    done = locust(server.url, JOURNEY=shop_file, CUSTOMERS="20", SEED="5", RATE="40 / s")
    assert done.returncode == 0, done.stderr
    population = Population(load_journey(shop_file), 5)
    who = {order["body"]["customer"]: order["body"]["who"] for order in server.seen()["orders"]}
    assert who == {str(number): population.customer(number).persona["full_name"] for number in range(20)}


def test_a_master_and_its_workers_share_the_customers(shop_file: str, serve: Callable[..., Any]) -> None:
    server = serve(load_journey(shop_file))
    done = locust(server.url, "--processes", "2", JOURNEY=shop_file, DURATION="2 s", SEED="5", TARGET="mock")
    assert done.returncode == 0, done.stderr
    planned = Population(load_journey(shop_file), 5).arrivals_s(1000)
    assert sorted(map(int, server.seen()["cases"])) == list(range(int((planned <= 2.0).sum())))
    # each process prints its statistics; the master's have the requests of both workers
    counted = [int(number) for number in re.findall(r'"num_requests": (\d+)', done.stdout)]
    assert max(counted) == len(server.seen()["cases"]) > 60
    assert "2 workers connected" in done.stderr


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "JOURNEYWRIGHT_JOURNEY: is not set; a journey's name, or its Python file"),
        ({"RATE": "often"}, "JOURNEYWRIGHT_RATE: not a rate: 'often'"),
        ({"RATE": "900 / s"}, "--rate: is more than the cap on arrivals (got 900 / s); at most 200 / s"),
    ],
)
def test_what_is_wrong_is_one_line(
    shop_file: str, serve: Callable[..., Any], environment: dict[str, str], line: str
) -> None:
    told = {"JOURNEY": shop_file, **environment} if environment else {}
    done = locust(serve(load_journey(shop_file)).url, **told)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(line)
    assert "Traceback" not in done.stderr
