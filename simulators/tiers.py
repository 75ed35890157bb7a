"""A tier at work: replicas behind a balancer, which notices after a while who is silent, and asks another instead."""

from __future__ import annotations

import math

from journeys.faults import Fault
from journeys.stations import is_tier
from simulators.stations import StationState, Workplace
from simulators.tickets import FREED, GONE, HUNG, SERVING, WAITING, Ticket


class TierState(StationState):
    """A station whose replicas stand behind a balancer, as `Replicas` and `Fault` say.

    A replica that is frozen or cut off is *silent*: what is in its hands stands still, and what the balancer sends to
    it hangs, until the balancer takes it out, or it is back. What it had is then sent to the others, in the order in
    which it came, or served where it is.
    """

    def __init__(self, place: Workplace) -> None:
        self._silent: dict[int, int] = {}
        self._hung: dict[int, list[Ticket]] = {}
        self._slow: dict[str, tuple[int, float]] = {}
        self._tries: dict[Ticket, int] = {}
        self._slow_turn = 0
        self._draining: dict[int, int] = {}
        super().__init__(place)
        self.stands_still = True
        replicas = place.station.replicas
        self._retries = replicas.retries if replicas else 0
        self._refuses = bool(replicas and replicas.none_up == "fail")
        self._failover_s = replicas.failover.s if replicas else 0.0

    def join(self, ticket: Ticket, patience_s: float = math.inf, balk_above: int | None = None) -> None:
        """Take a ticket in, unless there is no replica left that could serve it."""
        if self._refuses and not self._live():
            self._came += 1
            ticket.place = self._came
            ticket.start_s = self._run_s()
            self._turn_away(ticket)
        else:
            super().join(ticket, patience_s, balk_above)

    def withdraw(self, ticket: Ticket) -> None:
        """Take work back, wherever it is."""
        if ticket.state == HUNG:
            for hung in self._hung.values():
                if ticket in hung:
                    hung.remove(ticket)
            ticket.end("withdrawn")
        else:
            super().withdraw(ticket)

    # Where work is sent ----------------------------------------------------------------------------------------------

    def _goes_astray(self, ticket: Ticket) -> bool:
        while self._failing_over and self._sent_to_the_dead():
            ticket.touched_by("failover")
            replica = self._turn % self._replicas
            if self._hangs_at(replica):
                self._hang(ticket, replica)
                return True
            if not self._may_again(ticket):
                ticket.end("failed")
                return True
        if self._slow:
            self._slow_turn += 1
            for name, (replica, delay_s) in self._slow.items():
                if self._slow_turn % self._replicas == replica:
                    ticket.service_s += delay_s
                    ticket.touched_by(name)
        return False

    def _live(self) -> list[int]:
        out = {*self._down, *self._silent, *self._draining}
        return [one for one in range(self._replicas) if one not in out]

    def _turn_away(self, ticket: Ticket) -> None:
        """Let work hang at a silent replica that has not been taken out yet; with none of those, fail it."""
        self._sent_to_the_dead()  # forgets those who are out by now
        silent = [replica for replica in self._failing_over if self._hangs_at(replica)]
        if silent:
            self._hang(ticket, silent[0])
        else:
            ticket.touched_by("no replica")
            ticket.end("failed")

    def _hangs_at(self, replica: int) -> bool:
        return replica in self._silent and replica not in self._down

    def _hang(self, ticket: Ticket, replica: int) -> None:
        ticket.state = HUNG
        self._hung.setdefault(replica, []).append(ticket)

    def _may_again(self, ticket: Ticket) -> bool:
        self._tries[ticket] = self._tries.get(ticket, 0) + 1
        return self._tries[ticket] <= self._retries

    def _again(self, ticket: Ticket) -> None:
        """Send work to another replica; it has left the queue's limits and its customer's patience behind."""
        if self._refuses and not self._live():
            self._turn_away(ticket)
        elif self._floor.begins(ticket):
            self._serve(ticket)
        else:
            ticket.state = WAITING
            self._floor.push(ticket.priority, ticket.place, ticket)
            self.waiting += 1

    def _lost(self, ticket: Ticket) -> None:
        if self._may_again(ticket):
            self._again(ticket)
        else:
            ticket.end("failed")

    def _reopen(self) -> None:
        super()._reopen()
        if self.waiting and self._refuses and not self._live():
            for ticket in self._floor.everybody():
                if ticket.state == WAITING:  # not withdrawn by what became of another
                    self.waiting -= 1
                    self._turn_away(ticket)

    # Silence ---------------------------------------------------------------------------------------------------------

    def _in_order(self, server: int) -> bool:
        replica = server % self._replicas
        return replica not in self._silent and replica not in self._draining and super()._in_order(server)

    def _kill(self, replica: int, why: str) -> None:
        super()._kill(replica, why)
        for ticket in self._no_longer_hung(replica):
            if ticket.state != GONE:
                ticket.touched_by(why)
                self._lost(ticket)

    def _begin(self, fault: Fault) -> None:
        replica = (fault.replica or 0) % self._replicas
        if _silences(fault):
            self._silence(replica, fault.name)
        elif fault.kind == "restart":
            self._draining[replica] = self._draining.get(replica, 0) + 1
            self._reopen()
        elif fault.kind == "latency" and fault.replica is not None:
            self._slow[fault.name] = (replica, fault.delay.s)
        else:
            super()._begin(fault)

    def _cease(self, fault: Fault) -> None:
        if _silences(fault):
            self._hear((fault.replica or 0) % self._replicas)
        elif fault.kind == "restart":
            self._restarted((fault.replica or 0) % self._replicas, fault.name)
        elif fault.name in self._slow:
            del self._slow[fault.name]
        else:
            super()._cease(fault)

    def _restarted(self, replica: int, why: str) -> None:
        """Let a replica be back; what it has not ended by now is lost."""
        self._draining[replica] -= 1
        if not self._draining[replica]:
            del self._draining[replica]
            self._lose([ticket for server, ticket in sorted(self._busy.items()) if server % self._replicas == replica],
                       why)  # fmt: skip

    def _silence(self, replica: int, why: str) -> None:
        self._silent[replica] = self._silent.get(replica, 0) + 1
        if self._silent[replica] > 1:
            return
        for server, ticket in sorted(self._busy.items()):
            if server % self._replicas == replica and self._freeze(ticket):
                ticket.touched_by(why)
        if self._failover_s:
            until = self._clock.now_s() + self._failover_s
            self._failing_over[replica] = max(until, self._failing_over.get(replica, until))
        self._clock.after(self._failover_s, lambda: self._take_out(replica))
        self._reopen()

    def _take_out(self, replica: int) -> None:
        """Send to others what a replica that is still silent has in its hands, and what hangs at it."""
        if replica not in self._silent:
            return
        self._failing_over.pop(replica, None)
        held = [
            ticket
            for server, ticket in sorted(self._busy.items())
            if server % self._replicas == replica and ticket.state == SERVING and ticket.ends_at == math.inf
        ]
        for ticket in held:
            del self._busy[ticket.server]
            ticket.server, ticket.state = -1, FREED
        for ticket in sorted((*held, *self._no_longer_hung(replica)), key=lambda ticket: ticket.place):
            if ticket.state != GONE:  # withdrawn by what became of another
                self._lost(ticket)

    def _hear(self, replica: int) -> None:
        """Let a replica be heard again: it goes on with what it has."""
        self._silent[replica] -= 1
        if self._silent[replica]:
            return
        del self._silent[replica]
        if replica not in self._down:
            self._failing_over.pop(replica, None)
        self._reopen()
        for ticket in self._no_longer_hung(replica):
            if ticket.state != GONE:
                self._again(ticket)

    def _no_longer_hung(self, replica: int) -> list[Ticket]:
        tickets = self._hung.pop(replica, [])
        for ticket in tickets:
            ticket.state = FREED
        return tickets


def _silences(fault: Fault) -> bool:
    return fault.kind == "partition" or (fault.kind == "pause" and fault.replica is not None)


def station_at_work(place: Workplace) -> StationState:
    """Return a station in a run: one behind a balancer where its replicas or faults ask for that."""
    return TierState(place) if is_tier(place.station, place.faults) else StationState(place)
