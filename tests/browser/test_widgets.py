"""The browser engine uses the pages' widgets as a person does: by role and label, key by key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from journeys import Fact, Journey, Poisson, Step, per_minute
from journeys.browser.engine import browse
from journeys.browser.finding import Browser
from journeys.eventlog import Run
from journeys.facts import WIDGETS
from journeys.population import Population
from simulators.backend.process import BackendProcess

pytestmark = [pytest.mark.browser, pytest.mark.backend]

FACTS = (
    Fact(name="club", label="Which club?", kind="choice", widget="cards", choices=("Driver", "Driver, left", "Putter")),
    Fact(name="card", label="Card number", widget="keypad", faker="credit_card_number"),
    Fact(name="code", label="Code", kind="secret", widget="keypad"),
    Fact(name="number", label="Phone", kind="phone", widget="keypad"),
    Fact(name="full_name", label="Full name", faker="name"),
    Fact(name="day", label="When?", kind="choice", widget="calendar", choices=("Fri 1 May", "Sat 2 May", "Mon 4 May")),
    Fact(name="zone", label="Where?", kind="choice", widget="map", choices=("North", "Mill", "Lake", "South", "Fair")),
)
SHOP = Journey(
    name="shop", arrivals=Poisson(per_minute(120)), facts=FACTS,
    steps=(
        Step(name="choose", lane="customer", asks=tuple(fact.name for fact in FACTS)),
        Step(name="check", lane="customer", asks=("card", "code"), system="another", shows=("club",)),
        Step(name="agent", lane="customer", asks=("card",), system="a third", in_person=True),
    ),
)  # fmt: skip


def test_each_widget_gives_what_the_customer_has(chromium: Browser, tmp_path: Path) -> None:
    assert {fact.widget for fact in FACTS} == set(WIDGETS)
    with BackendProcess(SHOP, seed=4, speed=1.0, database=tmp_path / "told.sqlite") as back_end:
        browse(
            SHOP, target=back_end.url, mocked=True, folder=tmp_path / "run", seed=4, customers=3, contexts=1,
            browser=chromium,
        )  # fmt: skip
    rows = Run.open(tmp_path / "run").frame()
    assert list(rows.loc[rows["step"] == "exit", "outcome"]) == ["completed"] * 3
    connection = sqlite3.connect(tmp_path / "told.sqlite")
    try:
        told = connection.execute('SELECT customer, fact, value FROM told JOIN cases ON id = "case"').fetchall()
    finally:
        connection.close()
    population = Population(SHOP, 4)
    given = {(customer, fact): value for customer, fact, value in told if fact != "code"}
    assert given == {
        (customer, fact.name): population.customer(customer).persona[fact.name]
        for customer in range(3)
        for fact in FACTS
        if fact.name != "code"
    }
    assert {value for _, fact, value in told if fact == "code"} == {"•" * 8}
