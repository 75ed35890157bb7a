"""Dotted paths into a blueprint: read, change with typed checks, list its parameters, and hash it.

``stations.underwriters.servers``, ``steps.verify.service.mean``, ``steps.verify.routes.denied.probability``: fields by
name, elements of a tuple by their own name (routes by where they lead, others by position).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from journeys.blueprint import Journey, Source
from journeys.budgets import Budget
from journeys.distributions import Distribution
from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.processes import Process

_LEAVES = (int, float, str, bool, Duration, Rate, Distribution, type(None))
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


class _NoSuchPath(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def get(journey: Journey, path: str) -> Any:
    """Return the value at `path`; raises InvalidInput with near-miss names where there is none."""
    node: Any = journey
    parts = path.split(".")
    try:
        for depth, part in enumerate(parts):
            if isinstance(node, Mapping):
                return _child(node, ".".join(parts[depth:]), path, depth)
            node = _child(node, part, path, depth)
    except _NoSuchPath as error:
        raise InvalidInput([error.problem]) from None
    return node


def apply(journey: Journey, changes: Mapping[str, Any]) -> Journey:
    """Return the journey with each path changed; raises InvalidInput with the problems of all paths at once.

    Values may be blueprint values or the texts of a TOML file or command line; they are read by the field's type.

    >>> from journeys.blueprint import Step
    >>> from journeys import Poisson, per_day
    >>> shop = Journey(name="shop", arrivals=Poisson(per_day(10)), steps=(Step(name="pay", lane="customer"),))
    >>> apply(shop, {"arrivals.rate": "20 / d"}).arrivals.rate
    Rate('20 / d')
    """
    problems: list[Problem] = []
    for path, value in changes.items():
        try:
            journey = _changed(journey, path.split("."), value, path, 0)
        except _NoSuchPath as error:
            problems.append(error.problem)
    if problems:
        raise InvalidInput(problems)
    return journey


def parameters(journey: Journey) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of each number, duration, rate and law that differs from its default.

    Arrival times of a schedule and weekly profiles are given as one parameter, not hour by hour.
    """
    yield from _parameters(journey, "")


def source_of(journey: Journey, path: str) -> Source:
    """Return the source that fits `path` best; *assumed*, without a note, where none does.

    A source's path fits what lies below it, and ``*`` in it fits any one name. The longest that fits is the best,
    and among equally long ones the one with the fewest ``*``.
    """
    parts = path.split(".")
    best, rank = Source(path, "assumed", ""), (0, 0)
    for source in journey.sources:
        pattern = source.path.split(".")
        fits = len(pattern) <= len(parts) and all(a in ("*", b) for a, b in zip(pattern, parts, strict=False))
        own = (len(pattern), -pattern.count("*"))
        if fits and own > rank:
            best, rank = source, own
    return best


def canonical(value: Any) -> Any:
    """Return a blueprint value as plain JSON values, the same for equal values."""
    if isinstance(value, Duration):
        return canonical(value.s)
    if isinstance(value, Process):
        return value.described()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inside = {field.name: canonical(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"is": type(value).__name__, **inside}
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in sorted(value.items())}
    if isinstance(value, (tuple, list)):
        return [canonical(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) + 0.0  # 5 is 5.0, and -0.0 is 0.0
    return value


def digest(journey: Journey) -> str:
    """Return a 16-character hash of the whole blueprint: equal journeys have equal digests."""
    text = json.dumps(canonical(journey), sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


# Reading and changing ------------------------------------------------------------------------------------------------


def key_of(item: Any, index: int) -> str:
    """Return what an element of a tuple is called in a path."""
    for attribute in ("name", "to"):
        if hasattr(item, attribute):
            return str(getattr(item, attribute))
    return str(index)


def _child(node: Any, part: str, path: str, depth: int) -> Any:
    return _children(node, path, depth, part)[part]


def _children(node: Any, path: str, depth: int, part: str) -> dict[str, Any]:
    if isinstance(node, tuple):
        found = {key_of(item, index): item for index, item in enumerate(node)}
    elif isinstance(node, Mapping):
        found = dict(node)
    elif dataclasses.is_dataclass(node) and not isinstance(node, (type, Duration, Rate)):
        found = {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
    else:
        found = {}
    if part not in found:
        above = ".".join(path.split(".")[:depth]) or "the journey"
        what = f"{above} has no {part!r}"
        if node is None:
            what, hint = f"{above} is not set", f"set {above} as a whole, such as 'Exponential(mean=3 d)'"
        else:
            hint = did_you_mean(part, list(found)) if found else f"{above} is a single value"
        raise _NoSuchPath(Problem(path, what, "", hint, "'journeywright show JOURNEY' lists the paths"))
    return found


def _changed(node: Any, parts: list[str], value: Any, path: str, depth: int, hint: Any = None) -> Any:
    if not parts:
        return _coerced(value, hint, path)
    part, rest = parts[0], parts[1:]
    if isinstance(node, Mapping):
        part = ".".join(parts)  # keys may hold dots
    if node is None:
        node = _default_of(hint)
    child = _children(node, path, depth, part)[part]
    if isinstance(node, tuple):
        element = _element_hint(hint)
        return tuple(
            _changed(item, rest, value, path, depth + 1, element) if key_of(item, index) == part else item
            for index, item in enumerate(node)
        )
    if isinstance(node, Mapping):
        kinds = typing.get_args(hint)
        is_number = bool(kinds) and Duration in _options(kinds[1])  # what differs in a segment is read once applied
        kind = Duration if isinstance(child, Duration) else float
        return {**node, part: _coerced(value, kind, path) if is_number else value}
    hint = hints_of(type(node))[part]
    return dataclasses.replace(node, **{part: _changed(child, rest, value, path, depth + 1, hint)})


def hints_of(kind: type[Any]) -> dict[str, Any]:
    """Return the declared type of each field of a class."""
    return _hints(kind)  # type: ignore[arg-type]  # a class is hashable, whatever the checker thinks


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _element_hint(hint: Any) -> Any:
    for option in _options(hint):
        if typing.get_origin(option) is tuple:
            return typing.get_args(option)[0]
    return None


def _default_of(hint: Any) -> Any:
    """Return the default of what may stand where nothing does (`Attempts`, `Replicas`); None where it has none."""
    for option in _options(hint):
        if dataclasses.is_dataclass(option) and isinstance(option, type) and not issubclass(option, _LEAVES):
            fields = dataclasses.fields(option)
            if all(field.default is not dataclasses.MISSING for field in fields):
                return option()
    return None


def _options(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(inner for option in typing.get_args(hint) for inner in _options(option))
    return (hint,)


def _coerced(value: Any, hint: Any, path: str) -> Any:
    """Read `value` as the field's type says; raises _NoSuchPath with what is allowed."""
    reasons: list[str] = []
    for option in _options(hint):
        try:
            return _as(value, option)
        except (TypeError, ValueError) as error:
            reasons.append(str(error))
    allowed = next((reason for reason in reasons if reason), "another type")
    raise _NoSuchPath(Problem(path, "cannot be set to this", repr(value), allowed))


def _as(value: Any, option: Any) -> Any:
    if option is type(None):
        if value is None or value in ("none", "None", ""):
            return None
        raise TypeError("")
    if typing.get_origin(option) is typing.Literal:
        if value in typing.get_args(option):
            return value
        raise ValueError("one of " + ", ".join(map(str, typing.get_args(option))))
    if typing.get_origin(option) is tuple:
        element = typing.get_args(option)[0]
        if isinstance(value, str) and element is str:
            return tuple(item.strip() for item in value.split(",") if item.strip())
        if isinstance(value, (list, tuple)):
            return tuple(_as(item, element) for item in value)
        raise TypeError("a list")
    if isinstance(option, type):
        return _as_type(value, option)
    raise TypeError("a value of another type")


def _as_type(value: Any, kind: type) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in _TRUE + _FALSE:
            return str(value).lower() in _TRUE
        raise ValueError("true or false")
    if isinstance(value, bool):
        raise ValueError("a number or a text, not true or false")
    if kind is int:
        number = _number(value, "a whole number")
        if number != int(number):
            raise ValueError("a whole number")
        return int(number)
    if kind is float:
        text = str(value).strip()
        return _number(text[:-1]) / 100 if text.endswith("%") else _number(text)
    if kind is str and isinstance(value, str):
        return value
    if isinstance(value, kind):
        return value
    if isinstance(value, str):
        for parsed in (Duration, Rate, Distribution):
            if kind is parsed:
                return parsed.parse(value)
        if kind is Budget:
            return Budget(value)
    if kind in (Duration, Distribution):
        raise TypeError(
            "a text with its unit, such as '3 h'" + (" or 'Exponential(mean=3 h)'" * (kind is Distribution))
        )
    if kind is Rate:
        raise TypeError("a text of events per time, such as '12 / h'")
    raise TypeError("a text" if kind is str else f"a {kind.__name__}")


def _number(value: Any, allowed: str = "a number") -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(allowed) from None
    if not math.isfinite(number):
        raise ValueError(allowed)
    return number


# Listing -------------------------------------------------------------------------------------------------------------

_NOT_PARAMETERS = {
    "sources", "budgets", "page", "http", "customers", "systems", "decision", "asks", "awaits", "process", "shows",
    "prices", "replaces", "measures", "in_person",
}  # fmt: skip


def _parameters(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, tuple):
        if node and all(isinstance(item, (int, float, Duration)) for item in node):
            yield path, node
            return
        for index, item in enumerate(node):
            yield from _parameters(item, f"{path}.{key_of(item, index)}")
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield f"{path}.{key}", item
    elif isinstance(node, _LEAVES) or not dataclasses.is_dataclass(node):
        if not isinstance(node, (str, type(None))):
            yield path, node
    else:
        for field in dataclasses.fields(node):
            value = getattr(node, field.name)
            if field.name in _NOT_PARAMETERS or field.name.startswith("on_"):
                continue
            if _is_default(value, field):
                continue
            yield from _parameters(value, f"{path}.{field.name}" if path else field.name)


def _is_default(value: Any, field: dataclasses.Field[Any]) -> bool:
    if field.default is not dataclasses.MISSING:
        return bool(value == field.default)
    return field.default_factory is not dataclasses.MISSING and bool(value == field.default_factory())
