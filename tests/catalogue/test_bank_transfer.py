"""The bank transfer: days follow from windows and weekends, duplicates from doubt, on a seed that nobody looked at."""

from __future__ import annotations

import numpy as np
import pytest

from journeys.catalogue.bank_transfer import journey
from journeys.columns import Columns
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values

NAME = "bank-transfer"
REPLICATIONS, CUSTOMERS = 4, 6600
DAY_S, HOUR_S = 86400.0, 3600.0
CLAIMS = (
    Claim("decision.mean", 0.02, 0.2),
    Claim("calls", 0.005, 0.06),
    Claim("measure.duplicates", 0.0, 0.02),
    Claim("work", 0.05, 0.2),
    Claim("decision.mean", 0.05, 0.3, "real-time-posting"),
    Claim("measure.duplicates", 0.05, 0.2, "real-time-posting"),
    Claim("decision.mean", 0.5, 0.9, "batch-around-the-clock"),
    Claim("measure.duplicates", 0.4, 0.8, "batch-around-the-clock"),
    Claim("calls", 0.15, 0.45, "live-status"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(journey)
    expect_levers(NAME)


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_a_live_status_moves_no_money() -> None:
    before, after = (values(measured(NAME, name, REPLICATIONS, CUSTOMERS)) for name in ("as-is", "live-status"))
    assert after["decision.median"] == pytest.approx(before["decision.median"], rel=0.01)


@pytest.fixture(scope="module")
def sent_and_credited() -> tuple[np.ndarray, np.ndarray]:
    """Return when each transfer of a run was confirmed, and how long the money took, in seconds."""
    rows: list[Columns] = []
    engine = ENGINES[choose("", journey, lambda text: None)]
    engine.replicate(journey, 31, 0, 6000, None, None, 1.0, rows.append)
    log = Columns.joined(rows)
    ends = {
        step: dict(zip(log.customer[own].tolist(), log.end_s[own].tolist(), strict=True))
        for step in ("confirm", "credited")
        for own in [log.step.among(step) & log.outcome.among("served")]
    }
    both = sorted(ends["confirm"].keys() & ends["credited"].keys())
    sent_s, credited_s = (np.array([ends[step][customer] for customer in both]) for step in ("confirm", "credited"))
    return sent_s, credited_s - sent_s


def test_before_the_cut_off_it_is_tomorrow_night_and_after_it_a_day_more(
    sent_and_credited: tuple[np.ndarray, np.ndarray],
) -> None:
    sent_s, took_s = sent_and_credited
    hour, day = sent_s % DAY_S / HOUR_S, sent_s // DAY_S % 7
    early = np.median(took_s[(day < 3) & (hour > 17) & (hour < 17.9)])
    late = np.median(took_s[(day < 3) & (hour > 18.1) & (hour < 19)])
    assert late - early == pytest.approx(DAY_S - 1.2 * HOUR_S, abs=0.3 * HOUR_S)


def test_the_weekend_is_waited_out(sent_and_credited: tuple[np.ndarray, np.ndarray]) -> None:
    sent_s, took_s = sent_and_credited
    hour, day = sent_s % DAY_S / HOUR_S, sent_s // DAY_S % 7
    noon = (hour > 11) & (hour < 13)
    assert np.median(took_s[noon & (day == 0)]) < 1.5 * DAY_S
    assert np.median(took_s[noon & (day == 4)]) > 3 * DAY_S


def test_doubt_comes_before_the_money_for_those_who_wait_longest() -> None:
    rows: list[Columns] = []
    engine = ENGINES[choose("", journey, lambda text: None)]
    engine.replicate(journey, 31, 0, 6000, None, None, 1.0, rows.append)
    log = Columns.joined(rows)
    again = set(log.customer[log.step.among("send_again") & log.outcome.among("served")].tolist())
    recalled = set(log.customer[log.step.among("recall") & log.outcome.among("served")].tolist())
    accepted = log.step.among("accepted")
    day = dict(zip(log.customer[accepted].tolist(), (log.end_s[accepted] // DAY_S % 7).tolist(), strict=True))

    def share(days: set[int]) -> float:
        here = {customer for customer, on in day.items() if on in days}
        return len(here & again) / len(here)

    assert recalled <= again
    assert share({4, 5}) > 1.5 * share({0, 1})  # Friday and Saturday against Monday and Tuesday
