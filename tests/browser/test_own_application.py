from __future__ import annotations

import json
import os
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from journeys import (
    Attach,
    Attempts,
    Check,
    Choose,
    Constant,
    Contact,
    During,
    Fact,
    Fill,
    Journey,
    Keep,
    Never,
    Poisson,
    Press,
    See,
    Station,
    Step,
    Wait,
    minutes,
    page,
    per_minute,
    per_second,
    seconds,
)
from journeys.browser.engine import browse
from journeys.browser.finding import Browser
from journeys.errors import InvalidInput, TargetUnreachable, Unsupported
from journeys.eventlog import Run
from journeys.population import Population
from tests.browser.conftest import Shop

pytestmark = pytest.mark.browser

FACTS = (
    Fact(name="full_name", label="Full name", faker="name"),
    Fact(name="email", label="Email", kind="email"),
    Fact(name="pin", label="PIN", kind="secret"),
)
APPLY = Step(
    name="apply",
    lane="customer",
    asks=("full_name", "email", "pin"),
    page=page(
        "/apply",
        Fill("Full name", "{full_name}"),
        Fill("Email", "{email}"),
        Fill("Email again", "{email}"),
        Choose("Term", "Two years"),
        Choose("Answer by", "Post"),
        Check("I agree"),
        Attach("Payslip", "{customer}.pdf"),
        Fill("PIN", "{pin}"),
        Press("Continue"),
        See("Your offer"),
        Keep("status", "Reference", "ref"),
    ),
)
ACCEPT = Step(name="accept", lane="customer", page=page("/offer?of={ref}", Press("Accept", "link"), See("All done")))
VISIT = Step(name="accept", lane="customer", page=page("/offer", Press("Accept", "link"), See("All done")))


def journey(*steps: Step, **more: object) -> Journey:
    return Journey(name="shop", arrivals=Poisson(per_minute(60)), facts=FACTS, steps=steps, **more)  # type: ignore[arg-type]


@pytest.fixture
def walk(chromium: Browser, shop: Shop, tmp_path: Path) -> Callable[..., tuple[Run, pd.DataFrame]]:
    def walked(own: Journey, **more: object) -> tuple[Run, pd.DataFrame]:
        options = {"target": shop.url, "mocked": False, "folder": tmp_path / "run", "seed": 7, "customers": 1}
        folder = browse(own, browser=chromium, **{**options, **more})  # type: ignore[arg-type]
        run = Run.open(folder)
        return run, run.frame()

    return walked


Walk = Callable[..., tuple[Run, pd.DataFrame]]


def conserved(rows: pd.DataFrame) -> bool:
    """Tell whether each customer who entered has exactly one end."""
    entered = sorted(rows.loc[rows.step == "arrival", "customer"])
    return entered == sorted(rows.loc[rows.step == "exit", "customer"]) and len(set(entered)) == len(entered)


def test_customers_do_the_page_actions_of_every_step(walk: Walk, shop: Shop) -> None:
    wait = Wait(name="news")
    call = Contact(
        name="where", arises=During("news", Constant(minutes(1))), station="desk", handling=Constant(minutes(1))
    )
    behind = Step(name="check", lane="backstage", awaits="news", service=Constant(minutes(5)))
    human = Step(name="read", lane="customer", think=Constant(seconds(3)))
    own = journey(
        APPLY, behind, ACCEPT, human, waits=(wait,), contacts=(call,), stations=(Station(name="desk", servers=1),)
    )

    run, rows = walk(own, customers=3, contexts=2, speed=1000.0)

    people = Population(own, 7)
    sent = {fields["payslip"]: fields for fields in shop.sent}
    for number in range(3):
        persona = people.customer(number).persona
        assert sent[f"{number}.pdf"] == {
            "name": persona["full_name"], "email": persona["email"], "again": persona["email"], "term": "2",
            "by": "post", "agree": "yes", "payslip": f"{number}.pdf", "pin": persona["pin"],
        }  # fmt: skip
        own_rows = rows[rows.customer == number]
        assert list(own_rows.step) == ["arrival", "apply", "accept", "exit"]
        assert list(own_rows.outcome) == ["served", "served", "served", "completed"]
        assert (own_rows.intended_s <= own_rows.ready_s + 1e-9).all()
        assert (own_rows.ready_s <= own_rows.end_s).all()
    assert any("of=REF%20" in path for path in shop.asked)
    assert conserved(rows)
    manifest = run.manifest
    assert (manifest.engine, manifest.kind, manifest.workload, manifest.finished) == (
        "browser",
        "measured",
        "closed",
        True,
    )
    assert manifest.not_measured == ("steps.check", "steps.read", "waits.news", "contacts.where")
    assert {"playwright", "chromium"} <= set(manifest.versions)
    assert not (run.folder / "failures").exists()
    lines = [json.loads(line) for line in (run.folder / "timeline.jsonl").read_text().splitlines()]
    assert {(line["customer"], line["step"]) for line in lines} == {
        (number, step) for number in range(3) for step in ("apply", "accept")
    }
    assert all(line["total_ms"] >= line["ttfb_ms"] >= 0 for line in lines)


def test_what_could_not_be_done_is_told_by_action(walk: Walk) -> None:
    def failing(name: str, path: str, *actions: object) -> Step:
        return Step(name=name, lane="customer", page=page(path, *actions), on_failure=f"s{int(name[1:]) + 1}")  # type: ignore[arg-type]

    own = journey(
        failing("s0", "/apply", Press("Send")),
        failing("s1", "", Fill("Surname", "{full_name}")),
        failing("s2", "", Choose("Term", "Nine years")),
        failing("s3", "", Choose("Answer by", "Pigeon")),
        failing("s4", "", Check("I refuse")),
        failing("s5", "", See("Welcome", within=seconds(0.2))),
        failing("s6", "", Keep("status", "Number", "n")),
        failing("s7", "/scripted", Press("Twice")),
        failing("s8", "", Press("Off")),
        failing("s9", "/nowhere"),
        failing("s10", "http://127.0.0.1:9/", Press("Send")),
        Step(name="s11", lane="customer", page=page("/done", See("All done"))),
    )

    run, rows = walk(own, find_s=0.7)

    assert list(rows.loc[rows.outcome == "failed", "detail"]) == [
        'Press("Send"): no such button',
        'Fill("Surname"): no such field',
        'Choose("Term"): no such choice "Nine years"',
        'Choose("Answer by"): no such choice "Pigeon"',
        'Check("I refuse"): no such box',
        'See("Welcome"): not seen within 0.2 s',
        'Keep("status", "Number"): no such status',
        'Press("Twice"): more than one button is called so',
        'Press("Off"): the button could not be used within 0.7 s',
        "open /nowhere: the page answers 500",
        "open http://127.0.0.1:9/: net::ERR_UNSAFE_PORT at http://127.0.0.1:9/",
    ]
    assert list(rows.loc[rows.step == "exit", "outcome"]) == ["completed"]
    assert run.manifest.settings["failed_steps"] == 11
    assert run.manifest.settings["page_errors"] == 1
    assert run.manifest.settings["console_errors"] >= 2
    text = (run.folder / "failures" / "customer-0.txt").read_text()
    assert 's0: Press("Send"): no such button (at http://' in text
    assert "console: broken thing" in text
    assert "page error: nothing is not defined" in text


def test_a_failure_leaves_pictures_and_a_trace_without_secrets(walk: Walk) -> None:
    pin = Population(journey(APPLY), 7).customer(0).persona["pin"]
    lost = Step(
        name="lost", lane="customer", asks=("pin",),
        page=page("/apply", Fill("PIN", "{pin}"), Press("No {pin} here")),
    )  # fmt: skip

    run, rows = walk(journey(lost), find_s=0.7)

    kept = run.folder / "failures"
    assert sorted(path.name for path in kept.iterdir()) == ["customer-0-lost.png", "customer-0.txt", "customer-0.zip"]
    assert (kept / "customer-0-lost.png").read_bytes().startswith(b"\x89PNG")
    assert list(rows.loc[rows.step == "lost", "detail"]) == ['Press("No *** here"): no such button']
    assert pin not in (kept / "customer-0.txt").read_text()
    with zipfile.ZipFile(kept / "customer-0.zip") as trace:
        contents = [trace.read(name) for name in trace.namelist()]
    assert any(b"No *** here" in content for content in contents)
    assert not any(pin.encode() in content for content in contents)


def test_without_trace_and_failures_nothing_is_left(walk: Walk) -> None:
    run, _ = walk(journey(VISIT), trace=False, customers=2)

    kept = ["events", "manifest.json", "steps.jsonl", "timeline.jsonl"]
    assert sorted(path.name for path in run.folder.iterdir()) == kept
    split = run.manifest.settings["time_split"]["accept"]
    assert split["n"] == 2
    assert split["took_ms"] == pytest.approx(split["network_ms"] + split["rendering_ms"] + split["acting_ms"], rel=0.5)


def test_an_answer_after_the_deadline_is_timed_out_and_tried_again(walk: Walk, shop: Shop) -> None:
    tries = Attempts(timeout=Constant(seconds(20)), limit=2, backoff=seconds(0.01))
    slow = Step(name="slow", lane="customer", page=page("/slow"), attempts=tries)

    _, rows = walk(journey(slow), speed=100.0)

    tried = rows[rows.step == "slow"]
    assert list(tried.outcome) == ["timed_out", "timed_out"]
    assert (tried.end_s - tried.ready_s).between(0.2, 2.0).all()
    assert shop.asked == ["/slow", "/slow"]
    assert list(rows.loc[rows.step == "exit", "outcome"]) == ["dropped"]


def test_who_is_still_on_the_way_is_censored(walk: Walk) -> None:
    own = journey(Step(name="slow", lane="customer", page=page("/slow")))

    run, rows = walk(own, customers=3, contexts=2, give_up_s=0.4)

    ends = rows[rows.step == "exit"]
    assert list(ends.outcome) == ["censored"] * 3
    assert set(ends.detail) == {"still on the way 0.4 s after the last arrival"}
    assert conserved(rows)
    assert run.manifest.finished
    assert (run.folder / "failures" / "customer-0-slow.png").exists()


def test_ctrl_c_keeps_what_was_measured(walk: Walk, tmp_path: Path) -> None:
    own = journey(VISIT, Step(name="slow", lane="customer", page=page("/slow"), skip=0.5))

    def interrupt(done: int, total: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        walk(own, customers=30, contexts=3, progress=interrupt)

    run = Run.open(tmp_path / "run")
    rows = run.frame()
    assert (run.manifest.finished, run.manifest.reason) == (False, "interrupted")
    assert "failed_steps" in run.manifest.settings
    assert conserved(rows)
    ends = rows[rows.step == "exit"]
    assert "completed" in set(ends.outcome)
    assert set(ends.loc[ends.outcome == "censored", "detail"]) == {"interrupted"}


def test_open_arrivals_come_when_the_population_says_and_wait_for_a_context(walk: Walk) -> None:
    own = journey(VISIT)

    run, rows = walk(own, customers=4, contexts=1, rate=per_second(50), first_customer=2)

    arrivals = rows[rows.step == "arrival"]
    times = Population(own, 7).arrivals_s(6, Poisson(per_second(50)))
    assert list(arrivals.customer) == [2, 3, 4, 5]
    assert list(arrivals.intended_s) == pytest.approx(times[2:] - times[1])
    late = arrivals.ready_s - arrivals.intended_s
    assert (late >= 0).all()
    assert late.iloc[-1] > late.iloc[0]
    assert (run.manifest.workload, run.manifest.settings["rate_per_s"]) == ("open", 50.0)


def test_a_target_that_is_down_is_one_line(tmp_path: Path, chromium: Browser) -> None:
    with pytest.raises(TargetUnreachable) as caught:
        browse(
            journey(VISIT), target="http://127.0.0.1:9", mocked=False, folder=tmp_path, seed=1, customers=1,
            browser=chromium,
        )  # fmt: skip

    assert str(caught.value) == (
        "http://127.0.0.1:9: nothing answers (Connection refused); start it, or give another --target"
    )
    assert not (tmp_path / "manifest.json").exists()


@pytest.mark.parametrize(
    ("own", "kind", "lines", "told"),
    [
        (
            journey(Step(name="think", lane="customer", think=Never())),
            Unsupported,
            1,
            "shop.steps: no step has page actions",
        ),
        (
            journey(Step(name="a", lane="customer", page=page("/{full_nam}", Fill("x", "{ref}")))),
            InvalidInput,
            2,
            "shop.steps.a.page.path: nothing is called {full_nam}; did you mean 'full_name'?; ",
        ),
    ],
)
def test_what_cannot_be_walked_is_refused_before_the_start(
    own: Journey, kind: type[Exception], lines: int, told: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        browse(own, target="http://127.0.0.1:9", mocked=False, folder=tmp_path, seed=1, customers=1)

    assert str(caught.value).startswith(told)
    assert len(str(caught.value).splitlines()) == lines
    assert list(tmp_path.iterdir()) == []


def test_odd_numbers_are_refused_together(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        browse(
            journey(VISIT), target="http://127.0.0.1:9", mocked=False, folder=tmp_path, seed=1, customers=0,
            contexts=0, speed=0.0, give_up_s=-1.0, first_customer=-1,
        )  # fmt: skip

    assert [problem.path for problem in caught.value.problems] == [
        "customers", "contexts", "speed", "give_up_s", "first_customer",
    ]  # fmt: skip
