"""TOML files that people write: what-ifs, claims, faults, mappings of a log."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from journeys.errors import InvalidInput, Problem, did_you_mean


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return what a file holds; raises InvalidInput where it cannot be read, or is not TOML."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput([Problem(str(path), f"cannot be read ({error.strerror})")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput([Problem(str(path), f"is not TOML ({error})")]) from None


def unknown_keys(where: str, table: Mapping[str, Any], known: Iterable[str]) -> list[Problem]:
    """Return a problem for each key of a table that is none of the known ones, with the nearest of them."""
    known = tuple(known)
    return [Problem(f"{where}{key}", "is not known", "", did_you_mean(key, known)) for key in table if key not in known]
