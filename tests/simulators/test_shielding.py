"""Ctrl-C while child processes are started: neither they nor we hear of it before all of them are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from simulators.shielding import children_leave_ctrl_c_to_us

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signal masks")


def by_another_thread() -> None:
    """Let Ctrl-C come by a thread that blocks nothing, as those of numerical libraries do."""
    done = threading.Event()

    def receive() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        done.set()

    thread = threading.Thread(target=receive)
    thread.start()
    thread.join()
    assert done.is_set()


def by_the_system() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def a_while() -> None:
    """Give a signal time to come by whichever thread the system chose, in steps so short that Python hears of it."""
    for _ in range(100):
        time.sleep(0.001)


@pytest.mark.parametrize("arrive", [by_another_thread, by_the_system])
def test_ctrl_c_waits_for_the_end(arrive) -> None:
    reached: list[bool] = []

    def start_children() -> None:
        with children_leave_ctrl_c_to_us():
            arrive()
            a_while()
            reached.append(True)
        a_while()

    def at_once() -> None:
        arrive()
        a_while()

    with pytest.raises(KeyboardInterrupt):
        start_children()
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        at_once()  # as it does afterwards


def test_children_see_none() -> None:
    with children_leave_ctrl_c_to_us():
        child = subprocess.Popen(
            [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('alive')"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert child.communicate(timeout=30)[0] == "alive\n"
