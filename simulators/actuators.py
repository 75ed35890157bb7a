"""Actuators: how faults are brought about at a back end of one's own, and always put right again.

A file of faults says how, beside its faults:

[actuator]
kind = "toxiproxy"              # or "envoy" (its administration's address), or "command"
url = "http://127.0.0.1:8474"
proxy = "shop"

With ``kind = "command"``, each fault has a `do` and an `undo`, such as ``do = "docker kill web-1"``.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from journeys.errors import InvalidInput, Missing, Problem
from journeys.faults import Fault
from journeys.toml_files import read_toml, unknown_keys
from simulators.shielding import ctrl_c_put_off

WITHIN_S = 30.0
_BY_PROXY = ("latency", "errors", "reset", "bandwidth", "partition", "kill", "outage")
STEADY_S, LOOKS, AGAIN_S = 15.0, 3, 0.2


class ActuatorFailed(Missing):
    """A fault could not be brought about, or not be put right."""


class Actuator(Protocol):
    """Brings faults about, and puts them right; raises ActuatorFailed."""

    def begin(self, fault: Fault) -> None:
        """Let a fault begin."""

    def end(self, fault: Fault) -> None:
        """Let it end."""

    def problems(self, fault: Fault) -> Sequence[str]:
        """Return why a fault cannot be brought about; nothing where it can."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands of the user's own, by fault: what does it, and what undoes it."""

    do: Mapping[str, str]
    undo: Mapping[str, str]

    def begin(self, fault: Fault) -> None:
        """Run what does it."""
        self._run(fault, self.do[fault.name])

    def end(self, fault: Fault) -> None:
        """Run what undoes it."""
        self._run(fault, self.undo[fault.name])

    def problems(self, fault: Fault) -> Sequence[str]:
        """Tell which of the two is missing."""
        return [f"has no '{name}'" for name, of in (("do", self.do), ("undo", self.undo)) if not of.get(fault.name)]

    def _run(self, fault: Fault, command: str) -> None:
        try:
            done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=WITHIN_S)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise ActuatorFailed(f"{fault.name}: {command!r} could not be run ({error})") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            why = f"exit code {done.returncode}" + (f", {said[-1]}" if said else "")
            raise ActuatorFailed(f"{fault.name}: {command!r} failed ({why})")


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """A proxy of a running Toxiproxy, by its HTTP API: latency, resets, a thin line, silence, and no proxy at all."""

    url: str
    proxy: str

    def begin(self, fault: Fault) -> None:
        """Add a toxic, or take the proxy down."""
        at = f"{self.url}/proxies/{quote(self.proxy, safe='')}"
        if fault.kind in ("kill", "outage"):
            _call("POST", at, {"enabled": False})
            return
        kind, attributes, toxicity = {
            "latency": ("latency", {"latency": round(fault.delay.s * 1000)}, 1.0),
            "errors": ("reset_peer", {"timeout": 0}, fault.share),
            "reset": ("reset_peer", {"timeout": 0}, fault.share),
            "bandwidth": ("bandwidth", {"rate": max(1, round(fault.bytes_per_s / 1024))}, 1.0),
            "partition": ("timeout", {"timeout": 0}, 1.0),
        }[fault.kind]
        toxic = {"name": fault.name, "type": kind, "toxicity": toxicity, "attributes": attributes}
        _call("POST", f"{at}/toxics", toxic)

    def end(self, fault: Fault) -> None:
        """Take the toxic away, or bring the proxy up."""
        at = f"{self.url}/proxies/{quote(self.proxy, safe='')}"
        if fault.kind in ("kill", "outage"):
            _call("POST", at, {"enabled": True})
        else:
            _call("DELETE", f"{at}/toxics/{quote(fault.name, safe='')}", gone=True)

    def problems(self, fault: Fault) -> Sequence[str]:
        """Tell that a proxy hits what passes by it, and nothing else."""
        can = fault.kind in _BY_PROXY and fault.where != "browser"
        return [] if can else ["cannot be brought about by a proxy"]


@dataclass(frozen=True, slots=True)
class EnvoyFaults:
    """Envoy's fault filter, by its administration: delays and aborts of all that passes."""

    url: str

    def begin(self, fault: Fault) -> None:
        """Delay every request, or abort a share of them."""
        if fault.kind == "latency":
            self._set(delay_percent=100, duration_ms=round(fault.delay.s * 1000))
        else:
            self._set(abort_percent=round(100 * fault.share))

    def end(self, fault: Fault) -> None:
        """Let everything pass."""
        self._set(**({"delay_percent": 0} if fault.kind == "latency" else {"abort_percent": 0}))

    def problems(self, fault: Fault) -> Sequence[str]:
        """Tell that it only delays and aborts."""
        return (
            []
            if fault.kind in ("latency", "errors") and fault.where != "browser"
            else ["cannot be brought about by Envoy's fault filter"]
        )

    def _set(self, **values: int) -> None:
        names = {"delay_percent": "delay.fixed_delay_percent", "duration_ms": "delay.fixed_duration_ms",
                 "abort_percent": "abort.abort_percent"}  # fmt: skip
        told = urlencode({f"fault.http.{names[name]}": value for name, value in values.items()})
        _call("POST", f"{self.url}/runtime_modify?{told}")


class Schedule:
    """Lets faults begin and end at their times of a run; a context manager that puts right what has begun, always.

    Whatever ends the context (also Ctrl-C), every fault that has begun is ended, in reverse order, and a second Ctrl-C
    waits for that. Leaving it raises ActuatorFailed where one could not be brought about, or not be put right.
    """

    def __init__(self, faults: Sequence[Fault], actuator: Actuator) -> None:
        moments = [(fault.at.s, True, fault) for fault in faults]
        moments += [(fault.at.s + fault.lasting.s, False, fault) for fault in faults]
        self._moments = sorted(moments, key=lambda moment: moment[:2])
        self._actuator = actuator
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._begun: list[Fault] = []
        self._failed: list[str] = []
        self._thread: threading.Thread | None = None

    def begin(self, zero: float) -> None:
        """Begin with the run's zero, as `time.monotonic` tells it; nothing where it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._play, args=(zero,), daemon=True, name="faults")
            self._thread.start()

    def __enter__(self) -> Schedule:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ctrl_c_put_off():
            self._over.set()
            if self._thread is not None:
                self._thread.join()
            for fault in reversed(self._begun):
                self._try(self._actuator.end, fault)
            self._begun.clear()
        if self._failed and not isinstance(error, KeyboardInterrupt):
            raise ActuatorFailed("\n".join(self._failed)) from error

    def _play(self, zero: float) -> None:
        for at_s, begins, fault in self._moments:
            if self._over.wait(max(0.0, zero + at_s - time.monotonic())):
                return
            if begins:
                self._begun.append(fault)  # also if it fails half-way: putting right harms nobody
                self._try(self._actuator.begin, fault)
            else:
                self._try(self._actuator.end, fault)
                self._begun.remove(fault)

    def _try(self, what: Callable[[Fault], None], fault: Fault) -> None:
        try:
            what(fault)
        except ActuatorFailed as error:
            self._failed.append(str(error))


def read_actuator(path: Path, faults: Sequence[Fault]) -> Actuator:
    """Return the actuator of a file of faults; raises InvalidInput where it cannot bring them about."""
    told = read_toml(path)
    table = told.get("actuator", {})
    kind, at = table.get("kind"), f"{path}.actuator"
    needed = {"toxiproxy": ("url", "proxy"), "envoy": ("url",), "command": ()}
    found = [] if kind in needed else [Problem(f"{at}.kind", "is none", repr(kind or ""), ", ".join(needed))]
    found += [Problem(f"{at}.{name}", "is missing") for name in needed.get(kind, ()) if not table.get(name)]
    known = ("kind", *needed.get(kind, ()))
    found += unknown_keys(f"{at}.", table, known)
    if found:
        raise InvalidInput(found)
    actuator: Actuator
    if kind == "command":
        pairs = [{of["name"]: of.get(name, "") for of in told["fault"]} for name in ("do", "undo")]
        actuator = Commands(*pairs)
    elif kind == "toxiproxy":
        actuator = Toxiproxy(str(table["url"]).rstrip("/"), str(table["proxy"]))
    else:
        actuator = EnvoyFaults(str(table["url"]).rstrip("/"))
    wrong = [
        Problem(f"{path}.fault.{fault.name}", problem, fault.kind)
        for fault in faults
        for problem in actuator.problems(fault)
    ]
    if wrong:
        raise InvalidInput(wrong)
    return actuator


def unsteady(url: str, within_s: float = STEADY_S) -> str:
    """Return why an application is not in its steady state: it must answer so many times in a row; empty where it does.

    An answer with a status below 500 will do; it is waited for.
    """
    ends_at, well, why = time.monotonic() + within_s, 0, ""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while well < LOOKS:
        try:
            with opener.open(url, timeout=5.0):
                well += 1
        except urllib.error.HTTPError as error:
            well, why = (well + 1, why) if error.code < 500 else (0, f"answers {error.code}")
            error.close()
        except OSError as error:
            well, why = 0, f"does not answer ({getattr(error, 'reason', error)})"
        if well < LOOKS:
            if time.monotonic() > ends_at:
                return why
            time.sleep(AGAIN_S)
    return ""


def _call(method: str, url: str, body: Any = None, gone: bool = False) -> None:
    data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=WITHIN_S) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        error.close()
        if not (gone and error.code == 404):
            raise ActuatorFailed(f"{method} {url}: {error.code}") from None
    except (OSError, ValueError) as error:
        raise ActuatorFailed(f"{method} {url}: does not answer ({getattr(error, 'reason', error)})") from None
