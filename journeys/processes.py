"""Processes: code of the user's own in a step, for what no other field of it can say."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from journeys.errors import Problem


@dataclass(frozen=True, slots=True)
class Process:
    """A SimPy process that is a step's service.

    `make` is called once in each replication, with its `simpy.Environment`, and returns a generator function; steps
    with the same `make` share what it returns. Where it takes a second argument, that is the journey's `settings`: a
    mapping of numbers, with durations in seconds. What it returns is called with each visit to such a step, and what
    that returns is run as a process of that environment. It may yield any of its events, and gives back None, or the
    step or end to which the case goes, one of the step's ways. A visit tells ``customer``, ``segment``, ``step`` and
    ``number`` (the how-manieth of theirs there, from 0), ``fact(name)``, what they answer where that is asked, and
    draws: ``uniform(purpose)`` in [0, 1), and ``draw(purpose, law)`` in seconds. These are the customer's own, whatever
    else happens in the run, and the same each time that they are asked for; so name another purpose for each. With
    ``tell(label, text)``, the mocked back end's pages say something to the customer from then on: who is coming, and
    how soon; with ``note(text)``, the detail of the visit's row says something.

    In a simulation, the environment is the run's own. In the mocked back end, and on a scaled clock, it is one whose
    time is that of the journey's people; there, `make` is called once for the back end, and a process that goes wrong
    is logged, and its step fails. A back end that is started anew on the same database knows its cases, and where they
    stand; what the processes had in mind is gone, and those of open cases begin again.

    Rule: the process begins at the moment at which the step's work is taken up (after the batch window), before
    anything else that is due then. Its end is an event of its own: the case goes on at that moment, after what was
    asked for earlier. Where the work is withdrawn (the customer has left, a timeout, another branch of a fork), the
    row is written at once, and the process is interrupted (`simpy.Interrupt`) before anything else that is due then:
    put back in ``finally`` what it has taken. An Interrupt that it does not catch ends it silently.

    An example: the nearest of three drivers comes; each stays where the last customer was. ::

        def drivers(environment):
            free = simpy.FilterStore(environment)
            free.items = [2.0, 5.0, 9.0]  # where they are, in kilometres along the road

            def dispatch(visit):
                place = 10 * visit.uniform("place")
                nearest = min(free.items, key=lambda at: abs(at - place), default=None)
                wanted = free.get((lambda at: at == nearest) if nearest is not None else (lambda at: True))
                at = place
                try:
                    at = yield wanted
                    yield environment.timeout(abs(at - place) * 120)  # two minutes a kilometre
                finally:
                    if wanted.triggered:
                        free.put(place)
                    else:
                        wanted.cancel()

            return dispatch

        Step(name="dispatch", lane="backstage", process=Process(drivers))

    Parameters
    ----------
    make: a function at the top of its module, or of the journey's own file.
    """

    make: Callable[..., Any]

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is in the way of finding the function again in another process."""
        name = getattr(self.make, "__qualname__", "")
        if not name.isidentifier():
            what = "is no function at the top of a module"
            yield Problem(path, what, name or repr(self.make), "def drivers(environment): ... , and Process(drivers)")

    def described(self) -> dict[str, str]:
        """Return name and code as texts, for a hash that changes with them and not with where the file is."""
        import inspect

        try:
            code = inspect.getsource(self.make)
        except (OSError, TypeError):
            code = repr(getattr(getattr(self.make, "__code__", None), "co_code", ""))
        return {
            "is": "Process",
            "name": getattr(self.make, "__qualname__", repr(self.make)),
            "code": hashlib.blake2b(code.encode(), digest_size=8).hexdigest(),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        module = self.make.__module__
        file = getattr(sys.modules.get(module), "__file__", None)
        return _found, (module, self.make.__qualname__, str(Path(file).absolute()) if file else "")


def _found(module: str, name: str, file: str) -> Process:
    """Return the process of a function of that name, of a module that this Python process may not have loaded."""
    return Process(getattr(_module(module, file), name))


def _module(name: str, file: str) -> ModuleType:
    from journeys.loading import USER_MODULE, module_of

    loaded = sys.modules.get(name)
    loaded_from = getattr(loaded, "__file__", None)
    if loaded is not None and loaded_from and str(Path(loaded_from).absolute()) == file:
        return loaded
    # a file given by its path, or the script that was run, cannot be imported by its name
    return module_of(file) if name.startswith(USER_MODULE) or name == "__main__" else importlib.import_module(name)
