"""What the user said, read: changes, rates, durations, journeys, scenarios."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.errors import InvalidInput, JourneywrightError, Problem
from journeys.scenarios import Scenario, WhatIf

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.claims import Claim
    from journeys.durations import Duration, Rate
    from journeys.eventlog import Run
    from reports.measuring.results import Measured
    from reports.study import Arm


_SUCH_AS = {"--set": "stations.clerks.servers=8", "--rule": "facts.amount.high=5000"}


def read_changes(settings: Sequence[str], option: str = "--set") -> dict[str, str]:
    """Return the paths and values of ``--set PATH=VALUE``, or of another `option`.

    Raises InvalidInput naming each that is none.
    """
    wrong = [setting for setting in settings if not setting.partition("=")[0].strip() or "=" not in setting]
    if wrong:
        raise InvalidInput(
            Problem(option, "is not PATH=VALUE", setting, f"such as {option} {_SUCH_AS.get(option, _SUCH_AS['--set'])}")
            for setting in wrong
        )
    return {path.strip(): value.strip() for path, _, value in (setting.partition("=") for setting in settings)}


def read_rate(text: str, option: str = "--rate") -> Rate:
    """Return the rate that an option gives; raises InvalidInput."""
    from journeys.durations import Rate

    rate: Rate = _read(Rate.parse, text, option)
    if not 0 < rate.per_s < math.inf:
        raise InvalidInput([Problem(option, "must be > 0", text, "arrivals per time, such as '5 / s'")])
    return rate


def read_duration(text: str, option: str = "--duration") -> Duration:
    """Return the duration that an option gives; raises InvalidInput."""
    from journeys.durations import Duration

    duration: Duration = _read(Duration.parse, text, option)
    return duration


def _read(parse: Callable[[str], Any], text: str, option: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInput([Problem(option, str(error))]) from None


def find_journey(reference: str, changes: Mapping[str, Any]) -> Journey:
    """Return the journey with its changes, checked; raises InvalidInput with all problems."""
    from journeys.checks import check
    from journeys.loading import load
    from journeys.paths import apply

    return check(apply(load(reference), changes))


def find_what_if(reference: str) -> WhatIf:
    """Return the what-if of a TOML file, or the one that comes with a journey."""
    from journeys.loading import what_if_of
    from journeys.scenarios import read_what_if

    return read_what_if(reference if reference.endswith(".toml") else what_if_of(reference))


def find_claims(reference: str) -> tuple[Claim, ...]:
    """Return the claims of a TOML file, or those that come with a journey."""
    from journeys.claims import read_claims
    from journeys.loading import claims_of

    return read_claims(reference if reference.endswith(".toml") else claims_of(reference))


class Chosen:
    """A journey as a command names it: its reference, the scenario applied to it, and the file that is from, if any.

    `journey` is what comes of the two, where that is known already.
    """

    def __init__(
        self, reference: str, scenario: Scenario, what_if: str = "", journey: Journey | None = None
    ) -> None:  # fmt: skip
        self.reference, self.scenario, self.what_if = reference, scenario, what_if
        self.journey = journey or find_journey(reference, scenario.changes)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Chosen:
        """Return what the options ``journey``, ``what_if``, ``scenario`` and ``changes`` choose."""
        changes: dict[str, Any] = {}
        path = ""
        name = options.get("scenario") or "as-is"
        title = name.replace("-", " ").capitalize()
        if options.get("scenario") or options.get("what_if"):
            found = find_what_if(str(options.get("what_if") or options["journey"]))
            chosen = found.scenario(options.get("scenario") or found.baseline)
            changes, name, title, path = dict(chosen.changes), chosen.name, chosen.title, found.path
        changes |= read_changes(options["changes"])
        return cls(options["journey"], Scenario(name, title, changes), path)

    @property
    def texts(self) -> dict[str, str]:
        """The scenario's changes as texts, for a manifest."""
        return {path: str(value) for path, value in self.scenario.changes.items()}

    @contextlib.contextmanager
    def kept(self, folder: Path) -> Iterator[None]:
        """Let a run that is cut short within the context be found again by `report`, as a finished one is."""
        from journeys.eventlog import Run, annotate
        from journeys.paths import digest

        try:
            yield
        except BaseException:
            with contextlib.suppress(JourneywrightError):  # it may have ended before it wrote a manifest
                if Run.open(folder).manifest.journey_digest == digest(self.journey):
                    annotate(folder, reference=self.reference)
            raise

    def arm(self, folder: Path, measured: Sequence[Measured] = (), **known: Any) -> Arm:
        """Return the arm of a finished run; `known` are fields for its manifest.

        `measured` are metrics taken while it ran, of use only if they are those of all of its replications.
        """
        from journeys.eventlog import Run, annotate
        from reports.calibration.record import carry_over

        annotate(folder, reference=self.reference, **known)
        run = Run.open(folder)
        carry_over(Path(self.what_if) if self.what_if and run.manifest.kind == "simulated" else None, folder)
        whole = tuple(measured) if len(measured) == run.manifest.replications else ()
        return arm_named(self.scenario.title, self.journey, run, whole)


def arm_named(title: str, journey: Journey, run: Run, measured: tuple[Measured, ...] = ()) -> Arm:
    """Return the arm of a run; a measured one is named after its folder: its scenario may be simulated as well."""
    from reports.study import Arm

    engine, phase = run.manifest.engine, run.manifest.settings.get("phase", "")
    how = {"browser": ", in the browser", "api": ", by its API", "load": ", under load"}.get(engine, "")
    name = run.folder.resolve().name if how else run.manifest.scenario
    how += f", {phase}" if phase else ""
    return Arm(name=name, title=title + how, journey=journey, run=run, replications=measured)
