"""A replica's place, and what faults do to the process that is in it; several may do so at once."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from simulators.replicas.children import Child
from simulators.replicas.roles import CUT, DRAIN, LISTEN, MEND


@dataclass(slots=True)
class Replica:
    """A replica's place: the process that is in it, and how many faults hold it dead, frozen, cut off and draining.

    A process is `prepared`, and then `listening` once nothing holds its place. `leaving` is the one that was told to
    drain.
    """

    number: int
    child: Child | None = None
    prepared: bool = False
    listening: bool = False
    dead: int = 0
    frozen: int = 0
    cut_off: int = 0
    draining: int = 0
    leaving: Child | None = None

    @property
    def is_expected_to_end(self) -> bool:
        """Whether a fault makes its process end."""
        return bool(self.dead or self.draining)

    def let_listen(self) -> None:
        """Let a process that is prepared listen, unless something holds its place."""
        if self.child is not None and self.prepared and not (self.dead or self.draining):
            if self.cut_off:
                self.child.command(CUT)
            self.child.command(LISTEN)

    def heard(self) -> None:
        """Let a process that just began to listen be as its place is held meanwhile."""
        if self.child is None:
            return
        if self.frozen:
            self.child.send(signal.SIGSTOP)
        if self.draining:
            self._drain()

    def kill(self) -> None:
        """Kill the process; another one takes its place, and listens when it is revived."""
        self.dead += 1
        if self.dead == 1 and self.child is not None:
            self.child.send(signal.SIGKILL)

    def revive(self) -> None:
        """Let the new process listen, unless it is still held."""
        self.dead -= 1
        self.let_listen()

    def freeze(self) -> None:
        """Let the process stand still."""
        self.frozen += 1
        if self.child is not None and self.listening:
            self.child.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, unless it is still held."""
        self.frozen -= 1
        if not self.frozen and self.child is not None:
            self.child.send(signal.SIGCONT)

    def cut(self) -> None:
        """Cut it off from its customers."""
        self.cut_off += 1
        if self.child is not None and self.prepared:
            self.child.command(CUT)

    def mend(self) -> None:
        """Connect it again, unless it is still held."""
        self.cut_off -= 1
        if not self.cut_off and self.child is not None:
            self.child.command(MEND)

    def drain(self) -> None:
        """Let it take no more work, end what it has, and make room for another process."""
        self.draining += 1
        if self.draining == 1 and self.listening:
            self._drain()

    def _drain(self) -> None:
        if self.child is not None:
            self.leaving = self.child
            self.child.command(DRAIN)

    def restarted(self) -> None:
        """Let the new process listen, unless it is still held; one that drains for too long is ended."""
        self.draining -= 1
        if self.draining:
            return
        leaving, self.leaving = self.leaving, None
        if leaving is not None and leaving is self.child:
            leaving.send(signal.SIGKILL)
        else:
            self.let_listen()
