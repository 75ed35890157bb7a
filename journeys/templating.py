"""Templates of actions: ``{name}`` in a text stands for a fact, a kept value, or ``{customer}``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from journeys.errors import InvalidInput, Problem, did_you_mean

_NAME = re.compile(r"\{\{([A-Za-z0-9_-]+)\}\}|\{([A-Za-z0-9_-]+)\}")


def render(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with each ``{name}`` replaced by its value; ``{{name}}`` gives a literal ``{name}``.

    Other braces stay as they are, and values are put in as they are: braces inside them mean nothing. Raises
    InvalidInput with every name that `values` lacks, and what it holds.

    >>> render("/orders/{order}?by={customer}", {"order": "A7", "customer": "17"})
    '/orders/A7?by=17'
    """
    rendered, problems = _rendered(text, values)
    if problems:
        raise InvalidInput(problems)
    return rendered


def render_all(value: Any, values: Mapping[str, str]) -> Any:
    """Return a JSON value with all texts inside its mappings and lists rendered; their keys stay as they are.

    Raises InvalidInput with the problems of all texts at once.

    >>> render_all({"name": "{who}", "lines": [{"sku": "{sku}", "n": 2}]}, {"who": "Ada", "sku": "b-1"})
    {'name': 'Ada', 'lines': [{'sku': 'b-1', 'n': 2}]}
    """
    problems: list[Problem] = []

    def walk(node: Any) -> Any:
        if isinstance(node, str):
            rendered, found = _rendered(node, values)
            problems.extend(found)
            return rendered
        if isinstance(node, Mapping):
            return {key: walk(item) for key, item in node.items()}
        if isinstance(node, (list, tuple)):
            return [walk(item) for item in node]
        return node

    rendered = walk(value)
    if problems:
        raise InvalidInput(problems)
    return rendered


def names(value: Any) -> frozenset[str]:
    """Return the names that the texts inside a JSON value ask for, to be checked before a run.

    >>> sorted(names({"to": "/{a}", "body": ["{b}", "{{c}}"]}))
    ['a', 'b']
    """
    return frozenset(_names(value))


def _rendered(text: str, values: Mapping[str, str]) -> tuple[str, list[Problem]]:
    if "{" not in text:
        return text, []
    problems: list[Problem] = []

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal is not None:
            return f"{{{literal}}}"
        if name in values:
            return values[name]
        problems.append(_unknown(text, name, values))
        return ""

    return _NAME.sub(value, text), problems


def _unknown(text: str, name: str, values: Mapping[str, str]) -> Problem:
    known = list(values)
    near = did_you_mean(name, known)
    allowed = "known: " + (", ".join(sorted(known)) or "none")
    return Problem(repr(text), f"nothing is called {{{name}}}", "", allowed, "" if near == allowed else near)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (match[2] for match in _NAME.finditer(value) if match[2])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _names(item)
