"""What the command line's tests share: a file of one's own to break, and a run made once."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from journeys.loading import source_file
from journeywright import main
from simulators.compiled.building import load, missing
from tests.cli.running import Done, Underway, journeywright


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., str]:
    """Writes the first journey to mine.py with a text exchanged, and gives the file's name."""

    def edit(old: str, new: str) -> str:
        text = source_file("first-journey").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "mine.py").write_text(text.replace(old, new), encoding="utf-8")
        return "mine.py"

    return edit


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """Runs a command that ends soon within this process, in the test's folder: a start of its own takes longer."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder, and what a small simulation in it said."""
    if not missing():
        load()  # what is compiled on first use is announced, and is not what these tests are about
    folder = tmp_path_factory.mktemp("simulated")
    said = journeywright(
        "simulate", "first-journey", "--customers", 60, "--replications", 2, "--seed", 5, "--jobs", 1, "--json",
        folder=folder,
    )  # fmt: skip
    return folder, said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Underway]]:
    """Starts commands in the test's folder, and ends those that a failing test leaves."""
    begun: list[Underway] = []

    def begin(*arguments: object) -> Underway:
        begun.append(Underway(*arguments, folder=tmp_path))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address at which nothing answers: the port is taken, but nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
