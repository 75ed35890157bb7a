"""Building the kernel: compiled once by the machine's own C compiler, and kept in the user's cache."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from journeys.errors import Missing
from simulators.compiled.layout import header

SOURCES = Path(__file__).parent / "kernel"
VARIANTS = (SOURCES / "any.c", SOURCES / "plain.c")
# no fused multiply-add and no other liberty with arithmetic: times are to be those of the SimPy engine, bit by bit;
# what happens is many small functions, each called by others: inlined more readily than by default, a tenth is gained
FLAGS = (
    "-O3", "-finline-limit=200", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC",
    "-shared", "-w",
)  # fmt: skip
LIMIT_S = 300.0


class KernelMissing(Missing):
    """There is no compiled kernel here, and none can be made."""


@functools.cache
def compiler() -> tuple[str, ...]:
    """Return the command of a C compiler: of the variable CC, the system's, or that of the package ziglang; or none."""
    named = os.environ.get("CC", "").split()
    for command in ([named] if named else []) + [["cc"], ["gcc"], ["clang"]]:
        if command and shutil.which(command[0]):
            return tuple(command)
    if find_spec("ziglang") is not None:
        return (sys.executable, "-m", "ziglang", "cc")
    return ()


def missing() -> str:
    """Return why there can be no kernel here, with what to do about it; empty where there is or can be one."""
    if not sys.platform.startswith(("linux", "darwin")):
        return f"the compiled engine is not built on {platform.system()}"
    if _kept().exists() or compiler():
        return ""
    return "the compiled engine needs a C compiler: install gcc or clang, or pip install ziglang"


def is_built() -> bool:
    """Tell whether the kernel has been compiled before, so that loading it takes no time."""
    return _kept().exists()


@functools.cache
def load() -> ctypes.CDLL:
    """Return the kernel, compiled now if it has not been; raises KernelMissing."""
    path = _kept()
    if not path.exists():
        build(path)
    library = ctypes.CDLL(str(path))
    for variant in (library.simulate_any, library.simulate_plain):
        variant.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        variant.restype = ctypes.c_int
    return library


def prepare(tell: Callable[[str], None]) -> None:
    """Compile the kernel if it has not been, telling so first; raises KernelMissing."""
    if not is_built():
        tell("compiling the simulation kernel, once (a few seconds)")
    load()


def build(path: Path) -> None:
    """Compile the kernel into a file, whole or not at all; raises KernelMissing."""
    if not compiler():
        raise KernelMissing(missing())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tables.h").write_text(header(), encoding="ascii")
        made = Path(folder) / "kernel.so"
        command = [*compiler(), *FLAGS, "-I", folder, "-o", str(made), *map(str, VARIANTS), "-lm"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KernelMissing(f"the compiled engine could not be built ({error}); use --engine simpy") from error
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["the compiler gave no reason"])[0]
            raise KernelMissing(f"the compiled engine could not be built ({said}); use --engine simpy")
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.copyfile(made, beside)
        beside.replace(path)


@functools.cache
def _kept() -> Path:
    """Return where the kernel of these very sources is kept for this machine."""
    sources = [header().encode()] + [
        file.read_bytes() for file in sorted(SOURCES.iterdir()) if file.suffix in (".c", ".h")
    ]
    sources += [" ".join(FLAGS).encode(), platform.machine().encode(), sys.platform.encode()]
    digest = hashlib.blake2b(b"\0".join(sources), digest_size=10).hexdigest()
    return _cache() / f"kernel-{digest}.so"


def _cache() -> Path:
    chosen = os.environ.get("JOURNEYWRIGHT_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache")
    return Path(base) / "journeywright"
