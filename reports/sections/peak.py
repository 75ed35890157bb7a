"""What a person feels at peak: each step in a real browser, alone and while the target is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.loading.peak import NAME, Felt, Peak, times_as_long, values
from reports.loading.peak_figure import peak_figure
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.statistics import Estimate
from reports.tables import Cell
from reports.wording import DASH, count, duration, span

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    found: Peak | None = study.found.get(NAME)
    if found is None:
        return None
    return {
        "rows": [(felt.title, _cells(felt)) for felt in found.steps],
        "customers": found.customers,
        "after": f"{count(found.after, 'step')} begun after the load’s end" if found.after else "",
        "paired": all(felt.paired for felt in found.steps),
    }


def _cells(felt: Felt) -> list[Cell]:
    slower = felt.ratio.low > 1.0
    said = "slower" if slower else "faster" if felt.ratio.high < 1.0 else "no difference shown"
    times = [_time(quantiles.get(q)) for quantiles in (felt.alone, felt.peak) for q in (0.5, 0.95)]
    return [*times, Cell(times_as_long(felt), said, "missed" if slower else ""),
            _time(felt.api.get(0.5)), _time(felt.api.get(0.95))]  # fmt: skip


def _time(estimate: Estimate | None) -> Cell:
    return Cell(DASH) if estimate is None else Cell(duration(estimate.value), span(estimate, "s"))


def _pictures(study: Study) -> Iterator[Picture]:
    found: Peak | None = study.found.get(NAME)
    if found is not None and found.steps:
        words = "Each step's time in the browser, alone and at peak: the table holds the same numbers."
        yield drawn("peak", "What a person feels at peak", words, peak_figure(found.steps))


def _machine(study: Study) -> Mapping[str, Any] | None:
    found: Peak | None = study.found.get(NAME)
    return values(found) if found is not None else None


SECTION = Section(NAME, "What a person feels at peak", _values, _pictures, _machine)
