"""Widgets of the pages: each asks its fact by role and label; pages tell back what they show."""

from __future__ import annotations

from typing import Any

import pytest

from journeys import Fact, Step, Stock
from journeys.blueprint import Money
from journeys.facts import WIDGETS
from journeys.loading import load
from journeys.paths import apply
from journeys.routes import FactIs, OutOfStock, Route
from simulators.backend.pages import _FOLDER
from simulators.backend.requests import CLOSELY
from simulators.backend.stages import stages_of
from tests.backend.small_journey import small_journey
from tests.backend.test_pages import Page, page, post, start

CLUBS, BALLS = ("Driver", "Putter"), ("None", "A dozen")
FACTS = (
    Fact(name="club", label="Which club?", kind="choice", widget="cards", choices=CLUBS, prices=(499, 129.5)),
    Fact(name="balls", label="Balls?", kind="choice", choices=BALLS, prices=(0, 48)),
    Fact(
        name="used",
        label="A used one?",
        kind="choice",
        choices=("Yes",),
        prices=(99,),
        replaces="club",
    ),
    Fact(name="code", label="Card number", kind="secret", widget="keypad"),
)
STEPS = (
    Step(name="choose", lane="customer", asks=("club", "balls", "code"), shows=("drivers",), system="portal"),
    Step(
        name="pay", lane="customer", shows=("club", "balls", "code", "drivers"), system="apart", takes="drivers",
        routes=(Route("sorry", when=OutOfStock("drivers")), Route("completed")),
    ),
    Step(
        name="sorry", lane="customer", asks=("used",), shows=("drivers",),
    ),
    Step(name="again", lane="customer", shows=("club", "used", "balls")),
)  # fmt: skip
SHOP = small_journey(
    facts=FACTS, steps=STEPS, stations=(), waits=(), contacts=(), money=Money(currency="USD"),
    stock=(Stock(name="drivers", title="The new driver", initial=1),),
)  # fmt: skip
GIVEN = {"club": "Putter", "balls": "A dozen", "code": "4711"}


@pytest.fixture
def shop(open_portal: Any) -> Any:
    return open_portal(SHOP)


def test_every_widget_has_a_template() -> None:
    assert {path.stem for path in (_FOLDER / "widgets").glob("*.html")} == {*WIDGETS, "notes"}


def test_days_and_zones_are_radio_buttons_with_their_whole_names(open_portal: Any) -> None:
    days = Fact(
        name="day", label="When?", kind="choice", widget="calendar", choices=("Sun 3 May", "Mon 4 May"), prices=(90, 70)
    )
    zones = Fact(name="zone", label="Where?", kind="choice", widget="map", choices=("Mill", "Lake"))
    steps = (Step(name="book", lane="customer", asks=("day", "zone")),)
    town = open_portal(small_journey(facts=(days, zones), steps=steps, stations=(), waits=(), contacts=()))

    form = page(town, start(town))

    assert [(field["name"], field["value"]) for field in form.all("input") if field["type"] == "radio"] == [
        ("fact:day", "Sun 3 May"), ("fact:day", "Mon 4 May"), ("fact:zone", "Mill"), ("fact:zone", "Lake"),
    ]  # fmt: skip
    assert (form.text("b")[-2:], form.text("small")) == (["3", "4"], ["$90", "$70"])
    named = [text for text in form.text("span") if text in ("Sun", "Mon", "May", "Mill", "Lake")]
    assert named[-6:] == ["Sun", "May", "Mon", "May", "Mill", "Lake"]


def test_a_calendar_has_days_alone() -> None:
    wrong = Fact(name="day", label="When?", kind="choice", widget="calendar", choices=("Mon 4 May", "soon"))

    assert [str(problem) for problem in wrong.problems("facts.day")] == [
        "facts.day.choices: is no day of a calendar (got soon); such as 'Mon 1 June'"
    ]


def test_cards_are_radio_buttons_in_a_named_group(shop: Any) -> None:
    form = page(shop, start(shop))
    cards = [field for field in form.all("input") if field["type"] == "radio"]
    assert [(card["name"], card["value"]) for card in cards] == [("fact:club", club) for club in CLUBS]
    assert all("required" in card for card in cards)
    assert form.text("legend") == ["Which club?"]
    assert "$499" in form.text("span")
    assert "$129.50" in form.text("span")


def test_a_choice_in_a_list_tells_its_price_too(shop: Any) -> None:
    form = page(shop, start(shop))
    assert form.text("option") == ["Please choose", "None", "A dozen – $48"]
    assert [option["value"] for option in form.all("option")] == ["", *BALLS]


def test_a_keypad_is_hidden_until_a_script_is_there_and_its_field_can_be_typed_into(shop: Any) -> None:
    form = page(shop, start(shop))
    (field,) = [field for field in form.all("input") if field["name"] == "fact:code"]
    assert (field["type"], field["inputmode"]) == ("password", "numeric")
    (keys,) = [div for div in form.all("div") if div.get("id") == "keypad"]
    assert (keys["role"], keys["aria-label"]) == ("group", "Keypad")
    assert "hidden" in keys
    pressed = [button["data-key"] for button in form.all("button") if "data-key" in button]
    assert sorted(filter(None, pressed)) == [str(digit) for digit in range(10)]


def test_one_phone_has_one_keypad_and_a_person_none(open_portal: Any) -> None:
    codes = tuple(Fact(name=f"code_{at}", label=f"Code {at}", kind="number", widget="keypad") for at in range(2))
    asks = tuple(fact.name for fact in codes)
    steps = (
        Step(name="machine", lane="customer", asks=asks, system="portal"),
        Step(name="agent", lane="customer", asks=asks, system="apart", in_person=True),
    )
    portal = open_portal(small_journey(facts=codes, steps=steps, stations=(), waits=(), contacts=()))
    case = start(portal)
    form = page(portal, case)
    assert [field["type"] for field in form.all("input") if str(field["name"]).startswith("fact:")] == ["text", "text"]
    assert len([div for div in form.all("div") if div.get("role") == "group"]) == 1
    post(portal, f"{case}/steps/machine", dict.fromkeys(asks, "12"))
    asked = page(portal, case)
    assert asked.text("label") == ["Code 0", "Code 1"]
    assert not [div for div in asked.all("div") if div.get("role") == "group"]


def test_a_wrong_card_is_said_beside_it_and_the_rest_is_kept(shop: Any) -> None:
    case = start(shop)
    answer = post(shop, f"{case}/steps/choose", GIVEN | {"club": "Spoon"})
    form = Page(answer.text)
    assert answer.status_code == 422
    (group,) = form.all("fieldset")
    assert group["aria-describedby"] == "fact-club-problem"
    assert "This must be one of: Driver, Putter" in form.text("p")
    assert any("selected" in option for option in form.all("option") if option["value"] == "A dozen")


def test_a_basket_adds_up_masks_secrets_and_tells_what_the_front_end_sees(shop: Any) -> None:
    case = start(shop)
    assert page(shop, case).text("h2") == []
    assert post(shop, f"{case}/steps/choose", GIVEN).status_code == 303
    basket = page(shop, case)
    assert basket.text("h2") == ["Your basket"]
    assert basket.text("dt") == ["Which club?", "Balls?", "Card number", "Total"]
    assert [text for tag, text in basket.texts if tag == "span" and text.startswith("$")] == [
        "$129.50",
        "$48",
        "$177.50",
    ]
    assert "4711" not in basket.text("dd")
    assert "In stock" in basket.text("span")
    assert post(shop, f"{case}/steps/pay", {}).status_code == 303
    other = start_another(shop)
    assert "Sold out" in page(shop, other).text("span")
    for step, given in (("choose", GIVEN), ("pay", {}), ("sorry", {"used": "Yes"})):
        assert post(shop, f"{other}/steps/{step}", given).status_code == 303
    again = page(shop, other)
    assert again.text("dt") == ["A used one?", "Balls?", "Total"]  # in place of the club
    assert "$147" in again.text("span")


def start_another(shop: Any) -> str:
    answer = shop.client.post("/cases", data={"key": "other"}, headers={"Journeywright-Customer": "18"})
    return str(answer.headers["location"])


def test_what_has_no_price_is_a_summary(open_portal: Any) -> None:
    plain = tuple(Fact(name=fact.name, label=fact.label, kind="choice", choices=CLUBS) for fact in FACTS)
    portal = open_portal(small_journey(facts=plain, steps=STEPS, stations=(), waits=(), contacts=(), stock=SHOP.stock))
    case = start(portal)
    post(portal, f"{case}/steps/choose", dict.fromkeys(GIVEN, "Driver"))
    summary = page(portal, case)
    assert summary.text("h2") == ["So far"]
    assert "Total" not in summary.text("dt")


def test_a_live_status_leaves_out_what_goes_on_beside_the_work() -> None:
    from journeys.catalogue.bank_transfer import journey

    own = apply(journey, {"steps.instant.skip": 0})
    stages = stages_of(own, "accepted", own.wait("credit"))
    assert [(stage["label"], stage["state"]) for stage in stages] == [
        ("Fraud screening", "done"), ("Posted in real time", "done"),
        ("Accepted for the batch", "now"), ("Into the file", "next"), ("Nightly run of the core", "next"),
        ("Clearing house", "next"), ("The other bank books it", "next"), ("On the payee's account", "next"),
    ]  # fmt: skip
    assert "Posted in real time" not in [stage["label"] for stage in stages_of(journey, "accepted", own.wait("credit"))]
    # what happens to few is a stage only while it happens
    reviewed = [stage["label"] for stage in stages_of(own, "review", own.wait("credit"))]
    assert reviewed[:3] == ["Fraud screening", "Reviewed by people", "Posted in real time"]


@pytest.mark.slow
def test_a_ride_is_one_row_of_stages_and_its_process_tells_where_the_driver_is(open_portal: Any) -> None:
    journey = apply(load("ride-hailing"), {"waits.pickup.visible": 1, "steps.hail_nearest.skip": 0})
    portal = open_portal(journey, speed=360_000)
    case = start(portal, **{CLOSELY: "yes"})  # so that no stage is over before it was looked at
    place = {"pickup": "Harbour", "destination": "Stadium"}
    post(portal, f"{case}/steps/where", place)
    post(portal, f"{case}/steps/request", {"full_name": "Ann", "card": "4711"})
    seen, told = set(), set()
    while True:
        shown = page(portal, case)
        seen |= {tuple(shown.text("h1"))}
        told |= set(shown.text("dd"))
        if shown.main["end"] == "true":
            break
        portal.client.post(f"/api{case}/seen", json={"version": int(shown.main["version"])})
        portal.look(case.removeprefix("/cases/"), int(shown.main["version"]))
    stages = stages_of(journey, "ride", journey.wait("ride"))
    assert [(stage["label"], stage["state"]) for stage in stages] == [
        ("Find a driver: the nearest", "done"), ("The driver comes", "done"), ("Ride", "now"),
        ("Charge the card", "next"),
    ]  # fmt: skip
    assert ("The driver comes",) in seen
    assert ("Ride",) in seen
    # a visitor rides where they said, and not where somebody of the population would have
    assert any(text.startswith("to Stadium, there in about") for text in told)
    assert any(text.startswith("coming from ") for text in told)


def test_somebody_who_tries_the_pages_goes_where_their_own_answers_lead(open_portal: Any) -> None:
    """They are nobody of the population, whose facts would say otherwise."""
    colour = Fact(name="colour", label="Colour", kind="choice", choices=("red", "blue"), weights=(1, 0))
    steps = (
        Step(
            name="choose", lane="customer", asks=("colour",),
            routes=(Route("sea", when=FactIs("colour", ("blue",))), Route("fire")),
        ),
        Step(name="fire", lane="customer", title="Fire"),
        Step(name="sea", lane="customer", title="Sea", routes=(Route("completed"),)),
    )  # fmt: skip
    portal = open_portal(small_journey(facts=(colour,), steps=steps, stations=(), waits=(), contacts=()))
    path = start(portal)

    post(portal, f"{path}/steps/choose", {"colour": "blue"})

    assert page(portal, path).text("h1") == ["Sea"]
