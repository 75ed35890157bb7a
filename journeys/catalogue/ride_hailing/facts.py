"""What a rider is asked: from where to where, and who pays."""

from journeys import Fact, seconds
from journeys.catalogue.ride_hailing.city import ZONES

FACTS = (
    Fact(
        name="pickup", label="Where are you?", kind="choice", widget="map", choices=ZONES, effort=seconds(5),
        weights=(2, 3, 1, 5, 6, 2, 1, 2, 2),
    ),
    Fact(
        name="destination", label="Where to?", kind="choice", widget="map", choices=ZONES, effort=seconds(8),
        weights=(2, 2, 4, 3, 3, 2, 2, 3, 3),
    ),
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(5)),
    Fact(name="card", label="Card number", kind="secret", effort=seconds(20)),
)  # fmt: skip
