"""The load engine: a journey's own customers, arriving on their own schedule, over HTTP."""

from load.engine import load
from load.job import LoadProgress
from load.workers import WorkerLost

__all__ = ["LoadProgress", "WorkerLost", "load"]
