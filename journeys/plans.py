"""Plans: a journey's steps, waits and contacts, each with the streams of draws that its walk needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from journeys.blueprint import Journey, Step, Wait
from journeys.contacts import At, Contact, During
from journeys.distributions import ZERO, Distribution, Never
from journeys.eventlog import CONTACT
from journeys.facts import System
from journeys.population import Population, Stream, Uniforms, by_segment


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """A contact with its draws; `every` where it arises during a wait, `probability` where at a step."""

    contact: Contact
    probability: float
    every: Stream | None
    patience: Stream
    comes_back: Uniforms
    morning: Stream
    redial_after: Stream | None
    arises: Uniforms
    self_service: Uniforms
    chatbot: Uniforms
    redial: Uniforms
    gives_up: Uniforms


@dataclass(frozen=True, slots=True)
class WaitPlan:
    """A wait with its two patiences, and the contacts that arise in it."""

    wait: Wait
    uncertain: Stream
    informed: Stream
    sees: Uniforms
    contacts: tuple[ContactPlan, ...]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step with its draws, the wait that it belongs to, and the contacts that arise at it."""

    step: Step
    acts: bool
    human: bool
    system: System
    think: Stream | None
    abandon: Uniforms
    skip: Uniforms
    timeout: Stream | None
    response_patience: Stream | None
    wait: WaitPlan | None
    at_entry: tuple[ContactPlan, ...]
    at_failure: tuple[ContactPlan, ...]


class Plans:
    """Makes the plans of one population's walks; a stream is shared by all segments.

    Parameters
    ----------
    journey, population: what is walked and by whom.
    organisation: False where nobody answers contacts; there are none then.
    acts: tells whether the customer acts in a step.
    """

    def __init__(
        self, journey: Journey, population: Population, organisation: bool, acts: Callable[[Step], bool]
    ) -> None:
        self._population, self._organisation, self._acts = population, organisation, acts
        self._views = by_segment(journey)
        self._streams: dict[tuple[str, str, int], Stream] = {}
        self._uniforms: dict[tuple[str, str], Uniforms] = {}

    def of(self, view: Journey) -> dict[str, StepPlan]:
        """Return the plan of each step, as one segment lives the journey."""
        waits = {wait.name: self._wait(wait, view) for wait in view.waits}
        return {step.name: self._step(step, view, waits) for step in view.steps}

    def _stream(self, step: str, purpose: str, law: int, pick: Callable[[Journey], Distribution | None]) -> Stream:
        found = self._streams.get((step, purpose, law))
        if found is None:
            laws = [pick(view) or Never() for view in self._views]
            found = self._streams[step, purpose, law] = self._population.stream(step, purpose, laws)
        return found

    def _choices(self, step: str, purpose: str) -> Uniforms:
        return self._uniforms.setdefault((step, purpose), self._population.choices(step, purpose))

    def _step(self, step: Step, view: Journey, waits: Mapping[str, WaitPlan]) -> StepPlan:
        name = step.name

        def think(own: Journey) -> Distribution:
            return own.step(name).think

        def timeout(own: Journey) -> Distribution | None:
            attempts = own.step(name).attempts
            return attempts.timeout if attempts else None

        def response(own: Journey) -> Distribution | None:
            return own.step(name).response_patience

        contacts = view.contacts if self._organisation else ()
        here = [
            (contact, contact.arises)
            for contact in contacts
            if isinstance(contact.arises, At) and contact.arises.step == name
        ]
        return StepPlan(
            step=step,
            acts=self._acts(step),
            human=view.clock(name) == "human",
            system=view.system(step.system),
            think=None if all(think(own) == ZERO for own in self._views) else self._stream(name, "think", 0, think),
            abandon=self._choices(name, "abandon"),
            skip=self._choices(name, "skip"),
            timeout=self._stream(name, "timeout", 0, timeout) if step.attempts else None,
            response_patience=self._stream(name, "response_patience", 0, response) if step.response_patience else None,
            wait=waits.get(step.awaits),
            at_entry=tuple(self._contact(contact) for contact, arises in here if arises.on == "entry"),
            at_failure=tuple(self._contact(contact) for contact, arises in here if arises.on == "failure"),
        )

    def _wait(self, wait: Wait, view: Journey) -> WaitPlan:
        key, contacts = f"wait:{wait.name}", view.contacts if self._organisation else ()
        return WaitPlan(
            wait=wait,
            # one uniform for both laws: who is patient is so whether informed or not
            uncertain=self._stream(key, "patience", 0, lambda own: own.wait(wait.name).uncertain),
            informed=self._stream(key, "patience", 1, lambda own: own.wait(wait.name).informed),
            sees=self._choices(key, "sees"),
            contacts=tuple(
                self._contact(contact)
                for contact in contacts
                if isinstance(contact.arises, During) and contact.arises.wait == wait.name
            ),
        )

    def _contact(self, contact: Contact) -> ContactPlan:
        key, name = CONTACT + contact.name, contact.name

        def every(own: Journey) -> Distribution | None:
            arises = own.contact(name).arises
            return arises.every if isinstance(arises, During) else None

        def redial(own: Journey) -> Distribution | None:
            again = own.contact(name).redial
            return again.after if again else None

        return ContactPlan(
            contact=contact,
            probability=contact.arises.probability if isinstance(contact.arises, At) else 0.0,
            every=self._stream(key, "every", 0, every) if isinstance(contact.arises, During) else None,
            patience=self._stream(key, "patience", 0, lambda own: own.contact(name).patience),
            comes_back=self._choices(key, "comes_back"),
            morning=self._stream(key, "morning", 0, lambda own: own.contact(name).morning),
            redial_after=self._stream(key, "redial_after", 0, redial) if contact.redial else None,
            arises=self._choices(key, "arises"),
            self_service=self._choices(key, "self_service"),
            chatbot=self._choices(key, "chatbot"),
            redial=self._choices(key, "redial"),
            gives_up=self._choices(key, "gives_up"),
        )
