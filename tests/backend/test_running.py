"""The back end as a process: started, found, ended; never left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from journeys.errors import InvalidInput
from journeys.loading import load
from simulators.backend.listening import PortInUse, Settings, url_of
from simulators.backend.process import BackendFailed, BackendProcess
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey

pytestmark = pytest.mark.backend
ROOT = Path(__file__).parents[2]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url: str, body: Any = None, timeout: float = 20.0) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with _DIRECT.open(urllib.request.Request(url, data), timeout=timeout) as answer:
        return json.loads(answer.read())


def gone(pid: int, within_s: float = 10.0) -> bool:
    """Wait until a process has ended."""
    try:
        psutil.Process(pid).wait(within_s)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_a_life_in_a_process_of_its_own() -> None:
    with BackendProcess(small_journey(), seed=3, speed=36_000) as backend:
        assert backend.url.startswith("http://127.0.0.1:")
        assert call(f"{backend.url}/health")["journey"] == "small-loan"
        case = call(f"{backend.url}/api/cases", {})["case"]
        here = f"{backend.url}/api/cases/{case}"
        assert call(f"{here}/steps/apply", {"facts": DETAILS})["to"] == "documents"
        version = call(f"{here}/steps/documents", {"facts": DOCUMENTS})["version"]
        assert call(f"{here}?wait_ms=20000&since={version}")["step"] == "offer"
        assert call(f"{here}/steps/offer", {})["end"] is True
        assert call(f"{backend.url}/api/clock/zero", {}) == {"now_s": 0}
    assert gone(backend.pid, 0.0)


def test_an_exception_ends_it() -> None:
    backend = BackendProcess(small_journey())
    with pytest.raises(KeyboardInterrupt), backend:
        raise KeyboardInterrupt
    assert gone(backend.pid, 0.0)


def test_it_ends_at_once_while_customers_wait() -> None:
    with BackendProcess(small_journey()) as backend:
        begun = call(f"{backend.url}/api/cases", {})
        waiting = [http.client.HTTPConnection(backend.url.rpartition("/")[2], timeout=20) for _ in range(8)]
        for one in waiting:
            one.request("GET", f"/api/cases/{begun['case']}?wait_ms=30000&since={begun['version']}")
        call(f"{backend.url}/health")  # who is answered came after them, so that they are heard
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 5
    assert [json.load(one.getresponse())["version"] for one in waiting] == [begun["version"]] * len(waiting)
    for one in waiting:
        one.close()


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"^127.0.0.1:{port}: the port is in use; choose another") as caught:
            BackendProcess(small_journey(), port=port).__enter__()
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    with pytest.raises(PortInUse, match="cannot be listened on"):
        BackendProcess(small_journey(), host="192.0.2.1").__enter__()


def test_what_cannot_be_served_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^--speed: must be > 0 \(got 0\)"):
        BackendProcess(small_journey(), speed=0).__enter__()
    with pytest.raises(BackendFailed, match="did not start within 0 s"):
        BackendProcess(small_journey(), start_s=0).__enter__()


PARENT = """
import pickle, sys, time
from simulators.backend.process import BackendProcess
with BackendProcess(pickle.load(sys.stdin.buffer)) as backend:
    print(backend.pid, flush=True)
    time.sleep(60)
"""


def test_it_ends_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    pid = 0
    try:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(pickle.dumps(small_journey()))
        parent.stdin.close()
        pid = int(parent.stdout.readline())
        child = psutil.Process(pid)
        parent.kill()
        parent.wait(10)
        child.wait(10)
    finally:
        parent.kill()
        parent.wait(10)
        assert parent.stdout is not None
        parent.stdout.close()
        if pid:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def test_it_ends_at_the_end_of_its_input() -> None:
    command = [sys.executable, "-m", "simulators.backend"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as child:
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(pickle.dumps(Settings(journey=small_journey())))
            child.stdin.flush()
            told = json.loads(child.stdout.readline())
            assert told["pid"] == child.pid
            child.stdin.close()
            assert child.wait(10) == 0
        finally:
            child.kill()


STEPFATHER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "simulators.backend"], stdin=int(sys.argv[1]), start_new_session=True)
child.wait()
"""


@pytest.mark.skipif(os.name == "nt", reason="hands a pipe on as POSIX does")
def test_it_ends_with_its_parent_though_its_input_stays_open() -> None:
    reading, writing = os.pipe()
    os.write(writing, pickle.dumps(Settings(journey=small_journey())))
    parent = subprocess.Popen(
        [sys.executable, "-c", STEPFATHER, str(reading)], stdout=subprocess.PIPE, pass_fds=[reading], cwd=ROOT
    )
    child = None
    try:
        assert parent.stdout is not None
        child = psutil.Process(json.loads(parent.stdout.readline())["pid"])
        parent.kill()
        parent.wait(10)
        child.wait(10)
    finally:
        parent.kill()
        parent.wait(10)
        assert parent.stdout is not None
        parent.stdout.close()
        os.close(reading)
        os.close(writing)
        if child is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def test_a_new_process_takes_up_the_open_cases(tmp_path: Path) -> None:
    database = tmp_path / "cases.db"
    with BackendProcess(small_journey(), database=database) as first:
        case = call(f"{first.url}/api/cases", {})["case"]
        call(f"{first.url}/api/cases/{case}/steps/apply", {"facts": DETAILS})
        os.kill(first.pid, signal.SIGKILL)
        assert gone(first.pid)
    with BackendProcess(small_journey(), database=database, speed=36_000) as second:
        here = f"{second.url}/api/cases/{case}"
        assert call(here)["step"] == "documents"
        assert call(f"{here}/steps/documents", {"facts": DOCUMENTS})["to"] == "verify"
        assert call(f"{second.url}/api/cases", {})["case"] != case


def test_a_new_process_drives_on_who_was_on_the_way(tmp_path: Path) -> None:
    """The city of the first is gone with it; its riders are not."""
    database, journey = tmp_path / "rides.db", load("ride-hailing")
    with BackendProcess(journey, database=database) as first:
        case = call(f"{first.url}/api/cases", {})["case"]
        here = f"{first.url}/api/cases/{case}/steps"
        call(f"{here}/where", {"facts": {"pickup": "Harbour", "destination": "Stadium"}})
        assert call(f"{here}/request", {"facts": {"full_name": "Ann", "card": "4711"}})["to"] == "locate"
        os.kill(first.pid, signal.SIGKILL)
        assert gone(first.pid)
    with BackendProcess(journey, database=database, speed=36_000) as second:
        here = f"{second.url}/api/cases/{case}"
        for _ in range(50):
            now = call(f"{here}?wait_ms=200&since={call(here)['version']}")
            if now["end"]:
                break
        assert now["step"] in ("completed", "denied")


SERVE = """
import pickle, sys
from simulators.backend.running import serve
serve(pickle.load(sys.stdin.buffer), speed=60)
print("ended", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_served_until_told_to_stop(how: signal.Signals) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(pickle.dumps(small_journey()))
        server.stdin.close()
        server.stdin = None
        line = server.stdout.readline().decode()
        assert line.startswith("small-loan is served at http://127.0.0.1:")
        assert call(line.split()[-1] + "/health")["speed"] == 60
        server.send_signal(how)
        out, problems = server.communicate(timeout=10)
        assert (server.returncode, out.strip(), problems) == (0, b"ended", b"")
    finally:
        server.kill()
        server.wait(10)


def test_addresses_are_given_as_clients_call_them() -> None:
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        assert url_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"
