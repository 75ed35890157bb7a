"""A journey's skeleton from a HAR file: each page and what it then asked is a step with its HTTP actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from journeys.recorded.har import Exchange, HarRecording
from journeys.recorded.masking import MASK, is_secret
from journeys.recorded.texts import escaped, imports_of, quoted, rounded, slug, tuple_of, unique, varies
from journeys.recorded.writing import SECRET_FACT, THINK_CV, Written, personal

_ASSETS = re.compile(r"\.(css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|mp4|webm|wasm)$", re.IGNORECASE)
_ASSET_TYPES = ("image/", "font/", "text/css", "video/", "audio/", "application/javascript", "text/javascript")
_REDIRECTS = range(300, 400)
_BODIES = ("POST", "PUT", "PATCH", "DELETE")
_IDS = re.compile(r"(^|_|-)(id|number|reference|ref|uuid|key|slug)$|Id$", re.IGNORECASE)
LEAST_THINK_S = 1.0


@dataclass(slots=True)
class _Step:
    """Requests of one page, in their order, and how long somebody took before the first of them."""

    name: str
    think_s: float
    exchanges: list[tuple[Exchange, int]] = field(default_factory=list)
    """With the status that was reached in the end, by redirections."""


def skeleton(recording: HarRecording, name: str = "") -> Written:
    """Return a journey whose steps do the requests of a recording, without what pages load for their looks."""
    return _Skeleton(recording, name).written()


class _Skeleton:
    def __init__(self, recording: HarRecording, name: str) -> None:
        self._recording, self._name = recording, name
        self._facts: dict[str, str] = {}
        self._known: dict[str, tuple[int, str, str]] = {}  # a value, and which request told it under which path
        self._keeps: dict[int, dict[str, str]] = {}
        self._remarks: list[str] = []

    def written(self) -> Written:
        steps = list(self._steps())
        calls = [[self._call(one, status) for one, status in step.exchanges] for step in steps]
        words = {"Budget", "Journey", "Lognormal", "Poisson", "Route", "Step", "per_hour", "seconds"}
        words |= {call["function"] for step in calls for call in step} | ({"Fact"} if self._facts else set())
        name = self._name or slug(self._recording.title, "recorded").replace("_", "-")
        written = [
            self._step(step, [self._line(call) for call in own], index == len(steps) - 1)
            for index, (step, own) in enumerate(zip(steps, calls, strict=True))
        ]
        for site, count in self._recording.elsewhere.items():
            self._remarks.append(f"{count} requests of {site} are left out: a journey walks one site")
        budgets = ['Budget("completion >= 90%"),  # to be filled in, like those of time']
        budgets += [f'Budget("p95({step.name}) < {self._limit_s(step)} s"),' for step in steps]
        body = "\n".join(
            [
                f'    name="{name}",',
                f"    title={quoted(self._recording.title or name)},",
                "    arrivals=Poisson(per_hour(30)),  # to be filled in: how many people begin this",
                *tuple_of("facts", list(self._facts.values())),
                *tuple_of("steps", written),
                *tuple_of("budgets", budgets),
            ]
        )
        text = (
            f'"""{name}: a skeleton from a HAR file of {self._recording.origin}; change it into yours.\n\n'
            "One person did this once: each think time is what passed then, spread by a guess. Secrets were masked.\n"
            f'"""\n\nfrom journeys import (\n{imports_of(words)}\n)\n\njourney = Journey(\n{body}\n)\n'
        )
        return Written(text, self._remarks)

    # Steps -----------------------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[_Step]:
        exchanges = [one for one in self._recording.exchanges if not _is_asset(one)]
        step: _Step | None = None
        names: list[str] = []
        ended_s = exchanges[0].began_s if exchanges else 0.0
        skipped: set[int] = set()
        for index, one in enumerate(exchanges):
            if index in skipped:
                ended_s = max(ended_s, one.began_s + one.took_s)
                continue
            last = _followed(exchanges, index, skipped)
            if step is None or last.type == "text/html":
                if step is not None:
                    yield step
                part = next((part for part in reversed(last.path.split("/")) if part and not varies(part)), "start")
                names.append(unique(slug(part, "start"), names))
                step = _Step(names[-1], max(LEAST_THINK_S, one.began_s - ended_s))
            step.exchanges.append((one, last.status))
            ended_s = max(ended_s, one.began_s + one.took_s)
        if step is not None:
            yield step

    def _step(self, step: _Step, lines: Sequence[str], last: bool) -> str:
        written = [
            "Step(",
            f'    name="{step.name}", lane="customer", title={quoted(step.name.replace("_", " ").capitalize())},',
            f"    think=Lognormal(seconds({rounded(step.think_s)}), cv={THINK_CV:g}),",
            "    http=(",
            *(f"        {line}" for line in lines),
            "    ),",
        ]
        return "\n".join([*written, *(['    routes=(Route("completed"),),'] if last else []), "),"])

    def _limit_s(self, step: _Step) -> int:
        return max(1, round(3 * sum(one.took_s for one, _ in step.exchanges) + 0.5))

    # Requests --------------------------------------------------------------------------------------------------------

    def _call(self, one: Exchange, status: int) -> dict[str, Any]:
        index = len(self._keeps)
        self._keeps[index] = {}
        path = "/".join(self._of_before(part, exact=True) for part in one.path.split("/"))
        call: dict[str, Any] = {
            "index": index, "method": one.method, "status": status,
            "function": {"GET": "get", "POST": "post"}.get(one.method, "Request"),
            "path": path + (f"?{one.query}" if one.query else ""),
            "body": self._body(one) if one.method in _BODIES and one.body else "",
        }  # fmt: skip
        if "json" in one.type:
            self._learn(one, index)
        return call

    def _line(self, call: Mapping[str, Any]) -> str:
        told = (
            [quoted(call["path"])] if call["function"] != "Request" else [quoted(call["method"]), quoted(call["path"])]
        )
        if call["body"]:
            told.append(call["body"])
        if call["status"] != 200:
            told.append(f"expect={call['status']}")
        if keep := self._keeps[call["index"]]:
            told.append("keep={" + ", ".join(f"{quoted(name)}: {quoted(path)}" for name, path in keep.items()) + "}")
        return f"{call['function']}({', '.join(told)}),"

    def _body(self, one: Exchange) -> str:
        if "json" in one.kind:
            try:
                return f"json={_literal(self._filled(json.loads(one.body), ''))}"
            except ValueError:
                self._remarks.append(f"{one.method} {one.path}: its body is not the JSON that it says it is")
                return ""
        if one.kind == "application/x-www-form-urlencoded":
            pairs = dict(parse_qsl(one.body, keep_blank_values=True))
            return f"form={_literal({name: self._filled(value, name) for name, value in pairs.items()})}"
        self._remarks.append(f"{one.method} {one.path}: its body ({one.kind or 'of no kind'}) is left out")
        return ""

    def _filled(self, value: Any, name: str) -> Any:
        """Return a body with what is a customer's own, or was told before, as templates."""
        if isinstance(value, Mapping):
            return {key: self._filled(item, str(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, name) for item in value]
        if value == MASK and is_secret(name):
            if re.search(r"token|csrf|xsrf|session", name, re.IGNORECASE):
                self._remarks.append(f"{name!r} looks like a token that an earlier page gave: keep it from there")
            return self._fact(name, SECRET_FACT)
        if isinstance(value, str) and value:
            about = personal(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).casefold())
            return self._fact(name, about) if about else self._of_before(value, exact=False)
        return value

    def _fact(self, name: str, about: str) -> str:
        called = slug(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name), "field")
        label = called.replace("_", " ").capitalize()
        self._facts.setdefault(called, f"Fact(name={quoted(called)}, label={quoted(label)}{about}")
        return f"{{{called}}}"

    def _of_before(self, text: str, *, exact: bool) -> str:
        """Return the template of a value that an earlier answer told under the name of an identifier."""
        known = self._known.get(text)
        if known is None or (exact and not text):
            return escaped(text)
        before, name, path = known
        self._keeps[before][name] = path
        return f"{{{name}}}"

    def _learn(self, one: Exchange, index: int) -> None:
        try:
            told = json.loads(one.content)
        except ValueError:
            return
        stem = next((part for part in reversed(one.path.split("/")) if part and not varies(part)), "kept")
        for path, value in _leaves(told):
            member = path.rpartition(".")[2]
            if _IDS.search(member) and str(value) and str(value) != MASK:
                name = slug(f"{stem.rstrip('s')}_{member}", "kept")
                self._known.setdefault(str(value), (index, name, path))


def _is_asset(one: Exchange) -> bool:
    return bool(_ASSETS.search(one.path)) or one.type.startswith(_ASSET_TYPES) or one.method in ("HEAD", "OPTIONS")


def _followed(exchanges: Sequence[Exchange], index: int, skipped: set[int]) -> Exchange:
    """Return the answer that a request reached by its redirections, each of which is noted as followed."""
    one, after = exchanges[index], index
    while one.status in _REDIRECTS:
        goal = one.header("location").rpartition("://")[2].partition("?")[0]
        later = range(after + 1, len(exchanges))
        gets = (i for i in later if exchanges[i].method == "GET" and goal.endswith(exchanges[i].path))
        found = next(gets, None)
        if found is None:
            break
        skipped.add(found)
        one, after = exchanges[found], found
    return one


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, item in enumerate(value[:20]):
            yield from _leaves(item, f"{path}.{number}" if path else str(number))
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield path, value


def _literal(value: Any) -> str:
    """Return a value as Python writes it, with texts in double quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(name))}: {_literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return quoted(value) if isinstance(value, str) else repr(value)
