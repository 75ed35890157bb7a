"""The pages that customers and operators see, as HTML: accessible, escaped, one script and one style for all."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from journeys.blueprint import Step
from journeys.routes import ENDS
from journeys.stations import DAYS, Station
from simulators.backend.asking import known
from simulators.backend.fields import field_of
from simulators.backend.service import Service
from simulators.backend.stages import stages_of
from simulators.backend.standing import Operations, Standing, StationNow, measured
from simulators.backend.summaries import summary_of

_FOLDER = Path(__file__).parent / "templates"
_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_STATUS_EVERY_MS = 2000
_POLL_MS, _LIVE_POLL_MS, _BUSY_POLL_MS = 25_000, 2_000, 1_000

Texts = Mapping[str, str]

_ENDS = {
    "completed": ("Completed", "All done – thank you", "Everything is settled. You do not need to do anything else."),
    "denied": (
        "Decision",
        "We are sorry – we cannot go ahead",
        "We have looked at everything, and cannot approve this.",
    ),
    "dropped": ("Closed", "This case is closed", "You withdrew, or it took too long. You are welcome to start again."),
    "rejected": (
        "Closed",
        "We could not take you on right now",
        "Too many people are waiting. Please try again later.",
    ),
}
_ALERTS = {
    "failed": "Something went wrong on our side, and this was not processed. Please try again.",
    "timed_out": "This took too long, and was not processed. Please try again.",
    "rejected": "Too many people are waiting, and this was not processed. Please try again later.",
    "reneged": "You left the queue before it was your turn.",
    "balked": "You left because the queue was too long.",
}


class Pages:
    """Renders the pages of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._site = service.journey.title or service.journey.name
        self._style = (_FOLDER / "portal.css").read_text(encoding="utf-8")
        self._script = (_FOLDER / "portal.js").read_text(encoding="utf-8")
        self._environment = Environment(
            loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip

    @property
    def policy(self) -> str:
        """Return the content security policy under which the pages work: their own script and style, nothing else."""
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src '{_digest(self._script)}'",
                f"style-src '{_digest(self._style)}'",
                "img-src data:",
                "connect-src 'self'",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            )
        )

    def welcome(self) -> str:
        """Return the page on which a journey starts."""
        journey, labels = self._service.journey, []
        for step in journey.steps:
            if step.lane != "customer":
                break
            labels += [self._service.facts[name].label for name in step.asks]
        return self._render("welcome.html", have_ready=list(dict.fromkeys(labels)))

    def case(self, now: Standing, wrong: Texts | None = None, given: Texts | None = None) -> str:
        """Return a case's page: a form, a wait or an end. `wrong`: what to put right in what was just `given`."""
        if now.ended:
            return self._end(now)
        if now.acts and now.at is not None:
            return self._step(now, now.at, wrong or {}, given or {})
        return self._waiting(now)

    def problem(self, status: int, text: str, back: str = "/") -> str:
        """Return a page about a request that could not be answered."""
        heading = "We could not find that page" if status == 404 else "That did not work"
        return self._render("problem.html", status=status, heading=heading, text=text, back=back)

    def status(self, operations: Operations) -> str:
        """Return the operations page: stations, queues, people on duty, cases."""
        now, journey = operations.human_s, self._service.journey
        hours, minutes = now % _DAY_S // _HOUR_S, now % _HOUR_S // _MINUTE_S
        return self._render(
            "status.html",
            data={"refresh": _STATUS_EVERY_MS},
            day=f"Week {now // (7 * _DAY_S) + 1:.0f}, {DAYS[int(now // _DAY_S) % 7].capitalize()}",
            time=f"{hours:02.0f}:{minutes:02.0f}",
            speed=f"{self._service.speed:g}",
            open_cases=operations.open_cases,
            ends=[(end, operations.ends.get(end, 0)) for end in ENDS],
            stations=[
                _station(station, now) for station, now in zip(journey.stations, operations.stations, strict=True)
            ],
        )

    def _render(self, template: str, **values: Any) -> str:
        values = {"data": {}, "reference": "", "key": secrets.token_urlsafe(12)} | values
        return self._environment.get_template(template).render(
            site=self._site, style=self._style, script=self._script, **values
        )

    def _render_case(self, template: str, now: Standing, poll_ms: int = 0, **values: Any) -> str:
        state = now.state()
        data = {name: str(value).lower() if isinstance(value, bool) else value for name, value in state.items()}
        last = measured(now.last) if now.last is not None else {}
        for name in ("outcome", "queue_ms", "service_ms", "server", "detail"):
            found = last.get(name)
            data[name.replace("_", "-")] = "" if found is None else found
        data["to"] = (now.last.to or "") if now.last is not None else ""
        if poll_ms:
            data["poll"] = poll_ms
        return self._render(template, data=data, reference=now.case[:8], case=now.case, step=now.step, **values)

    def _end(self, now: Standing) -> str:
        kicker, heading, text = _ENDS[now.step]
        return self._render_case("end.html", now, end=now.step, kicker=kicker, heading=heading, text=text)

    def _step(self, now: Standing, step: Step, wrong: Texts, given: Texts) -> str:
        service = self._service
        knows = known(service.journey, step, now.told)
        asked = now.asks
        fields = [
            field_of(
                service.facts[name], given.get(name) or knows.get(name, ""), name in knows, wrong.get(name, ""),
                currency=service.journey.money.currency, in_person=step.in_person,
            )
            for name in asked
        ]  # fmt: skip
        outcome = now.last.outcome if now.last is not None else ""
        refused = outcome in _ALERTS and (outcome in ("failed", "timed_out") or _came_back(now))
        ways: list[tuple[str, str]] = []
        if outcome in ("failed", "timed_out") and step.on_failure not in (*ENDS, step.name):
            ways.append((step.on_failure, service.journey.step(step.on_failure).label))
        return self._render_case(
            "step.html",
            now,
            heading=step.label,
            alert="Please check your answers." if wrong else _ALERTS[outcome] if refused else "",
            wrong=wrong,
            elsewhere=[f"{name} {problem}" for name, problem in wrong.items() if name not in asked],
            fields=fields,
            step_asks=bool(step.asks),
            summary=summary_of(service.journey, step, now.told, now.stock),
            notes=now.notes,
            has_file=any(service.facts[name].kind == "file" for name in asked),
            ways=ways,
        )

    def _waiting(self, now: Standing) -> str:
        journey = self._service.journey
        if now.busy:
            return self._render_case(
                "waiting.html", now, _BUSY_POLL_MS, kicker="One moment", heading="We are working on it",
                text="Your details have reached us and are being processed right now.", stages=[], notes={},
                may_leave=True,
            )  # fmt: skip
        wait = journey.wait(now.wait) if now.wait else None
        if wait is not None and wait.visible > 0:
            return self._render_case(
                "waiting.html", now, _LIVE_POLL_MS, kicker=wait.title or "In progress",
                heading=journey.step(now.step).label, text="There is nothing you need to do now.",
                stages=stages_of(journey, now.step, wait), notes=now.notes, may_leave=True,
            )  # fmt: skip
        subject = f" Next: {wait.title[0].lower()}{wait.title[1:]}." if wait is not None and wait.title else ""
        return self._render_case(
            "waiting.html", now, _POLL_MS, kicker="In progress", heading="We have received it",
            text=f"Thank you. There is nothing you need to do now.{subject} We will be in touch.", stages=[], notes={},
            may_leave=True,
        )  # fmt: skip


def _came_back(now: Standing) -> bool:
    return now.last is not None and now.last.to == now.step


def _station(station: Station, now: StationNow) -> dict[str, Any]:
    words = {"off": "Off duty", "down": "Out of order", "busy": "Queueing", "well": "Operating"}
    if not now.open:
        how = "off"
    elif not now.on_duty:
        how = "down"
    else:
        how = "busy" if now.waiting else "well"
    label = station.title or station.name.replace("_", " ").replace("-", " ").capitalize()
    return {
        "label": label, "kind": "People" if station.kind == "people" else "System", "on_duty": now.on_duty,
        "serving": now.serving, "waiting": now.waiting, "state": how, "words": words[how],
    }  # fmt: skip


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
