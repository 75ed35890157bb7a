"""Commands that hold the model against what was measured: calibrate, validate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, running
from commands.options import OUTPUT, added, command
from commands.saying import say
from journeys.errors import BudgetMissed, CannotWrite, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.eventlog import Run
    from reports.study import Arm


@command(short_help="Fit a journey to a run or a log; predict what was not seen.")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN | LOG.csv")
@click.option("--journey", help="What it is believed to be; that of the run unless told.")
@click.option("--mapping", type=click.Path(path_type=Path), help="With a log: TOML with its columns and activities.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path of that first; repeatable.")
@click.option("--black-box", is_flag=True, help="Look only at when requests were sent and answered.")
@click.option("--predict", multiple=True, metavar="SHARES", help="Of capacity, such as '75% 90% 110%': what to expect.")
@click.option("--duration", default="60 s", show_default=True, help="With --predict: how long customers arrive.")
@click.option("--measure", is_flag=True, help="With --predict: load the target so, and judge the forecasts.")
@click.option("--target", help="URL, or mock; that of the run unless told.")
@click.option("--within", default="10%", show_default=True, help="A forecast of p95 may be off by this much.")
@click.option("--max-rate", default="200 / s", show_default=True, help="Guard against loading too hard.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the intervals' resampling.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("out/calibrated.toml"), show_default=True,
              help="What-if file with the values.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def calibrate(
    run: Path, journey: str | None, mapping: Path | None, changes: tuple[str, ...], black_box: bool,
    predict: tuple[str, ...], duration: str, measure: bool, target: str | None, within: str, max_rate: str, seed: int,
    out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Fit a journey's servers, services and patience to a measured run or a log, and say what that cannot tell.

    Measure at 60% of capacity or less, with some waiting. The values are written as a what-if file: simulate with
    --what-if. --predict says what to expect at other loads; --measure loads the target there and judges that. Exit
    code 1 where the run was overloaded, no model of this structure brings it about, or a forecast failed its test.
    """
    from commands import forecasting
    from journeys.eventlog import Run
    from reports.calibration.fitting import calibrate as fit
    from reports.calibration.forecast_texts import forecast_lines
    from reports.calibration.record import beside, record_of, write_record
    from reports.calibration.texts import calibration_lines, calibration_values, what_if_text

    source = _imported(run, mapping, journey, out) if run.is_file() else Run.open(run)
    reference = journey or source.manifest.reference or source.manifest.journey
    shares, tolerance = forecasting.read_shares(predict), _share(within)
    lasting_s, most = reading.read_duration(duration).s, reading.read_rate(max_rate, "--max-rate")
    if measure and not shares:
        raise InvalidInput([Problem("--measure", "needs forecasts to judge", "", "--predict '75% 90%'")])
    believed = reading.find_journey(reference, reading.read_changes(changes))
    known = fit(believed, source, black_box=black_box, seed=seed)
    _write(out, what_if_text(known, reference))
    expected = forecasting.forecasts(known, source.manifest, shares, lasting_s) if shares else []
    tested = []
    if measure:
        where = target or ("mock" if source.manifest.settings.get("mocked") else source.manifest.target)
        tested = forecasting.measured(
            known, source, expected, out.parent / f"{out.stem}-tests", target=where, duration_s=lasting_s,
            max_rate=most, tolerance=tolerance,
        )  # fmt: skip
    record = record_of(known.source, expected, tested)
    write_record(beside(out), record)
    if as_json:
        reporting.print_json(calibration_values(known) | {"what_if": str(out), "record": record})
    else:
        say([*calibration_lines(known), *forecast_lines(expected, tested), "", f"what-if  {out}"])
    failed = [f"calibrate: {name}: saturated" for name in known.saturated]
    failed += [f"calibrate: {name}: model wrong" for name in known.wrong]
    failed += [f"calibrate: at {one.forecast.share:.0%}: {one.verdict}" for one in tested if not one.holds]
    if failed:
        raise BudgetMissed("\n".join(failed))


def _imported(log: Path, mapping: Path | None, journey: str | None, out: Path) -> Run:
    """Return a production log as a run, kept beside the what-if file."""
    from reports.production_log import import_log, read_mapping

    missing = [
        Problem(option, "is missing", "", f"a log needs {what}")
        for option, given, what in (("--journey", journey, "to be told whose it is"),
                                    ("--mapping", mapping, "a TOML file that maps its columns and activities"))
        if not given
    ]  # fmt: skip
    if missing or mapping is None or journey is None:
        raise InvalidInput(missing)
    believed = reading.find_journey(journey, {})
    folder = out.parent / "runs" / f"log-{log.name.partition('.')[0]}"
    return import_log(log, read_mapping(mapping, believed), believed, folder, journey)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if 0 < share < 1:
            return share
    except ValueError:
        pass
    raise InvalidInput([Problem("--within", "is no share", text, "above 0% and below 100%, such as 10%")])


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with -o") from error


@command(short_help="Tell whether a simulation predicts what was measured.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="MEASURED [SIMULATED]")
@click.option("--margin", "margins", multiple=True, metavar="NUMBER=MARGIN",
              help="How much it may be off: 'p95(submit)=10%', 'completion=2 pp', 'p95=15%'; repeatable.")  # fmt: skip
@added(*OUTPUT)
def validate(runs: tuple[Path, ...], margins: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Tell whether a simulation predicts what was measured, number by number, by margins.

    With one run, its own customers are simulated, arriving when they did. Exit code 1 where a number differs by more
    than its margin.
    """
    from reports.calibration.trust import Trust
    from reports.sections.equivalence import NAME
    from reports.study import write_report
    from reports.validation.agreement import read_margins
    from reports.validation.agreement import validate as judge
    from reports.validation.texts import ANSWERS, validation_lines, validation_values

    if len(runs) > 2:
        raise InvalidInput([Problem("validate", "takes a measured run and a simulated one", f"{len(runs)} runs")])
    measured = reporting.arm_of(runs[0])
    _expect_kind(measured, "measured")
    simulated = reporting.arm_of(runs[1]) if len(runs) == 2 else running.twin_of(measured, out)
    _expect_kind(simulated, "simulated")
    if simulated.title == measured.title:
        simulated = replace(simulated, title=f"{measured.title}, simulated")
    found = judge(measured.journey, measured.run, simulated.run, read_margins(margins, measured.journey))
    status: Any = "validated" if found.verdict == "equivalent" else "not validated"
    trust = Trust(status, f"{ANSWERS[found.verdict]} {found.simulated} was held against {found.measured}.")
    files = write_report(
        out, title=measured.journey.title or measured.journey.name, simulated=[simulated], measured=[measured],
        twins={measured.name: simulated} if found.paired else {}, found={NAME: found, "validation": trust},
    )  # fmt: skip
    if as_json:
        reporting.print_json(validation_values(found))
    else:
        say([*validation_lines(found), "", f"report   {files.html}", f"summary  {files.summary}"])
    different = [one.name for one in found.judged if one.found.verdict == "different"]
    if different:
        raise BudgetMissed("\n".join(f"validate: {name}: different" for name in different))


def _expect_kind(arm: Arm, kind: str) -> None:
    manifest = arm.run.manifest
    if manifest.kind != kind:
        instead = "made by browse or load" if kind == "measured" else "made by simulate or compare"
        raise InvalidInput([Problem(str(arm.run.folder), f"is no {kind} run", manifest.kind, f"one {instead}")])


COMMANDS: tuple[Any, ...] = (calibrate, validate)
