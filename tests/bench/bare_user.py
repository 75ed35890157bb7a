"""A bare FastHttpUser that asks what the bench's journey asks, for `test_load_rate.py`; run by Locust's own command."""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

from locust import FastHttpUser, events, task  # noqa: TID251 - Locust itself runs this file

STEPS = ("start", "details", "address", "payment", "confirm")
numbers = itertools.count()
begun_s: list[float] = []
hooks: Any = events
hooks.spawning_complete.add_listener(lambda **_: begun_s.append(time.process_time()))
hooks.test_stopping.add_listener(lambda **_: sys.stderr.write(f"CPU {time.process_time() - begun_s[0]}\n"))


class Bare(FastHttpUser):
    """Five requests a customer, one after the other, without a pause."""

    @task
    def walk(self) -> None:
        """Be one customer."""
        number = str(next(numbers))
        for step in STEPS:
            self.client.post(f"/api/{step}", json={"customer": number, "name": "Ann Example", "amount": "1200"})
