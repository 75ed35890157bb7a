"""Findings: what was wrong with a target besides its times, each named in the same words whenever it is met."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from journeys.errors import CannotRead, CannotWrite, InvalidInput, Problem, did_you_mean

FILE = "findings.jsonl"
Ruling = Literal["fail", "report", "off"]

CHECKS: dict[str, Ruling] = {
    "step": "fail",
    "server-error": "fail",
    "page-error": "fail",
    "accessibility": "fail",
    "link": "fail",
    "status": "fail",
    "double-submit": "fail",
    "console": "report",
    "request": "report",
    "accessibility-minor": "report",
    "attempt": "report",
    "asked-again": "report",
    "flaky": "report",
    "inconclusive": "report",
}
"""What is looked for, and whether it fails a run, is reported only, or is not looked for.

step: a step that could not be done. server-error: an answer of 500 or more. page-error: an exception that nobody
caught, in a page. accessibility: serious and critical violations of axe's rules, accessibility-minor the others.
link: an address that a page leads to and that answers 400 or more. status: what a page says is not what the back end
holds. double-submit: a submission sent twice made two. console: what a page wrote as an error. request: a request of a
page that failed or was refused. attempt: an attempt that failed, of a step that was done in the end. asked-again: a
fact that the target had been told. flaky: what failed and, with the same customer, then did not. inconclusive: a
budget that too few customers decide.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Parameters
    ----------
    check: one of CHECKS. step: where, or empty. what: what it is, without what differs from customer to customer.
    customer: whose walk met it. where: the address. detail: whatever else helps.
    """

    check: str
    step: str
    what: str
    customer: int
    where: str = ""
    detail: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """What is the same whenever this is met."""
        return self.check, self.step, self.what

    def __str__(self) -> str:
        at = f" at {self.step}" if self.step else ""
        return f"{self.check}{at}: {self.what}" + (f" ({self.where})" if self.where else "")


def pattern(address: str) -> str:
    """Return the path of an address without what differs from customer to customer: numbers, keys, the query.

    >>> pattern("http://127.0.0.1:8000/orders/17/items?page=2")
    '/orders/*/items'
    """
    parts = urlsplit(address).path.split("/")
    return "/".join("*" if any(c.isdigit() for c in part) or len(part) > 20 else part for part in parts) or "/"


def impersonal(text: str, persona: Mapping[str, str]) -> str:
    """Return a text with the customer's own values replaced by the names of the facts.

    >>> impersonal('See("Thank you, Ada."): not seen', {"full_name": "Ada", "rooms": "2"})
    'See("Thank you, {full_name}."): not seen'
    """
    for name, value in sorted(persona.items(), key=lambda fact: -len(fact[1])):
        if len(value) > 2:
            text = text.replace(value, f"{{{name}}}")
    return text


def rulings(text: str, before: dict[str, Ruling] | None = None) -> dict[str, Ruling]:
    """Return what becomes of each check, as `text` changes it: names and ``name=report``, separated by commas.

    A name alone fails a run. Raises InvalidInput with every part that is not understood.

    >>> rulings("console, link=off")["console"], rulings("console, link=off")["link"]
    ('fail', 'off')
    """
    found, problems = dict(before or CHECKS), []
    for part in (part.strip() for part in text.split(",")):
        name, _, ruling = (word.strip() for word in part.partition("="))
        ruling = ruling or "fail"
        if not part:
            continue
        if name not in CHECKS:
            problems.append(Problem("--journey-checks", "no such check", repr(name), did_you_mean(name, list(CHECKS))))
        elif ruling not in ("fail", "report", "off"):
            problems.append(Problem("--journey-checks", "is no ruling", repr(part), f"{name}=fail, =report or =off"))
        elif name == "step" and ruling != "fail":
            problems.append(Problem("--journey-checks", "cannot be left out", repr(part), "a step that fails, fails"))
        else:
            found[name] = ruling  # type: ignore[assignment]
    if problems:
        raise InvalidInput(problems)
    return found


def write_findings(folder: Path, findings: Iterable[Finding]) -> None:
    """Write a run's findings into its folder, where there are any; raises CannotWrite."""
    write_lines(folder / FILE, [asdict(one) for one in findings])


def write_lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """Write a line of JSON for each value, and no file for none; raises CannotWrite."""
    lines = [json.dumps(value) + "\n" for value in values]
    try:
        if lines:
            path.write_text("".join(lines), encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another folder") from error


def read_findings(folder: Path) -> list[Finding]:
    """Return a run's findings, none where it wrote none; raises CannotRead."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [Finding(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise CannotRead(f"{path}: cannot be read ({error}); walk again") from error
