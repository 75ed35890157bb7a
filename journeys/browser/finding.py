"""Find a Chromium that Playwright can drive on this machine, or have one installed.

Deciding is kept apart from doing: `find` and what it calls only choose; `Machine` is the thin shell that
looks at files and runs programs, and tests put another in its place. As a command,
``python -m journeys.browser.finding --install`` prints what was found.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from journeys.browser.machine import Machine, Ran
from journeys.errors import JourneywrightError, Missing

__all__ = ["Attempt", "Browser", "BrowserMissing", "Machine", "Ran", "find"]

SETTING = "JOURNEYWRIGHT_BROWSER"

# Best first. The shell starts twice as fast as the full browser and uses a third of its processor time.
SHELL_NAMES = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell", "headless-shell")
FULL_NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chrome", "chromium-browser", "msedge")

# Where browsers live that are not on the PATH. On Windows the parts follow one of WINDOWS_ROOTS.
USUAL_PLACES: Mapping[str, tuple[str, ...]] = {
    "linux": (
        "/usr/lib64/chromium-browser/headless_shell",
        "/usr/lib/chromium/chromium",
        "/opt/google/chrome/chrome",
        "/snap/bin/chromium",
    ),
    "darwin": (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    "win32": (
        "Google/Chrome/Application/chrome.exe",
        "Chromium/Application/chrome.exe",
        "Microsoft/Edge/Application/msedge.exe",
    ),
}
WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

PROBE_LIMIT_S = 20.0
INSTALL_LIMIT_S = 240.0

# Prints the executables of Playwright's own download, the headless shell first, whether they exist or not.
# A separate process, because the sync API refuses to start inside a running event loop.
ASK_PLAYWRIGHT = """
import pathlib
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    full = pathlib.Path(playwright.chromium.executable_path)
for folder in full.parents:
    if folder.name.startswith("chromium-"):
        shell = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-"))
        for path in sorted(shell.glob("*/*headless*shell*")):
            if path.suffix in ("", ".exe"):
                print(path)
print(full)
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium that answered when asked for its version.

    `headless_only` browsers have no window; `source` says how it was found, for the run's record.
    """

    executable: Path
    version: str
    headless_only: bool
    source: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing tried on the way to a browser, and how it went."""

    what: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.what}: {self.outcome}"


class BrowserMissing(Missing):
    """No usable Chromium could be had; the message lists all `attempts` and how to get one."""

    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Installer:
    """A way to install a browser: what it is called, its commands in order, and why it can't be used here."""

    what: str
    commands: tuple[tuple[str, ...], ...] = ()
    refused: str = ""
    extra: tuple[tuple[str, str], ...] = ()


def find(
    setting: str | Path | None = None,
    *,
    headless: bool = True,
    install: bool = False,
    machine: Machine | None = None,
    say: Callable[[str], None] | None = None,
) -> Browser:
    """Find a Chromium, in a fixed order, and install one only where asked to.

    The order: `setting`, else the environment variable ``JOURNEYWRIGHT_BROWSER``; browsers on the PATH and in
    the usual places (for headless runs the headless shell before any full browser); Playwright's own.
    With `install`, Playwright's own is then downloaded, and after it the system's package manager is asked.

    Args:
        setting: path or program name of the browser to use; no other is looked for.
        headless: False when a window is needed, which leaves the headless shells out.
        install: allow the installation of a browser, each way for at most four minutes.
        machine: the machine to search; this one by default.
        say: called with a line before each installation, as they take minutes.

    Raises:
        BrowserMissing: there is none; the message lists each thing tried, its outcome, and how to get one.
    """
    machine = machine or Machine()
    from_environment = machine.environ.get(SETTING)
    if setting:
        return _named(machine, setting, "browser", headless)
    if from_environment:
        return _named(machine, from_environment, SETTING, headless)
    attempts = [Attempt(SETTING, "not set")]
    found = _search(machine, headless, attempts)
    if found:
        return found
    if not install:
        raise _missing(attempts, headless, install)
    for installer in _installers(machine, headless):
        if installer.refused:
            attempts.append(Attempt(installer.what, installer.refused))
            continue
        if say:
            say(f"installing: {installer.what}")
        outcome = _install(machine, installer)
        attempts.append(Attempt(installer.what, outcome or "installed"))
        again: list[Attempt] = []
        found = _search(machine, headless, again)
        if found:
            return found
        if not outcome:
            attempts.extend(Attempt(f"after {installer.what}, {one.what}", one.outcome) for one in again)
    raise _missing(attempts, headless, install)


def _named(machine: Machine, setting: str | Path, where: str, headless: bool) -> Browser:
    """Use the browser that was named, by path or by a name on the PATH, and no other."""
    path = Path(setting).expanduser()
    if not machine.is_file(path) and path.name == str(setting):
        path = machine.which(path.name) or path
    found = _examine(machine, path, where, headless) if machine.is_file(path) else "no such file or program"
    if isinstance(found, Browser):
        return found
    raise BrowserMissing(
        f"{where}: {found} (got {str(setting)!r}); the path of a Chromium or Chrome executable; "
        "correct it, or leave it out to have one looked for"
    )


def _search(machine: Machine, headless: bool, attempts: list[Attempt]) -> Browser | None:
    """Look through what is installed, in order; note in `attempts` what didn't serve."""
    names = (*SHELL_NAMES, *FULL_NAMES) if headless else FULL_NAMES
    places = [place for place in _usual_places(machine) if headless or not _is_shell(place)]
    on_path = [(path, "PATH") for path in map(machine.which, names) if path]
    in_places = [(path, "usual place") for path in places if machine.is_file(path)]
    candidates = on_path + in_places
    if headless:  # a stable sort: shells first, wherever they were met
        candidates.sort(key=lambda candidate: not _is_shell(candidate[0]))
    rejected = []
    for path, source in candidates:
        found = _examine(machine, path, source, headless)
        if isinstance(found, Browser):
            return found
        rejected.append(Attempt(str(path), found))
    if not on_path:
        attempts.append(Attempt("PATH", "none of " + ", ".join(names)))
    if not in_places:
        attempts.append(Attempt("usual places", "none of " + (", ".join(map(str, places)) or "none known here")))
    attempts.extend(rejected)
    return _search_playwright(machine, headless, attempts)


def _search_playwright(machine: Machine, headless: bool, attempts: list[Attempt]) -> Browser | None:
    """Look for the browser that Playwright downloads for itself."""
    what = "Playwright's own download"
    asked = machine.run((sys.executable, "-c", ASK_PLAYWRIGHT), PROBE_LIMIT_S, {})
    if asked.code != 0:
        attempts.append(Attempt(what, f"Playwright didn't say where it is: {_verdict(asked)}"))
        return None
    for path in map(Path, asked.output.split("\n")):
        if not path.name or (_is_shell(path) and not headless):
            continue
        if not machine.is_file(path):
            attempts.append(Attempt(what, f"not there ({path})"))
            continue
        found = _examine(machine, path, "Playwright", headless)
        if isinstance(found, Browser):
            return found
        attempts.append(Attempt(f"{what}, {path}", found))
    return None


def _examine(machine: Machine, path: Path, source: str, headless: bool) -> Browser | str:
    """Give the browser at `path` if it can be used, else the reason why not."""
    if _is_shell(path) and not headless:
        return "has no window; headed runs need a full Chromium or Chrome"
    if machine.platform == "win32":
        # chrome.exe --version opens a window; the version is the name of a folder beside the program.
        versions = [name for name in machine.names_in(path.parent) if re.fullmatch(r"\d+(\.\d+){3}", name)]
        version = max(versions, key=lambda name: [int(part) for part in name.split(".")], default="unknown")
    else:
        asked = machine.run((str(path), "--version"), PROBE_LIMIT_S, {})
        number = re.search(r"\d+(\.\d+)+", asked.output)
        if asked.code != 0 or not number:
            return f"didn't tell its version: {_verdict(asked)}"
        version = number.group()
    return Browser(path, version, _is_shell(path), source)


def _usual_places(machine: Machine) -> Iterator[Path]:
    """List where browsers are put on this platform, known folders filled in."""
    places = USUAL_PLACES.get(machine.platform, ())
    if machine.platform != "win32":
        yield from (Path(place).expanduser() for place in places)
        return
    for place in places:
        yield from (Path(machine.environ[root], place) for root in WINDOWS_ROOTS if root in machine.environ)


def _installers(machine: Machine, headless: bool) -> Iterator[_Installer]:
    """List the ways to install a browser here, best first; those out of reach say why.

    Playwright's driver needs glibc on Linux, so Alpine's package manager isn't among them.
    """
    yield _Installer(
        "python -m playwright install chromium",
        ((sys.executable, "-m", "playwright", "install", "chromium"),),
        extra=(("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "15000"),),  # ms; the default waits minutes in all
    )
    if machine.platform == "darwin":
        brew = ("brew", "install", "--cask", "google-chrome")
        refused = (
            "not on the PATH" if not machine.which("brew") else "refuses to run as root" if machine.is_root else ""
        )
        yield _Installer("brew", (brew,), refused)
    if not machine.platform.startswith("linux"):
        return
    managers = [name for name in ("apt-get", "dnf") if machine.which(name)]
    if not managers:
        yield _Installer("package manager", refused="neither apt-get nor dnf on the PATH")
    for manager in managers:
        if not machine.is_root:
            yield _Installer(manager, refused="needs root, and this isn't")
        elif manager == "apt-get":
            quiet = (("DEBIAN_FRONTEND", "noninteractive"),)
            bounds = (
                "-o",
                "DPkg::Lock::Timeout=60",
                "-o",
                "Acquire::http::Timeout=20",
                "-o",
                "Acquire::Retries=1",
            )
            first: tuple[tuple[str, ...], ...] = (("apt-get", "-q", *bounds, "update"),)
            for package in ("chromium-headless-shell", "chromium") if headless else ("chromium",):
                add = ("apt-get", "-y", "-q", *bounds, "install", "--no-install-recommends", package)
                yield _Installer(f"apt-get install {package}", (*first, add), extra=quiet)
                first = ()
        else:
            for package in ("chromium-headless", "chromium") if headless else ("chromium",):
                yield _Installer(f"dnf install {package}", (("dnf", "-y", "install", package),))


def _install(machine: Machine, installer: _Installer) -> str:
    """Run an installer's commands; return why it failed, or nothing.

    A failed ``apt-get update`` is no reason to stop: the lists at hand may do.
    """
    ran = Ran(0, "")
    for command in installer.commands:
        started_s = time.monotonic()
        ran = machine.run(command, INSTALL_LIMIT_S, dict(installer.extra))
        if ran.code is None:
            return f"stopped after {time.monotonic() - started_s:.0f} s without an end"
    return "" if ran.code == 0 else f"failed: {_verdict(ran)}"


def _is_shell(path: Path) -> bool:
    """Tell a headless shell by its name.

    >>> _is_shell(Path("/usr/bin/chromium-headless-shell")), _is_shell(Path("/usr/bin/chromium"))
    (True, False)
    """
    return "headless" in path.name


def _verdict(ran: Ran) -> str:
    """Sum a failed program up in one line: what it called an error, else its last words."""
    if ran.code is None:
        return "no answer in time"
    lines = [line.strip() for line in ran.output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(E:|error\b|\w*Error:)", line, re.IGNORECASE)]
    telling = errors or lines[-1:]
    return f"exit code {ran.code}" + (f", {telling[0][:160]}" if telling else "")


def _missing(attempts: Sequence[Attempt], headless: bool, install: bool) -> BrowserMissing:
    """Write the error that lists all `attempts` and the next steps."""
    steps = [
        f"install {'chromium-headless-shell, chromium' if headless else 'chromium'} or Google Chrome",
        f"or set {SETTING} to the path of one",
    ]
    if not install:
        steps.append("or run 'python -m journeys.browser.finding --install'")
    kind = "headless" if headless else "headed"
    tried = "".join(f"\n  - {attempt}" for attempt in attempts)
    error = BrowserMissing(f"browser: no Chromium found for {kind} runs; tried:{tried}\nNext: {', '.join(steps)}.")
    error.attempts = tuple(attempts)
    return error


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the browser that would be used, installing one where asked to; 0 when there is one, else 3."""
    parser = argparse.ArgumentParser(prog="python -m journeys.browser.finding", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--browser", help=f"path or name of the browser to use (also: {SETTING})")
    parser.add_argument("--headed", action="store_true", help="one with a window")
    parser.add_argument("--install", action="store_true", help="install one if there is none")
    asked = parser.parse_args(arguments)
    try:
        found = find(
            asked.browser,
            headless=not asked.headed,
            install=asked.install,
            say=lambda line: print(line, flush=True),
        )
    except JourneywrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    window = ", headless only" if found.headless_only else ""
    print(f"{found.executable} (version {found.version}{window}; from {found.source})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
