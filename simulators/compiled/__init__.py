"""The compiled engine: the declarative part of the SimPy engine's semantics, from tables, in C."""

from simulators.compiled.building import KernelMissing, is_built, missing, prepare
from simulators.compiled.engine import replicate
from simulators.compiled.tables import unsupported

__all__ = ["KernelMissing", "is_built", "missing", "prepare", "replicate", "unsupported"]
