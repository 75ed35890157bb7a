"""What an answer is worth that came, whoever sent it."""

from __future__ import annotations

from typing import Any


def broke_off(response: Any, body: bytes) -> bool:
    """Tell whether an answer is shorter than it says itself: what it would have told is not known.

    `response` has `headers`; `body` is what came of it.
    """
    length = response.headers.get("content-length", "")
    return length.isdecimal() and not response.headers.get("content-encoding") and len(body) < int(length)
