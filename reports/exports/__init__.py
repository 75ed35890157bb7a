"""Runs in the forms that other tools read: XES and OCEL for process mining, OTLP for observability, flat tables.

A format is a function of a run, the moment of its zero and a path; `FORMATS` names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from journeys.eventlog import Run
from reports.exports.flat import write_csv, write_parquet
from reports.exports.ocel import write_ocel
from reports.exports.otlp import write_metrics, write_traces
from reports.exports.xes import write_xes

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which a run can be written: what it is, the ending of its files, and what writes one."""

    what: str
    ending: str
    write: Callable[[Run, datetime, Path], None]


FORMATS: Mapping[str, Format] = {
    "csv": Format("rows as they are in the log, seconds since the run's zero", ".csv", write_csv),
    "ocel": Format("OCEL 2.0 as JSON: customers and stations as objects", ".json", write_ocel),
    "otlp-metrics": Format("OpenTelemetry metrics, OTLP JSON lines", ".jsonl", write_metrics),
    "otlp-traces": Format("OpenTelemetry traces, OTLP JSON lines: a trace a customer", ".jsonl", write_traces),
    "parquet": Format("rows in one file", ".parquet", write_parquet),
    "xes": Format("XES (IEEE 1849): a trace a customer", ".xes", write_xes),
}
