"""Shapes: whether every value of a blueprint has the type that its field declares.

Python doesn't ask; a bare number where a duration belongs would only fail deep inside an engine.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from journeys.distributions import Distribution
from journeys.durations import Duration, Rate
from journeys.errors import Problem
from journeys.paths import hints_of, key_of

_EXAMPLES: dict[Any, str] = {
    Duration: "a duration, such as minutes(3)",
    Rate: "a rate, such as per_hour(12)",
    Distribution: "a distribution, such as Exponential(minutes(3))",
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "True or False",
}


def misfits(value: Any, path: str = "") -> Iterator[Problem]:
    """Yield a problem for each field, at any depth of the dataclass `value`, that holds another type than declared."""
    hints = hints_of(type(value))
    for field in dataclasses.fields(value):
        inside = getattr(value, field.name)
        yield from _misfits(inside, hints[field.name], f"{path}.{field.name}" if path else field.name)


def _misfits(value: Any, hint: Any, path: str) -> Iterator[Problem]:
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    fitting = [option for option in options if _fits(value, option)]
    if not fitting:
        allowed = " or ".join(_named(option) for option in options)
        yield Problem(path, "is of another type", _short(value), allowed)
    elif typing.get_origin(fitting[0]) is tuple:
        element = typing.get_args(fitting[0])[0]
        for index, item in enumerate(value):
            yield from _misfits(item, element, f"{path}.{key_of(item, index)}")
    elif dataclasses.is_dataclass(value) and not isinstance(value, (Duration, Rate)):
        yield from misfits(value, path)
    elif isinstance(value, (Duration, Rate)):
        number = value.s if isinstance(value, Duration) else value.per_s
        if not _fits(number, float):
            yield Problem(path, "is of another type", _short(number), "a number of its unit")


def _fits(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if hint is Any:
        return True
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping)
    if origin is Callable:
        return callable(value)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(hint, type) and isinstance(value, hint)


def _named(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal:
        return ", ".join(repr(option) for option in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return f"a tuple, each {_named(typing.get_args(hint)[0])}"
    if hint is type(None):
        return "None"
    if typing.get_origin(hint) is Callable:
        return "a function"
    return _EXAMPLES.get(hint) or (hint.__name__ if isinstance(hint, type) else "a mapping")


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
