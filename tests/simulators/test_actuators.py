"""Actuators: faults at an application of one's own are brought about, and always put right again."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from journeys import Fault, seconds
from journeys.errors import InvalidInput
from journeys.fault_files import read_faults
from simulators.actuators import ActuatorFailed, Commands, EnvoyFaults, Schedule, Toxiproxy, read_actuator, unsteady


def fault(kind: Any, name: str = "", at_s: float = 0.0, lasting_s: float = 60.0, **more: Any) -> Fault:
    return Fault(name=name or kind, station="shop", kind=kind, at=seconds(at_s), lasting=seconds(lasting_s), **more)


class Recorder(ThreadingHTTPServer):
    """A server that notes what it is asked, and answers with a status of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        assert isinstance(self.server, Recorder)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, json.loads(body) if body else None))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_toxiproxy_is_told_in_its_own_words(server: Recorder) -> None:
    proxy, at = Toxiproxy(server.url, "shop"), "/proxies/shop"
    told = (fault("latency", delay=seconds(0.25)), fault("errors", share=0.2), fault("reset", share=0.3),
            fault("bandwidth", bytes_per_s=4096.0), fault("partition"), fault("kill"))  # fmt: skip
    for one in told:
        proxy.begin(one)
        proxy.end(one)
    toxics = {
        "latency": ("latency", {"latency": 250}, 1.0), "errors": ("reset_peer", {"timeout": 0}, 0.2),
        "reset": ("reset_peer", {"timeout": 0}, 0.3), "bandwidth": ("bandwidth", {"rate": 4}, 1.0),
        "partition": ("timeout", {"timeout": 0}, 1.0),
    }  # fmt: skip
    expected: list[Any] = []
    for name, (kind, attributes, toxicity) in toxics.items():
        toxic = {"name": name, "type": kind, "toxicity": toxicity, "attributes": attributes}
        expected += [("POST", f"{at}/toxics", toxic), ("DELETE", f"{at}/toxics/{name}", None)]
    expected += [("POST", at, {"enabled": False}), ("POST", at, {"enabled": True})]
    assert server.asked == expected


def test_a_toxic_that_is_gone_already_is_put_right(server: Recorder) -> None:
    server.statuses[:] = [404, 500]
    Toxiproxy(server.url, "shop").end(fault("latency"))
    with pytest.raises(ActuatorFailed, match=r"^DELETE .*/toxics/latency: 500$"):
        Toxiproxy(server.url, "shop").end(fault("latency"))


def test_envoys_filter_is_set_and_unset(server: Recorder) -> None:
    envoy = EnvoyFaults(server.url)
    for one in (fault("latency", delay=seconds(0.25)), fault("errors", share=0.2)):
        envoy.begin(one)
        envoy.end(one)
    assert [path.partition("?")[2] for _, path, _ in server.asked] == [
        "fault.http.delay.fixed_delay_percent=100&fault.http.delay.fixed_duration_ms=250",
        "fault.http.delay.fixed_delay_percent=0",
        "fault.http.abort.abort_percent=20",
        "fault.http.abort.abort_percent=0",
    ]


def test_a_command_that_fails_says_how() -> None:
    python = sys.executable
    own = Commands({"kill": f"{python} -c 'import sys; sys.exit(\"no such server\")'"}, {"kill": "no-such-program"})
    with pytest.raises(ActuatorFailed, match=r"^kill: .* failed \(exit code 1, no such server\)"):
        own.begin(fault("kill"))
    with pytest.raises(ActuatorFailed, match=r"^kill: 'no-such-program' could not be run"):
        own.end(fault("kill"))


class Noting:
    """An actuator that notes what it is told."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.told: list[str] = []
        self.begun = threading.Event()

    def begin(self, fault: Fault) -> None:
        self._note(f"begin {fault.name}")
        self.begun.set()

    def end(self, fault: Fault) -> None:
        self._note(f"end {fault.name}")

    def problems(self, fault: Fault) -> list[str]:
        return []

    def _note(self, what: str) -> None:
        self.told.append(what)
        if what in self.failing:
            raise ActuatorFailed(what)


def test_faults_begin_and_end_at_their_times() -> None:
    noting, over = Noting(), threading.Event()
    faults = [fault("kill", "b", 0.05, 0.2), fault("kill", "a", 0.0, 0.1)]
    with Schedule(faults, noting) as schedule:
        schedule.begin(time.monotonic())
        while len(noting.told) < 4:
            over.wait(0.01)
    assert noting.told == ["begin a", "begin b", "end a", "end b"]


def test_what_has_begun_is_put_right_whatever_happens() -> None:
    noting = Noting("end b")
    schedule = Schedule([fault("kill", "a"), fault("kill", "b")], noting)
    schedule.begin(time.monotonic())
    while len(noting.told) < 2:
        noting.begun.wait(0.01)
    with pytest.raises(ActuatorFailed, match=r"^end b$"), schedule:
        raise RuntimeError
    # the last first, and the first although the last could not be
    assert noting.told == ["begin a", "begin b", "end b", "end a"]


def test_also_on_ctrl_c() -> None:
    noting = Noting()
    with pytest.raises(KeyboardInterrupt), Schedule([fault("kill", "a")], noting) as schedule:  # noqa: PT012
        schedule.begin(time.monotonic())
        assert noting.begun.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(10)
    assert noting.told == ["begin a", "end a"]


def test_what_could_not_be_brought_about_is_undone_and_told() -> None:
    noting = Noting("begin a")
    with pytest.raises(ActuatorFailed, match=r"^begin a$"), Schedule([fault("kill", "a")], noting) as schedule:  # noqa: PT012
        schedule.begin(time.monotonic())
        while not noting.told:
            noting.begun.wait(0.01)
    assert noting.told == ["begin a", "end a"]


def written(folder: Path, actuator: str, kind: str = "kill", more: str = "") -> Path:
    path = folder / "faults.toml"
    path.write_text(
        f'{actuator}\n[[fault]]\nname = "x"\nstation = "shop"\nkind = "{kind}"\nat = "1 s"\nlasting = "1 s"\n{more}'
    )
    return path


def test_actuators_are_read_from_the_file_of_faults(tmp_path: Path) -> None:
    path = written(tmp_path, '[actuator]\nkind = "command"', more='do = "true"\nundo = "true"')
    assert read_actuator(path, read_faults(path)) == Commands({"x": "true"}, {"x": "true"})
    path = written(tmp_path, '[actuator]\nkind = "toxiproxy"\nurl = "http://h:8474/"\nproxy = "shop"')
    assert read_actuator(path, read_faults(path)) == Toxiproxy("http://h:8474", "shop")
    path = written(tmp_path, '[actuator]\nkind = "envoy"\nurl = "http://h:9901"', "latency")
    assert read_actuator(path, read_faults(path)) == EnvoyFaults("http://h:9901")


@pytest.mark.parametrize(
    ("actuator", "kind", "problem"),
    [
        ("", "kill", "actuator.kind: is none"),
        ('[actuator]\nkind = "toxiproxy"\nurl = "u"', "kill", "actuator.proxy: is missing"),
        ('[actuator]\nkind = "envoy"\nurl = "u"\nprxy = "x"', "latency", "actuator.prxy: is not known"),
        ('[actuator]\nkind = "envoy"\nurl = "u"', "kill", r"fault.x: cannot be brought about by Envoy.*\(got kill\)"),
        ('[actuator]\nkind = "toxiproxy"\nurl = "u"\nproxy = "p"', "pause", "cannot be brought about by a proxy"),
        ('[actuator]\nkind = "toxiproxy"\nurl = "u"\nproxy = "p"', "restart", "cannot be brought about by a proxy"),
        ('[actuator]\nkind = "envoy"\nurl = "u"', "partition", "cannot be brought about by Envoy"),
        ('[actuator]\nkind = "command"', "kill", "fault.x: has no 'do'"),
    ],
)
def test_what_an_actuator_cannot_do_is_refused(tmp_path: Path, actuator: str, kind: str, problem: str) -> None:
    path = written(tmp_path, actuator, kind)
    with pytest.raises(InvalidInput, match=problem):
        read_actuator(path, read_faults(path))


def test_a_steady_state_is_waited_for(server: Recorder) -> None:
    server.statuses[:] = [200, 503, 404, 200, 200]
    assert unsteady(server.url) == ""
    assert len(server.asked) == 5
    server.statuses[:] = [500] * 100
    assert unsteady(server.url, within_s=0.1) == "answers 500"
    assert "does not answer" in unsteady("http://127.0.0.1:1", within_s=0.0)
