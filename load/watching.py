"""How busy a local target's processes are while it is loaded, those that it talks to, and this machine.

Nothing is known of a target on another machine; then only this machine is watched, on which the generator runs.
"""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MACHINE, OURS = "this machine", "simulators."
SERVING = "server process "
"""Begins the name of each process that serves the target."""


class _Used(NamedTuple):
    """CPU seconds: of a process, and of that thread of it which has used most, by thread."""

    total_s: float
    threads_s: dict[int, float]


class _Look(NamedTuple):
    """One look: when (seconds of the run), the CPU seconds of each process, and of the machine (busy, all)."""

    at_s: float
    processes: dict[int, _Used]
    machine_s: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Watched:
    process: Any
    name: str
    one_core: bool


class Watch:
    """Looks at the CPU time of a target's processes whenever told to.

    Parameters
    ----------
    host, port: the target's. root: the process whose tree serves it, where known; else the one that listens there.
    """

    def __init__(self, host: str, port: int, root: int = 0) -> None:
        self._watched: dict[int, _Watched] = {}
        self._looks: list[_Look] = []
        import psutil

        with contextlib.suppress(psutil.Error):  # what this user may not see is not watched
            self._find(host, port, root)

    @property
    def names(self) -> tuple[str, ...]:
        """What is watched besides the machine."""
        return tuple(watched.name for watched in self._watched.values())

    @property
    def pids(self) -> dict[str, int]:
        """The processes that are watched, by name."""
        return {watched.name: pid for pid, watched in self._watched.items()}

    def look(self, at_s: float) -> None:
        """Note the CPU times at a second of the run."""
        import psutil

        times = psutil.cpu_times()
        whole = float(sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))
        idle = float(times.idle + getattr(times, "iowait", 0.0))
        processes = {}
        for pid, watched in self._watched.items():
            with contextlib.suppress(psutil.Error):
                used = watched.process.cpu_times()
                threads = {} if watched.one_core else {
                    thread.id: thread.user_time + thread.system_time for thread in watched.process.threads()
                }  # fmt: skip
                processes[pid] = _Used(used.user + used.system, threads)
        self._looks.append(_Look(at_s, processes, (whole - idle, whole)))

    def busy(self, begin_s: float, end_s: float) -> dict[str, float]:
        """Return by name which share of what it could do each was busy, between two seconds of the run.

        Of a Python process, of one core; of another, its busiest thread's, of one core; of the machine, of all cores.
        """
        looks = [look for look in self._looks if begin_s <= look.at_s <= end_s]
        if len(looks) < 2:
            return {}
        first, last = looks[0], looks[-1]
        lasted_s = last.at_s - first.at_s
        found: dict[str, float] = {}
        for pid, watched in self._watched.items():
            if pid in first.processes and pid in last.processes:
                share = _share(first.processes[pid], last.processes[pid], watched.one_core) / lasted_s
                found[watched.name] = max(found.get(watched.name, 0.0), share)
        busy_s, all_s = (after - before for before, after in zip(first.machine_s, last.machine_s, strict=True))
        return found | ({MACHINE: busy_s / all_s} if all_s > 0 else {})

    def _find(self, host: str, port: int, root: int) -> None:
        import psutil

        if not _is_here(host):
            return
        sockets = psutil.net_connections("tcp")
        listeners = {at.laddr[1]: at.pid for at in sockets if at.status == psutil.CONN_LISTEN and at.laddr and at.pid}
        serving = root or listeners.get(port, 0)
        if not serving:
            return
        tree = list(_tree(psutil.Process(serving)))
        own = {process.pid for process in tree}
        asked = {
            listeners[at.raddr[1]]
            for at in sockets
            if at.pid in own and at.status == psutil.CONN_ESTABLISHED and at.raddr and _is_here(at.raddr[0])
            and listeners.get(at.raddr[1]) not in (None, *own)
        }  # fmt: skip
        self._add(tree, lambda name: SERVING + name)
        for pid in sorted(asked):
            self._add(list(_tree(psutil.Process(pid))), lambda name: f"{name}, which the server asks")

    def _add(self, processes: list[Any], called: Callable[[str], str]) -> None:
        names = [_name(process) for process in processes]
        several = Counter(names)
        counted: Counter[str] = Counter()
        for process, name in zip(processes, names, strict=True):
            counted[name] += 1
            shown = f"{name} {counted[name]}" if several[name] > 1 else name
            self._watched[process.pid] = _Watched(process, called(shown), name.startswith("python"))


def rss_mb(pid: int | None = None) -> float:
    """Return the memory that a process holds (this one, unless told), in megabytes; 0.0 where nobody tells."""
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0


def _tree(process: Any) -> Iterator[Any]:
    yield process
    yield from process.children(recursive=True)


def _name(process: Any) -> str:
    """Return what a process is called; of Python's, also the module that it runs and with what, or the file."""
    name = str(process.name())
    if not name.startswith("python"):
        return name
    words = process.cmdline()[1:]
    told: list[str] = next((words[at + 1 :] for at, word in enumerate(words[:-1]) if word == "-m"), [])
    if told:  # what others' processes are told further may be nobody's business
        return f"python {' '.join(told if told[0].startswith(OURS) else told[:1])}"
    file = next((word.rpartition("/")[2] for word in words if not word.startswith("-")), "")
    return f"python {file}".strip()


def _share(before: _Used, after: _Used, one_core: bool) -> float:
    if one_core or not after.threads_s:
        return after.total_s - before.total_s
    return max(used_s - before.threads_s.get(thread, 0.0) for thread, used_s in after.threads_s.items())


def _is_here(host: str) -> bool:
    """Tell whether an address is this machine's."""
    import psutil

    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    own = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    return bool(found & (own | {"127.0.0.1", "::1"}))
