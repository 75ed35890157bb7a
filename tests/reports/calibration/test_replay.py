"""The queue, replayed: services implied by arrivals and ends are those that were planted, to the last bit but one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reports.calibration.replay import free_from_s, most_present, present
from tests.reports.planted import served

times = st.lists(
    st.tuples(st.floats(0, 3, allow_subnormal=False), st.floats(0.001, 5, allow_subnormal=False)), min_size=1,
    max_size=60,
)  # fmt: skip


@given(times, st.integers(1, 6))
def test_the_services_that_were_planted_come_back(visits: list[tuple[float, float]], servers: int) -> None:
    ready_s = np.cumsum([gap for gap, _ in visits])
    service_s = np.array([service for _, service in visits])
    began_s, end_s = served(ready_s, service_s, servers)
    assert np.allclose(np.maximum(ready_s, free_from_s(end_s, servers)), began_s, atol=1e-9)


@given(times, st.integers(1, 6))
def test_one_server_less_never_begins_earlier(visits: list[tuple[float, float]], servers: int) -> None:
    end_s = np.cumsum([gap for gap, _ in visits]) + np.array([service for _, service in visits])
    assert (free_from_s(end_s, servers) >= free_from_s(end_s, servers + 1)).all()


def test_present_counts_who_came_and_has_not_gone() -> None:
    ready_s, end_s = np.array([0.0, 1.0, 4.0]), np.array([2.0, 3.0, 5.0])
    assert present(ready_s, end_s, np.array([0.0, 1.5, 2.0, 3.5, 4.0, 6.0])).tolist() == [1, 2, 1, 0, 1, 0]
    assert most_present(ready_s, end_s) == 2
    assert most_present(ready_s[:0], end_s[:0]) == 0
