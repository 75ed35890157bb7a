"""Answers that broke off: what they would have told is not known, so they are lost, and may be asked for again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.mark.parametrize(
    ("headers", "body", "broke_off"),
    [
        ({"content-length": "10"}, b"0123456789", False),
        ({"content-length": "10"}, b"01234", True),
        ({"content-length": "10"}, b"", True),
        ({"content-length": "4", "content-encoding": "gzip"}, b"", False),
        ({}, b"", False),
    ],
)
def test_an_answer_shorter_than_it_says_broke_off(headers: dict[str, str], body: bytes, broke_off: bool) -> None:
    from load.answers import broke_off as found

    assert found(SimpleNamespace(headers=headers), body) == broke_off
