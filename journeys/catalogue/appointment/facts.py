"""What a patient is asked."""

from journeys import Fact, minutes, seconds

FACTS = (
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(8)),
    Fact(name="date_of_birth", label="Date of birth", kind="date", effort=seconds(8), reask_abandon=0.01),
    Fact(name="phone", label="Phone number", kind="phone", effort=seconds(10)),
    Fact(
        name="reason", label="What is it about?", kind="choice", effort=seconds(15),
        choices=("Check-up", "Something new", "Something that comes back", "A prescription", "A certificate"),
    ),
    # a wish: the slot is the first that comes up
    Fact(
        name="day", label="From which day on?", kind="choice", widget="calendar", effort=seconds(10),
        choices=tuple(
            f"{weekday} {monday + place} June"
            for monday in (1, 8)
            for place, weekday in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri"))
        ),
    ),
    Fact(
        name="time", label="When suits you best?", kind="choice", widget="cards", effort=seconds(5),
        choices=("Mornings", "Around noon", "Afternoons", "Any time"),
    ),
    Fact(name="insurance_number", label="Insurance number", kind="secret", effort=seconds(40), reask_abandon=0.01),
    Fact(name="insurance_card", label="Copy of your insurance card", kind="file", effort=minutes(4)),
)  # fmt: skip
