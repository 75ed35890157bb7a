"""Time and memory as the number of customers grows, printed; and time must grow no faster than the customers do.

Run it on a quiet machine: ``pytest -m bench tests/bench/test_linearity.py``. BENCH_SIZES names the numbers of
customers, such as ``10000,100000,1000000,10000000``.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.bench.contenders import ENGINES, counted_log
from tests.bench.measuring import Child

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "1000,3000,10000,30000").split(",")]
MODEL, EXPONENT, WARM_UP = "loan application", 1.05, 200


@pytest.mark.parametrize("engine", ENGINES)
def test_time_is_linear_in_customers(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    if reason := ENGINES[engine].missing():
        pytest.skip(reason)
    seconds = []
    with capsys.disabled():
        print(f"\n\n{engine}, {MODEL}; rows are counted and forgotten as they leave")
        for size in SIZES:
            with Child() as child:
                child.measure(counted_log, engine, MODEL, WARM_UP, 0)
                sample = child.measure(counted_log, engine, MODEL, size, 1)
            seconds.append(sample.seconds)
            print(f"{size:10} customers: {size / sample.seconds:9.0f} a second of CPU, {sample.added_mb:6.0f} MB added")
        exponent = float(np.polyfit(np.log(SIZES), np.log(seconds), 1)[0])
        print(f"time grows as customers to the power of {exponent:.3f}")
    assert exponent <= EXPONENT
