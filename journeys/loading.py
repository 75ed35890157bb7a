"""Finding a journey: by the name under which it is registered, or in a user's own Python file."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType

import journeys
from journeys.blueprint import Journey
from journeys.checks import check
from journeys.errors import InvalidInput, Problem, did_you_mean

GROUP = "journeywright.journeys"
USER_MODULE = "journeywright_user_"
"""How the names of modules begin that hold a user's own file."""
_NO_FIELD = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")
_NO_NAME = re.compile(r"cannot import name '(\w+)' from 'journeys' ")


class _AsItIs(SourceFileLoader):
    """Compiles a file as it is: what was compiled of it a moment ago, when it was as long, would pass for the same."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def registered() -> dict[str, EntryPoint]:
    """Return the journeys that installed packages register, by name."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load(reference: str) -> Journey:
    """Return the checked journey that `reference` names: a registered name, or the path of a Python file.

    A file holds one journey in the variable ``journey``. Raises InvalidInput with every problem of the journey, or
    with what is wrong with the file and the line it is on.
    """
    if _is_file(reference):
        return check(_from_file(Path(reference)))
    found = registered()
    if reference not in found:
        raise InvalidInput(
            [
                Problem(
                    reference, "no such journey", "", did_you_mean(reference, list(found)), "or give a file, ./mine.py"
                )
            ]
        )
    try:
        loaded = found[reference].load()
    except InvalidInput:
        raise
    except (Exception, SystemExit) as error:
        raise InvalidInput([Problem(reference, f"cannot be imported: {said(error)}")]) from error
    if not isinstance(loaded, Journey):
        raise InvalidInput([Problem(reference, "is registered, but is no Journey", type(loaded).__name__)])
    return check(loaded)


def what_if_of(reference: str) -> str:
    """Return the path of the what-if file that comes with a journey: ``redesign.toml`` beside its module or file.

    For a file of one's own, ``shop.py``, it is ``shop.toml`` where that is there. Raises InvalidInput without any.
    """
    if _is_file(reference) and (own := Path(reference).with_suffix(".toml")).is_file():
        return str(own)
    wanted = Path(reference).with_suffix(".toml").name if _is_file(reference) else "what-if.toml"
    instead = f"write a what-if file, such as {wanted} (docs/what-if.md), and give that"
    return _beside(reference, "redesign.toml", "comes with no scenarios", instead)


def back_end_of(reference: str) -> str:
    """Return the path of the scenarios of a journey's back end: ``backend.toml`` beside it, or else its what-if.

    Raises InvalidInput where there is neither.
    """
    own = Path(what_if_of(reference)).with_name("backend.toml")
    return str(own) if own.is_file() else what_if_of(reference)


def claims_of(reference: str) -> str:
    """Return the path of the claims that come with a journey: ``claims.toml`` beside its module or file.

    Raises InvalidInput where there are none.
    """
    return _beside(reference, "claims.toml", "comes with no claims", "give a file of claims, such as claims.toml")


def page_of(reference: str) -> str:
    """Return the path of what the page of a journey tells: ``page.toml`` beside its module or file.

    Raises InvalidInput where there is none.
    """
    return _beside(reference, "page.toml", "comes with no page", "write a page.toml beside it")


def has_page(reference: str) -> bool:
    """Tell whether a registered journey comes with a page."""
    return source_file(reference).with_name("page.toml").is_file()


def _is_file(reference: str) -> bool:
    return reference.endswith(".py") or "/" in reference


def _beside(reference: str, name: str, problem: str, instead: str) -> str:
    beside = (Path(reference) if _is_file(reference) else source_file(reference)).with_name(name)
    if not beside.is_file():
        raise InvalidInput([Problem(reference, problem, "", instead)])
    return str(beside)


def source_file(reference: str) -> Path:
    """Return the Python file of a registered journey."""
    load(reference)
    spec = importlib.util.find_spec(registered()[reference].module)
    return Path(spec.origin if spec and spec.origin else ".")


def module_of(file: str | Path) -> ModuleType:
    """Return a Python file as a module, run anew; raises InvalidInput with what is wrong with it and the line."""
    path = Path(file)
    if not path.is_file():
        near = did_you_mean(path.name, [one.name for one in sorted(path.parent.glob("*.py"))])
        hint = "a Python file with a variable named 'journey'"
        raise InvalidInput([Problem(str(path), "no such file", "", near if near.startswith("did") else hint)])
    name = f"{USER_MODULE}{path.stem.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItIs(name, str(path)))
    if path.suffix != ".py" or spec is None or spec.loader is None:
        raise InvalidInput([Problem(str(path), "is not a Python file")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except InvalidInput:
        raise
    except (Exception, SystemExit) as error:
        line = _line_in(error, path)
        raise InvalidInput([Problem(f"{path}{line}", said(error))]) from error
    return module


def _from_file(path: Path) -> Journey:
    journey = getattr(module_of(path), "journey", None)
    if not isinstance(journey, Journey):
        raise InvalidInput(
            [
                Problem(
                    str(path),
                    "holds no journey",
                    "" if journey is None else type(journey).__name__,
                    "a variable named 'journey' = Journey(...)",
                )
            ]
        )
    return journey


def said(error: BaseException) -> str:
    """Return an error on one line; a misspelt field of the blueprint, or name, with what it may have meant."""
    field = _NO_FIELD.match(str(error))
    value = getattr(journeys, field[1], None) if field else None
    if field and dataclasses.is_dataclass(value):
        names = [each.name for each in dataclasses.fields(value)]
        return f"TypeError: {field[1]} has no {field[2]!r}; {did_you_mean(field[2], names)}"
    name = _NO_NAME.match(str(error))
    if name:
        return f"ImportError: journeys has no {name[1]!r}; {did_you_mean(name[1], journeys.__all__)}"
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {' '.join(said.split())}"


def _is_same(filename: str | None, path: Path) -> bool:
    return filename is not None and Path(filename).absolute() == path.absolute()


def _line_in(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError) and error.lineno and _is_same(error.filename, path):
        return f":{error.lineno}"
    trace, line = error.__traceback__, ""
    while trace is not None:
        if _is_same(trace.tb_frame.f_code.co_filename, path):
            line = f":{trace.tb_lineno}"
        trace = trace.tb_next
    return line
