"""A study: the runs that belong together, analysed, and written as one page, one summary and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.blueprint import Journey
from journeys.errors import CannotWrite, InvalidInput, Problem, did_you_mean
from journeys.eventlog import Run
from journeys.remarks import remarks
from reports.comparison import Comparison, compare
from reports.judging import Judgement, judge
from reports.measuring.metrics import Measured, Results, measure, merged
from reports.parameters import ParameterRow, parameter_rows
from reports.side_by_side import SideBySide, engine_word, side_by_side
from reports.wording import count, duration

if TYPE_CHECKING:
    from reports.experiments.precision import Precision
    from reports.pictures.apart import Illustrator
    from reports.pictures.drawing import Picture
    from reports.sections.section import Section

FEW = 30
FAILURES = 3  # reasons that are named


@dataclass(frozen=True, slots=True)
class Arm:
    """One run of a study: a short name, a title, the journey with its scenario's changes, and the run itself.

    `replications` are its metrics where they were taken while it ran, one for each replication; else its log is read.
    """

    name: str
    title: str
    journey: Journey
    run: Run
    replications: tuple[Measured, ...] = ()

    def results(self) -> Results:
        """Return the run's metrics; raises CannotRead where its log is broken."""
        if self.replications:
            return merged(self.journey, self.run.manifest, self.replications)
        return measure(self.journey, self.run)


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that a report tells, computed.

    Parameters
    ----------
    simulated, measured, twins: metrics by arm's name; `twins` are simulations of a measured arm's own customers.
    titles: of each arm, by name. baseline, combined: names of simulated arms; `combined` empty where there is one arm.
    comparison: of the simulated arms; None where there are fewer than two.
    precision: how many replications it took to know something well; None where that was not asked for.
    found: what else was found out about these runs, by the name of the section that tells it (see `reports.sections`).
    """

    title: str
    journey: Journey
    titles: Mapping[str, str]
    simulated: Mapping[str, Results]
    measured: Mapping[str, Results]
    twins: Mapping[str, Results]
    baseline: str
    combined: str
    comparison: Comparison | None
    sides: tuple[SideBySide, ...]
    judgements: tuple[Judgement, ...]
    parameters: tuple[ParameterRow, ...]
    warnings: tuple[str, ...]
    precision: Precision | None = None
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def everything(self) -> Mapping[str, Results]:
        """The metrics of all arms by name, simulated first; twins are not among them."""
        return {**self.simulated, **self.measured}

    @property
    def pictured(self) -> tuple[tuple[str, Results], ...]:
        """(title, metrics) of what pictures show: baseline and combined; of measured arms alone, first and last.

        One pair where there is one arm.
        """
        if not self.simulated:
            measured = [(self.titles[name], results) for name, results in self.measured.items()]
            return (measured[0],) if len(measured) == 1 else (measured[0], measured[-1])
        names = [self.baseline, *([self.combined] if self.combined else [])]
        return tuple((self.titles[name], self.simulated[name]) for name in names)

    def label(self, step: str) -> str:
        """Return what a step is called; as it is where the journey has none of that name."""
        return next((own.label for own in self.journey.steps if own.name == step), step)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """What `write_report` wrote, the study that it tells, and its pictures."""

    study: Study
    html: Path
    summary: Path
    figures: tuple[Path, ...]
    pictures: tuple[Picture, ...] = ()


def analyse(
    *,
    title: str,
    simulated: Sequence[Arm] = (),
    baseline: str = "",
    combined: str | None = None,
    measured: Sequence[Arm] = (),
    twins: Mapping[str, Arm] | None = None,
    precision: Precision | None = None,
    found: Mapping[str, Any] | None = None,
) -> Study:
    """Compute a study; any of the arms may be missing, but not all.

    Parameters
    ----------
    simulated: runs of one journey's scenarios. baseline: the name of the one that others are compared with; empty
        for the first. combined: the one with all levers; None for the last.
    measured: runs of engines that measured. twins: by measured arm's name, the simulation of the same customers with
        the same arrivals.
    precision: what the simulated replications were to reach.
    found: what else was found out about these runs, by the name of the section that tells it.

    Raises InvalidInput for names that are not there or twice there, CannotRead for broken logs.
    """
    twins = twins or {}
    _check(simulated, baseline, combined, measured, twins)
    forecasts = {arm.name: arm.results() for arm in simulated}
    observed = {arm.name: arm.results() for arm in measured}
    modelled = {name: arm.results() for name, arm in twins.items()}
    base = baseline or (simulated[0].name if simulated else "")
    comparison = compare(forecasts, base, combined) if len(simulated) > 1 else None
    best = comparison.combined if comparison is not None else ""
    journeys = {arm.name: arm.journey for arm in (*simulated, *measured)}
    first = journeys[base] if base else measured[0].journey
    titles = {arm.name: arm.title or arm.name for arm in (*simulated, *measured)}
    return Study(
        title=title,
        journey=first,
        titles=titles,
        simulated=forecasts,
        measured=observed,
        twins=modelled,
        baseline=base,
        combined=best,
        comparison=comparison,
        sides=tuple(
            side_by_side(name, titles[name], results, modelled.get(name)) for name, results in observed.items()
        ),
        judgements=tuple(
            judgement for name, results in {**forecasts, **observed}.items() for judgement in judge(name, results)
        ),
        parameters=tuple(parameter_rows(first, journeys[best] if best else None)),
        warnings=(
            *_reached(precision),
            *remarks(first),
            *_warnings({**forecasts, **observed}, titles, comparison),
        ),
        precision=precision,
        found=found or {},
    )


def write_report(
    folder: Path,
    *,
    title: str,
    simulated: Sequence[Arm] = (),
    baseline: str = "",
    combined: str | None = None,
    measured: Sequence[Arm] = (),
    twins: Mapping[str, Arm] | None = None,
    precision: Precision | None = None,
    found: Mapping[str, Any] | None = None,
    illustrator: Illustrator | None = None,
) -> ReportFiles:
    """Analyse (see `analyse`) and write `report.html`, `summary.json` and `figures/*.svg` into a folder.

    An `illustrator` draws the pictures of a study that is not too large; they are then no figures that can be saved.
    Raises InvalidInput, CannotRead, and CannotWrite where the folder takes no files.
    """
    from reports.html import illustrated, page
    from reports.summary import summary_text

    _writable(folder)
    study = analyse(
        title=title, simulated=simulated, baseline=baseline, combined=combined, measured=measured, twins=twins,
        precision=precision, found=found,
    )  # fmt: skip
    if illustrator is not None:
        illustrator.take(study)
    html, summary = folder / "report.html", folder / "summary.json"
    pictures: dict[Path, Picture] = {}

    def shown() -> Iterator[tuple[Section, tuple[Picture, ...]]]:
        for section, own in illustrated(study, illustrator):
            pictures.update((folder / "figures" / f"{picture.name}.svg", picture) for picture in own)
            yield section, own

    _write(summary, summary_text(study))
    _write(html, page(study, shown()))
    for path, picture in pictures.items():
        _write(path, picture.svg)
    return ReportFiles(study, html, summary, tuple(pictures), tuple(pictures.values()))


def _writable(folder: Path) -> None:
    """Find out before the work, not after it, whether the folder takes files."""
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written ({error.strerror}); choose another with --out") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with --out") from error


def _check(
    simulated: Sequence[Arm], baseline: str, combined: str | None, measured: Sequence[Arm], twins: Mapping[str, Arm]
) -> None:
    names = [arm.name for arm in (*simulated, *measured)]
    if not names:
        raise InvalidInput([Problem("report", "there is no run to report on", "", "one or more runs")])
    problems = [
        Problem("report", "two runs have the same name", name, "a name of its own for each run")
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    known = [arm.name for arm in simulated]
    for given, name in (("baseline", baseline), ("combined", combined or "")):
        if name and name not in known:
            problems.append(Problem(given, f"there is no simulated run {name!r}", "", did_you_mean(name, known)))
    if combined and combined == (baseline or known[0]):
        problems.append(Problem("combined", "is the baseline itself", combined, "another simulated run"))
    observed = [arm.name for arm in measured]
    for name in twins:
        if name not in observed:
            problems.append(Problem("twins", f"there is no measured run {name!r}", "", did_you_mean(name, observed)))
    if problems:
        raise InvalidInput(problems)


def _reached(precision: Precision | None) -> list[str]:
    if precision is None:
        return []
    from reports.experiments.texts import precision_lines

    return list(precision_lines(precision))


def _warnings(arms: Mapping[str, Results], titles: Mapping[str, str], comparison: Comparison | None) -> list[str]:
    found = []
    for name, results in arms.items():
        manifest, who = results.manifest, titles[name]
        word = engine_word(manifest.engine, manifest.kind)
        if not manifest.finished:
            why = manifest.reason or "it was cut short"
            left = count(results.unfinished, "customer")
            found.append(f"{who} ({word}): unfinished run ({why}). {left} without an end count as still on their way.")
        if manifest.kind == "measured":
            told = [(step, reason, times) for step, reason, times in results.failures if reason]
            for step, reason, times in told[:FAILURES]:
                found.append(f"{who} ({word}): {step} failed {count(times, 'time')}: {reason}.")
        if manifest.speed != 1:
            coarse = duration(0.01 * manifest.speed)
            found.append(
                f"{who} ({word}): times of people's work, waits and calls are on a scaled clock. One second of the run "
                f"stands for {duration(manifest.speed)}; 10 ms of network and machine time in it read as {coarse}."
            )
        if manifest.not_measured:
            found.append(f"{who} ({word}): not expressed on this target: {', '.join(manifest.not_measured)}.")
        if manifest.kind == "measured" and 0 < results.entered < FEW:
            found.append(
                f"{who} ({word}): {count(results.entered, 'customer')} only; the intervals show how little that is."
            )
        censored = int(results.outcomes["censored"].sum())
        if manifest.finished and censored:
            part = f"{count(censored, 'customer')} ({censored / max(1, results.entered):.1%})"
            found.append(f"{who} ({word}): still on their way at the end: {part}.")
    return found + list(comparison.warnings if comparison is not None else ())
