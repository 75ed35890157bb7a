"""Claims are supported, refuted or left undecided by the whole interval, and never by the estimate alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from journeys.claims import Claim, read_claims
from journeys.errors import InvalidInput
from journeys.loading import claims_of, load, registered, what_if_of
from journeys.scenarios import read_what_if
from reports.claims import claim_lines, expect_known, judge_claims, unsupported
from reports.html import illustrated, page
from reports.study import Arm, Study, analyse
from reports.summary import summary_text
from tests.reports.synthetic import LOAN, population, write_run

REPLICATIONS = 6


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("claims")
    runs = {
        "before": [population(seed, 60) for seed in range(REPLICATIONS)],
        "after": [population(seed, 60, completes=0.75, calls=0.4) for seed in range(REPLICATIONS)],
    }
    arms = [
        Arm(name, name.capitalize(), LOAN, write_run(folder / name, rows, scenario=name)) for name, rows in runs.items()
    ]
    return analyse(title="Loan", simulated=arms, found={"claims": (Claim("completion up at least 1%"),)})


def ends(study: Study, key: str = "completion") -> tuple[float, float]:
    """Return the 95% interval of a difference in points, from the replications themselves."""
    before, after = (study.simulated[name].quantities[key].values for name in ("before", "after"))
    found = stats.ttest_1samp(after - before, 0.0).confidence_interval(0.95)
    return float(found.low), float(found.high)


def status(study: Study, says: str) -> str:
    return judge_claims([Claim(says)], study)[0].status


def test_the_whole_interval_decides(study: Study) -> None:
    low, high = (100 * end for end in ends(study))
    assert status(study, f"completion up at least {low - 0.01:.4f} points") == "supported"
    assert status(study, f"completion up at least {low + 0.01:.4f} points") == "undecided"
    assert status(study, f"completion up at least {high - 0.01:.4f} points") == "undecided"
    assert status(study, f"completion up at least {high + 0.01:.4f} points") == "refuted"
    assert status(study, f"completion up {low - 0.01:.4f} to {high + 0.01:.4f} points") == "supported"
    assert status(study, f"completion up {low + 0.5:.4f} to {high - 0.5:.4f} points") == "undecided"
    middle = (low + high) / 2  # a band that holds neither end nor the estimate, and yet lies within the interval
    assert status(study, f"completion up {middle + 0.01:.4f} to {middle + 0.02:.4f} points") == "undecided"
    assert status(study, "completion down at least 1 point") == "refuted"
    assert status(study, "completion unchanged within 1%") == "refuted"


def test_a_limit_is_judged_on_the_scenario_alone(study: Study) -> None:
    judged = judge_claims([Claim("completion >= 99%"), Claim("completion >= 1%", scenario="before")], study)
    assert [one.status for one in judged] == ["refuted", "supported"]
    assert [one.claim.against for one in judged] == ["", ""]


def test_what_would_settle_an_undecided_claim_does(study: Study) -> None:
    before, after = (study.simulated[name].quantities["completion"].values for name in ("before", "after"))
    change = after.mean() / before.mean() - 1
    (one,) = judge_claims([Claim(f"completion up at least {100 * change - 0.5:.4f}%")], study)
    assert one.status == "undecided"
    assert one.needed is not None
    limit = change - 0.005
    spread = float(np.std(after - (1 + limit) * before, ddof=1))
    mean = float((after - (1 + limit) * before).mean())
    for n, settles in ((one.needed, True), (one.needed - 1, False)):
        assert (stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n) < mean) is np.bool_(settles)
    assert f"about {one.needed - REPLICATIONS:,} more replication" in one.more


def test_names_that_are_not_there_are_all_told_at_once(study: Study) -> None:
    claims = [Claim("completion up at least 1%", scenario="aftr"), Claim("p95(sumbit) < 1 s"),
              Claim("calls down at least 1%", against="after")]  # fmt: skip
    with pytest.raises(InvalidInput) as raised:
        judge_claims(claims, study)
    told = [str(problem) for problem in raised.value.problems]
    assert len(told) == 3
    assert "'after'" in told[0]
    assert "submit" in told[1]
    assert "with itself" in told[2]


def test_only_support_passes(study: Study) -> None:
    judged = judge_claims([Claim("completion up at least 1%"), Claim("completion up at least 900%")], study)
    assert [line.partition(":")[0] for line in claim_lines(judged)] == ["supported", "refuted"]
    assert len(unsupported(judged)) == 1
    assert "900%" in unsupported(judged)[0]


def test_the_page_and_the_summary_tell_them(study: Study) -> None:
    html, told = page(study, illustrated(study)), json.loads(summary_text(study))["sections"]["claims"]["judged"]
    assert "completion up at least 1%" in html
    assert '<span class="supported">supported</span>' in html
    assert [(one["says"], one["status"], one["against"]) for one in told] == [
        ("completion up at least 1%", "supported", "before")
    ]
    assert told[0]["low"] <= told[0]["value"] <= told[0]["high"]


def test_without_claims_there_is_no_section(study: Study) -> None:
    import dataclasses

    silent = dataclasses.replace(study, found={})
    assert "claims" not in json.loads(summary_text(silent))["sections"]


def test_a_single_replication_decides_nothing(tmp_path: Path) -> None:
    arms = [
        Arm(name, name, LOAN, write_run(tmp_path / name, [population(1, 60, completes=share)], scenario=name))
        for name, share in (("before", 0.4), ("after", 0.9))
    ]
    (one,) = judge_claims(
        [Claim("completion up at least 1%")], analyse(title="Loan", simulated=arms, baseline="before")
    )
    assert (one.status, one.needed) == ("undecided", None)


@pytest.mark.parametrize("name", sorted(set(registered()) - {"first-journey"}))
def test_each_journeys_claims_are_of_what_it_has(name: str) -> None:
    what_if = read_what_if(Path(what_if_of(name)))
    runs = [scenario.name for scenario in what_if.scenarios]
    assert expect_known(read_claims(claims_of(name)), load(name), runs, what_if.baseline, runs[-1])
