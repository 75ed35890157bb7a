"""The record of a calibrated model's tests, kept beside its what-if file and beside every run simulated with it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.errors import CannotRead
from journeys.eventlog import write_whole
from reports.calibration.trust import UNTESTED, Trust

if TYPE_CHECKING:
    from reports.calibration.forecast import Examined, Forecast

NAME = "validation.json"
SCHEMA = 1


def record_of(source: str, forecasts: Sequence[Forecast], tested: Sequence[Examined]) -> dict[str, Any]:
    """Return the record of a calibration: its forecasts, each with its test where there was one."""
    tests = {one.forecast.share: one for one in tested}
    return {
        "schema": SCHEMA, "calibrated_from": source, "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "forecasts": [_one(one, tests.get(one.share)) for one in forecasts],
    }  # fmt: skip


def _one(forecast: Forecast, tested: Examined | None) -> dict[str, Any]:
    metrics = {}
    for metric, value in forecast.values.items():
        measured = tested.measured.get(metric, math.nan) if tested else math.nan
        metrics[metric] = {"forecast": _plain(value.value), "low": _plain(value.low), "high": _plain(value.high),
                           "measured": _plain(measured),
                           "error": _plain(tested.error(metric)) if tested else None}  # fmt: skip
    return {
        "share": forecast.share, "rate_per_s": forecast.rate_per_s, "customers": forecast.customers,
        "saturated": dict(forecast.saturated), "metrics": metrics,
        "run": tested.run if tested else None, "verdict": tested.verdict if tested else "not tested",
        "holds": tested.holds if tested else False, "worst": _plain(tested.worst) if tested else None,
        "reasons": list(tested.reasons) if tested else [],
    }  # fmt: skip


def _plain(value: float) -> float | None:
    return float(f"{value:.8g}") if math.isfinite(value) else None


def beside(what_if: Path) -> Path:
    """Return where the record of a what-if file is kept."""
    return what_if.with_suffix(f".{NAME}")


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record whole or not at all; raises CannotWrite."""
    write_whole(path, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())


def carry_over(what_if: Path | None, run: Path) -> None:
    """Keep the record of a what-if file, if it has one, in the folder of a run that was simulated with it.

    An earlier run's record in that folder goes.
    """
    with suppress(OSError):
        (run / NAME).unlink(missing_ok=True)
    if what_if is not None and (record := read_record(beside(what_if))) is not None:
        write_record(run / NAME, record)


def read_record(path: Path) -> dict[str, Any] | None:
    """Return a record, None where there is none; raises CannotRead where it is broken."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        record = json.loads(text)
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            raise ValueError("of another kind")
    except ValueError as error:
        raise CannotRead(f"{path}: is no record of tests ({error}); calibrate again") from None
    return record


def found_in(folders: Mapping[str, Path]) -> dict[str, Any]:
    """Return what a study finds of the calibrated models behind simulated runs, given their folders by arm's name.

    Under ``validation`` what their predictions rest on, under ``forecasts`` their records by arm's name; nothing where
    none was calibrated. One that failed a test makes all *not validated*.
    """
    records = {name: record for name, folder in folders.items() if (record := read_record(folder / NAME)) is not None}
    if not records:
        return {}
    trusts = [trust_of(record) for record in records.values()]
    failed = [one for one in trusts if one.status == "not validated"]
    sentences = dict.fromkeys(one.sentence for one in failed or trusts)
    return {"validation": Trust((failed or trusts)[0].status, " ".join(sentences)), "forecasts": records}


def trust_behind(what_if: Path | None) -> Trust:
    """Return what predictions made with a what-if file rest on; without a record beside it, on nothing measured."""
    record = read_record(beside(what_if)) if what_if is not None else None
    return UNTESTED if record is None else trust_of(record)


def trust_of(record: Mapping[str, Any]) -> Trust:
    """Return what predictions rest on: *not validated* as soon as one forecast failed its test, or none had one."""
    tests = [one for one in record["forecasts"] if one["run"]]
    source, date = record["calibrated_from"], record["date"]
    if not tests:
        return Trust("not validated", f"Calibrated from {source}; no forecast of it was put to a test.")
    failed = [one for one in tests if not one["holds"]]
    if failed:
        said = "; ".join(f"at {one['share']:.0%} {one['verdict']} ({', '.join(one['reasons'])})" for one in failed)
        return Trust("not validated", f"Calibrated from {source}, and tested on {date}: {said}.")
    said = ", ".join(f"{one['share']:.0%} of capacity (error {one['worst']:.1%})" for one in tests)
    return Trust("validated", f"Tested on {date} at {said}. Calibrated from {source}.")
