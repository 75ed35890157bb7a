"""A back end of several processes: starts them, keeps them going, lets happen to them what was planned, ends them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from journeys.errors import CannotWrite, InvalidInput, JourneywrightError, Missing, Problem
from simulators.backend.listening import PortInUse, Settings, allow_many_connections, listen, url_at
from simulators.replicas.balancer import Admin, configuration, find_envoy
from simulators.replicas.children import PYTHON, Child
from simulators.replicas.disturbing import filters, setting
from simulators.replicas.hosting import hosted_stations
from simulators.replicas.registry import RunFolder, sweep
from simulators.replicas.replica import Replica
from simulators.replicas.roles import FIND, LOCK, LOSE, UNLOCK, OfficeRole, ReplicaRole

if TYPE_CHECKING:
    from simulators.replicas.injecting import Injector

MOST = 32
STARTS_S, ENDS_S = 60.0, 4.0
TOO_OFTEN, WITHIN_S = 5, 10.0
HISTORY, HEALTH, ADMIN = "history.jsonl", "health.jsonl", "admin"
"""Files of the run's folder: what happened to processes, what the balancer saw of it, and where it is told things."""


class TierFailed(Missing):
    """A process of the back end did not come up, or would not stay up."""


class Tier:
    """The processes of one back end: an office, replicas, and the balancer before them."""

    def __init__(self, settings: Settings, folder: RunFolder, zeroed: Callable[[float], None]) -> None:
        self._settings, self._folder, self._zeroed = settings, folder, zeroed
        self.replicas = [Replica(number) for number in range(settings.replicas)]
        self._office: Child | None = None
        self._balancer: Child | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()
        self._office_ready = False
        self._deaths: list[float] = []
        self._held: Counter[str] = Counter()
        self._failure: BaseException | None = None
        self._ending = self._begun = False
        self.zero_at = time.monotonic()

    @property
    def office_socket(self) -> Path:
        """Where the office listens."""
        return self._folder.path / "office"

    def socket_of(self, number: int) -> Path:
        """Where a replica listens."""
        return self._folder.path / f"replica-{number}"

    # Starting and ending ---------------------------------------------------------------------------------------------

    async def start(self) -> str:
        """Start everything, and return the address once customers are answered there."""
        envoy, settings = find_envoy(), self._settings
        address = _reachable(settings.host, settings.port)
        config = configuration(
            address, settings.port, [self.socket_of(one.number) for one in self.replicas],
            self._folder.path / ADMIN, self._folder.path / HEALTH, [*filters(settings.journey)],
        )  # fmt: skip
        (self._folder.path / "envoy.json").write_text(json.dumps(config), encoding="utf-8")
        await self._start_office()
        for replica in self.replicas:
            await self._fill(replica)
        self._balancer = await Child.start(
            "envoy",
            (envoy, "-c", str(self._folder.path / "envoy.json"), "--concurrency", "1", "--disable-hot-restart",
             "--file-flush-interval-msec", "100",
             "-l", "warning"),
            self._folder, lambda *_: None, self._balancer_ended,
        )  # fmt: skip
        await self._until(lambda: self._office_ready and all(one.listening for one in self.replicas))
        return await self._answering(address)

    async def stop(self) -> None:
        """End everything: first who keeps the cases, so that everybody who waits is answered."""
        self._ending = True
        for task in self._tasks:
            task.cancel()
        if self._office is not None:
            await self._office.end(ENDS_S)
        children = [self._balancer, *(replica.child for replica in self.replicas)]
        await asyncio.gather(*(child.end(0.0) for child in children if child is not None))

    async def run(self) -> None:
        """Return when one of the processes cannot be kept going, by raising why."""
        await self._until(lambda: False)

    async def _answering(self, address: str) -> str:
        import urllib.request

        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        admin, ends_at = Admin(self._folder.path / ADMIN), time.monotonic() + STARTS_S
        while True:
            try:
                url = url_at(address, await asyncio.to_thread(admin.port))
                with await asyncio.to_thread(opener.open, f"{url}/health", None, 2.0) as answer:
                    answer.read()
                if await asyncio.to_thread(lambda: admin.counters()["healthy"]) < len(self.replicas):
                    raise OSError("replicas are still being checked")
                return url
            except (OSError, LookupError) as error:
                if self._failure is not None:
                    raise self._failure from None
                if time.monotonic() > ends_at:
                    raise TierFailed(
                        f"envoy: {address} does not answer ({error}); {self._last_words('envoy')}"
                    ) from None
                await asyncio.sleep(0.02)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()
        if self._failure is not None:
            raise self._failure

    def _last_words(self, name: str) -> str:
        lines = (self._folder.path / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _fail(self, why: BaseException) -> None:
        self._failure = self._failure or why
        self._changed.set()

    def _do(self, what: Any) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def note(self, event: str, **about: Any) -> None:
        """Note what happened, in seconds of the run."""
        line = json.dumps({"at_s": round(time.monotonic() - self.zero_at, 4), "event": event, **about})
        with (self._folder.path / HISTORY).open("a", encoding="utf-8") as history:
            history.write(line + "\n")

    # The office ------------------------------------------------------------------------------------------------------

    async def _start_office(self) -> None:
        # without a database of the user's own, one for this run, so that cases outlive their office
        settings = replace(self._settings, database=self._settings.database or self._folder.path / "cases.db")
        zero_at = self.zero_at if self._begun else None
        role = OfficeRole(settings=settings, office=self.office_socket, zero_at=zero_at)
        self._office = await Child.start(
            "office", (*PYTHON, "office"), self._folder, self._office_told, self._office_ended, role
        )

    def _office_told(self, child: Child, told: dict[str, Any]) -> None:
        if "zero" in told and not (self._begun and told["zero"] == self.zero_at):
            self.zero_at = float(told["zero"])
            self.note("zero", wall=time.time() - (time.monotonic() - self.zero_at))
            if self._begun or not self._settings.waits:
                self._zeroed(self.zero_at)
            self._begun = True
        if "ready" in told:
            self._office_ready = True
            for kind in +self._held:
                child.command(_HOLDS[kind][0])
        if "error" in told:
            self._fail(raised(told))
        self._changed.set()

    def _office_ended(self, child: Child) -> None:
        self._office_ready = False
        if not self._ending and self._failure is None and not self._dies_too_often("office"):
            self.note("office ended")
            self._do(self._start_office())

    def _balancer_ended(self, child: Child) -> None:
        if not self._ending:
            self._fail(TierFailed(f"envoy: has ended ({self._last_words('envoy')}); start it again"))

    def _dies_too_often(self, name: str) -> bool:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < WITHIN_S] + [now]
        if len(self._deaths) > TOO_OFTEN * (1 + len(self.replicas)):
            self._fail(TierFailed(f"{name}: does not stay up ({self._last_words(name)})"))
            return True
        return False

    # Replicas --------------------------------------------------------------------------------------------------------

    async def _fill(self, replica: Replica) -> None:
        """Put a process into a replica's place, which listens once nothing holds it dead."""
        settings, name = self._settings, f"replica-{replica.number}"
        role = ReplicaRole(
            journey=settings.journey, seed=settings.seed, speed=settings.speed, office=self.office_socket,
            socket=self.socket_of(replica.number), number=replica.number,
        )  # fmt: skip
        replica.child, replica.prepared, replica.listening = None, False, False
        replica.child = await Child.start(
            name, (*PYTHON, name), self._folder, functools.partial(self._replica_told, replica),
            functools.partial(self._replica_ended, replica), role,
        )  # fmt: skip

    def _replica_told(self, replica: Replica, child: Child, told: dict[str, Any]) -> None:
        if child is not replica.child:
            return
        if "prepared" in told:
            replica.prepared = True
            replica.let_listen()
        if "ready" in told:
            replica.listening = True
            self.note("listening", replica=replica.number)
            replica.heard()
        if "error" in told:
            self._fail(raised(told))
        self._changed.set()

    def _replica_ended(self, replica: Replica, child: Child) -> None:
        if child is replica.child and not self._ending:
            self.note("ended", replica=replica.number)
            if not replica.is_expected_to_end and self._dies_too_often(child.name):
                return
            self._do(self._fill(replica))

    # What all of them need ------------------------------------------------------------------------------------------

    def hold_database(self, kind: str) -> None:
        """Let the office's database be locked, or gone."""
        self._held[kind] += 1
        if self._held[kind] == 1 and self._office is not None:
            self._office.command(_HOLDS[kind][0])

    def release_database(self, kind: str) -> None:
        """Let it be there again, unless it is still held."""
        self._held[kind] -= 1
        if not self._held[kind] and self._office is not None:
            self._office.command(_HOLDS[kind][1])

    def disturb(self, number: int, share: float) -> None:
        """Let a fault at the balancer hit a share of customers' acts."""
        try:
            Admin(self._folder.path / ADMIN).set(setting(number, share))
        except OSError as error:
            self._fail(TierFailed(f"envoy: does not take a fault ({error})"))


_HOLDS = {"locked": (LOCK, UNLOCK), "gone": (LOSE, FIND)}


def raised(told: dict[str, Any]) -> JourneywrightError:
    """Return the error that a child told."""
    if told["error"] == "InvalidInput":
        return InvalidInput(Problem(**problem) for problem in told["problems"])
    known: dict[str, type[Missing]] = {kind.__name__: kind for kind in (PortInUse, CannotWrite, Missing)}
    return known.get(str(told["error"]), TierFailed)(str(told["text"]))


def _reachable(host: str, port: int) -> str:
    """Return the number of an address that can be listened on; raises PortInUse."""
    with contextlib.closing(listen(host, port)) as listening:
        return str(listening.getsockname()[0])


def check(settings: Settings) -> None:
    """Raise InvalidInput where a journey cannot be served by replicas, or not by so many."""
    journey, problems = settings.journey, list[Problem]()
    if not 1 <= settings.replicas <= MOST:
        problems.append(Problem("--replicas", "cannot be so many", str(settings.replicas), f"1 to {MOST}"))
    if os.name == "nt":
        problems.append(Problem("--replicas", "needs sockets and signals as POSIX has them", "", "serve without it"))
    hosted = hosted_stations(journey)
    if not hosted:
        what = "has no system at which customers act alone, for replicas to host"
        problems.append(Problem(f"{journey.name}.stations", what, "", "serve without --replicas"))
    for station in journey.stations:
        if station.name in hosted and station.replicas is not None and station.replicas.needed > 1:
            problems.append(
                Problem(
                    f"{journey.name}.stations.{station.name}.replicas.needed", "real replicas serve each on its own",
                    str(station.replicas.needed), "1", "or simulate it",
                )
            )  # fmt: skip
    problems += [
        Problem(f"{journey.name}.faults.{fault.name}.station", "is no system whose replicas could lose answers",
                fault.station, ", ".join(hosted))
        for fault in journey.faults
        if fault.kind == "reset" and fault.station not in hosted
    ]  # fmt: skip
    if problems:
        raise InvalidInput(problems)


class Kept(NamedTuple):
    """What serves: its address, the folder of its run, its processes, and who lets things happen to them."""

    url: str
    folder: Path
    tier: Tier
    injector: Injector


@contextlib.asynccontextmanager
async def kept(settings: Settings) -> AsyncIterator[Kept]:
    """Serve with replicas for the time of the context.

    Raises PortInUse, CannotWrite, Missing or InvalidInput before anything is served.
    """
    from simulators.replicas.injecting import Injector

    check(settings)
    find_envoy()
    sweep()
    allow_many_connections()
    with RunFolder() as folder:
        injector = Injector(settings.journey, settings.seed)
        tier = Tier(settings, folder, injector.begin)
        injector.tier = tier
        try:
            yield Kept(await tier.start(), folder.path, tier, injector)
        finally:
            injector.end()
            await tier.stop()


async def keep(settings: Settings, announce: Callable[[str, Path], None], until: asyncio.Event) -> None:
    """Serve with replicas until told to end; `announce` is told the address, and the folder of the run.

    Errors: see `kept`; TierFailed later.
    """
    async with kept(settings) as serving:
        announce(serving.url, serving.folder)
        running, ending = asyncio.create_task(serving.tier.run()), asyncio.create_task(until.wait())
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if running.done():
            await running
        running.cancel()
