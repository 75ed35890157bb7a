"""The first model: M/M/3 at a load of 0.9, as numbers and as a journey."""

from __future__ import annotations

from journeys import Exponential, Journey, Poisson, Station, Step, per_hour, seconds

SERVERS = 3
GAP_S, SERVICE_S = 3600.0 / 2.7, 3600.0

journey = Journey(
    name="one-queue",
    arrivals=Poisson(per_hour(3600.0 / GAP_S)),
    steps=(Step(name="serve", lane="backstage", station="desk", service=Exponential(seconds(SERVICE_S))),),
    stations=(Station(name="desk", servers=SERVERS),),
)
