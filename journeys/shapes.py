"""Shapes: whether every value of a blueprint has the type that its field declares.

Python doesn't ask; a bare number where a duration belongs would only fail deep inside an engine.
"""

from __future__ import annotations

import dataclasses
import functools
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
_LEAVES = (str, int, float, bool, type(None))
"""Types within which there is nothing to look at."""
_FIT: dict[int, Any] = {}
"""Values in which nothing was wrong, by their ids: variants of a journey share nearly all that they are made of."""
_MOST_FIT = 20_000


def misfits(value: Any, path: str = "") -> Iterator[Problem]:
    """Yield a problem for each field, at any depth of the dataclass `value`, that holds another type than declared."""
    if _FIT.get(id(value)) is value:
        return
    wrong = False
    for name, hint in _fields(type(value)):  # type: ignore[arg-type]  # a class is hashable
        inside = getattr(value, name)
        if type(inside) not in _LEAVES or not any(fits(inside) for fits, _ in _kinds(hint)):
            for problem in _misfits(inside, hint, f"{path}.{name}" if path else name):
                wrong = True
                yield problem
    if not wrong and type(value).__dataclass_params__.frozen:
        if len(_FIT) >= _MOST_FIT:
            _FIT.clear()
        _FIT[id(value)] = value


@functools.cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return name and declared type of each field of a dataclass."""
    hints = hints_of(kind)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(kind))


def _misfits(value: Any, hint: Any, path: str) -> Iterator[Problem]:
    kind = next((kind for fits, kind in _kinds(hint) if fits(value)), None)
    if kind is None:
        allowed = " or ".join(_named(option) for option in _options(hint))
        yield Problem(path, "is of another type", _short(value), allowed)
    elif typing.get_origin(kind) is tuple:
        element = typing.get_args(kind)[0]
        for index, item in enumerate(value):
            yield from _misfits(item, element, f"{path}.{key_of(item, index)}")
    elif isinstance(value, (Duration, Rate)):
        number = value.s if isinstance(value, Duration) else value.per_s
        if not _is_number(number):
            yield Problem(path, "is of another type", _short(number), "a number of its unit")
    elif dataclasses.is_dataclass(value):
        yield from misfits(value, path)


def _options(hint: Any) -> tuple[Any, ...]:
    """Return the types of which a value must have one."""
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


@functools.cache
def _kinds(hint: Any) -> tuple[tuple[Callable[[Any], bool], Any], ...]:
    """Return each type of which a value must have one, with what tells whether it does."""
    return tuple((_test(option), option) for option in _options(hint))


def _test(hint: Any) -> Callable[[Any], bool]:
    origin = typing.get_origin(hint)
    if hint is Any:
        return lambda value: True
    if origin is typing.Literal:
        allowed = typing.get_args(hint)
        return lambda value: value in allowed
    if origin is Callable:
        return callable
    if hint is float:
        return _is_number
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    kind = Mapping if isinstance(origin, type) and issubclass(origin, Mapping) else origin or hint
    return lambda value: isinstance(kind, type) and isinstance(value, kind)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
