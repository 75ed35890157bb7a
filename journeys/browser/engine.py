"""The browser engine: one Chromium, several contexts at once, each with one customer walking the journey."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.arrivals import Poisson
from journeys.blueprint import Journey
from journeys.browser.conditions import Conditions
from journeys.browser.driving import FIND_S, Drive, Surface
from journeys.browser.extras import Extras
from journeys.browser.finding import Browser, find
from journeys.browser.looping import run
from journeys.browser.mocked import MockedPages
from journeys.browser.pages import OwnPages
from journeys.browser.planning import expect_expressible, expect_sound, not_measured
from journeys.browser.recording import Recorder, Watch, first_line
from journeys.browser.timeline import RunClock
from journeys.clients.session import CUSTOMER
from journeys.clients.starting import manifest_of, reach
from journeys.clients.target import MockedBackEnd, Target
from journeys.durations import Rate
from journeys.errors import JourneywrightError, Missing
from journeys.eventlog import EXIT, Row, RunWriter, versions
from journeys.population import Customer, Population
from journeys.rows import exit_row
from journeys.walking import Script

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page

CLOSELY = "Journeywright-Closely"
FLUSH_S = 30.0
PREPARE_S = 30.0
"""How long the browser may take to open or close a customer's context."""
SETTLE_S = 0.3
"""How long the loop listens for the end of Playwright's own process after Ctrl-C while that was starting."""
INTERRUPTED = "interrupted"


def browse(
    journey: Journey,
    *,
    target: str,
    mocked: bool,
    folder: Path,
    seed: int,
    customers: int,
    contexts: int = 4,
    speed: float = 1.0,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    rate: Rate | None = None,
    headed: bool = False,
    browser: Browser | None = None,
    trace: bool = True,
    give_up_s: float = 120.0,
    progress: Callable[[int, int], None] | None = None,
    first_customer: int = 0,
    find_s: float = FIND_S,
    extras: Extras | None = None,
) -> Path:
    """Walk customers through the pages of `target` in a real browser, and return the run's folder.

    Parameters
    ----------
    journey: with the changes of the scenario applied; `scenario` and `changes` are written into the manifest.
    target: the address of a mocked back end (`mocked`) or of a user's own application.
    folder: of the run. seed, customers: whose customers; those from `first_customer` on.
    contexts: how many customers walk at once. speed: human seconds per second of the wall, the back end's own.
    rate: arrivals per time of the wall (open workload); None: the next arrives when a context is free (closed).
    headed: with a window. browser: which; None looks for one.
    trace: keep a Playwright trace of customers who met a failure (costs about a tenth of the time of a walk).
    give_up_s: customers who are still on their way so long after the last arrival are censored.
    progress: called with the numbers of customers done and in all.
    find_s: how long an own application's page is searched for what an action names.
    extras: how the browser is started and what is kept, beyond that; customers by their numbers.

    Raises InvalidInput or Unsupported before the start, Missing where there is no browser, TargetUnreachable where
    nothing answers, CannotWrite for the folder. On Ctrl-C what was measured is kept, marked unfinished.
    """
    expect_sound(customers=customers, contexts=contexts, speed=speed, give_up_s=give_up_s, first=first_customer)
    extras = extras or Extras()
    numbers = extras.numbers or range(first_customer, first_customer + customers)
    place = Target.parse(target)
    if not mocked:
        expect_expressible(journey)
    browser = browser or find(headless=not headed)
    back_end = reach(place, journey, mocked, speed)
    settings = {
        "contexts": contexts, "headed": headed, "trace": trace, "first_customer": first_customer, "mocked": mocked
    }  # fmt: skip
    manifest = manifest_of(
        journey,
        place,
        mocked,
        changes=changes,
        scenario=scenario,
        engine="browser",
        seed=seed,
        customers=len(numbers),
        speed=speed,
        workload="closed" if rate is None else "open",
        not_measured=not_measured(journey, mocked),
        settings=settings | ({} if rate is None else {"rate_per_s": rate.per_s}) | dict(extras.settings),
        versions=versions("playwright") | {"chromium": browser.version},
    )
    with RunWriter(folder, manifest) as writer:
        walks = _Walks(
            journey,
            writer,
            Population(journey, seed),
            place,
            back_end,
            numbers=numbers,
            contexts=contexts,
            rate=rate,
            headed=headed,
            browser=browser,
            trace=trace,
            give_up_s=give_up_s,
            find_s=find_s,
            progress=progress,
            extras=extras,
        )
        try:
            run(walks.main)
        finally:
            walks.settle()
        writer.close()
    return folder


class _Walks:
    """The walks of one run."""

    def __init__(
        self,
        journey: Journey,
        writer: RunWriter,
        population: Population,
        target: Target,
        back_end: MockedBackEnd | None,
        *,
        numbers: Sequence[int],
        contexts: int,
        rate: Rate | None,
        headed: bool,
        browser: Browser,
        trace: bool,
        give_up_s: float,
        find_s: float,
        progress: Callable[[int, int], None] | None,
        extras: Extras,
    ) -> None:
        speed = writer.manifest.speed
        self._journey, self._writer, self._population = journey, writer, population
        self._target, self._back_end = target, back_end
        self._numbers, self._next, self._done = numbers, 0, 0
        self._contexts, self._headed, self._executable = contexts, headed, browser.executable
        self._give_up_s, self._find_s, self._speed, self._progress = give_up_s, find_s, speed, progress
        self._facts = {fact.name: fact for fact in journey.facts}
        self._human = frozenset(step.name for step in journey.steps if journey.clock(step.name) == "human")
        self._script = Script(
            journey,
            population,
            organisation=back_end is not None,
            acts=None if back_end is not None else lambda step: step.page is not None,
            speed=speed,
        )
        self._clock = RunClock()
        self._conditions = Conditions(journey.faults, self._clock.now_s)
        self._recorder = Recorder(writer.folder, self._clock, trace, extras.keep_all)
        self._extras = extras
        self._due_s = _due_s(population, numbers, rate)
        self._arrived_s, self._flushed_s = 0.0, 0.0
        self._on_the_way: dict[int, asyncio.Task[str]] = {}
        self._given_up: set[int] = set()
        self._open_cases: list[str] = []
        self._began = False
        self._chromium: Chromium

    async def main(self) -> None:
        """Start the browser, let everybody walk, and end it."""
        from playwright.async_api import Error, async_playwright

        self._warm_up()
        starting = asyncio.ensure_future(async_playwright().start())
        try:
            playwright = await asyncio.shield(starting)
        except asyncio.CancelledError:  # half started, it could not be stopped
            with contextlib.suppress(Exception):  # a terminal's Ctrl-C has ended its process as well
                await (await starting).stop()
            await asyncio.sleep(SETTLE_S)
            raise
        try:
            try:
                self._chromium = await playwright.chromium.launch(
                    **self._extras.launch_of(executable_path=self._executable, headless=not self._headed),
                    handle_sigint=False,
                    handle_sigterm=False,
                    handle_sighup=False,
                )
            except Error as error:
                raise Missing(
                    f"browser: {self._executable} does not start ({first_line(error)}); "
                    "set JOURNEYWRIGHT_BROWSER to another one"
                ) from None
            try:
                self._clock.zero(await self._extras.zero(self._back_end.zero if self._back_end else None))
                self._began = True
                await self._all()
            finally:
                with contextlib.suppress(Error):  # it may have ended by itself
                    await self._chromium.close()
        finally:
            await playwright.stop()

    def settle(self) -> None:
        """Bring in what the run leaves at the back end and in files, also after an interruption."""
        counts: dict[str, Any] = {**self._recorder.counts, "time_split": self._recorder.splits()}
        self._recorder.close()
        lost: JourneywrightError | None = None
        if self._back_end is not None and self._began:
            try:
                own = frozenset(self._numbers)  # others may have been there
                self._writer.extend(row for row in self._back_end.rows() if row.customer in own)
                self._back_end.leave(self._open_cases)
            except JourneywrightError as error:
                lost, counts["lost"] = error, str(error)
        manifest, came = self._writer.manifest, self._next if self._extras.beside else len(self._numbers)
        self._writer.manifest = replace(manifest, settings={**manifest.settings, **counts}, customers=came)
        if lost is not None and self._done == came:
            raise lost

    def _warm_up(self) -> None:
        """Load what would otherwise be loaded while the first customers are timed."""
        import duckdb  # noqa: F401
        import pandas  # noqa: F401

        for number in self._numbers[: self._contexts]:
            self._population.customer(number)

    # Everybody -------------------------------------------------------------------------------------------------------

    async def _all(self) -> None:
        workers = [asyncio.create_task(self._worker()) for _ in range(min(self._contexts, len(self._numbers)))]
        watchman = asyncio.create_task(self._watchman())
        try:
            await asyncio.gather(*workers)
        finally:
            for task in (watchman, *workers):
                task.cancel()
            await asyncio.gather(watchman, *workers, return_exceptions=True)

    async def _worker(self) -> None:
        from playwright.async_api import Error

        while self._next < len(self._numbers) and not self._extras.ended:
            index = self._next
            self._next += 1
            try:
                await self._customer(index)
            except TimeoutError:
                raise Missing(
                    f"browser: opened or closed no page within {PREPARE_S:g} s; with fewer --contexts it has less to do"
                ) from None
            except Error as error:
                raise Missing(
                    f"browser: ended by itself ({first_line(error)}); with fewer --contexts it needs less memory"
                ) from None
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, len(self._numbers))
            if self._clock.now_s() > self._flushed_s + FLUSH_S:
                self._flushed_s = self._clock.now_s()
                self._writer.flush()

    async def _watchman(self) -> None:
        """Give up on those who are on their way for too long after the last arrival that is due."""
        while True:
            since_s = self._arrived_s
            if self._due_s is not None and self._next < len(self._numbers):
                since_s = max(since_s, self._due_s[self._next])
            left_s = since_s + self._give_up_s - self._clock.now_s()
            if left_s > 0:
                await asyncio.sleep(left_s)
                continue
            for customer, task in self._on_the_way.items():
                self._given_up.add(customer)
                task.cancel()
            await asyncio.sleep(self._give_up_s)

    # One customer ----------------------------------------------------------------------------------------------------

    async def _customer(self, index: int) -> None:
        customer = self._population.customer(self._numbers[index])
        headers = {CUSTOMER: str(customer.number)} if self._back_end is not None else {}
        secrets = [customer.persona[fact.name] for fact in self._journey.facts if fact.kind == "secret"]
        watch = Watch(self._recorder, customer.number, secrets, self._extras.inspection, customer.persona)
        if headers and watch.looks_for("status"):
            headers[CLOSELY] = "yes"
        async with asyncio.timeout(PREPARE_S):
            context = await self._chromium.new_context(**self._extras.context_of(headers))
            page = await context.new_page()
            await watch.begin(context, page)
        try:
            surface = self._surface(context, page, customer, watch)
            intended_s = self._clock.now_s()
            if self._due_s is not None:
                intended_s = self._due_s[index]
                await asyncio.sleep(max(0.0, intended_s - self._clock.now_s()))
            async with self._conditions.of(context, page):
                await self._walk(customer, intended_s, surface, page, watch)
            await watch.end(context, page)
        finally:
            async with asyncio.timeout(PREPARE_S):
                await context.close()

    def _surface(self, context: BrowserContext, page: Page, customer: Customer, watch: Watch) -> Surface:
        if self._back_end is not None:
            return MockedPages(
                context,
                page,
                self._target,
                journey=self._journey,
                clock=self._clock,
                speed=self._speed,
                human=self._human,
                facts=self._facts,
                persona=customer.persona,
                watch=watch,
            )
        return OwnPages(
            page,
            self._target,
            clock=self._clock,
            speed=self._speed,
            human=self._human,
            values={**customer.persona, "customer": str(customer.number)},
            watch=watch,
            find_s=self._find_s,
        )

    async def _walk(self, customer: Customer, intended_s: float, surface: Surface, page: Page, watch: Watch) -> None:
        from playwright.async_api import Error

        number, ended = customer.number, False

        def emit(row: Row) -> None:
            nonlocal ended
            ended = ended or row.step == EXIT
            self._writer.add(row)

        walk = self._script.walk(number, intended_s, self._clock.now_s, emit)
        drive = Drive(walk, surface, self._speed)
        reason = INTERRUPTED
        self._arrived_s = self._clock.now_s()
        task = self._on_the_way[number] = asyncio.create_task(drive.to_the_end())
        try:
            await task
        except asyncio.CancelledError:
            if number not in self._given_up:
                raise
            reason = f"still on the way {self._give_up_s:g} s after the last arrival"
            if not drive.listening:  # who waits for people behind the counter has met nothing wrong
                watch.found("step", reason, page.url)
                await watch.failed(page, drive.step, reason)
        except (Error, TimeoutError) as error:
            reason = watch.masked(f"could not go on: {first_line(error)}")
            watch.found("step", reason, page.url)
            await watch.failed(page, drive.step, reason)
        finally:
            del self._on_the_way[number]
            walk.close()
            if not ended:
                self._writer.add(exit_row(number, customer.segment, self._clock.now_s(), "censored", reason))
                if isinstance(surface, MockedPages) and surface.case:
                    self._open_cases.append(surface.case)


def _due_s(population: Population, numbers: Sequence[int], rate: Rate | None) -> list[float] | None:
    """Return when each customer arrives, in seconds of the run: those of the population's own order, at `rate`."""
    if rate is None:
        return None
    times = population.arrivals_s(numbers[-1] + 1, Poisson(rate)).tolist()
    offset_s = times[numbers[0] - 1] if numbers[0] else 0.0
    return [times[number] - offset_s for number in numbers]
