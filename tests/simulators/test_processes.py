"""Processes of one's own: a driver's dispatch in a step, beside everything else in the run."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import simpy

from journeys import (
    Attempts,
    Constant,
    Exponential,
    Fact,
    Fork,
    Process,
    Route,
    Schedule,
    Step,
    Wait,
    minutes,
    seconds,
)
from journeys.checks import problems
from journeys.errors import InvalidInput
from journeys.loading import load
from journeys.paths import apply, digest, parameters
from journeys.population import Population
from journeys.rows import Row
from simulators.backend.app import make_desk
from simulators.clocks import Timer
from simulators.organisation import Organisation
from simulators.own_time import ClockedEnvironment
from simulators.processes import Processes
from simulators.simpy_engine import SimulatedClock, replicate
from tests.simulators.stories import journey, s, serve, told

Run = Callable[[Any], Generator[simpy.Event, Any, str | None]]
PLACES = {0: 4.0, 1: 6.0, 2: 8.0, 3: 0.0, 4: 3.0}


def drivers(environment: simpy.Environment) -> Run:
    """Two drivers on a road; the nearest that is free comes, at one kilometre a second, and stays there."""
    free = simpy.FilterStore(environment)
    free.items = [0.0, 9.0]

    def dispatch(visit: Any) -> Generator[simpy.Event, Any, None]:
        place = PLACES[visit.customer]
        nearest = min(free.items, key=lambda at: abs(at - place), default=None)
        wanted = free.get(lambda at: nearest in (None, at))
        try:
            at = yield wanted
            yield environment.timeout(abs(at - place))
        finally:
            if wanted.triggered:
                free.put(place)
            else:
                wanted.cancel()

    return dispatch


def lucky(environment: simpy.Environment) -> Run:
    """Let a draw of the customer's own tell how long it takes, and another where they go."""

    def run(visit: Any) -> Generator[simpy.Event, Any, str | None]:
        yield environment.timeout(visit.draw("time", Exponential(minutes(1))))
        return "denied" if visit.uniform("luck") < 0.5 else None

    return run


def hasty(environment: simpy.Environment) -> Run:
    def run(visit: Any) -> Generator[simpy.Event, Any, str]:
        yield environment.timeout(5)
        return "completed" if visit.customer else "nowhere"

    return run


def broken(environment: simpy.Environment) -> Run:
    def run(visit: Any) -> Generator[simpy.Event, Any, None]:
        yield environment.timeout(3)
        raise KeyError(f"no map of {visit.segment}")

    return run


def no_generator(environment: simpy.Environment) -> Any:
    return lambda visit: None


def fails_at_once(environment: simpy.Environment) -> Run:
    raise ValueError("no drivers")


def dispatch(make: Callable[..., Any] = drivers, **parts: Any) -> Step:
    return Step(**{"name": "dispatch", "lane": "backstage", "process": Process(make), **parts})


def test_the_nearest_driver_comes_and_who_finds_none_waits_for_the_next():
    """Customer 0 at 4 has the one at 0, 1 at 6 has the one at 9, 2 at 8 the first who is free again, who is at 6."""
    assert told([0, 1, 2], dispatch()) == [
        "0 dispatch#0 0/0/4 served > completed",
        "0 exit 4 completed",
        "1 dispatch#0 1/1/4 served > completed",
        "1 exit 4 completed",
        "2 dispatch#0 2/2/8 served > completed",
        "2 exit 8 completed",
    ]


def test_who_leaves_interrupts_the_process_which_puts_the_driver_back():
    wait = Wait(name="coming", uncertain=s(3))
    assert told([0, 3.5], dispatch(awaits="coming"), waits=(wait,)) == [
        "0 dispatch#0 0/0/3 dropped > dropped [gave up waiting (coming)]",
        "0 exit 3 dropped [gave up waiting (coming)]",
        "1 dispatch#0 3.5/3.5/5.5 served > completed",
        "1 exit 5.5 completed",
    ]


def test_steps_with_the_same_process_share_what_it_made():
    assert told([0], dispatch(routes=(Route("again"),)), dispatch(name="again"))[:2] == [
        "0 dispatch#0 0/0/4 served > again",
        "0 again#0 4/4/4 served > completed",
    ]


def test_each_replication_has_its_own():
    made = journey([0, 1], dispatch())
    assert str(replicate(made, 1, 0, 2)) == str(replicate(made, 1, 0, 2))


def test_a_process_chooses_among_the_ways_or_leaves_it_to_the_routes():
    ways = (Route("denied", 0.0), Route("completed"))
    made = journey([0] * 200, dispatch(lucky, routes=ways))
    rows = [row for row in replicate(made, 1, 0, 200) if row.step == "dispatch"]
    population = Population(made, 1)
    luck, times = (
        population.choices("dispatch", "process:luck"),
        population.stream("dispatch", "process:time", [Exponential(minutes(1))]),
    )
    for row in rows:
        assert row.to == ("denied" if luck.at(row.customer) < 0.5 else "completed")
        assert row.end_s == times.at(row.customer)
    assert 60 < sum(row.to == "denied" for row in rows) < 140


def test_draws_are_the_customers_own_whatever_else_there_is():
    ways = (Route("denied", 0.0), Route("completed"))
    alone = journey([0] * 50, dispatch(lucky, routes=ways))
    more = journey([0] * 50, dispatch(lucky, routes=(Route("denied", 0.0), Route("more"))), serve("more"))

    def times(made: Any) -> list[tuple[int, float]]:
        return [(row.customer, row.end_s) for row in replicate(made, 1, 0, 50) if row.step == "dispatch"]

    assert times(alone) == times(more)


def test_a_timeout_interrupts_it_and_tries_again():
    tries = Attempts(Constant(seconds(3)), 2, seconds(1))
    assert told([0], dispatch(attempts=tries)) == [
        "0 dispatch#0 0/0/3 timed_out > dispatch",
        "0 dispatch#0 4/4/4 served > completed [attempt 2]",
        "0 exit 4 completed",
    ]


def test_another_branch_of_a_fork_interrupts_it():
    start = Step(name="start", lane="backstage", fork=Fork(("dispatch", "walk"), "completed", 1))
    walk = Step(name="walk", lane="backstage", service=s(2))
    assert told([0, 5], start, dispatch(), walk)[1:3] == [
        "0 walk#0 0/0/2 served > completed",
        "0 dispatch#0 0/0/2 withdrawn [no longer needed]",
    ]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (hasty, "leads to none of the step's ways, with customer 0 (got 'nowhere'); completed"),
        (broken, "failed: KeyError: 'no map of everyone', with customer 0; completed"),
        (no_generator, "did not begin: ValueError: None is not a generator., with customer 0"),
        (fails_at_once, "failed as it was made: ValueError: no drivers"),
    ],
)
def test_a_step_that_goes_wrong_says_which_and_with_whom(make: Callable[..., Any], said: str):
    with pytest.raises(InvalidInput) as refused:
        told([0], dispatch(make))
    assert str(refused.value).startswith(f"story.steps.dispatch.process: {said}")


def test_a_process_keeps_to_peoples_time_on_a_scaled_clock():
    """The same story in a sixtieth of the seconds: customers arrive, wait and give up as they did."""
    wait, times = Wait(name="coming", uncertain=s(3.5)), [0.0, 0.5, 1.0, 2.5, 9.0]
    made = journey(times, dispatch(awaits="coming"), waits=(wait,))
    faster = Schedule.from_seconds([at_s / 64 for at_s in times])

    slow, fast = replicate(made, 1, 0, 5), replicate(made, 1, 0, 5, faster, speed=64.0)

    assert [(row.customer, row.step, row.outcome) for row in fast] == [
        (row.customer, row.step, row.outcome) for row in slow
    ]
    assert [row.end_s * 64 for row in fast] == pytest.approx([row.end_s for row in slow])
    assert {row.outcome for row in slow if row.step == "exit"} == {"completed", "dropped"}


def test_a_back_end_refuses_a_process_that_cannot_be_made():
    with pytest.raises(InvalidInput, match=r"story\.steps\.dispatch\.process: failed as it was made"):
        make_desk(journey([0], dispatch(fails_at_once)), seed=1, speed=1.0)


class WallClock:
    """A clock that stands where it is set, and rings what is due, a little late."""

    def __init__(self) -> None:
        self.time_s, self._due = 0.0, list[tuple[float, int, Callable[[], None]]]()
        self.stands = False

    def now_s(self) -> float:
        return self.time_s

    def after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        entry = (self.time_s + delay_s, len(self._due), action)
        self._due.append(entry)
        return SimpleNamespace(cancel=lambda: self._due.remove(entry) if entry in self._due else None)

    def pass_to(self, time_s: float, late_s: float = 0.25) -> None:
        while self._due and min(self._due)[0] + late_s <= time_s and not self.stands:
            first = min(self._due)
            self._due.remove(first)
            self.time_s = max(self.time_s, first[0] + late_s)
            first[2]()
        self.time_s = time_s


def test_on_a_clock_that_rings_late_a_chain_of_timeouts_does_not_drift():
    clock = WallClock()
    environment = ClockedEnvironment(clock)
    seen: list[tuple[float, float]] = []

    def chain() -> Generator[simpy.Event, Any, None]:
        for _ in range(4):
            yield environment.timeout(10)
            seen.append((environment.now, clock.time_s))

    clock.pass_to(5)
    environment.process(chain())
    clock.pass_to(60)
    assert [own_s for own_s, _ in seen] == [15, 25, 35, 45]
    assert [wall_s for _, wall_s in seen] == [15.25, 25.25, 35.25, 45.25]


def test_where_the_clock_is_made_to_stand_what_comes_later_waits():
    clock = WallClock()
    environment = ClockedEnvironment(clock)
    seen: list[float] = []

    def stop(_: simpy.Event) -> None:
        seen.append(environment.now)
        clock.stands = environment.now == 10

    for due_s in (10, 10, 20):
        environment.timeout(due_s).callbacks.append(stop)
    clock.pass_to(60, late_s=30)
    assert seen == [10, 10]
    clock.stands = False
    clock.pass_to(120, late_s=0)
    assert seen == [10, 10, 20]


def test_from_outside_it_is_the_clocks_time_but_never_later_than_what_is_due():
    clock = WallClock()
    environment = ClockedEnvironment(clock)
    environment.timeout(10)
    clock.time_s = 7.0
    assert environment.now == 7.0
    clock.time_s = 12.0  # and nothing has rung yet
    assert environment.now == 10.0
    clock.pass_to(12.5)
    assert environment.now == 12.5


def test_an_interrupt_from_outside_comes_at_that_moment():
    clock = WallClock()
    environment = ClockedEnvironment(clock)
    ended: list[float] = []

    def drive() -> Generator[simpy.Event, Any, None]:
        try:
            yield environment.timeout(100)
        except simpy.Interrupt:
            ended.append(environment.now)

    process = environment.process(drive())
    clock.pass_to(30)
    process.interrupt()
    clock.pass_to(200)
    assert ended == [30]


def test_where_errors_are_noted_the_work_fails_and_the_others_go_on():
    made = journey([0, 1], dispatch(hasty, on_failure="denied"))
    noted: list[InvalidInput] = []
    rows: list[Row] = []
    environment = simpy.Environment()
    clock, population = SimulatedClock(environment), Population(made, 1)
    own = Processes(made, population, environment, clock.now_s, noted.append).of
    organisation = Organisation(
        made, population, human=clock, system=clock, run_s=clock.now_s, emit=rows.append, own=own
    )
    for customer in range(2):
        organisation.begin(customer)
    environment.run(60)
    assert [(row.customer, row.outcome, row.to) for row in rows] == [
        (0, "failed", "denied"),
        (1, "served", "completed"),
    ]
    assert rows[0].detail == "its process leads to none of the step's ways"
    assert "with customer 0 (got 'nowhere')" in str(noted[0])


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (dispatch(lane="customer"), "steps.dispatch.process: is in the customer's lane"),
        (dispatch(service=s(1)), "steps.dispatch.process: is the step's service"),
        (dispatch(station="desk"), "steps.dispatch.process: is the step's service"),
        (dispatch(process=Process(lambda environment: None)), "steps.dispatch.process: is no function at the top"),
        (dispatch(process=drivers), "steps.dispatch.process: is of another type"),
        (dispatch(process=Process(3)), "steps.dispatch.process.make: is of another type (got 3); a function"),  # type: ignore[arg-type]
    ],
)
def test_a_process_that_cannot_be_is_refused(step: Step, said: str):
    made = journey([0], dispatch())
    assert said in "\n".join(map(str, problems(dataclasses.replace(made, steps=(step,)))))


# As a value ----------------------------------------------------------------------------------------------------------


def test_a_journey_with_a_process_is_a_value_that_can_be_sent_and_hashed():
    made = journey([0], dispatch())
    sent = pickle.loads(pickle.dumps(made))
    assert sent == made
    assert digest(sent) == digest(made) != digest(journey([0], dispatch(hasty)))
    assert apply(made, {"steps.dispatch.skip": 0.0}) == made
    assert not any("process" in path for path, _ in parameters(made))


FILE = '''"""Drivers of one's own."""
from journeys import Journey, Poisson, Process, Step, per_hour


def drivers(environment):
    def dispatch(visit):
        yield environment.timeout({time})
    return dispatch


journey = Journey(name="own", arrivals=Poisson(per_hour(9)), customers=20,
                  steps=(Step(name="dispatch", lane="backstage", process=Process(drivers)),))
'''


def test_a_file_given_by_its_path_is_found_again_by_other_processes(tmp_path: Path):
    path = tmp_path / "own-drivers.py"
    path.write_text(FILE.format(time=7))
    made = load(str(path))
    assert pickle.loads(pickle.dumps(made)) == made
    (tmp_path / "sent").write_bytes(pickle.dumps(made))
    code = (
        "import pickle, sys; from journeys.paths import digest; from simulators.simpy_engine import replicate;"
        "made = pickle.load(open(sys.argv[1], 'rb')); rows = replicate(made, 1, 0, 1);"
        "print(digest(made), rows[1].end_s - rows[1].start_s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sent")], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [digest(made), "7.0"]


def test_the_hash_follows_the_code_and_not_the_folder(tmp_path: Path):
    digests = []
    for folder, time in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "own.py"
        path.write_text(FILE.format(time=time))
        digests.append(digest(load(str(path))))
    assert digests[0] == digests[1] != digests[2]


def test_the_example_of_the_documentation_runs():
    example = (Process.__doc__ or "").split(". ::")[1].split("Step(name=")[0]
    names: dict[str, Any] = {"simpy": simpy}
    exec(textwrap.dedent(example), names)
    environment = simpy.Environment()
    run = names["drivers"](environment)

    class Visitor:
        def uniform(self, purpose: str) -> float:
            return 0.4

    environment.process(run(Visitor()))
    environment.run()
    assert environment.now == pytest.approx(120)


def by_colour(environment: simpy.Environment) -> Run:
    """Go where the customer's own answer leads."""

    def run(visit: Any) -> Generator[simpy.Event, Any, str | None]:
        yield environment.timeout(1)
        return "denied" if visit.fact("colour") == "red" else "completed"

    return run


def test_a_process_knows_what_its_customer_answers():
    colours = Fact(name="colour", label="Colour", kind="choice", choices=("red", "blue"))
    ways = (Route("denied", 0.5), Route("completed"))
    step = Step(name="go", lane="support", process=Process(by_colour), routes=ways)
    made = journey([0, 1, 2, 3], step, facts=(colours,), stations=())

    ends = [row.outcome for row in replicate(made, 1, 0, 4) if row.step == "exit"]

    answers = [Population(made, 1, 0).value_of("colour", number) for number in range(4)]
    assert ends == ["denied" if answer == "red" else "completed" for answer in answers]
    assert len(set(ends)) == 2
