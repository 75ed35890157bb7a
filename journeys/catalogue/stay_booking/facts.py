"""What a guest is asked: where, when, how long, and who they are."""

from itertools import cycle, islice

from journeys import Fact, minutes, seconds

TOWN, LAKE = ("Old town", "Hillside"), ("Lakeside", "Marina")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# June 2026 begins on a Monday. Who arrives on a Thursday, Friday or Saturday stays over the weekend.
DAYS = tuple(f"{weekday} {day} June" for day, weekday in enumerate(islice(cycle(WEEKDAYS), 28), start=1))
WEEKEND = tuple(day for day in DAYS if day.startswith(("Thu", "Fri", "Sat")))
SHORT = ("1 night", "2 nights")

FACTS = (
    Fact(
        name="side", label="Where would you like to stay?", kind="choice", widget="map", effort=seconds(15),
        choices=(TOWN[1], TOWN[0], LAKE[1], LAKE[0]), weights=(2, 3, 2, 5),
    ),
    Fact(
        name="arrival", label="When do you arrive?", kind="choice", widget="calendar", effort=seconds(30), choices=DAYS,
        weights=tuple(3 if day in WEEKEND else 1 for day in DAYS),
        prices=tuple(140 if day in WEEKEND else 105 for day in DAYS),
    ),
    Fact(
        name="nights", label="For how long?", kind="choice", widget="cards", effort=seconds(10),
        choices=(*SHORT, "3 nights", "4 nights", "A week"), weights=(1, 3, 4, 2, 2),
    ),
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(8)),
    Fact(name="email", label="E-mail address", kind="email", effort=seconds(12)),
    Fact(name="card", label="Card number", kind="secret", effort=minutes(0.5)),
)  # fmt: skip
