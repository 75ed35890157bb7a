from __future__ import annotations

import doctest
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

import journeys.findings
from journeys import Constant, Journey, days
from journeys.api.engine import walk_api
from journeys.clients.target import MockedBackEnd
from journeys.distributions import ZERO
from journeys.errors import InvalidInput, TargetUnreachable, Unsupported
from journeys.eventlog import Row, Run
from journeys.findings import read_findings, rulings
from journeys.loading import load
from simulators.backend.process import BackendProcess
from tests.plugin.shop import JOURNEY, Shop

Walk = Callable[..., Run]


@pytest.fixture
def lantern(tmp_path: Path) -> Journey:
    file = tmp_path / "journey_lantern.py"
    file.write_text(JOURNEY, encoding="utf-8")
    return load(str(file))


def walked(journey: Journey, url: str, folder: Path, numbers: Iterable[int] = range(12), **more: object) -> Run:
    told = {"mocked": False, "seed": 1, "speed": 1e6, "numbers": list(numbers), **more}
    return Run.open(walk_api(journey, target=url, folder=folder, **told))  # type: ignore[arg-type]


def ends(run: Run) -> dict[str, int]:
    rows = run.frame()
    return {str(end): int(n) for end, n in rows[rows["step"] == "exit"]["outcome"].value_counts().items() if n}


def test_the_customers_asked_for_walk_by_requests_alone(lantern: Journey, tmp_path: Path):
    with Shop() as shop:
        run = walked(lantern, shop.url, tmp_path / "run", (3, 5, 11))
    assert ends(run) == {"completed": 3}
    assert {order["email"].split(".")[-2].split("@")[0] for order in shop.orders} == {"3", "5", "11"}
    assert run.manifest.engine == "api"
    assert run.manifest.finished
    assert read_findings(run.folder) == []


def test_each_customer_has_cookies_of_their_own(lantern: Journey, tmp_path: Path):
    with Shop() as shop:
        run = walked(lantern, shop.url, tmp_path / "run", at_once=4)
    assert ends(run) == {"completed": 12}
    assert len(shop.orders) == 12


def test_an_answer_of_500_is_named_with_its_request(lantern: Journey, tmp_path: Path):
    with Shop({"flaky"}) as shop:
        run = walked(lantern, shop.url, tmp_path / "run", range(20), at_once=1)
    found = read_findings(run.folder)
    assert [(one.check, one.step, one.what) for one in found] == [
        ("server-error", "pay", "POST /api/orders: 500"),
        ("step", "pay", "POST /api/orders: 500, expected 201"),
    ]
    rows = run.frame()
    failed = rows[rows["outcome"] == "failed"]
    assert failed["customer"].tolist() == [found[0].customer]
    assert ends(run) == {"completed": 19, "dropped": 1}


@pytest.mark.parametrize("bugs", [(), ("double",)])
def test_what_is_done_twice_is_found_where_requests_are_repeated(
    lantern: Journey, tmp_path: Path, bugs: tuple[str, ...]
):
    with Shop(bugs) as shop:
        run = walked(lantern, shop.url, tmp_path / "run", (0,), repeats=True)
    found = read_findings(run.folder)
    assert [one.check for one in found] == ["double-submit"] * len(bugs)
    assert len(shop.orders) == 1 + len(bugs)
    if bugs:
        assert found[0].what == "POST /api/orders: sent twice with one idempotency key, it was done twice"


@pytest.mark.backend
def test_a_mocked_back_end_is_walked_to_the_same_ends_as_ever(shop: Journey, tmp_path: Path):
    with BackendProcess(shop, seed=1, speed=200_000) as back_end:
        run = walked(shop, back_end.url, tmp_path / "run", mocked=True, speed=200_000, repeats=True)
    assert sum(ends(run).values()) == 12
    assert "censored" not in ends(run)
    assert read_findings(run.folder) == []
    assert {"review", "exit"} <= set(run.frame()["step"])


def test_a_customer_who_takes_too_long_is_censored(lantern: Journey, tmp_path: Path):
    with Shop() as shop:
        run = walked(lantern, shop.url, tmp_path / "run", (0,), speed=1.0, give_up_s=0.05)
    exits = run.frame().query("step == 'exit'")
    assert exits["outcome"].tolist() == ["censored"]
    assert "still on the way" in exits["detail"].iloc[0]
    assert [one.check for one in read_findings(run.folder)] == ["step"]


@pytest.mark.backend
def test_who_waits_at_the_end_met_nothing_wrong_and_findings_outlive_the_back_end(
    shop: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    form, check, receipt = shop.steps
    form = replace(form, think=ZERO, abandon=0.0)
    slow = replace(shop, steps=(form, replace(check, service=Constant(days(1))), receipt), contacts=())

    def gone(_: MockedBackEnd) -> list[Row]:
        raise TargetUnreachable("gone")

    with BackendProcess(slow, seed=1, speed=60) as back_end:
        told = {"numbers": (0,), "mocked": True, "speed": 60}
        with monkeypatch.context() as patched:
            patched.setattr(MockedBackEnd, "rows", gone)
            with pytest.raises(TargetUnreachable):
                walked(slow, back_end.url, tmp_path / "gone", give_up_s=0.0, **told)
        waiting = walked(slow, back_end.url, tmp_path / "waiting", give_up_s=2.0, **told)
    assert ends(waiting) == {"censored": 1}
    assert waiting.frame()["step"].tolist() == ["arrival", "order", "exit"]
    assert read_findings(waiting.folder) == []
    assert [one.check for one in read_findings(tmp_path / "gone")] == ["step"]
    assert not Run.open(tmp_path / "gone").manifest.finished


def test_what_cannot_be_walked_is_refused_before_the_start(lantern: Journey, shop: Journey, tmp_path: Path):
    with pytest.raises(Unsupported, match="no step says what to send"):
        walked(shop, "http://127.0.0.1:1", tmp_path)
    with pytest.raises(TargetUnreachable, match="nothing answers"):
        walked(lantern, "http://127.0.0.1:1", tmp_path)


def test_what_becomes_of_each_check_can_be_said():
    assert doctest.testmod(journeys.findings).failed == 0
    with pytest.raises(InvalidInput) as caught:
        rulings("acessibility, link=of, step=off")
    told = str(caught.value)
    assert "accessibility" in told
    assert "link=of" in told
    assert "cannot be left out" in told
