"""A user's own folder with a journey of somebody else's shop, and pytest run in it."""

from __future__ import annotations

import json
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.plugin.shop import Shop

pytest_plugins = ["pytester"]
# pytest-playwright, which does not run inside itself, is of use to browsers only, and is left out
API = ("--journey-engines", "api", "-p", "no:playwright", "-p", "no:cacheprovider")


def run(folder: pytest.Pytester, shop: Shop | None, *arguments: str) -> pytest.RunResult:
    where = ("--journey-target", shop.url) if shop else ()
    return folder.runpytest_inprocess(*API, *where, *arguments)


def walks(folder: pytest.Pytester) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted(folder.path.glob("journey-results/walks/*/walked.json"))]


def test_a_journey_becomes_items_by_itself_named_so_that_k_selects(folder: pytest.Pytester):
    listed = folder.runpytest_inprocess("--collect-only", "-q", "--journey-target", "http://127.0.0.1:1")
    assert [line.partition("::")[2] for line in listed.outlines if line.startswith("journey_lantern.py::")] == [
        f"{engine}{what}"
        for engine in ("browser", "api")
        for what in ("[reader]", "[school]", "-budget[completion >= 60%]", "-budget[p50(pay) < 5 s]",
                     "-budget[calls per 100 <= 10]")
    ]  # fmt: skip
    chosen = folder.runpytest_inprocess("--collect-only", "-q", "--journey-target", "http://127.0.0.1:1",
                                        "-k", "lantern and school and not browser")  # fmt: skip
    assert [line for line in chosen.outlines if "::" in line] == ["journey_lantern.py::api[school]"]


def test_a_sound_shop_passes_and_is_told_of(folder: pytest.Pytester):
    with Shop() as shop:
        # nobody phones: that 10 calls per 100 are not exceeded takes 37 customers to show
        result = run(folder, shop, "--junitxml=junit.xml", "--journey-customers", "40")
    result.assert_outcomes(passed=5)
    assert result.ret == 0
    assert sum(len(walk["attempts"][0]["numbers"]) for walk in walks(folder)) == 40  # type: ignore[index]
    assert len(shop.orders) == 40
    result.stdout.fnmatch_lines(["*= journeys =*", "lantern, api, reader: 21 walked (21 completed)"])
    properties = {one.get("name"): one.get("value") for one in ET.parse(folder.path / "junit.xml").iter("property")}
    assert properties["journey_seed"] == "1"
    assert properties["journey_budget"].startswith("calls per 100 <= 10: kept, 0 (0 to 9.2")


def test_only_what_is_selected_is_walked(folder: pytest.Pytester):
    with Shop() as shop:
        run(folder, shop, "-k", "school").assert_outcomes(passed=1)
    assert [walk["segment"] for walk in walks(folder)] == ["school"]


def test_what_is_broken_is_named_with_the_customer_and_the_command_that_walks_them_again(folder: pytest.Pytester):
    with Shop({"down"}) as shop:
        result = run(folder, shop, "-k", "reader")
        assert result.ret == 1
        text = result.stdout.str()
        assert "server-error at pay: POST /api/orders: 500: 6 of 6 first walks (100.0%, 61.0% to 100.0%)" in text
        assert re.search(r"customer 0 of seed 1 \(reader\): broken, failed in 3 of 3 walks", text)
        assert re.search(r"persona +full_name='.+', .*card=\*\*\*", text)
        assert "Traceback" not in text
        again = next(line for line in result.outlines if "replay" in line).split("pytest ")[1]
        assert shop.url in again
        replayed = folder.runpytest_inprocess(*API, *shlex.split(again))
    replayed.assert_outcomes(failed=1)
    assert [walk["attempts"][0]["numbers"] for walk in walks(folder)] == [[0]]  # type: ignore[index]


def test_a_password_in_the_address_is_told_to_nobody(folder: pytest.Pytester):
    with Shop({"down"}) as shop:
        address = shop.url.replace("://", "://ada:s3cret@")
        result = folder.runpytest_inprocess(*API, "--journey-target", address, "-k", "school", "--junitxml=junit.xml")
    assert "--journey-target http://***@127.0.0.1" in result.stdout.str()
    written = [path.read_bytes() for path in folder.path.rglob("*") if path.is_file()]
    assert all(b"s3cret" not in content for content in [*written, result.stdout.str().encode()])


def test_few_walk_again_where_everybody_is_broken(folder: pytest.Pytester):
    with Shop({"down"}) as shop:
        run(folder, shop, "-k", "reader", "--journey-customers", "30")
    attempts = walks(folder)[0]["attempts"]
    assert [len(attempt["numbers"]) for attempt in attempts] == [18, 3, 3]  # type: ignore[attr-defined]


def test_who_fails_once_and_then_does_not_is_flaky_with_a_rate_and_never_green(folder: pytest.Pytester):
    with Shop({"flaky"}) as shop:
        result = run(folder, shop, "--journey-customers", "30", "--junitxml=junit.xml", "-k", "api and not budget")
    assert result.ret == 0
    outcomes = result.parseoutcomes()
    assert outcomes["flaky"] >= 1
    assert outcomes.get("passed", 0) + outcomes["flaky"] == 2
    said = (
        r"flaky: lantern, api, \w+: customer \d+ failed in 1 of 2 walks: server-error at pay: POST /api/orders: 500: "
    )
    result.stdout.re_match_lines([said + r"1 of (18|12) first walks \(\d\.\d%, \d\.\d% to \d+\.\d%\)"])
    properties = [(one.get("name"), one.get("value")) for one in ET.parse(folder.path / "junit.xml").iter("property")]
    assert ("journey_flaky", "yes") in properties


def test_a_submission_done_twice_is_looked_for_where_that_is_wanted(folder: pytest.Pytester):
    with Shop({"double"}) as shop:
        run(folder, shop, "-k", "school").assert_outcomes(passed=1)
        result = run(folder, shop, "-k", "school", "--journey-checks", "double-submit")
    result.assert_outcomes(failed=1)
    assert "double-submit at pay: POST /api/orders: sent twice with one idempotency key, it was done twice" in (
        result.stdout.str()
    )


@pytest.mark.parametrize("customers", ["1", "3"])
def test_a_failure_amid_close_looks_hides_nothing(folder: pytest.Pytester, customers: str):
    """The third order fails: with one customer it is the one sent again, with two that of who is looked at first."""
    with Shop({"flaky", "double"}) as shop:
        result = run(
            folder, shop, "--journey-customers", customers, "-k", "reader", "--journey-checks", "double-submit"
        )
    result.assert_outcomes(failed=1)
    assert "double-submit at pay: POST /api/orders: sent twice with one idempotency key" in result.stdout.str()


def test_a_budget_that_is_missed_fails_and_one_that_few_decide_is_no_pass(folder: pytest.Pytester):
    with Shop({"down"}) as shop:
        result = run(folder, shop, "-k", "budget", "--journey-customers", "6", "--journey-retries", "0")
    result.assert_outcomes(failed=1, passed=1, skipped=1)  # six without a call prove nothing about calls
    assert "completion >= 60%: missed, 0% (0% to 39.0%), n 6 customers" in result.stdout.str()
    with Shop() as shop:
        few = run(folder, shop, "-k", "completion", "--journey-customers", "4", "-rs")
        few.assert_outcomes(skipped=1)
        few.stdout.fnmatch_lines(["*completion >= 60%: inconclusive, 100% (51.0% to 100%), n 4 customers; about *"])
        strict = run(folder, shop, "-k", "completion", "--journey-customers", "4", "--journey-checks", "inconclusive")
        strict.assert_outcomes(failed=1)


def test_processes_of_xdist_walk_each_segment_once(folder: pytest.Pytester):
    with Shop() as shop:
        result = folder.runpytest_subprocess(*API, "--journey-target", shop.url, "-n", "2", "-k", "not budget")
    result.assert_outcomes(passed=2)
    assert len(shop.orders) == 10
    assert len({walk["session"] for walk in walks(folder)}) == 1


def test_settings_say_what_options_say(folder: pytest.Pytester):
    with Shop() as shop:
        folder.makeini(f"[pytest]\njourney_target = {shop.url}\njourney_customers = 3\njourney_engines = api\n")
        folder.runpytest_inprocess("-p", "no:playwright", "-k", "api and not budget").assert_outcomes(passed=2)
    assert len(shop.orders) == 3


@pytest.mark.backend
def test_a_registered_journey_walks_a_mocked_back_end(pytester: pytest.Pytester):
    result = pytester.runpytest_inprocess(*API, "--journey", "first-journey", "--journey-customers", "3",
                                          "--journey-speed", "200000", "-k", "everyone")  # fmt: skip
    result.assert_outcomes(passed=1)
    assert (pytester.path / "journey-results" / "walks" / "first-journey-api-everyone" / "inspected").is_dir()


def test_all_that_is_wrong_with_the_options_is_told_at_once(folder: pytest.Pytester):
    result = run(folder, None, "--journey-target", "ftp://x", "--journey-customers", "0", "--journey-checks", "consol",
                 "--journey-speed", "fast")  # fmt: skip
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    for said in ("ftp://x", "--journey-customers: must be 1 or more", "console", "--journey-speed: is not a number"):
        assert said in text
    assert "Traceback" not in text


def test_a_journey_that_cannot_be_used_is_a_line_for_each_problem(pytester: pytest.Pytester):
    pytester.makefile(".py", journey_wrong="from journeys import Journey\njourney = Journey(nam='x')\n",
                      journey_idle=JOURNEYLESS)  # fmt: skip
    result = run(pytester, None, "--journey-target", "http://127.0.0.1:1")
    result.assert_outcomes(errors=2)
    text = result.stdout.str()
    assert "Journey has no 'nam'" in text
    assert "nothing of it can be walked at http://127.0.0.1:1 by api" in text


JOURNEYLESS = """
from journeys import Journey, Poisson, Step, per_hour
journey = Journey(name="idle", arrivals=Poisson(per_hour(1)), steps=(Step(name="sit", lane="customer"),))
"""


def test_where_there_is_no_journey_nothing_changes(pytester: pytest.Pytester):
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_inprocess("-p", "no:playwright")
    result.assert_outcomes(passed=1)
    assert "journeys" not in result.stdout.str()
    assert not (pytester.path / "journey-results").exists()


def test_fixtures_for_tests_of_ones_own(folder: pytest.Pytester):
    folder.makepyfile(
        """
        from journeys import Fault, hours

        def test_it(load_journey, population, customer, walked_run, faults):
            journey = load_journey("journey_lantern.py", {"steps.choose.abandon": 0.5})
            assert journey.step("choose").abandon == 0.5
            assert population(journey).segment(0) in (0, 1)
            assert customer(journey, 7).persona["email"].endswith(".7@example.org")
            run = walked_run(journey, customers=4)
            assert run.manifest.customers == 4
            assert len(faults(journey).faults) == len(journey.faults)
        """
    )
    with Shop() as shop:
        run(folder, shop, "-k", "test_it").assert_outcomes(passed=1)


@pytest.mark.backend
def test_a_mocked_back_end_for_a_test_of_ones_own(pytester: pytest.Pytester):
    pytester.makepyfile(
        """
        import json, urllib.request

        def test_it(load_journey, mocked_back_end):
            url = mocked_back_end(load_journey("first-journey"), speed=1000)
            assert json.loads(urllib.request.urlopen(url + "/health").read())["journey"] == "first-journey"
        """
    )
    run(pytester, None).assert_outcomes(passed=1)


def test_summaries_are_written_for_ci(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    step = folder.path / "step.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    with Shop({"flaky"}) as shop:
        run(folder, shop, "--journey-customers", "6", "-k", "reader")
        result = run(folder, shop, "--journey-customers", "6", "--journey-report", "-k", "reader or completion")
    text = step.read_text()
    assert text.count("## Customer journeys") == 2
    assert "| lantern | api | reader |" in text
    assert "- completion &gt;= 60%:" in text
    history = [
        json.loads(line) for line in (folder.path / "journey-results" / "history.jsonl").read_text().splitlines()
    ]
    assert [entry["key"][:2] for entry in history] == [["lantern", "api"]] * 2
    assert {"completion", "p95(pay)"} <= set(history[0]["figures"])
    report = folder.path / "journey-results" / "reports" / "lantern" / "report.html"
    assert "lantern, as tested" in report.read_text(encoding="utf-8")
    result.stdout.fnmatch_lines(["report: journey-results/reports/lantern/report.html"])
    assert Path("journey-results/summary.md").is_file()
