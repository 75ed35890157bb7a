"""What requests say: customers, keys, deadlines and facts, checked where they come in."""

from __future__ import annotations

import json
import math
from pathlib import PurePosixPath
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from simulators.backend.submissions import Refused

CUSTOMER, KEY, DEADLINE = "Journeywright-Customer", "Idempotency-Key", "Journeywright-Deadline-Ms"
CLOSELY = "Journeywright-Closely"
LONGEST_KEY = 200
LAST_CUSTOMER = 2**52
LONGEST_FILE_NAME = 200
LONGEST_POLL_MS = 30_000
FACT = "fact:"


def customer(request: Request) -> int | None:
    """Return which customer of the population calls; None for a visitor without a number."""
    number = whole(request.headers.get(CUSTOMER), CUSTOMER)
    if number is not None and number > LAST_CUSTOMER:
        raise Refused(400, f"{CUSTOMER}: must be a whole number from 0 to {LAST_CUSTOMER} (got {number})")
    return number


def closely(request: Request) -> bool:
    """Tell whether a case is opened by somebody who looks closely at its pages."""
    return request.headers.get(CLOSELY) == "yes"


def key(text: str | None) -> str:
    """Return an idempotency key, empty for none."""
    if text is not None and len(text) > LONGEST_KEY:
        raise Refused(400, f"{KEY}: at most {LONGEST_KEY} characters (got {len(text)})")
    return text or ""


def positive(value: Any, name: str) -> float:
    """Return a number above zero; infinity for None."""
    if value is None:
        return math.inf
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):  # the last of a whole number beyond all that float holds
        number = math.nan
    if isinstance(value, bool) or not number > 0:
        raise Refused(400, f"{name}: must be a number above zero or null (got {str(value)[:40]!r})")
    return number


def whole(text: str | None, name: str) -> int | None:
    """Return a whole number of at most 18 digits, None where there is none."""
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise Refused(400, f"{name}: must be a whole number from 0 (got {text[:40]!r})")
    return int(text)


async def body(request: Request) -> dict[str, Any]:
    """Return a JSON object; an empty body is an empty object."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise Refused(400, "the body must be a JSON object")
    return found


def facts(found: Any) -> dict[str, str]:
    """Return the facts of a JSON body as texts; numbers are taken as written."""
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refused(400, "facts: must be an object of names and values")
    odd = [name for name, value in found.items() if isinstance(value, bool) or not isinstance(value, str | int | float)]
    if odd:
        raise Refused(422, "facts: must be texts or numbers: " + ", ".join(odd), facts=dict.fromkeys(odd, "is no text"))
    return {name: str(value) for name, value in found.items()}


async def form(request: Request) -> tuple[dict[str, str], dict[str, str]]:
    """Return the facts of a form, and its other fields. Of a file, only its name and size are kept."""
    given: dict[str, str] = {}
    other: dict[str, str] = {}
    async with request.form(max_files=50, max_fields=500) as fields:
        for name, value in fields.items():
            text = _file(value) if isinstance(value, UploadFile) else value.strip()
            if name.startswith(FACT):
                given[name.removeprefix(FACT)] = text
            else:
                other[name] = text
    return given, other


def _file(upload: UploadFile) -> str:
    name = PurePosixPath((upload.filename or "").replace("\\", "/")).name
    name = "".join(letter for letter in name if letter.isprintable())[:LONGEST_FILE_NAME]
    return f"{name} ({upload.size or 0} bytes)" if name else ""
