"""What a guest is asked: where, when, how many nights, and who they are."""

from itertools import cycle, islice

from journeys import Fact, minutes, seconds

AREAS = ("Hillside", "Old town", "Marina", "Lakeside")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# June 2026 begins on a Monday, and the festival is from Thursday, 18 June, to Saturday night.
DAYS = tuple(f"{weekday} {day} June" for day, weekday in enumerate(islice(cycle(WEEKDAYS), 28), start=1))
FESTIVAL = range(17, 20)
STAYS = {"1 night": 1, "2 nights": 2, "3 nights": 3, "4 nights": 4, "A week": 7}
PRICE = 120


def _wanted(day: int) -> int:
    """Return how many arrive on a day, relative to others: the festival counts, and before a weekend."""
    weekend = 1 if day % 7 in (3, 4, 5) else 0
    return 10 if day in (16, 17, 18) else 2 + weekend


FACTS = (
    Fact(
        name="area", label="Where would you like to stay?", kind="choice", widget="map", effort=seconds(15),
        choices=AREAS, weights=(2, 3, 2, 5),
    ),
    Fact(
        name="arrival", label="When do you arrive?", kind="choice", widget="calendar", effort=seconds(30), choices=DAYS,
        weights=tuple(_wanted(day) for day in range(len(DAYS))), prices=(PRICE,) * len(DAYS),
    ),
    Fact(
        name="nights", label="How many nights?", kind="choice", widget="cards", effort=seconds(10),
        choices=tuple(STAYS), weights=(1, 3, 4, 2, 2),
    ),
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(8)),
    Fact(name="email", label="E-mail address", kind="email", effort=seconds(12)),
    Fact(name="card", label="Card number", kind="secret", effort=minutes(0.5)),
)  # fmt: skip
