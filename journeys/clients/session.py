"""One customer's HTTP session, as the clients here need it: each engine sends requests in a way of its own."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

CUSTOMER = "Journeywright-Customer"
"""The header by which a mocked back end is told which customer of the population calls."""
REDIRECTS = frozenset(range(300, 400))


class Call(NamedTuple):
    """One request to be sent.

    Parameters
    ----------
    path: below the target. name: what statistics call it (without numbers in it).
    expect: the statuses that are no failure. A redirection is followed unless it is itself expected.
    due_s: the intended start, seconds of the run; a latency that is reported runs from it.
    body: JSON. form: fields. key: an idempotency key; none where empty. timeout_s: how long to wait for the answer.
    report: the kind of request in statistics, `method` where empty.
    """

    method: str
    path: str
    name: str
    expect: Collection[int]
    due_s: float
    body: Any = None
    form: Mapping[str, str] | None = None
    key: str = ""
    timeout_s: float = math.inf
    report: str = ""

    @property
    def follows(self) -> bool:
        """Whether a redirection is followed."""
        return REDIRECTS.isdisjoint(self.expect)

    def content(self) -> tuple[dict[str, str], str | None]:
        """Return the request's own headers, and its body as text."""
        headers = {"Idempotency-Key": self.key} if self.key else {}
        if self.form is not None:
            return headers | {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(self.form)
        if self.body is not None:
            return headers | {"Content-Type": "application/json"}, json.dumps(self.body)
        return headers, None


class Answer(NamedTuple):
    """What came of a request: `status` 0 and `lost` (why) where no answer came, `timed_out` where it took too long.

    Times are seconds of the run.
    """

    status: int
    body: bytes
    lost: str
    timed_out: bool
    sent_s: float
    end_s: float

    def json(self) -> Any:
        """Return the JSON of the body; None where it holds none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Session(Protocol):
    """A customer's own session: one request at a time, with a cookie jar of its own."""

    def send(self, call: Call) -> Answer:
        """Send one request and wait for its answer."""
