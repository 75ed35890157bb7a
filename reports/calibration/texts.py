"""A calibration in words: lines for a terminal, values for machines, and the what-if file that applies it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from reports.calibration.causes import dependence_text
from reports.calibration.evidence import RESTLESS
from reports.calibration.fitting import MOST_LOADED, Calibration, StationEvidence
from reports.calibration.laws import rounded
from reports.calibration.patience import PatienceFit
from reports.calibration.stations import ServiceFit, StationFit
from reports.statistics import Estimate
from reports.wording import count, duration

FAR = 0.05  # Kolmogorov's distance above which a law is said not to fit


def calibration_lines(known: Calibration) -> list[str]:
    """Return the lines to print."""
    how = "requests and answers only" if known.black_box else "what the run saw"
    lines = [*_first(known), "", f"calibrated from {known.source}: {how}"]
    for name, evidence in known.stations.items():
        lines += [f"  {line}" for line in _station_lines(name, evidence)]
    for one in known.patience:
        lines.append(f"  {one.path}: {_patience(one)}")
    if known.arrivals is not None:
        rate, also = known.arrivals.rate_per_s, known.arrivals.why
        if rate.measured:
            shown = f"{_a_second(rate)}; dispersion {known.arrivals.dispersion:.2f}, of which a Poisson process has 1"
            lines.append(f"  arrivals: {shown}" + (f"; {also}" if also else ""))
        else:
            lines.append(f"  arrivals: not told: {also}")
    return lines


def _first(known: Calibration) -> Iterator[str]:
    """Yield what a planner asks first: the capacity, and what speaks against believing it."""
    yield ""
    if known.bottleneck:
        over = ", so it was overloaded" if known.load > 1 else ""
        at = f", set by {known.bottleneck}; the run was at {known.load:.0%} of it{over}"
        yield f"capacity {_a_second(known.capacity_per_s)}{at}"
    else:
        yield "capacity: not told: the run does not tell the servers of any station"
    yield from (f"note: {warning}" for warning in calibration_warnings(known))


def calibration_warnings(known: Calibration) -> Iterator[str]:
    """Yield what a reader of a calibration must know before believing it."""
    for problem in known.missed:
        yield f"the load was not made as planned: {problem}"
    for name in known.saturated:
        yield f"saturated: {name} was overloaded, and its queue rose to the end of the run; calibrate at 60% or less"
    for name in known.wrong:
        found = known.stations[name].dependence
        assert found is not None
        yield (
            f"model wrong: {dependence_text(name, found)}; no station of a blueprint does that: look for a lock, or "
            "for something behind it that slows down"
        )
    if known.bottleneck and known.load > MOST_LOADED and not known.saturated:
        yield (
            f"the run was at {known.load:.0%} of the capacity that it shows; at {MOST_LOADED:.0%} or less, predictions "
            "of higher loads are put to a test"
        )
    if known.bottleneck and known.late_s > RESTLESS * known.service_s(known.bottleneck):
        of_service = known.late_s / known.service_s(known.bottleneck)
        yield (
            f"customers were sent {known.late_s * 1000:.2g} ms late on average, {of_service:.1%} of a service at "
            f"{known.bottleneck}: what this machine times may be as much too long, and a p95 at 90% of capacity moves "
            "by some nine times that; a quieter machine, or the same restlessness in the test, is needed"
        )
    for name, evidence in known.stations.items():
        if isinstance(evidence.fit, StationFit):
            for step, service in evidence.fit.services.items():
                if service.distance > FAR:
                    yield f"no law fits the services of {step} at {name} well (distance {service.distance:.2f})"
            if evidence.fit.impossible > 0.01:
                share = f"{evidence.fit.impossible:.1%} of the visits to {name}"
                if evidence.fit.seen:
                    yield f"{share} took no time while it was on duty: its shifts are others, or it notes no beginnings"
                else:
                    yield f"{share} cannot have been served first come first served: the model is wrong about its queue"


def _station_lines(name: str, evidence: StationEvidence) -> Iterator[str]:
    fit = evidence.fit
    if isinstance(fit, str):
        yield f"{name}: not told: {fit}"
        return
    if fit.servers_known:
        plausible = f"{fit.plausible[0]} to {fit.plausible[-1]} plausible; " if len(fit.plausible) > 1 else ""
        busy = f"; {evidence.load.utilisation:.0%} busy" if evidence.load else ""
        yield f"{name}: {count(fit.servers, 'server')} ({plausible}{fit.waited:.0%} of {fit.n:,} visits waited{busy})"
    else:
        yield f"{name}: servers not told: {fit.why}"
    for step, service in fit.services.items():
        yield f"  {step}: {_service(service)}"


def _service(service: ServiceFit) -> str:
    law = rounded(service.law, 4)
    elsewhere = service.overhead_s
    outside = f"; {duration(elsewhere.value)} elsewhere" if elsewhere.value > 0 else ""
    shown = type(law).__name__ if len(str(law)) > 60 else str(law)
    return f"{shown}; mean {_between(service.mean_s)}, cv {service.cv.value:.2f}{outside}; n = {service.n:,}"


def _between(estimate: Estimate) -> str:
    """Return a mean with its interval, to three digits: a calibration lives by its per cents."""
    unit, size = next(((u, s) for u, s in (("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0))
                       if estimate.value < 100 * s), ("d", 86400.0))  # fmt: skip
    low, value, high = (f"{end / size:.3g}" for end in (estimate.low, estimate.value, estimate.high))
    return f"{value} {unit} ({low} to {high})"


def _a_second(estimate: Estimate) -> str:
    unit, size = next(((u, s) for u, s in (("s", 1.0), ("min", 60.0), ("h", 3600.0)) if estimate.value * s >= 1),
                      ("d", 86400.0))  # fmt: skip
    low, value, high = (f"{end * size:.4g}" for end in (estimate.low, estimate.value, estimate.high))
    return f"{value} / {unit} ({low} to {high})"


def _patience(one: PatienceFit) -> str:
    if one.law is None:
        least = f"; its mean is {duration(one.mean_s.low)} or more" if math.isfinite(one.mean_s.low) else ""
        return f"not told: {one.why}{least}"
    return f"{rounded(one.law, 4)}; mean {_between(one.mean_s)}; {one.left:,} of {one.n:,} lost it"


def what_if_text(known: Calibration, reference: str) -> str:
    """Return the what-if file whose scenario `calibrated` has the fitted values; a comment tells where each is from."""
    lines = [
        "# Written by 'journeywright calibrate'. Each value says where it comes from; the run did not tell the others.",
        f"journey = {json.dumps(reference)}",
        'baseline = "calibrated"',
        "",
        "[scenarios.calibrated]",
        'title = "Calibrated"',
        f"note = {json.dumps('calibrated from ' + known.source)}",
    ]
    for path, (value, note) in known.changes.items():
        lines.append(f"{json.dumps(path)} = {_toml(value)}  # {note}")
    return "\n".join([*lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{one:g}" for one in value) + "]"
    return str(value) if isinstance(value, int) or str(value).isdigit() else json.dumps(str(value))


def calibration_values(known: Calibration) -> dict[str, Any]:
    """Return a calibration as plain values."""
    return {
        "source": known.source, "black_box": known.black_box, "customers": known.customers,
        "capacity_per_s": _estimate(known.capacity_per_s), "late_s": _plain(known.late_s),
        "bottleneck": known.bottleneck, "load": known.load,
        "saturated": list(known.saturated), "model_wrong": list(known.wrong),
        "stations": {name: _station_values(evidence) for name, evidence in known.stations.items()},
        "patience": {
            one.path: {"law": str(one.law) if one.law else None, "mean_s": _estimate(one.mean_s), "left": one.left,
                       "n": one.n, "why": one.why}
            for one in known.patience
        },
        "arrivals": None if known.arrivals is None else {
            "rate_per_s": _estimate(known.arrivals.rate_per_s), "dispersion": known.arrivals.dispersion,
            "why": known.arrivals.why,
        },
        "changes": {path: value for path, (value, _) in known.changes.items()},
        "warnings": list(calibration_warnings(known)),
    }  # fmt: skip


def _station_values(evidence: StationEvidence) -> dict[str, Any]:
    fit = evidence.fit
    if isinstance(fit, str):
        return {"why": fit}
    load, found = evidence.load, evidence.dependence
    return {
        "servers": fit.servers, "plausible": list(fit.plausible), "known": fit.servers_known, "why": fit.why,
        "waited": fit.waited, "n": fit.n, "impossible": fit.impossible,
        "services": {
            step: {"law": str(one.law), "mean_s": _estimate(one.mean_s), "cv": _estimate(one.cv),
                   "overhead_s": _estimate(one.overhead_s), "distance": one.distance}
            for step, one in fit.services.items()
        },
        "load": None if load is None else {
            "utilisation": load.utilisation, "rising_z": load.rising_z, "backlog": load.backlog,
            "throughput_per_s": load.throughput_per_s, "saturated": load.saturated,
        },
        "dependence": None if found is None else {
            "change": _estimate(found.change), "quiet": found.quiet, "busy": found.busy, "counted": found.counted,
            "found": found.found,
        },
    }  # fmt: skip


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": _plain(estimate.value), "low": _plain(estimate.low), "high": _plain(estimate.high),
            "n": estimate.n, "of": estimate.of}  # fmt: skip


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
