"""What a study judges, as JUnit XML: a test case for each budget, each claim, each metric before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

from reports.sections.claims import judged_in
from reports.wording import number, only_text, span

if TYPE_CHECKING:
    from reports.study import Study


class Case(NamedTuple):
    """A test case: its suite, whose it is, what it says, how it came out, and why; empty `outcome` where it passed."""

    suite: str
    of: str
    name: str
    outcome: str
    why: str


def junit(study: Study, judged: str = "") -> str:
    """Return the study's judgements as JUnit XML; `judged` is the one arm whose budgets count, empty for all.

    What would let the command exit with 1 is a failure; what the evidence leaves open is skipped, with the reason.
    """
    cases = list(_cases(study, judged))
    top = ElementTree.Element("testsuites", {"name": only_text(study.title), **_counts(cases)})
    for suite in dict.fromkeys(case.suite for case in cases):
        own = [case for case in cases if case.suite == suite]
        at = ElementTree.SubElement(top, "testsuite", {"name": suite, **_counts(own)})
        for case in own:
            one = ElementTree.SubElement(
                at, "testcase", classname=only_text(f"{suite}.{case.of}"), name=only_text(case.name)
            )
            if case.outcome:
                ElementTree.SubElement(one, case.outcome, message=only_text(case.why)).text = only_text(case.why)
            else:
                ElementTree.SubElement(one, "system-out").text = only_text(case.why)
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(top, encoding="unicode") + "\n"


def _cases(study: Study, judged: str) -> Iterator[Case]:
    for one in study.judgements:
        if judged in ("", one.arm):
            between = span(one.estimate, one.unit)
            why = f"{one.status}: {number(one.estimate.value, one.unit)}" + (f" ({between})" if between else "")
            outcome = {"kept": "", "missed": "failure"}.get(one.status, "skipped")
            yield Case("budgets", one.arm, one.budget, outcome, f"{why}, {one.kind}")
    for claim in judged_in(study):
        outcome = "" if claim.status == "supported" else "failure"
        why = f"{claim.status}: {claim.figure}" + (f"; {claim.more}" if claim.more else "")
        yield Case("claims", claim.claim.scenario, claim.claim.says, outcome, why)
    for name, (made, *_) in study.found.get("generation", {}).items():
        why = "; ".join(made.problems) or "made as planned"
        # before and after, a late generator is told, and decides nothing
        failed = "skipped" if study.found.get("regression") else "failure"
        yield Case("load", name, "the load was made as planned", failed if made.problems else "", why)
    if (found := study.found.get("regression")) is not None:
        from reports.regressions.texts import rows

        for row in rows(found):
            outcome = {"worse": "failure", "better": "", "same": ""}.get(row.call, "skipped")
            why = ", ".join(filter(None, (f"{row.call}: {row.before} before, {row.after} after", row.effect, row.note)))
            yield Case("regression", study.journey.name, row.title, outcome, why)


def _counts(cases: list[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {"tests": str(len(cases)), "failures": str(outcomes.count("failure")), "errors": "0",
            "skipped": str(outcomes.count("skipped"))}  # fmt: skip
