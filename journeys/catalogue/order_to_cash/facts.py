"""What a customer is asked, from the order to the payment."""

from journeys import Fact, minutes, seconds

FACTS = (
    Fact(name="company", label="Company", faker="company", effort=seconds(8)),
    Fact(name="full_name", label="Your name", faker="name", effort=seconds(8)),
    Fact(name="email", label="E-mail address", kind="email", effort=seconds(10)),
    Fact(
        name="part", label="Which part?", kind="choice", widget="cards", effort=minutes(1),
        choices=("Pump", "Valve set", "Control unit", "Seal kit"), prices=(640, 310, 890, 120),
    ),
    Fact(name="quantity", label="How many?", kind="number", low=1, high=12, effort=seconds(10)),
    Fact(name="delivery_address", label="Delivery address", faker="address", effort=seconds(25)),
    Fact(
        name="order_reference", label="Your order reference", kind="number", low=10000, high=99999, effort=seconds(20)
    ),
)  # fmt: skip
