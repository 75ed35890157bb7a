"""What the bank's app asks of its customers."""

from journeys import Fact, seconds

FACTS = (
    Fact(name="pin", label="Your PIN", kind="secret", widget="keypad", effort=seconds(4)),
    Fact(name="payee", label="To whom", faker="name", effort=seconds(10)),
    Fact(name="account", label="Account number (IBAN)", faker="iban", effort=seconds(35)),
    Fact(name="amount", label="Amount in euros", kind="number", low=10, high=2500, round_to=5, effort=seconds(8)),
    Fact(
        name="purpose", label="What for", kind="choice", widget="cards",
        choices=("Rent", "An invoice", "Family and friends", "Savings"), effort=seconds(6),
    ),
    Fact(name="confirmation", label="Confirmation code", kind="secret", widget="keypad", effort=seconds(12)),
)  # fmt: skip
