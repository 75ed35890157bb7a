"""What each change does: every scenario against the baseline, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from reports import tables
from reports.comparison import ComparedMetric
from reports.pictures.drawing import Picture
from reports.pictures.scenarios import lever_figure
from reports.sections.section import Section, drawn
from reports.statistics import Estimate, mean_interval
from reports.tables import Cell
from reports.verdict import Sentence
from reports.wording import Unit, points, points_span, signed

if TYPE_CHECKING:
    from reports.attribution.blame import LeverShares
    from reports.study import Study

SHARED = ("completion", "calls")
KEYS = ("completion", "calls", "decision.median", "work")


def _values(study: Study) -> Mapping[str, Any] | None:
    if study.comparison is None:
        return None
    return {
        "levers": [f"lever-{key}" for key in KEYS],
        "changed": [row for row in study.parameters if row.changed],
        "shared": [f"share-{key}" for key in SHARED],
        "together": _shared_rows(study),
    }


def _pictures(study: Study) -> Iterator[Picture]:
    if study.comparison is None:
        return
    for key in KEYS:
        metric = study.comparison.metrics.get(key)
        if metric is not None:
            figure = lever_figure(study.comparison, study.titles, key)
            yield drawn(f"lever-{key}", metric.title, _in_words(study, metric), figure)

    shares = _shares(study)
    if shares is not None:
        for key in SHARED:
            if key in shares.keys:
                yield _shared_picture(study, shares, key)


def _shares(study: Study) -> LeverShares | None:
    found: LeverShares | None = study.found.get("levers")
    return found


def lever_sentence(study: Study) -> Sentence | None:
    """Return the sentence of the verdict that names the lever that does most; None where nobody knows."""
    shares = _shares(study)
    metric = study.comparison.metrics.get("completion") if study.comparison is not None else None
    if shares is None or metric is None or "completion" not in shares.keys:
        return None
    place = shares.keys.index("completion")
    total, each = shares.shares.total(place), shares.shares.shares[:, :, place]
    if not total.value:
        return None
    sign = 1 if total.value > 0 else -1
    most = int(np.argmax(sign * each.mean(axis=0)))
    own = mean_interval(each[:, most])
    others = [mean_interval(sign * (each[:, most] - each[:, at])) for at in range(len(shares.levers)) if at != most]
    between = f" (95% CI {points_span(own, 1)})" if own.bounded else ""
    title, sure = f"“{study.titles[shares.levers[most]]}”", all(other.bounded and other.low > 0 for other in others)
    unsure = "" if sure else "; whether that is the most of all is not settled"
    if sign * (own.value - total.value) > 0:  # the others together do the opposite
        rest = f"Of all changes, {title} does most: {points(own.value, 1)} points{between}; the others together bring"
        return Sentence(f"{rest} {points(total.value - own.value, 1)} points{unsure}.", ("simulated",))
    more = ", more than to any other change" if sure and others else unsure
    said = f"Of the {points(total.value, 1)} points, {points(own.value, 1)}{between} are due to"
    return Sentence(f"{said} {title}{more}.", ("simulated",))


def _shared_picture(study: Study, shares: LeverShares, key: str) -> Picture:
    from reports.attribution.figures import shares_figure

    metric = study.comparison.metrics[key] if study.comparison is not None else None
    assert metric is not None
    place, total = shares.keys.index(key), shares.shares.total(shares.keys.index(key))
    currency = study.journey.money.currency
    rows = [
        (study.titles[name], own := shares.shares.share(at, place), _signed(metric.unit, own.value, currency))
        for at, name in enumerate(shares.levers)
    ]
    rows.append((study.titles[study.combined], total, _signed(metric.unit, total.value, currency)))
    title = f"{metric.title}: who brings it about"
    words = f"{title}: " + ", ".join(f"{name} {text}" for name, _, text in rows)
    return drawn(
        f"share-{key}", title, words, shares_figure(title, rows, better=metric.better or 1, last_is_total=True)
    )


def _signed(unit: Unit, value: float, currency: str) -> str:
    return f"{points(value, 1)} points" if unit == "share" else signed(value, unit, currency)


def _shared_rows(study: Study) -> list[tuple[str, list[Cell]]]:
    """Return each metric's row: the part of each lever, and what all of them do together."""
    shares, rows = _shares(study), list[tuple[str, list[Cell]]]()
    if shares is None or study.comparison is None:
        return rows
    for place, key in enumerate(shares.keys):
        metric = study.comparison.metrics.get(key)
        if metric is None:
            continue
        estimates = [shares.shares.share(at, place) for at in range(len(shares.levers))]
        estimates.append(shares.shares.total(place))
        currency = study.journey.money.currency
        rows.append(
            (
                metric.title,
                [
                    Cell(_signed(metric.unit, one.value, currency), _signed_span(metric.unit, one, currency))
                    for one in estimates
                ],
            )
        )
    return rows


def _signed_span(unit: Unit, estimate: Estimate, currency: str) -> str:
    if not estimate.bounded:
        return ""
    if unit == "share":
        return points_span(estimate, 1)
    return f"{signed(estimate.low, unit, currency)} to {signed(estimate.high, unit, currency)}"


def _machine(study: Study) -> Mapping[str, Any] | None:
    shares = _shares(study)
    if shares is None:
        return None
    return {
        "replications": shares.replications,
        "shares": {
            key: {
                name: {"value": own.value, "low": own.low, "high": own.high, "n": own.n}
                for name, own in (
                    *((name, shares.shares.share(at, place)) for at, name in enumerate(shares.levers)),
                    ("together", shares.shares.total(place)),
                )
            }
            for place, key in enumerate(shares.keys)
        },
    }


def _in_words(study: Study, metric: ComparedMetric) -> str:
    changes = (f"{study.titles[found.scenario]} {tables.change_text(found)}" for found in metric.changes)
    return f"{metric.title}, change against {study.titles[study.baseline]}: {', '.join(changes)}"


SECTION = Section("levers", "What each change does", _values, _pictures, _machine)
