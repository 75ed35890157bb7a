"""Order to cash: what happens behind an order for spare parts, from the e-mail to the money.

Orders come by form and are keyed in by hand, by too few people with too little training. Stock is refilled once a week.
Nobody can see where an order is, so customers phone the desk that is keying in the orders. Invoices go out on Fridays,
written by hand from what was keyed in; what is wrong in them is disputed, and paid late.

An order is *perfect* if it arrives on the promised day, as ordered, undamaged, with an invoice that nobody disputes.
`redesign.toml` beside this file holds four levers, each alone and all together. No outcome is written here. A slip of
the keyboard follows its order: the warehouse may notice it, or the customer does, who sends the goods back and disputes
the invoice. What went wrong, how often they had to phone and how long it all took decides who orders again (`loyalty`).
"""

from journeys import (
    At,
    Attempts,
    Batch,
    Budget,
    Constant,
    Contact,
    During,
    Exponential,
    Investment,
    Journey,
    Lognormal,
    LongSince,
    Loyalty,
    Money,
    OutOfStock,
    Poisson,
    Redial,
    Route,
    Segment,
    Share,
    Shift,
    Span,
    Station,
    Step,
    Stock,
    System,
    Uniform,
    VisitsAtLeast,
    Wait,
    days,
    hours,
    milliseconds,
    minutes,
    per_day,
    seconds,
)
from journeys.catalogue.order_to_cash.facts import FACTS
from journeys.catalogue.order_to_cash.sources import SOURCES

PORTAL = Lognormal(milliseconds(40), cv=0.5)
QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
PROMISED = Constant(days(6))
WRONG = VisitsAtLeast("miskeyed", 1)

STEPS = (
    # The customer's part: a form, which arrives at the desk as an e-mail.
    Step(
        name="order", lane="customer", title="Order a part", station="portal", service=PORTAL, attempts=QUICKLY,
        system="portal", think=Lognormal(minutes(3), cv=0.8), abandon=0.02,
        asks=("company", "full_name", "email", "part", "quantity", "delivery_address", "order_reference"),
    ),
    # Keying it in. A slip is a place of its own (`miskeyed`), so that what comes of it can be told later on.
    Step(
        name="order_entry", lane="backstage", title="Key in the order", station="order_desk", priority=1,
        awaits="delivery", service=Lognormal(minutes(15), cv=0.6),
        routes=(Route("miskeyed", 0.08), Route("credit_check")),
    ),
    Step(
        name="miskeyed", lane="backstage", title="A slip of the keyboard", awaits="delivery",
        routes=(Route("credit_check"),),
    ),
    Step(
        name="credit_check", lane="backstage", title="Check the credit", station="finance", awaits="delivery",
        service=Lognormal(minutes(6), cv=0.8), routes=(Route("denied", 0.01), Route("allocate")),
    ),
    # The shelf. What is not there is waited for, and after three weeks the order is cancelled.
    Step(
        name="allocate", lane="support", title="Take it from the shelf", takes="parts", awaits="delivery",
        routes=(
            Route("cancelled", when=VisitsAtLeast("backorder", 21)),
            Route("backorder", when=OutOfStock("parts")),
            Route("pick"),
        ),
    ),
    Step(
        name="backorder", lane="support", title="Wait for the supplier", awaits="delivery", service=Constant(days(1)),
        routes=(Route("allocate"),),
    ),
    Step(name="cancelled", lane="backstage", title="Cancel the order", routes=(Route("dropped"),)),
    Step(
        name="pick", lane="backstage", title="Pick and pack", station="warehouse", awaits="delivery",
        service=Lognormal(minutes(22), cv=0.5),
        routes=(Route("clarify", 0.5, when=WRONG), Route("shipped_wrong", when=WRONG), Route("ship")),
    ),
    Step(
        name="clarify", lane="backstage", title="Ask back, and put it right", station="order_desk", awaits="delivery",
        service=Lognormal(minutes(20), cv=0.6), routes=(Route("pick_again"),),
    ),
    Step(
        name="pick_again", lane="backstage", title="Pick and pack once more", station="warehouse", awaits="delivery",
        service=Lognormal(minutes(22), cv=0.5), routes=(Route("ship"),),
    ),
    Step(
        name="shipped_wrong", lane="backstage", title="The wrong goods are packed", awaits="delivery",
        routes=(Route("ship"),),
    ),
    Step(
        name="ship", lane="support", title="On the road", awaits="delivery", service=Lognormal(days(1.6), cv=0.4),
        batch=Batch(every=days(1), first=hours(16)), routes=(Route("damaged", 0.012), Route("received")),
    ),
    Step(name="damaged", lane="support", title="Damaged on the road", awaits="delivery", routes=(Route("pick_again"),)),
    # The delivery is judged against the promise of six days.
    Step(
        name="received", lane="support", title="Delivered",
        routes=(Route("late", when=LongSince(("order",), PROMISED)), Route("accepted")),
    ),
    Step(name="late", lane="support", title="Later than promised", routes=(Route("accepted"),)),
    Step(
        name="accepted", lane="support", title="Unpacked",
        routes=(Route("wrong_goods", when=VisitsAtLeast("shipped_wrong", 1)), Route("invoice")),
    ),
    Step(
        name="wrong_goods", lane="backstage", title="Take wrong goods back", station="order_desk",
        service=Lognormal(minutes(30), cv=0.6), cost=45.0,
    ),
    # The invoice, written on Fridays from what was keyed in.
    Step(
        name="invoice", lane="backstage", title="Write the invoice", station="billing",
        batch=Batch(every=days(7), first=days(4) + hours(8)), service=Lognormal(minutes(6), cv=0.5), awaits="invoice",
        routes=(
            Route("dispute", when=VisitsAtLeast("wrong_goods", 1)),
            Route("misbilled", 0.07),
            Route("statement"),
        ),
    ),
    Step(name="misbilled", lane="backstage", title="A wrong price or address", routes=(Route("dispute"),)),
    Step(
        name="dispute", lane="backstage", title="Settle the dispute", station="billing",
        service=Lognormal(minutes(40), cv=0.7), cost=20.0, awaits="invoice", routes=(Route("statement"),),
    ),
    # Finance asks for the reference anew, unless it can see the order.
    Step(
        name="statement", lane="support", title="Send the statement", service=Lognormal(days(1), cv=0.4),
    ),
    Step(
        name="pay", lane="customer", title="Pay the invoice", station="portal", service=PORTAL, attempts=QUICKLY,
        system="finance", asks=("company", "order_reference"), shows=("part", "quantity"),
        think=Lognormal(days(14), cv=0.5), routes=(Route("completed"),),
    ),
)  # fmt: skip


def _call(name: str, reason: str, arises: At | During, station: str, handling: float) -> Contact:
    """Return a call to a desk of the back office, which takes it before its paper work."""
    return Contact(
        name=name, reason=reason, arises=arises, station=station, priority=0, cost=0.5,
        handling=Lognormal(minutes(handling), cv=0.8), patience=Exponential(minutes(8)), comes_back=0.8,
        morning=Uniform(minutes(0), hours(2)), redial=Redial(0.6, Exponential(hours(1)), limit=2),
    )  # fmt: skip


CONTACTS = (
    _call("where_is_my_order", "Where is my order?", During("delivery", Exponential(days(6))), "order_desk", 6),
    _call("what_is_this_invoice", "What is this invoice about?", At("pay", 0.22), "billing", 9),
    _call("is_it_settled", "Is the dispute settled?", During("invoice", Exponential(days(20))), "billing", 6),
)

OFFICE = (Shift("mon-fri", "08:00", "17:00"),)
AT_WORK = (0.0,) * 7 + (2.0, 4.0, 5.0, 5.0, 4.0, 2.0, 4.0, 4.0, 3.0, 2.0, 1.0) + (0.0,) * 6

journey = Journey(
    name="order-to-cash",
    title="Spare parts, from order to cash",
    story=(
        "Orders are keyed in by hand, by too few people with too little training; stock is refilled once a week; "
        "nobody can see where an order is; and invoices go out on Fridays, often wrong. Customers phone, dispute, pay "
        "late, and order elsewhere the next time."
    ),
    arrivals=Poisson(per_day(35), profile=AT_WORK * 5 + (0.0,) * 48),
    segments=(
        Segment("workshops", 0.8),
        Segment("plants", 0.2, {"steps.order_entry.priority": 0, "steps.order_entry.service.mean": "20 min"}),
    ),
    steps=STEPS,
    stations=(
        Station(name="portal", title="Portal", kind="system", servers=16),
        Station(name="order_desk", title="Order desk", servers=2, shifts=OFFICE, cost_per_hour=32.0),
        Station(name="finance", title="Finance", servers=1, shifts=OFFICE, cost_per_hour=38.0),
        Station(name="warehouse", title="Warehouse", servers=3, shifts=OFFICE, cost_per_hour=26.0),
        Station(name="billing", title="Billing", servers=1, shifts=OFFICE, cost_per_hour=34.0),
    ),
    stock=(Stock(name="parts", title="Parts on the shelf", initial=260, up_to=260, every=days(7)),),
    waits=(
        Wait(name="delivery", title="Waiting for the delivery", uncertain=Exponential(days(90))),
        Wait(name="invoice", title="Waiting for the invoice"),
    ),
    contacts=CONTACTS,
    facts=FACTS,
    systems=(System(name="portal"), System(name="finance")),
    budgets=(
        Budget("share(perfect-orders) >= 80%"),
        Budget("p90(delivery-time) < 6 d"),
        Budget("calls per 100 <= 40"),
        Budget("p95(order) < 800 ms"),
    ),
    measures=(
        Share(
            name="perfect-orders", title="Perfect orders", among=("order_entry", "credit_check"), better=1,
            avoided=("clarify", "backorder", "damaged", "late", "wrong_goods", "dispute", "cancelled"),
            ended=("completed",),
        ),
        Share(name="on-time", title="Delivered as promised", among=("received",), avoided=("late",), better=1),
        Share(
            name="stock-outs", title="Orders that met an empty shelf", among=("allocate",), visited=("backorder",),
            better=-1,
        ),
        Share(name="disputes", title="Invoices disputed", among=("invoice", "pay"), visited=("dispute",), better=-1),
        Span(name="delivery-time", title="Time from order to delivery", since=("order",), until="received"),
        Span(name="cash-time", title="Time from order to cash", since=("order",), until="pay"),
    ),
    loyalty=Loyalty(
        returns=0.55, after=Lognormal(days(20), cv=0.5), refers=0.08, refers_after=Lognormal(days(30), cv=0.5),
        per_call=0.75, per_reask=0.95, per_hour=0.998, expected=days(26), generations=2,
    ),
    money=Money(
        currency="EUR", completion_value=110.0, drop_off_cost=5.0,
        investments=(
            Investment(name="automation", title="Orders entered without hands", one_off=108_000, running=21_600),
            Investment(name="tracking", title="Order tracking", one_off=54_000, running=10_800),
            Investment(name="invoices", title="Invoices from the delivery", one_off=54_000, running=10_800),
            Investment(name="training", title="Training", one_off=14_000, running=3_000),
        ),
    ),
    sources=SOURCES,
    customers=2500,
    warm_up=days(21),
    cool_down=days(14),
    decision=("order", "ship"),
)  # fmt: skip
