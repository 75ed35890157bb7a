"""A scripted organisation with a fake clock, to tell one customer's walk as a story with an exact log."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from journeys import Journey
from journeys.eventlog import NAN, Row
from journeys.population import Population
from journeys.walking import Act, Acted, Answered, Ask, Go, Heard, Intent, Leave, Listen, Pause, Script, Think

Reply = tuple[float, str, str | None]


class Story:
    """Walks one customer and keeps what they did (`told`), the rows that they wrote (`rows`) and their `end`.

    Parameters
    ----------
    acts: by step, one reply for each act: (seconds until the answer, outcome, where to); a reply that comes after the
        act's deadline is *timed_out* at the deadline. Without replies a step is served at once, to the next of `ways`.
    news: (time, step or end) at which the case turns up without the customer's doing, in rising order.
    calls: one reply for each call: (seconds, outcome), or (seconds until opening, "closed").
    at_s, late_s: when the arrival was planned, and how much later the walk began.
    options: of `Script`; `ways` leads on from steps without a reply of their own.
    """

    def __init__(
        self,
        journey: Journey,
        *,
        acts: Mapping[str, Iterable[Reply]] | None = None,
        news: Iterable[tuple[float, str]] = (),
        calls: Iterable[tuple[float, str]] = (),
        customer: int = 0,
        at_s: float = 0.0,
        late_s: float = 0.0,
        **options: Any,
    ) -> None:
        self.now_s = at_s + late_s
        self.told: list[str] = []
        self.rows: list[str] = []
        self.end = ""
        self.speed = options.get("speed", 1.0)
        self._acts = {step: iter(replies) for step, replies in (acts or {}).items()}
        self._news, self._calls = list(news), iter(calls)
        script = Script(journey, Population(journey, 1), **options)
        walk = script.walk(customer, at_s, lambda: self.now_s, self._write)
        answer: Any = None
        for _ in range(1000):
            try:
                intent = walk.send(answer)
            except StopIteration as stop:
                self.end = stop.value
                return
            answer = self._answer(intent)
        raise AssertionError("the walk does not end:\n" + "\n".join(self.told[-20:]))

    def _tell(self, text: str) -> None:
        self.told.append(f"{self.now_s:g} {text}")

    def _answer(self, intent: Intent) -> Any:
        if isinstance(intent, Think):
            self._tell(f"think {intent.human_s:g}")
            self.now_s += intent.human_s / self.speed
        elif isinstance(intent, Pause):
            self._tell(f"pause {intent.system_s:g}")
            self.now_s += intent.system_s
        elif isinstance(intent, Act):
            return self._acted(intent)
        elif isinstance(intent, Listen):
            return self._heard(intent.human_s)
        elif isinstance(intent, Ask):
            seconds, outcome = next(self._calls)
            self._tell(f"ask {intent.contact.name}#{intent.visit}, {outcome}")
            if outcome == "closed":
                return Answered("closed", seconds)
            self.now_s += seconds
            return Answered(outcome)
        elif isinstance(intent, Go):
            self._tell(f"go {intent.to}")
        elif isinstance(intent, Leave):
            self._tell(f"leave {intent.step}: {intent.reason}")
        return None

    def _acted(self, act: Act) -> Acted:
        asks = " " + ",".join(act.asks) if act.asks else ""
        limit = "" if act.deadline_s == math.inf else f" within {act.deadline_s:g}"
        self._tell(f"act {act.step.name}#{act.visit}.{act.attempt}{asks}{limit}")
        seconds, outcome, to = next(self._acts.get(act.step.name, iter(())), (0.0, "served", None))
        ready_s = self.now_s
        if seconds > act.deadline_s:
            seconds, outcome, to = act.deadline_s, "timed_out", None
        self.now_s += seconds
        start_s = NAN if outcome in ("reneged", "balked", "rejected") else ready_s
        return Acted(outcome, to, ready_s, start_s, self.now_s)

    def _heard(self, human_s: float) -> Heard:
        until_s = self.now_s + human_s / self.speed
        if self._news and self._news[0][0] <= until_s:
            time_s, to = self._news.pop(0)
            self.now_s = max(self.now_s, time_s)
            self._tell(f"hear {to}")
            return Heard(to)
        assert until_s < math.inf, "the customer listens for ever:\n" + "\n".join(self.told)
        self.now_s = until_s
        self._tell("hear nothing")
        return Heard(None)

    def _write(self, row: Row) -> None:
        times = "/".join("-" if time != time else f"{time:g}" for time in row[7:11])
        to = f" > {row.to}" if row.to else ""
        self.rows.append(
            f"{row.step}#{row.visit} {times} {row.outcome}{to}" + (f" [{row.detail}]" if row.detail else "")
        )
