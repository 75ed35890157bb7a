"""The project's own modules and what each of them imports, read from their text and not by importing them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("journeys", "simulators", "load", "reports", "commands", "pytest_journeywright")


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module; `at_start` tells whether importing its importer imports it too."""

    module: str
    at_start: bool
    line: int


def modules() -> list[Path]:
    """Return the source files of all rooms and of the command line."""
    inside = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [*sorted(ROOT.glob("*.py")), *inside]


def name_of(path: Path) -> str:
    """Return a file's module name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imports_of(path: Path) -> tuple[Import, ...]:
    """Return what a file imports, at the start or later, with relative names resolved; type-only imports left out."""
    name = name_of(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return tuple(_imports(ast.parse(path.read_text(encoding="utf-8")), package, True))


def _imports(node: ast.AST, package: str, at_start: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, at_start, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = package.rsplit(".", child.level - 1)[0] if child.level else ""
            module = ".".join(part for part in (base, child.module) if part)
            yield Import(module, at_start, child.lineno)
            # "from package import module" imports that module as well
            yield from (
                Import(f"{module}.{alias.name}", at_start, child.lineno)
                for alias in child.names
                if is_module(f"{module}.{alias.name}")
            )
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(child, package, at_start and not inside)


def is_module(name: str) -> bool:
    """Tell whether a dotted name is a module of this project."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def is_below(module: str, *tops: str) -> bool:
    """Tell whether a module is one of `tops` or inside one."""
    return any(module == top or module.startswith(f"{top}.") for top in tops)
