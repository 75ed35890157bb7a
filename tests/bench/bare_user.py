"""A bare FastHttpUser that asks what the bench's journey asks, for `test_load_rate.py`; run by Locust's own command."""

from __future__ import annotations

import itertools

from locust import FastHttpUser, task  # noqa: TID251 - Locust itself runs this file

STEPS = ("start", "details", "address", "payment", "confirm")
numbers = itertools.count()


class Bare(FastHttpUser):
    """Five requests a customer, one after the other, without a pause."""

    @task
    def walk(self) -> None:
        """Be one customer."""
        number = str(next(numbers))
        for step in STEPS:
            self.client.post(f"/api/{step}", json={"customer": number, "name": "Ann Example", "amount": "1200"})
