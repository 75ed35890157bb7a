"""Reports of arms: of runs just made, or made before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.forms import Forms, write_forms
from commands.progress import progress
from commands.reading import arm_named, find_journey
from commands.running import twin_of
from commands.saying import say, width_of_terminal
from journeys.errors import BudgetMissed

if TYPE_CHECKING:
    from journeys.claims import Claim
    from journeys.scenarios import WhatIf
    from reports.experiments.precision import Precision
    from reports.loading.peak import Peak
    from reports.pictures.apart import Illustrator
    from reports.study import Arm, Study


def arm_of(folder: Path) -> Arm:
    """Return the arm of a run made before; raises CannotRead, or InvalidInput where its journey is not found."""
    from journeys.eventlog import Run

    run = Run.open(folder)
    manifest = run.manifest
    journey = find_journey(manifest.reference or manifest.journey, manifest.changes)
    return arm_named(manifest.scenario.replace("-", " ").capitalize(), journey, run)


def arms_of(folders: Sequence[Path]) -> list[Arm]:
    """Return the arms of runs made before; those that would have one name are named after their folders."""
    from collections import Counter

    arms = [arm_of(folder) for folder in folders]
    names = Counter(arm.name for arm in arms)
    return [
        arm
        if names[arm.name] == 1
        else replace(arm, name="-".join(Path(folder).parts).strip("-./"), title=f"{arm.title} ({folder})")
        for arm, folder in zip(arms, folders, strict=True)
    ]


@contextmanager
def illustrating(forms: Forms) -> Iterator[Illustrator]:
    """Give who draws the pictures of a report that is to come, on another core where one is idle.

    Not where the figures are wanted as files: those are made of what was drawn here.
    """
    from reports.pictures.apart import Illustrator

    with Illustrator() as illustrator:
        if not forms.pictures:
            illustrator.begin()
        yield illustrator


def _measured(arm: Arm) -> Arm:
    """Return the arm of a large run with its metrics, telling how far they are; any other arm as it is."""
    from reports.measuring.metrics import measure_replication
    from reports.measuring.parting import goes_in_parts, measured_parts, takes_a_while

    if arm.replications or not goes_in_parts(arm.journey) or not takes_a_while(arm.run):
        return arm
    with progress(f"measuring: {arm.title}") as tell:
        return replace(arm, replications=tuple(measured_parts(arm.journey, arm.run, measure_replication, tell)))


def report(
    out: Path,
    arms: Sequence[Arm],
    *,
    what_if: WhatIf | None = None,
    judged: str = "",
    twins: bool = False,
    precision: Precision | None = None,
    found: Mapping[str, Any] | None = None,
    claims: Sequence[Claim] = (),
    forms: Forms | None = None,
    as_planned: bool = True,
    also: Sequence[str] = (),
    as_json: bool = False,
    illustrator: Illustrator | None = None,
) -> None:
    """Write the report of some arms and say where; `found` is what else its sections tell, by their names.

    `forms` are those in which it is written besides its page and its summary; `also`, lines to print after the answer.
    `as_planned`: a load that was not made as planned fails the command. `illustrator` is who draws the pictures.

    Raises BudgetMissed where one of them (or only the arm `judged`) missed a budget, a load was not made as planned, a
    precision was not reached, or one of the `claims` is not supported.
    """
    from reports.calibration.record import found_in
    from reports.claims import unsupported
    from reports.sections.claims import judged_in
    from reports.study import write_report
    from reports.terminal import lines, missed

    arms = [_measured(arm) for arm in arms]
    simulations = [arm for arm in arms if arm.run.manifest.kind == "simulated"]
    measured = [arm for arm in arms if arm.run.manifest.kind == "measured"]
    loads, felt = _generations(measured), _felt_at_peak(measured)
    files = write_report(
        out,
        title=(what_if.title if what_if else "") or arms[0].journey.title or arms[0].journey.name,
        simulated=simulations,
        baseline=what_if.baseline if what_if else "",
        combined=what_if.scenarios[-1].name if what_if and len(what_if.scenarios) > 2 else None,
        measured=measured,
        twins={arm.name: twin_of(arm, out) for arm in measured if _can_be_foreseen(arm)} if twins else {},
        precision=precision,
        found={
            "generation": loads,
            "peak": felt,
            "wrong": _wrong(measured, out),
            **_scored(measured),
            **found_in({arm.name: arm.run.folder for arm in simulations}),
            **(found or {}),
            "claims": tuple(claims),
        },
        illustrator=illustrator,
    )
    more = write_forms(files, forms or Forms(), judged)
    if as_json:
        click.echo(files.summary.read_text(encoding="utf-8"), nl=False)
    else:
        say(lines(files.study, also, width_of_terminal()))
        _say_more(files.study, loads if as_planned else {}, felt, claims)
        where = (("report", files.html), ("summary", files.summary), *more)
        click.echo("\n" + "\n".join(f"{what:8} {path}" for what, path in where))
    failed = missed(files.study, judged)
    for name, (made, *_) in loads.items() if as_planned else ():
        failed += [f"{files.study.titles[name]}: target rate missed: {problem}" for problem in made.problems]
    if precision is not None:
        failed += [f"simulate: {reached.aim}: not reached" for reached in precision.aims if not reached.met]
    failed += unsupported(judged_in(files.study))
    if failed:
        raise BudgetMissed("\n".join(failed))


def _say_more(study: Study, loads: Mapping[str, Any], felt: Peak | None, claims: Sequence[Claim]) -> None:
    """Say how each load was made, what was wrong, what was felt at peak, and what became of claims."""
    for made, _, met in loads.values():
        from reports.loading.met import lines as load_lines

        say(["", *load_lines(study.journey, made, met)])
    for name, own in study.found["wrong"].items():
        from reports.wrong import lines as wrong_lines

        if told := wrong_lines(study.titles[name], own):
            say(["", *told])
    if felt is not None:
        from reports.loading.peak import lines as peak_lines

        say(["", *peak_lines(felt)])
    if claims:
        from reports.claims import claim_lines
        from reports.sections.claims import judged_in

        say(["", *claim_lines(judged_in(study))])


def _can_be_foreseen(arm: Arm) -> bool:
    """Tell whether a run has a twin, and say why where it has none."""
    from simulators.engines import unforeseeable

    unknown = unforeseeable(arm.journey.faults)
    if unknown:
        names = ", ".join(f"faults.{fault.name}" for fault in unknown)
        click.echo(f"not simulated beside it: no journey says enough of {names}", err=True)
    return not unknown


def _generations(measured: Sequence[Arm]) -> dict[str, Any]:
    """Return how the load of each measured arm was made, by name, with its course."""
    if not measured:
        return {}
    from reports.loading.generation import generations

    return dict(generations({arm.name: arm.run for arm in measured}))


def _wrong(measured: Sequence[Arm], out: Path) -> dict[str, Any]:
    """Return what was wrong with what customers walked through, by the name of each run in a browser or by its API."""
    walks = [arm for arm in measured if arm.run.manifest.engine in ("browser", "api")]
    if not walks:
        return {}
    from reports.wrong import walked

    return {arm.name: walked(arm.run, out) for arm in walks}


def _felt_at_peak(measured: Sequence[Arm]) -> Peak | None:
    """Return what browsers beside a load felt, where there are runs of both."""
    if not any("phase" in arm.run.manifest.settings for arm in measured):
        return None
    from reports.loading.peak import peak

    return peak(measured[0].journey, {arm.name: arm.run for arm in measured})


def _scored(measured: Sequence[Arm]) -> dict[str, Any]:
    """Return the scorecard of those runs that one left evidence beside; nothing where none did."""
    from journeys.evidence import FILE
    from reports.scorecard.texts import NAME
    from reports.sections.scorecard import cards_of

    scored = [arm for arm in measured if (arm.run.folder / FILE).exists()]
    if not scored:
        return {}
    return {NAME: cards_of({arm.name: arm.run.folder for arm in scored}, {arm.name: arm.title for arm in scored})}


def expect_claims(claims: Sequence[Claim], what_if: WhatIf) -> None:
    """Raise InvalidInput for claims of scenarios or steps that a what-if does not have, before it is simulated."""
    from journeys.loading import load
    from reports.claims import expect_known

    names = [scenario.name for scenario in what_if.scenarios]
    if claims:
        expect_known(claims, load(what_if.journey), names, what_if.baseline, names[-1])


def print_json(value: Any) -> None:
    """Print a value for machines."""
    click.echo(json.dumps(value, indent=1, sort_keys=True, default=str))
