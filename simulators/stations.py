"""A station at work: its queue, its servers, its shifts, its replicas, and the faults that hit it.

The order of simultaneous things, everywhere: by time, then by the sequence in which they were asked for. When a
service ends, the server is released first and takes the next in the queue at that same moment; then the customer
served goes on. A customer whose patience ends at the moment at which a server frees is served if that server's event
was asked for first, and otherwise leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from journeys.faults import Fault
from journeys.population import Population, Uniforms
from journeys.stations import Station
from simulators.clocks import NEVER, Clock
from simulators.floors import Floor, GroupedFloor
from simulators.rosters import Duty
from simulators.tickets import FREED, GONE, LAID_DOWN, SERVING, WAITING, Ticket


@dataclass(frozen=True, slots=True)
class Workplace:
    """A station and the run in which it works.

    Parameters
    ----------
    station: what it is. clock: on which it works. run_s: tells the run's seconds, for the rows.
    population: whose seed its breakdowns belong to. faults: those that hit it.
    """

    station: Station
    clock: Clock
    run_s: Callable[[], float]
    population: Population
    faults: tuple[Fault, ...] = ()


class StationState:
    """A station in a run. Numbers for an operations page: `waiting`, `serving`, `on_duty`.

    `stands_still` tells whether work in hand may be interrupted and go on later; elsewhere, once begun, it ends when
    its service is over, if nothing ends it before.
    """

    def __init__(self, place: Workplace) -> None:
        self.station = station = place.station
        self._clock, self._run_s, self._population = place.clock, place.run_s, place.population
        self._faults = faults = place.faults
        self._floor = GroupedFloor(station.groups) if station.groups else Floor()
        self._came = self.waiting = self._laid_down = 0
        self.stands_still = (
            station.preemptive or station.at_closing == "pause" or any(fault.kind == "pause" for fault in faults)
        )
        self._busy: dict[int, Ticket] = {}
        self._duty = Duty(station)
        self._level = self._duty.level(0.0)
        self._replicas = station.replicas.count if station.replicas else 1
        self._down: dict[int, int] = {}
        self._failing_over: dict[int, float] = {}
        self._turn = 0
        self._outages: list[str] = []
        self._pauses: list[str] = []
        self._latency: dict[str, float] = {}
        self._errors: dict[str, float] = {}
        self._luck: dict[tuple[str, str], Uniforms] = {}
        self._usable: set[int] = set()
        self._reopen()

    # What others see -------------------------------------------------------------------------------------------------

    @property
    def serving(self) -> int:
        """How many are being served, those included whose work was laid down."""
        return len(self._busy) + self._laid_down

    @property
    def on_duty(self) -> int:
        """How many servers are on duty and in order."""
        return len(self._usable)

    @property
    def open(self) -> bool:
        """Whether anybody is on duty by the roster (whether or not something is broken).

        Read off the clock, so that who comes at opening time finds it open, whichever of the two was asked for first.
        """
        return self._duty.level(self._clock.now_s()) > 0

    def opens_in_s(self) -> float:
        """Return the time until somebody is on duty by the roster, on the station's clock; infinity for never."""
        ahead = self._duty.changes(self._clock.now_s())
        return next((delay_s for delay_s, level in ahead if level > 0), math.inf)

    # Running ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin shifts, breakdowns and faults; to be called at the run's zero."""
        self._next_shift()
        if self.station.replicas is not None:
            for replica in range(self._replicas):
                self._age(replica, 0)
        for fault in self._faults:
            self._clock.after(fault.at.s, partial(self._strike, fault))

    def join(self, ticket: Ticket, patience_s: float = math.inf, balk_above: int | None = None) -> None:
        """Take a ticket in: serve it now, queue it, or turn it away (its `done` is then told at once)."""
        self._came += 1
        ticket.place = self._came
        if self._floor.begins(ticket):
            self._serve(ticket)
        elif self.station.preemptive and self._makes_room(ticket):
            self._serve(ticket)
            self._outrank()
        elif balk_above is not None and self.waiting > balk_above:
            ticket.end("balked")
        elif self.station.queue_limit is not None and self.waiting >= self.station.queue_limit:
            ticket.end("rejected")
        else:
            self._floor.push(ticket.priority, ticket.place, ticket)
            self.waiting += 1
            if patience_s != math.inf:
                ticket.patience = self._clock.after(patience_s, lambda: self._renege(ticket))

    def withdraw(self, ticket: Ticket) -> None:
        """Take work back, from the queue or out of a server's hands; nothing if it has ended."""
        if ticket.state == WAITING:
            self.waiting -= 1
            ticket.end("withdrawn")
        elif ticket.state == SERVING:
            ticket.timer.cancel()
            self._release(ticket)
            if ticket.state != GONE:
                ticket.end("withdrawn")
        elif ticket.state == FREED:
            ticket.end("withdrawn")
        elif ticket.state == LAID_DOWN:
            self._laid_down -= 1
            ticket.end("withdrawn")

    # The queue and its servers ---------------------------------------------------------------------------------------

    def _renege(self, ticket: Ticket) -> None:
        if ticket.state == WAITING:
            self.waiting -= 1
            ticket.end("reneged")

    def _serve(self, ticket: Ticket) -> None:
        if ticket.patience is not NEVER:
            ticket.patience.cancel()
        ticket.state, ticket.start_s = SERVING, self._run_s()
        if self._goes_astray(ticket):
            return
        ticket.remaining_s = ticket.service_s
        if self._latency:
            for name, delay_s in self._latency.items():
                ticket.remaining_s += delay_s
                ticket.touched_by(name)
        self._take_up(ticket)

    def _goes_astray(self, ticket: Ticket) -> bool:
        """Whether a ticket is sent where nobody serves it; it is then seen to."""
        if not self._failing_over or not self._sent_to_the_dead():
            return False
        ticket.touched_by("failover")
        ticket.end("failed")
        return True

    def _take_up(self, ticket: Ticket) -> None:
        ticket.server = self._floor.take(ticket)
        self._busy[ticket.server] = ticket
        self._resume(ticket)

    def _resume(self, ticket: Ticket) -> None:
        ticket.ends_at = self._clock.now_s() + ticket.remaining_s
        ticket.timer = self._clock.after(ticket.remaining_s, lambda: self._finish(ticket))

    def _freeze(self, ticket: Ticket) -> bool:
        """Let work stand still; return False for work that ends at this very moment, and does."""
        assert self.stands_still
        if ticket.ends_at != math.inf:
            left_s = ticket.ends_at - self._clock.now_s()
            if left_s <= 0:
                return False
            ticket.timer.cancel()
            ticket.remaining_s, ticket.ends_at = left_s, math.inf
        return True

    def _finish(self, ticket: Ticket) -> None:
        if self._errors:
            self._try_luck(ticket)
        self._release(ticket)
        if ticket.state != GONE:  # what another branch of the same case came to, when it took over the server
            ticket.finish()

    def _try_luck(self, ticket: Ticket) -> None:
        for name, share in self._errors.items():
            luck = self._luck.get((ticket.step, name))
            if luck is None:
                luck = self._luck[ticket.step, name] = self._population.choices(ticket.step, f"fault:{name}")
            if luck.at(ticket.customer, ticket.nth) < share:
                ticket.fails = True
                ticket.touched_by(name)

    def _release(self, ticket: Ticket) -> None:
        ticket.state = FREED
        del self._busy[ticket.server]
        if ticket.server in self._usable:
            self._floor.release(ticket.server)
            if self.waiting or self._laid_down:
                self._take_next()

    def _take_next(self) -> None:
        while (ticket := self._floor.next()) is not None:
            if ticket.state == WAITING:
                self.waiting -= 1
                self._serve(ticket)
            else:
                self._laid_down -= 1
                ticket.state = SERVING
                self._take_up(ticket)

    # Laying down -----------------------------------------------------------------------------------------------------

    def _lay_down(self, ticket: Ticket) -> None:
        """Take frozen work out of its server's hands, and put it back: first of all, or to its place in the queue."""
        del self._busy[ticket.server]
        ticket.state = LAID_DOWN
        self._laid_down += 1
        if self.station.preemptive:
            self._floor.push(ticket.priority, ticket.place, ticket)
        else:
            self._came += 1
            self._floor.push(-math.inf, self._came, ticket)

    def _makes_room(self, ticket: Ticket) -> bool:
        """Free the server whose work stands last in the queue's order, if that is of a lower priority than `ticket`."""
        now = self._clock.now_s()
        in_hand = [
            (other.priority, other.place, server)
            for server, other in self._busy.items()
            if other.priority > ticket.priority
            and other.ends_at > now
            and server in self._usable
            and self._floor.can_serve(server, ticket)
        ]
        if not in_hand:
            return False
        server = max(in_hand)[2]
        last = self._busy[server]
        self._freeze(last)
        self._lay_down(last)
        self._floor.release(server)
        return True

    def _outrank(self) -> None:
        """Let those who wait take the servers that are free, and then those that have work of lower priorities in hand.

        Such work is found in the hands of those who come back from a pause or at their opening, and, where there are
        groups, by work that was just laid down.
        """
        self._take_next()
        while any(self._makes_room(first) for first in self._floor.firsts()):
            self._take_next()

    # Order -----------------------------------------------------------------------------------------------------------

    def _in_order(self, server: int) -> bool:
        return not self._outages and not self._pauses and self._is_up(server)

    def _is_up(self, server: int) -> bool:
        """Whether the replica of a server is up, and enough others for any to serve."""
        if not self._down:
            return True
        up = self._replicas - len(self._down)
        needed = self.station.replicas.needed if self.station.replicas else 1
        return up >= needed and server % self._replicas not in self._down

    def _reopen(self) -> None:
        """Recount the free servers after any change of duty or order, resume what can go on, and take the next."""
        self._usable = {server for server in range(self._level * self._replicas) if self._in_order(server)}
        self._floor.reset(sorted(self._usable.difference(self._busy)))
        for server, ticket in sorted(self._busy.items()):
            # work in the hands of those who finish after their shift goes on, too
            if ticket.ends_at == math.inf and self._in_order(server):
                self._resume(ticket)
        if self.station.preemptive:
            self._outrank()
        else:
            self._take_next()

    # Shifts ----------------------------------------------------------------------------------------------------------

    def _next_shift(self) -> None:
        change = next(self._duty.changes(self._clock.now_s()), None)
        if change is not None:
            delay_s, level = change
            self._clock.after(delay_s, lambda: self._change_shift(level))

    def _change_shift(self, level: int) -> None:
        self._level = level
        if self.station.at_closing == "pause":
            for server, ticket in sorted(self._busy.items()):
                if server >= level * self._replicas and self._freeze(ticket):
                    self._lay_down(ticket)
        self._reopen()
        self._next_shift()

    # Replicas and faults ---------------------------------------------------------------------------------------------

    def _age(self, replica: int, nth: int) -> None:
        """Let a replica live until its next breakdown, be repaired, and live again."""
        replicas = self.station.replicas
        assert replicas is not None
        name = f"station:{self.station.name}"
        draw = self._population.stream(name, "between_failures", [replicas.between_failures])
        repair_s = self._population.stream(name, "repair", [replicas.repair]).at(replica, nth)

        def breaks() -> None:
            self._kill(replica, "breakdown")
            self._clock.after(repair_s, repaired)

        def repaired() -> None:
            self._revive(replica)
            self._age(replica, nth + 1)

        self._clock.after(draw.at(replica, nth), breaks)

    def _kill(self, replica: int, why: str) -> None:
        self._down[replica] = self._down.get(replica, 0) + 1
        replicas = self.station.replicas
        if replicas is not None and replicas.failover.s and self._down[replica] == 1:
            self._failing_over[replica] = self._clock.now_s() + replicas.failover.s
        self._lose([ticket for server, ticket in sorted(self._busy.items()) if not self._is_up(server)], why)

    def _revive(self, replica: int) -> None:
        self._down[replica] -= 1
        if not self._down[replica]:
            del self._down[replica]
            self._failing_over.pop(replica, None)
        self._reopen()

    def _lose(self, tickets: list[Ticket], why: str) -> None:
        """Let work in hand fail: the servers left in order take the next, and then its customers go on."""
        for ticket in tickets:
            ticket.timer.cancel()
            ticket.state = FREED
            del self._busy[ticket.server]
            ticket.touched_by(why)
        self._reopen()
        for ticket in tickets:
            if ticket.state != GONE:
                self._lost(ticket)

    def _lost(self, ticket: Ticket) -> None:
        ticket.end("failed")

    def _sent_to_the_dead(self) -> bool:
        now = self._clock.now_s()
        self._failing_over = {replica: until for replica, until in self._failing_over.items() if until > now}
        self._turn += 1
        return self._turn % self._replicas in self._failing_over

    def _strike(self, fault: Fault) -> None:
        self._begin(fault)
        self._clock.after(fault.lasting.s, partial(self._cease, fault))

    def _begin(self, fault: Fault) -> None:
        if fault.kind == "kill":
            self._kill((fault.replica or 0) % self._replicas, fault.name)
        elif fault.kind == "outage":
            self._outages.append(fault.name)
            self._lose([ticket for _, ticket in sorted(self._busy.items())], fault.name)
        elif fault.kind == "pause":
            self._pauses.append(fault.name)
            for ticket in self._busy.values():
                if self._freeze(ticket):
                    ticket.touched_by(fault.name)
            self._reopen()
        elif fault.kind == "latency":
            self._latency[fault.name] = fault.delay.s
        else:
            self._errors[fault.name] = fault.share

    def _cease(self, fault: Fault) -> None:
        if fault.kind == "kill":
            self._revive((fault.replica or 0) % self._replicas)
        elif fault.kind == "outage":
            self._outages.remove(fault.name)
            self._reopen()
        elif fault.kind == "pause":
            self._pauses.remove(fault.name)
            self._reopen()
        elif fault.kind == "latency":
            del self._latency[fault.name]
        else:
            del self._errors[fault.name]
