"""Every theory test is run by every engine."""

from __future__ import annotations

import functools

import pytest

from tests.theory.experiments import ENGINES, Engine, missing, replicate_rows


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """One engine after the other."""
    if why := missing(request.param):
        pytest.skip(why)
    return functools.partial(replicate_rows, engine=request.param)
