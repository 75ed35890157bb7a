"""The small web application that the documentation's commands walk through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import OWN_APPLICATION, Serving


@pytest.fixture(scope="session")
def own_application() -> Iterator[str]:
    """Give the address of an application that is not the mocked back end, in a process of its own."""
    with Serving(OWN_APPLICATION) as serving:
        yield serving.url
