"""Who may import whom: arrows run one way, engines never meet, and starting up stays light."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, ROOT, imports_of, is_below, modules, name_of

BROWSER, API, CATALOGUE = "journeys.browser", "journeys.api", "journeys.catalogue"
# the outer shells: nothing inside knows them
COMMAND_LINE = ("commands", "pytest_journeywright", *(path.stem for path in ROOT.glob("*.py")))
ENGINES = ("simulators", "load", BROWSER, API)
OUTSIDE_THE_CORE = (*ENGINES, "reports", CATALOGUE, *COMMAND_LINE)

# room: what it must not import of this project
FORBIDDEN = {
    "journeys": OUTSIDE_THE_CORE,
    CATALOGUE: (*ENGINES, "reports", *COMMAND_LINE),
    BROWSER: ("simulators", "load", API, "reports", CATALOGUE, *COMMAND_LINE),
    API: ("simulators", "load", BROWSER, "reports", CATALOGUE, *COMMAND_LINE),
    "simulators": ("load", BROWSER, API, "reports", CATALOGUE, *COMMAND_LINE),
    "load": ("simulators", BROWSER, API, "reports", CATALOGUE, *COMMAND_LINE),
    "reports": (*ENGINES, CATALOGUE, *COMMAND_LINE),
}
# what may be imported of the world at a core module's start; the rest only where it is used
LIGHT = {*sys.stdlib_module_names, "numpy"}
HEAVY = ("pandas", "scipy", "matplotlib", "locust", "gevent", "playwright", "duckdb", "simpy", "starlette", "faker",
         "joblib", "uvicorn", "jinja2", "psutil")  # fmt: skip


def room_of(name: str) -> str:
    return next((room for room in (BROWSER, API, CATALOGUE, *ROOMS) if is_below(name, room)), "")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [pytest.param(path, id=shown(path)) for path in modules()]


@pytest.mark.parametrize("path", MODULES)
def test_a_module_imports_only_what_its_room_may(path: Path):
    forbidden = FORBIDDEN.get(room_of(name_of(path)), ())
    wrong = [f"line {found.line}: {found.module}" for found in imports_of(path) if is_below(found.module, *forbidden)]
    assert wrong == []


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(name_of(path.values[0])) == "journeys"])  # type: ignore[arg-type]
def test_the_core_starts_with_the_standard_library_and_numpy_alone(path: Path):
    started = {found.module.partition(".")[0] for found in imports_of(path) if found.at_start}
    assert started - LIGHT - {"journeys"} == set()


@pytest.mark.parametrize("path", MODULES)
def test_locust_stays_in_the_load_room_and_playwright_in_the_browsers(path: Path):
    used = {found.module.partition(".")[0] for found in imports_of(path)}
    room = room_of(name_of(path))
    if room != "load":
        assert used & {"locust", "gevent", "geventhttpclient"} == set()
    if room != BROWSER:
        assert used & {"playwright"} == set()


@pytest.mark.parametrize("path", [path for path in MODULES if path.values[0].name == "__init__.py"])  # type: ignore[union-attr]
def test_a_package_has_what_it_offers(path: Path):
    package = importlib.import_module(name_of(path))
    for name in getattr(package, "__all__", ()):
        assert hasattr(package, name), name


def started_by(module: str) -> set[str]:
    """Return the top-level packages in memory after importing a module in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return set(found.stdout.split())


@pytest.mark.parametrize(
    ("module", "may"),
    [
        ("journeys", ()),
        ("journeys.walking", ()),
        ("journeys.eventlog", ()),
        ("journeys.loading", ()),
        ("journeywright", ()),
    ],
)
def test_starting_up_loads_nothing_heavy(module: str, may: tuple[str, ...]):
    if not (ROOT / f"{module.replace('.', '/')}.py").is_file() and module != "journeys":
        pytest.fail(f"there is no {module}")
    assert started_by(module) & set(HEAVY) == set(may)


def test_a_small_report_imports_no_more_than_it_needs(tmp_path: Path):
    command = ["compare", "loan-application", "--replications", "2", "--customers", "50", "--out", str(tmp_path)]
    script = "import sys, journeywright\ntry: journeywright.main()\nexcept SystemExit: pass\nprint(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", script, *command], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=60, check=True,
    )  # fmt: skip
    started = {name.partition(".")[0] for name in found.stdout.splitlines()[-1].split()}
    assert "duckdb" in started  # it was all done; Matplotlib may be in a process of its own
    assert "verdict" in (tmp_path / "report.html").read_text(encoding="utf-8").lower()
    assert started & {"pandas", "scipy", "joblib", "simpy", "psutil"} == set()


@pytest.mark.parametrize("module", ["load.engine", "journeys.browser.engine", "simulators.simpy_engine"])
def test_an_engine_is_imported_without_patching_the_process(module: str):
    assert started_by(module) & {"locust", "gevent"} == set()


def test_the_reader_of_imports_sees_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.architecture.sources.ROOT", tmp_path)
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "other.py").write_text("")
    (room / "mine.py").write_text(
        "from typing import TYPE_CHECKING\nfrom . import other\nimport a.b\nif TYPE_CHECKING:\n    import c\n"
        "try:\n    import d\nexcept ImportError:\n    pass\ndef f():\n    from e.g import h\n"
    )
    found = {(one.module, one.at_start) for one in imports_of(room / "mine.py")}
    assert found == {
        ("typing", True), ("room", True), ("room.other", True), ("a.b", True), ("d", True), ("e.g", False),
    }  # fmt: skip
