"""What the card line asks of its callers, by a phone's keys, and its agents by voice."""

from journeys import Fact, seconds

FACTS = (
    Fact(
        name="topic", label="Press 1 for a lost card, 2 for a payment, 3 for a new card, 4 for the rest", kind="number",
        widget="keypad", low=1, high=4, effort=seconds(2),
    ),
    Fact(name="card_number", label="Card number", kind="secret", widget="keypad", effort=seconds(15)),
    Fact(
        name="birth_year", label="Year of birth", kind="number", widget="keypad", low=1935, high=2005,
        effort=seconds(7),
    ),
    Fact(name="code", label="Telephone code", kind="secret", widget="keypad", effort=seconds(8)),
)  # fmt: skip

VALIDATION = ("card_number", "birth_year", "code")
