"""The load engine: a journey's own customers, arriving on their own schedule, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from load.engine import load
    from load.job import LoadProgress
    from load.workers import WorkerLost

__all__ = ["LoadProgress", "WorkerLost", "load"]

_FROM = {"LoadProgress": "load.job", "WorkerLost": "load.workers", "load": "load.engine"}


def __getattr__(name: str) -> Any:
    """Import on demand: a worker must not have loaded what Locust is going to patch."""
    if name not in _FROM:
        raise AttributeError(f"module 'load' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FROM[name]), name)
