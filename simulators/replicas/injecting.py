"""The blueprint's faults and breakdowns, as they happen to the processes of replicas: at their time of the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from journeys.blueprint import Journey
from journeys.faults import OF_DATABASE, Fault
from journeys.population import Population
from simulators.replicas.disturbing import disturbs_the_balancer, number_of, share_of
from simulators.replicas.hosting import happens_to_a_process, hosted_stations

if TYPE_CHECKING:
    from simulators.replicas.tier import Tier


class Injector:
    """Plays the faults of a journey that happen to processes, from each zero of the run on."""

    def __init__(self, journey: Journey, seed: int) -> None:
        self._journey, self._seed = journey, seed
        self._hosted = hosted_stations(journey)
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._count = 0
        self._active: dict[int, Callable[[], None]] = {}
        self.tier: Tier | None = None

    def begin(self, zero_at: float) -> None:
        """Put everything right, and plan what is to happen from a new zero on."""
        self.end()
        late_s = time.monotonic() - zero_at
        for fault in self._journey.faults:
            if self._is_ours(fault) and fault.at.s + fault.lasting.s > late_s:
                self._plan(fault, late_s)
        for station in self._journey.stations:
            if station.name in self._hosted and station.replicas is not None:
                self._age_all(station.name)

    def let(self, fault: Fault) -> Callable[[], None]:
        """Let a fault happen now, and return what puts it right again."""
        if fault.kind in OF_DATABASE:
            return self._happen(fault.kind, fault.name, *self._of_database(fault))
        if disturbs_the_balancer(fault):
            return self._happen(fault.kind, fault.name, *self._of_balancer(fault))
        if fault.where == "network":  # replicas themselves lose answers: it is noted here
            return self._happen(fault.kind, fault.name, lambda: None, lambda: None)
        return self._happen_to(fault.kind, fault.replica or 0, fault.name)

    def end(self) -> None:
        """Let nothing more happen, and put right what did."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for undo in list(self._active.values()):
            undo()

    def _after(self, delay_s: float, action: Callable[[], None]) -> None:
        self._count += 1
        number = self._count

        def now() -> None:
            del self._timers[number]
            action()

        self._timers[number] = asyncio.get_running_loop().call_later(max(0.0, delay_s), now)

    def _is_ours(self, fault: Fault) -> bool:
        if fault.kind in OF_DATABASE or fault.where == "network":
            return True
        return fault.station in self._hosted and happens_to_a_process(fault)

    def _plan(self, fault: Fault, late_s: float) -> None:
        lasts_s = fault.lasting.s - max(0.0, late_s - fault.at.s)
        self._after(fault.at.s - late_s, lambda: self._after(lasts_s, self.let(fault)))

    def _of_database(self, fault: Fault) -> tuple[Callable[[], None], Callable[[], None]]:
        assert self.tier is not None
        tier = self.tier
        return lambda: tier.hold_database(fault.kind), lambda: tier.release_database(fault.kind)

    def _of_balancer(self, fault: Fault) -> tuple[Callable[[], None], Callable[[], None]]:
        assert self.tier is not None
        tier, number = self.tier, number_of(fault, self._journey.faults)
        return lambda: tier.disturb(number, share_of(fault)), lambda: tier.disturb(number, 0.0)

    def _happen_to(self, kind: str, replica: int, name: str) -> Callable[[], None]:
        """Let something happen to a replica, and return what puts it right again."""
        assert self.tier is not None
        hit = self.tier.replicas[replica % len(self.tier.replicas)]
        do, undo = {
            "kill": (hit.kill, hit.revive),
            "pause": (hit.freeze, hit.thaw),
            "partition": (hit.cut, hit.mend),
            "restart": (hit.drain, hit.restarted),
        }[kind]
        return self._happen(kind, name, do, undo, replica=hit.number)

    def _happen(
        self, kind: str, name: str, do: Callable[[], None], undo: Callable[[], None], **about: Any
    ) -> Callable[[], None]:
        assert self.tier is not None
        tier = self.tier
        self._count += 1
        token = self._count

        def over() -> None:
            if self._active.pop(token, None) is not None:
                undo()
                tier.note("over", fault=name, **about)

        self._active[token] = over
        do()
        tier.note(kind, fault=name, **about)
        return over

    def _age_all(self, station: str) -> None:
        assert self.tier is not None
        population = Population(self._journey, self._seed)
        for replica in range(len(self.tier.replicas)):
            self._age(population, station, replica, 0)

    def _age(self, population: Population, name: str, replica: int, nth: int) -> None:
        """Let a replica live until its next breakdown, be repaired, and live again."""
        replicas = self._journey.station(name).replicas
        assert replicas is not None
        stream = f"station:{name}"
        lives_s = population.stream(stream, "between_failures", [replicas.between_failures]).at(replica, nth)
        repair_s = population.stream(stream, "repair", [replicas.repair]).at(replica, nth)
        if lives_s == float("inf"):
            return

        def breaks() -> None:
            self._after(repair_s, self._happen_to("kill", replica, "breakdown"))
            self._after(repair_s, lambda: self._age(population, name, replica, nth + 1))

        self._after(lives_s, breaks)
