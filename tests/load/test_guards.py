"""What the load engine refuses before anything starts, each in one clear line."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journeys import Journey, per_second, post
from journeys.errors import InvalidInput, TargetUnreachable, Unsupported
from load import load


def refused(journey: Journey, folder: Path, **options: Any) -> str:
    told: dict[str, Any] = {"target": "http://127.0.0.1:9", "mocked": True, "seed": 1, "duration_s": 2.0}
    with pytest.raises(InvalidInput) as caught:
        load(journey, folder=folder / "run", **(told | options))
    assert not (folder / "run").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"rate": per_second(500)}, "--rate: is more than the cap on arrivals (got 500 / s); at most 200 / s; raise"),
        ({"rate": per_second(0)}, "--rate: must be > 0"),
        ({"customers": 300_000}, "--customers: is more customers than the cap (got 300000); at most 200000; raise"),
        ({"max_customers": 20}, "--duration: is more customers than the cap (got more than 20); at most 20; raise"),
        ({"speed": 3600.0}, "--speed: is more than the cap on arrivals"),
        ({"duration_s": 0.0}, "--duration: must be > 0 (got 0 s)"),
        ({"duration_s": 1e-6}, "--duration: nobody arrives within 1e-06 s"),
        ({"workers": 0}, "--workers: out of range (got 0); 1 to 64"),
        ({"in_flight": 0}, "--in-flight: must be 1 or more"),
        (
            {"in_flight": 10**9},
            "--in-flight: needs more connections than the system lets a process open (got 1000000000)",
        ),
        ({"follow_up_s": -1.0}, "--follow-up: must not be negative"),
        ({"target": "ftp://127.0.0.1/"}, "--target: is not an address of an application (got ftp://127.0.0.1/)"),
        ({"target": "http://127.0.0.1:http"}, "--target: is not an address"),
        ({"target": "http://8.8.8.8"}, "--target: is a public address (8.8.8.8) (got http://8.8.8.8); this machine"),
    ],
)
def test_one_line_names_the_option(loan: Journey, tmp_path: Path, options: dict[str, Any], line: str) -> None:
    assert refused(loan, tmp_path, **options).startswith(line)


def test_all_options_at_once(loan: Journey, tmp_path: Path) -> None:
    assert len(refused(loan, tmp_path, workers=0, in_flight=0, speed=-1.0).splitlines()) == 3


def test_a_target_that_is_down(loan: Journey, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(
        TargetUnreachable, match=r"nothing answers \(Connection refused\); start it, or give another"
    ) as at:
        load(loan, target=url, mocked=True, folder=tmp_path / "run", seed=1)
    assert len(str(at.value).splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_an_application_of_which_no_step_knows_a_request(loan: Journey, tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"^loan.steps: no step says what to send"):
        load(loan, target="http://127.0.0.1:9", mocked=False, folder=tmp_path / "run", seed=1)


def test_a_template_of_a_value_that_nothing_supplies(shop: Journey, tmp_path: Path) -> None:
    asking = replace(shop.step("order"), http=(post("/orders/{ordr}", keep={"order": "id"}),))
    journey = replace(shop, steps=(asking,))
    line = "shop.steps.order.http.0: nothing is called {ordr}; did you mean 'order'?"
    assert refused(journey, tmp_path, mocked=False).startswith(line)


@pytest.mark.load
def test_a_back_end_that_plays_something_else(
    loan: Journey, shop: Journey, tmp_path: Path, serve: Callable[..., Any]
) -> None:
    url = serve(loan).url
    assert refused(shop, tmp_path, target=url) == "--target: plays another journey (got loan); shop"
    changed = replace(loan, title="Changed")
    assert refused(changed, tmp_path, target=url).startswith("--target: plays another version of the journey")
    assert refused(loan, tmp_path, target=url, speed=2.0) == "--speed: is not the back end's (got 2); 1"


def test_the_parent_never_imports_locust() -> None:
    code = (
        "import load, load.engine, load.workers, sys; print(sorted({'locust', 'gevent', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_worker_loads_nothing_before_locust_that_locust_patches() -> None:
    code = "import sys, load.worker; print(sorted({'ssl', 'socket', 'http.client', 'queue'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
