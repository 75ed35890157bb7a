"""What the card line asks of its callers, by a phone's keys, and its agents by voice."""

from journeys import Fact, seconds

FACTS = (
    Fact(
        name="topic", label="1 card blocked, 2 payment unknown, 3 new card, 4 anything else", kind="number",
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
