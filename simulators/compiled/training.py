"""Short runs that show a compiler what the kernel mostly does, so that it lays it out for that.

``python -m simulators.compiled.training KERNEL`` plays them on a kernel that counts where it goes; it writes its
counts down when the process ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from journeys import (
    At,
    Attempts,
    Constant,
    Contact,
    During,
    Exponential,
    Fact,
    Journey,
    Lognormal,
    Poisson,
    Redial,
    Route,
    Segment,
    Shift,
    Station,
    Step,
    System,
    Uniform,
    Wait,
    Weibull,
    days,
    hours,
    milliseconds,
    minutes,
    per_hour,
    seconds,
)
from simulators.compiled.building import opened
from simulators.compiled.engine import replicate

ONE_QUEUE = Journey(
    name="one-queue",
    arrivals=Poisson(per_hour(2.7)),
    steps=(Step(name="serve", lane="backstage", station="desk", service=Exponential(hours(1))),),
    stations=(Station(name="desk", servers=3),),
)

_POOLS = (("checks", 4), ("reviewers", 6), ("agents", 8))

REVIEWED = Journey(
    name="reviewed",
    arrivals=Poisson(per_hour(60)),
    steps=(
        Step(name="apply", lane="customer", service=Exponential(minutes(12))),
        Step(name="check", lane="support", station="checks", awaits="decision", service=Exponential(minutes(2.4))),
        Step(
            name="review", lane="backstage", station="reviewers", awaits="decision", service=Exponential(minutes(4.3)),
            patience=Exponential(minutes(15)), routes=(Route("mend", 0.2), Route("sign")),
        ),
        Step(name="mend", lane="customer", service=Exponential(minutes(30)), routes=(Route("check"),)),
        Step(name="sign", lane="customer", service=Exponential(minutes(10))),
    ),
    stations=tuple(Station(name=name, servers=servers) for name, servers in _POOLS),
    waits=(Wait(name="decision"),),
    contacts=(
        Contact(
            name="question", arises=During("decision", Exponential(minutes(15))), station="agents",
            handling=Exponential(minutes(12)),
        ),
    ),
)  # fmt: skip

_OFFICE = (Shift("mon-fri", "08:00", "18:00"),)
_PORTAL = Lognormal(milliseconds(40), cv=0.5)
_QUICKLY = Attempts(timeout=Constant(seconds(10)), limit=3, backoff=milliseconds(500))
_PATIENCE = Weibull(days(20), shape=1.2)


def _page(name: str, asks: tuple[str, ...], think: Lognormal, *routes: Route) -> Step:
    return Step(
        name=name, lane="customer", station="portal", system="portal", service=_PORTAL, attempts=_QUICKLY, asks=asks,
        think=think, abandon=0.03, routes=routes,
    )  # fmt: skip


def _question(name: str, arises: At | During) -> Contact:
    return Contact(
        name=name, arises=arises, station="desk", handling=Lognormal(minutes(5), cv=0.9), comes_back=0.4,
        patience=Exponential(minutes(4)), morning=Uniform(minutes(0), hours(4)), gives_up=0.1,
        redial=Redial(0.5, Exponential(minutes(40)), limit=2),
    )  # fmt: skip


APPLICATION = Journey(
    name="application",
    arrivals=Poisson(per_hour(4), profile=tuple(1.0 + (8 <= hour % 24 < 20) for hour in range(168))),
    segments=(Segment("simple", 0.75), Segment("complex", 0.25, {"steps.offer.abandon": 0.05})),
    steps=(
        _page("start", ("amount",), Lognormal(minutes(2), cv=0.8)),
        _page("personal", ("name", "phone"), Lognormal(minutes(1), cv=0.6)),
        _page("submit", ("phone",), Lognormal(minutes(2), cv=0.8)),
        Step(
            name="intake", lane="backstage", station="desk", awaits="decision", priority=1,
            service=Lognormal(minutes(12), cv=0.8),
        ),
        Step(name="confirm", lane="support", awaits="decision", service=Lognormal(days(1), cv=0.6)),
        Step(
            name="assess", lane="backstage", station="assessors", awaits="decision",
            service=Lognormal(minutes(25), cv=0.7), routes=(Route("notice", 0.4), Route("refuse", 0.2), Route("offer")),
        ),
        Step(name="notice", lane="backstage", awaits="decision", service=Lognormal(days(1), cv=0.4)),
        _page("mend", ("name",), Lognormal(days(3), cv=1.0), Route("assess")),
        _page("offer", (), Lognormal(hours(14), cv=1.0), Route("completed")),
        _page("refuse", (), Lognormal(hours(6), cv=1.0), Route("denied")),
    ),
    stations=(
        Station(name="portal", kind="system", servers=16),
        Station(name="desk", servers=5, shifts=_OFFICE),
        Station(name="assessors", servers=9, shifts=_OFFICE),
    ),
    waits=(Wait(name="decision", uncertain=_PATIENCE, informed=_PATIENCE),),
    contacts=(
        _question("what", At("personal", 0.3)),
        _question("where", During("decision", Exponential(hours(100)))),
        _question("missing", At("mend", 0.4)),
    ),
    facts=tuple(Fact(name=name, label=name, effort=seconds(20)) for name in ("amount", "name", "phone")),
    systems=(System(name="portal"),),
)  # fmt: skip


def train(kernel: Path) -> None:
    """Play the runs on a kernel: each as the plain variant plays it, and as the one for every journey does."""
    library = opened(kernel)
    for journey, customers in ((ONE_QUEUE, 20_000), (REVIEWED, 8_000), (APPLICATION, 4_000)):
        for speed in (1.0, 1.25):  # clocks of two speeds make a journey one for the second variant
            replicate(journey, 1, 0, customers, speed=speed, take=lambda part: None, kernel=library)


if __name__ == "__main__":
    train(Path(sys.argv[1]))
