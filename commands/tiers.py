"""Journeys as they run on replicas, with faults of a file: for whatever walks or breaks them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading
from commands.options import section
from journeys.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.faults import Fault

TIER = section(
    "Target",
    click.option("--replicas", type=click.IntRange(1, 32), help="Of the mocked back end's customers' systems, behind a "
                 "load balancer."),
    click.option("--fault", type=click.Path(path_type=Path), help="TOML file of faults that happen meanwhile."),
)  # fmt: skip


def as_tier(journey: Journey, count: int, faults: Sequence[Fault]) -> Journey:
    """Return a journey whose customers' systems are replicas behind our balancer, and some faults; checked."""
    from journeys.checks import check
    from journeys.durations import Duration
    from journeys.stations import Replicas
    from simulators.replicas.balancer import NOTICED_S, RETRIES
    from simulators.replicas.hosting import hosted_stations

    hosted = hosted_stations(journey)
    stations = tuple(
        replace(
            station,
            replicas=replace(
                station.replicas or Replicas(), count=count, failover=Duration(NOTICED_S), retries=RETRIES,
                none_up="fail",
            ),
        )
        if station.name in hosted
        else station
        for station in journey.stations
    )  # fmt: skip
    return check(replace(journey, stations=stations, faults=(*journey.faults, *faults)))


def as_foreseen(journey: Journey) -> Journey:
    """Return a journey as the model is to foresee it: a replica that is back waits for the balancer's next check."""
    from journeys.durations import Duration
    from simulators.replicas.balancer import BACK_S
    from simulators.replicas.hosting import happens_to_a_process

    faults = tuple(
        replace(fault, lasting=Duration(fault.lasting.s + BACK_S)) if happens_to_a_process(fault) else fault
        for fault in journey.faults
    )
    return replace(journey, faults=faults)


def tiered(chosen: reading.Chosen, options: Mapping[str, Any], browser: bool) -> reading.Chosen:
    """Return what was chosen on the replicas, and with the faults, that options ask for.

    Raises InvalidInput for a target that is not ours to break, and faults that nothing here brings about.
    """
    replicas, path = options["replicas"], options["fault"]
    if not replicas and path is None:
        return chosen
    if options["target"] != "mock":
        option = "--replicas" if replicas else "--fault"
        instead = "journeywright failover --target breaks an application of your own"
        raise InvalidInput([Problem(option, "is for the mocked back end", options["target"], "--target mock", instead)])
    from journeys.checks import check
    from journeys.fault_files import read_faults

    faults = read_faults(path) if path is not None else ()
    wrong = [
        Problem(f"{path}.fault.{fault.name}", "is in the browser", fault.kind, "", "walk it: journeywright browse")
        for fault in faults
        if fault.where == "browser" and not browser
    ]
    if wrong:
        raise InvalidInput(wrong)
    own = chosen.journey
    journey = as_tier(own, replicas, faults) if replicas else check(replace(own, faults=(*own.faults, *faults)))
    return reading.Chosen(chosen.reference, chosen.scenario, chosen.what_if, journey)
