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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from journeys.errors import Missing
from simulators.compiled.layout import header

SOURCES = Path(__file__).parent / "kernel"
VARIANTS = (SOURCES / "any.c", SOURCES / "plain.c")
TRAINING = Path(__file__).parent / "training.py"
ROOT = Path(__file__).parents[2]
# no fused multiply-add and no other liberty with arithmetic: times are to be those of the SimPy engine, bit by bit;
# what happens is many small functions, each called by others: inlined more readily than by default, a tenth is gained
FLAGS = (
    "-O3", "-finline-limit=200", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fPIC",
    "-w",
)  # fmt: skip
# a build guided by a profile: one that counts, short runs of it, and one that is laid out by the counts
COUNTING = ("-fprofile-generate", "-fprofile-update=single")
GUIDED = ("-fprofile-use", "-fprofile-partial-training")
LIMIT_S, TRAINING_LIMIT_S = 300.0, 60.0


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
    return opened(path)


def opened(path: Path) -> ctypes.CDLL:
    """Return a kernel that has been built."""
    library = ctypes.CDLL(str(path))
    for variant in (library.simulate_any, library.simulate_plain):
        variant.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        variant.restype = ctypes.c_int
    return library


def prepare(tell: Callable[[str], None]) -> None:
    """Compile the kernel if it has not been, telling so first; raises KernelMissing."""
    if not is_built():
        tell("compiling the simulation kernel, once (some ten seconds)")
    load()


def build(path: Path) -> None:
    """Compile the kernel into a file, whole or not at all; raises KernelMissing.

    It is laid out by what it does in training where the compiler can do that, which makes it faster and changes none
    of its results.
    """
    if not compiler():
        raise KernelMissing(missing())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tables.h").write_text(header(), encoding="ascii")
        try:
            made = _compile(folder, GUIDED if _trained(folder) else ())
        except (OSError, subprocess.SubprocessError) as error:
            raise KernelMissing(
                f"the compiled engine could not be built ({_said(error)}); use --engine simpy"
            ) from error
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.copyfile(made, beside)
        beside.replace(path)


def _compile(folder: Path, more: Sequence[str]) -> Path:
    """Compile both variants, at the same time, and link them."""
    with ThreadPoolExecutor(len(VARIANTS)) as pool:
        objects = list(pool.map(lambda source: _compile_one(folder, source, more), VARIANTS))
    _run([*compiler(), "-shared", *more, "-o", "kernel.so", *objects, "-lm"], folder)
    return folder / "kernel.so"


def _compile_one(folder: Path, source: Path, more: Sequence[str]) -> str:
    made = f"{source.stem}.o"
    _run([*compiler(), *FLAGS, *more, "-I", str(folder), "-c", "-o", made, str(source)], folder)
    return made


def _run(command: Sequence[str], folder: Path, limit_s: float = LIMIT_S) -> str:
    # in English, as what the compiler says is read
    variables = {**os.environ, "LC_ALL": "C", "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=limit_s, check=True
    )
    return done.stdout


def _trained(folder: Path) -> bool:
    """Leave a profile of the kernel in the folder, and tell so. Only of GCC: others need further tools for it."""
    try:
        if "Free Software Foundation" not in _run([*compiler(), "--version"], folder):
            return False
        counting = _compile(folder, COUNTING)
        _run([sys.executable, "-P", "-m", "simulators.compiled.training", str(counting)], folder, TRAINING_LIMIT_S)
    except (OSError, subprocess.SubprocessError):
        return False
    return all((folder / f"{source.stem}.gcda").exists() for source in VARIANTS)


def _said(error: Exception) -> str:
    """Return what a compiler said first, or what befell it."""
    text = (error.stderr or "").strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
    return next(iter(text.splitlines()), "the compiler gave no reason")


@functools.cache
def _kept() -> Path:
    """Return where the kernel of these very sources is kept for this machine."""
    sources = [header().encode()] + [
        file.read_bytes() for file in sorted(SOURCES.iterdir()) if file.suffix in (".c", ".h")
    ]
    sources += [TRAINING.read_bytes(), " ".join((*FLAGS, *COUNTING, *GUIDED)).encode()]
    sources += [platform.machine().encode(), sys.platform.encode()]
    digest = hashlib.blake2b(b"\0".join(sources), digest_size=10).hexdigest()
    return _cache() / f"kernel-{digest}.so"


def _cache() -> Path:
    chosen = os.environ.get("JOURNEYWRIGHT_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache")
    return Path(base) / "journeywright"
