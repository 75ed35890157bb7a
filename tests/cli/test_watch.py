"""`watch` serves a run's figures on this machine alone, and ends with Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, Done


def asked(address: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_a_run_is_watched_until_ctrl_c(simulated: tuple[Path, Done]):
    with subprocess.Popen([*COMMAND, "watch", "out"], cwd=simulated[0], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
            assert said is not None
            code, text, headers = asked(said[0])
            assert code == 200
            assert "first-journey" in text
            assert "120</b> customers" in text
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert re.findall(r"(?:src|href)=\"(?!#)", text) == []  # nothing from elsewhere
            assert "120</b> customers" in asked(f"{said[0]}now")[1]
            assert asked(f"{said[0]}etc/passwd")[0] == 404
            assert asked(said[0], Host="evil.example:80")[0] == 403
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_the_figures_once(simulated: tuple[Path, Done], command: Callable[..., Done]):
    done = command("watch", str(simulated[0] / "out"), "--once")
    assert done.code == 0
    assert "simulated-as-is: finished; " in done.out
    assert command("watch", "nothing", "--once").code == 2
    assert '"customers": 120' in command("watch", str(simulated[0] / "out"), "--once", "--json").out


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_port_that_is_taken_is_told(command: Callable[..., Done]):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command("watch", "out", "--port", str(taken.getsockname()[1]))
    assert done.code == 3
    assert "choose another" in done.err
