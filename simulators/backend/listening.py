"""Where the back end listens, and for whom."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from journeys.blueprint import Journey
from journeys.errors import Missing

LOOPBACK = "127.0.0.1"
_OPEN_FILES = 65_536
_BACKLOG = 4096


class PortInUse(Missing):
    """The address cannot be listened on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served, and where.

    Parameters
    ----------
    journey: scenario changes applied. seed: whose population. speed: human seconds per second of the wall, > 0.
    host: the loopback interface unless told otherwise. port: 0 for any that is free.
    database: a file, or the URL of a PostgreSQL database; None for one that vanishes with the process.
    replicas: how many processes serve behind a load balancer; 0 for this process alone, without one.
    rules: paths of rules and their values, other than the journey's, from the start on.
    waits: whether what is to happen to replicas waits for a run to set its zero; else it happens from the start on.
    """

    journey: Journey
    seed: int = 1
    speed: float = 1.0
    host: str = LOOPBACK
    port: int = 0
    database: Path | str | None = None
    replicas: int = 0
    waits: bool = False
    rules: Mapping[str, str] = field(default_factory=dict)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises PortInUse, with what to do about it, where there can be none."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name != "nt":  # where it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            why, then = "the port is in use", "choose another with --port, or 0 for any that is free"
        else:
            why, then = f"cannot be listened on ({error})", "choose an address of this machine and a port up to 65535"
        raise PortInUse(f"{host}:{port}: {why}; {then}") from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of a listening socket, as a client calls it."""
    host, port = listening.getsockname()[:2]
    return url_at(host, port)


def url_at(host: str, port: int) -> str:
    """Return an address as a client calls it."""
    reached = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def allow_many_connections() -> None:
    """Raise this process's limit of open files as far as it may; thousands of customers wait at once."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
