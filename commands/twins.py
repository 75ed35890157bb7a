"""Commands that hold the model against what was measured: calibrate, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands import reading, reporting
from journeys.errors import BudgetMissed, CannotWrite


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--journey", help="What it is believed to be; that of the run unless told.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path of that first; repeatable.")
@click.option("--black-box", is_flag=True, help="Look only at when requests were sent and answered.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the intervals' resampling.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("out/calibrated.toml"), show_default=True,
              help="What-if file with the values.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def calibrate(run: Path, journey: str | None, changes: tuple[str, ...], black_box: bool, seed: int, out: Path,
              as_json: bool) -> None:  # fmt: skip
    """Fit a journey's servers, services and patience to a measured run, and say what the run cannot tell.

    Measure at 60% of capacity or less, with some waiting. The values are written as a what-if file: simulate with
    --what-if. Exit code 1 where the run was overloaded, or no model of this structure brings it about.
    """
    from journeys.eventlog import Run
    from reports.calibration import calibrate as fit
    from reports.calibration_texts import calibration_lines, calibration_values, what_if_text

    measured = Run.open(run)
    reference = journey or measured.manifest.reference or measured.manifest.journey
    known = fit(
        reading.find_journey(reference, reading.read_changes(changes)), measured, black_box=black_box, seed=seed
    )
    _write(out, what_if_text(known, reference))
    if as_json:
        reporting.print_json(calibration_values(known) | {"what_if": str(out)})
    else:
        click.echo("\n".join([*calibration_lines(known), f"what-if  {out}"]))
    failed = [f"calibrate: {name}: saturated" for name in known.saturated]
    failed += [f"calibrate: {name}: model wrong" for name in known.wrong]
    if failed:
        raise BudgetMissed("\n".join(failed))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with -o") from error


COMMANDS: tuple[Any, ...] = (calibrate,)
