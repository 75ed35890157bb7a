"""The browser finder: its order, what it tells when there is none, and the processes it starts."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from journeys.browser.finding import SETTING, Browser, BrowserMissing, Machine, Ran, find, main
from journeys.errors import Missing

SHELL = "/usr/bin/chromium-headless-shell"
FULL = "/usr/bin/chromium"
OWN = "/home/ada/.cache/ms-playwright/chromium-1255/chrome-linux64/chrome"
OWN_SHELL = "/home/ada/.cache/ms-playwright/chromium_headless_shell-1255/chrome-linux64/chrome-headless-shell"
CHROME_PLACE = "/opt/google/chrome/chrome"
ON_WINDOWS = Path("C:/Programs") / "Google/Chrome/Application/chrome.exe"


class FakeMachine(Machine):
    """A machine made of a set of files; `installs` maps a word of a command to the file it brings."""

    is_root = False

    def __init__(
        self,
        *files: str,
        platform: str = "linux",
        environ: Mapping[str, str] | None = None,
        is_root: bool = False,
        programs: Sequence[str] = (),
        own: Sequence[str] = (OWN,),
        broken: Mapping[str, Ran] | None = None,
        installs: Mapping[str, str | Ran] | None = None,
    ) -> None:
        self.files = set(files)
        self.platform = platform
        self.environ = environ or {}
        self.is_root = is_root
        self.programs = programs
        self.own = own
        self.broken = broken or {}
        self.installs = installs or {}
        self.commands: list[tuple[str, ...]] = []
        self.folders: dict[Path, list[str]] = {}

    def which(self, name: str) -> Path | None:
        path = Path("/usr/bin", name)
        return path if name in self.programs or str(path) in self.files else None

    def is_file(self, path: Path) -> bool:
        return path.as_posix() in self.files

    def names_in(self, folder: Path) -> Sequence[str]:
        return self.folders.get(folder, [])

    def run(self, command: Sequence[str], limit_s: float, extra: Mapping[str, str]) -> Ran:
        self.commands.append(tuple(command))
        if command[0] in self.broken:
            return self.broken[command[0]]
        if command[-1] == "--version":
            return Ran(0, "Chromium 150.0.7871.100 built on Debian\n")
        if command[1] == "-c":
            return Ran(0, "".join(f"{path}\n" for path in self.own))
        brought = self.installs.get(command[-1], Ran(1, "E: Unable to locate package\n"))
        if isinstance(brought, Ran):
            return brought
        self.files.add(brought)
        return Ran(0, "")

    @property
    def installed(self) -> list[str]:
        """The installing commands, without their options."""
        return [
            " ".join(word for word in command if word[0] != "-" and "=" not in word)
            for command in self.commands
            if "install" in command or "update" in command
        ]


def test_the_setting_comes_before_everything():
    machine = FakeMachine(SHELL, FULL, environ={SETTING: FULL})
    assert find(machine=machine) == Browser(Path(FULL), "150.0.7871.100", False, SETTING)
    assert find(SHELL, machine=machine).executable == Path(SHELL)


def test_a_setting_may_be_a_name_on_the_path():
    assert find("chromium", machine=FakeMachine(SHELL, FULL)).executable == Path(FULL)


@pytest.mark.parametrize("name", ["/no/such/browser", "no-such-browser"])
def test_a_setting_that_does_not_exist_is_an_error_that_names_it(name: str):
    with pytest.raises(BrowserMissing, match=f"^browser: no such file or program .got '{name}'"):
        find(name, machine=FakeMachine(SHELL))
    with pytest.raises(BrowserMissing, match=f"^{SETTING}: no such file or program .got '{name}'"):
        find(machine=FakeMachine(SHELL, environ={SETTING: name}), install=True)


def test_a_setting_that_does_not_start_is_an_error_that_says_why():
    machine = FakeMachine(SHELL, FULL, broken={FULL: Ran(127, "error while loading libnss3.so\n")})
    with pytest.raises(BrowserMissing, match=r"exit code 127, error while loading libnss3\.so"):
        find(FULL, machine=machine)


@pytest.mark.parametrize(
    ("files", "headless", "expected"),
    [
        ([FULL, SHELL, CHROME_PLACE, OWN], True, SHELL),
        (
            [FULL, "/usr/lib64/chromium-browser/headless_shell"],
            True,
            "/usr/lib64/chromium-browser/headless_shell",
        ),
        ([FULL, CHROME_PLACE, OWN], True, FULL),
        ([CHROME_PLACE, OWN], True, CHROME_PLACE),
        ([OWN], True, OWN),
        ([FULL, SHELL, CHROME_PLACE, OWN], False, FULL),
        ([SHELL, CHROME_PLACE, OWN], False, CHROME_PLACE),
        ([SHELL, OWN], False, OWN),
    ],
)
def test_the_order_of_the_search(files: list[str], headless: bool, expected: str):
    found = find(headless=headless, machine=FakeMachine(*files))
    assert found.executable == Path(expected)
    assert found.headless_only == ("headless" in expected)


def test_playwrights_own_shell_is_preferred_unless_a_window_is_needed():
    machine = FakeMachine(OWN, OWN_SHELL, own=(OWN_SHELL, OWN))
    assert find(machine=machine) == Browser(Path(OWN_SHELL), "150.0.7871.100", True, "Playwright")
    assert find(headless=False, machine=machine).executable == Path(OWN)


def test_a_browser_that_does_not_start_is_passed_over():
    machine = FakeMachine(SHELL, FULL, broken={SHELL: Ran(None, "")})
    assert find(machine=machine).executable == Path(FULL)


def test_on_windows_the_version_is_read_beside_the_program_and_nothing_is_started():
    machine = FakeMachine(ON_WINDOWS.as_posix(), platform="win32", environ={"PROGRAMFILES": "C:/Programs"})
    machine.folders[ON_WINDOWS.parent] = ["99.0.1.2", "150.0.7871.100", "chrome.exe"]
    assert find(machine=machine) == Browser(ON_WINDOWS, "150.0.7871.100", False, "usual place")
    assert machine.commands == []


def test_nothing_is_installed_unless_asked_for():
    machine = FakeMachine(is_root=True, programs=["apt-get"])
    with pytest.raises(BrowserMissing) as caught:
        find(machine=machine)
    assert machine.installed == []
    assert "finding --install" in str(caught.value)


def test_nothing_is_installed_where_there_is_a_browser():
    machine = FakeMachine(FULL, is_root=True, programs=["apt-get"])
    find(machine=machine, install=True)
    assert machine.installed == []


def test_playwrights_download_comes_before_the_package_manager():
    machine = FakeMachine(is_root=True, programs=["apt-get"], installs={"chromium": OWN})
    assert find(machine=machine, install=True).source == "Playwright"
    assert machine.installed == [f"{sys.executable} playwright install chromium"]


def test_apt_comes_next_and_its_lists_are_updated_once():
    said: list[str] = []
    machine = FakeMachine(
        is_root=True,
        programs=["apt-get"],
        installs={"update": Ran(100, ""), "chromium": Ran(1, "Error: getaddrinfo ENOTFOUND\n")},
    )
    with pytest.raises(BrowserMissing):
        find(machine=machine, install=True, say=said.append)
    assert machine.installed[1:] == [
        "apt-get update",
        "apt-get install chromium-headless-shell",
        "apt-get install chromium",
    ]
    assert [line.removeprefix("installing: ") for line in said] == [
        "python -m playwright install chromium",
        "apt-get install chromium-headless-shell",
        "apt-get install chromium",
    ]


def test_a_failed_update_of_the_lists_does_not_stop_apt():
    machine = FakeMachine(
        is_root=True,
        programs=["apt-get"],
        installs={"update": Ran(100, ""), "chromium": Ran(1, ""), "chromium-headless-shell": SHELL},
    )
    assert find(machine=machine, install=True).executable == Path(SHELL)


def test_headed_runs_install_a_browser_with_a_window():
    machine = FakeMachine(is_root=True, programs=["dnf"])
    with pytest.raises(BrowserMissing):
        find(headless=False, machine=machine, install=True)
    assert machine.installed[1:] == ["dnf install chromium"]


def test_the_error_lists_everything_tried_with_its_outcome():
    machine = FakeMachine(
        FULL,
        is_root=True,
        programs=["apt-get"],
        broken={FULL: Ran(1, "requires the chromium snap to be installed\n")},
        installs={
            "chromium": Ran(None, ""),
            "chromium-headless-shell": Ran(100, "Reading\nE: no such package\n"),
        },
    )
    with pytest.raises(BrowserMissing) as caught:
        find(machine=machine, install=True)
    tried = {attempt.what: attempt.outcome for attempt in caught.value.attempts}
    assert tried[SETTING] == "not set"
    assert tried[FULL] == "didn't tell its version: exit code 1, requires the chromium snap to be installed"
    assert tried["usual places"].startswith("none of /")
    assert tried["Playwright's own download"] == f"not there ({OWN})"
    assert tried["python -m playwright install chromium"].startswith("stopped after")
    assert tried["apt-get install chromium-headless-shell"] == "failed: exit code 100, E: no such package"
    assert all(str(attempt) in str(caught.value) for attempt in caught.value.attempts)
    assert SETTING in str(caught.value).rsplit("Next:", 1)[1]
    assert isinstance(caught.value, Missing)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("machine", "what", "outcome"),
    [
        (FakeMachine(programs=["apt-get"]), "apt-get", "needs root, and this isn't"),
        (FakeMachine(), "package manager", "neither apt-get nor dnf on the PATH"),
        (FakeMachine(platform="darwin"), "brew", "not on the PATH"),
        (FakeMachine(platform="darwin", programs=["brew"], is_root=True), "brew", "refuses to run as root"),
    ],
)
def test_ways_out_of_reach_say_why(machine: FakeMachine, what: str, outcome: str):
    with pytest.raises(BrowserMissing, match=f"{what}: {outcome}"):
        find(machine=machine, install=True)


def test_an_installation_that_brings_no_usable_browser_is_told():
    machine = FakeMachine(installs={"chromium": OWN}, broken={OWN: Ran(127, "libnss3.so: cannot open\n")})
    with pytest.raises(BrowserMissing, match=r"after python -m playwright install chromium, .*libnss3"):
        find(machine=machine, install=True)


def test_the_machine_gives_programs_no_input_and_both_outputs():
    script = "import sys; print(sys.stdin.read() == ''); print('b', file=sys.stderr); sys.exit(4)"
    ran = Machine().run((sys.executable, "-c", script), 30, {})
    assert ran.code == 4
    assert sorted(ran.output.split()) == ["True", "b"]


def test_a_program_that_cannot_start_is_an_outcome():
    assert Machine().run(("/no/such/program",), 30, {}) == Ran(127, "No such file or directory")


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_a_program_past_its_limit_is_stopped_with_its_children():
    started_s = time.monotonic()
    assert Machine().run(("sh", "-c", "sleep 60 & sleep 60"), 0.2, {}) == Ran(None, "")
    assert time.monotonic() - started_s < 9  # a child left over would hold the output open for longer


def test_the_command_tells_what_is_missing(capsys: pytest.CaptureFixture[str]):
    assert main(["--browser", "/no/such/browser"]) == 3
    assert "/no/such/browser" in capsys.readouterr().err
