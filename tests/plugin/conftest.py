from __future__ import annotations

# Loaded before any inner run: what has been loaded once must not be loaded anew, which inner runs would do.
import duckdb  # noqa: F401
import faker  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import numpy  # noqa: F401
import pandas  # noqa: F401
import playwright.sync_api  # noqa: F401
import pytest
import requests  # noqa: F401
import scipy.special  # noqa: F401

from tests.plugin.shop import JOURNEY


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder of a user's own, with a journey in it."""
    pytester.makefile(".py", journey_lantern=JOURNEY)
    return pytester
