"""Do the intervals hold what they promise? Independent experiments on M/M/3, each with its own 95% interval."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy import stats

from journeys import Exponential, hours
from reports.statistics import mean_interval
from tests.theory.closed_forms import wait_m_m_c
from tests.theory.experiments import ENGINES, HOUR_S, missing, queue, replicate_columns

pytestmark = [pytest.mark.bench, pytest.mark.timeout(4 * 3600)]

EXPERIMENTS = int(os.environ.get("COVERAGE_EXPERIMENTS", "1000"))
REPLICATIONS, WARM_UP, MEASURED = 10, 1000, 20_000
LAM, SERVERS = 2.4, 3


def interval(seed: int, engine: str) -> tuple[float, float]:
    """Return the ends of one experiment's 95% interval for the mean wait in queue, in hours."""
    journey = queue(LAM, Exponential(hours(1)), SERVERS)
    means_h = []
    for number in range(REPLICATIONS):
        log = replicate_columns(journey, seed, number, WARM_UP + MEASURED, engine=engine)
        measured = (log.step.codes == log.step.texts.index("serve")) & (log.customer >= WARM_UP)
        means_h.append(float(np.mean((log.start_s - log.ready_s)[measured])) / HOUR_S)
    estimate = mean_interval(means_h)
    return estimate.low, estimate.high


def test_95_percent_intervals_cover_the_truth_95_times_in_a_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 1,000 independent experiments on M/M/3 at 0.8, 93.5 to 96.5% cover Erlang C's mean wait.

    What was chosen, before any experiment was made, and why:

    - The seeds are 1 to 1,000, one an experiment; nothing else is random.
    - Warm-up: the queue forgets its empty start at the rate (sqrt(3 mu) - sqrt(lambda))^2 or faster, in some 30 hours
      or 72 customers. The first 1,000 are not measured; what is left of the start is e^-14 of it. The waits of those
      who came first do not depend on those who come later, so that nothing needs cutting off at the end.
    - Length: a mean of waits is skewed to the right, and an interval that relies on Student's t then covers too rarely,
      the more so the fewer customers an experiment has. A simulation apart from this project's engines, with the
      recursion of Kiefer and Wolfowitz and 4,000 experiments (so within 0.8%), covered 92.8% with 10 replications of
      1,500 customers, 94.1% with 20 of 3,000, and 94.4% with 10 of 20,000, which are those made here.
    - Replications: ten, as few as people make. Student's t is there for small numbers of them.
    - The band is 2.2 standard deviations of a share of 1,000 on either side of 95%. Intervals that cover 92% hardly
      ever get through it; those that cover 94.4% do so in nine choices of seeds of ten.

    COVERAGE_EXPERIMENTS makes fewer; the share must then be one that 95% explains at 99.9%.
    """
    engine = [name for name in ENGINES if not missing(name)][-1]
    truth = wait_m_m_c(LAM, 1.0, SERVERS)
    ends = [interval(seed, engine) for seed in range(1, EXPERIMENTS + 1)]
    covered = sum(low <= truth <= high for low, high in ends)
    reach = float(np.mean([high - low for low, high in ends])) / 2
    told = f"{covered} of {EXPERIMENTS} intervals ({engine}) cover {truth:.4f} h; they reach {reach:.4f} h on average"
    with capsys.disabled():
        print(f"\n{told}")
    if EXPERIMENTS == 1000:
        assert 0.935 <= covered / EXPERIMENTS <= 0.965
    else:
        explained = stats.binomtest(covered, EXPERIMENTS).proportion_ci(0.999)
        assert explained.low <= 0.95 <= explained.high
