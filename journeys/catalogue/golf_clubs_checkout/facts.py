"""What the golf shop asks of its customers."""

from journeys import Fact, seconds

FACTS = (
    Fact(
        name="flex", label="Driver, by its shaft", kind="choice", widget="cards",
        choices=("Regular", "Stiff", "Senior", "Extra stiff"), weights=(5, 4, 2, 1), prices=(549, 549, 549, 549),
        effort=seconds(15),
    ),
    Fact(name="hand", label="You play", kind="choice", choices=("Right-handed", "Left-handed"), weights=(9, 1)),
    Fact(
        name="similar", label="Which one instead?", kind="choice", widget="cards",
        choices=("Last season's driver", "Driver with a steel shaft"), prices=(449, 449), replaces="flex",
        effort=seconds(20),
    ),
    Fact(
        name="extra", label="Goes well with it", kind="choice", widget="cards",
        choices=("Nothing else", "A dozen balls"), prices=(0, 48), weights=(7, 3), effort=seconds(10),
    ),
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(8)),
    Fact(name="email", label="E-mail address", kind="email", effort=seconds(12)),
    Fact(name="address", label="Delivery address", faker="address", effort=seconds(25)),
    Fact(name="card", label="Card number", kind="secret", effort=seconds(25)),
)  # fmt: skip
