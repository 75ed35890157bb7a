"""How the sources read: each module says its one purpose, keeps to a length, and speaks of this project alone."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, modules

LIMIT = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base"}
# places of a machine, and addresses from which something could be fetched
MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|Users|mnt|srv)/\w|[A-Z]:\\Users\\")
ADDRESS = re.compile(r"\b(?:https?|ftp|git|ssh)://([\w.-]+)")
# names of this machine, reserved ones, and namespaces, which name a vocabulary and are never fetched
HARMLESS = re.compile(
    r"localhost|127\.[\d.]+|0\.0\.0\.0|[\w.-]*\bexample(\.\w+)?|[\w.-]+\.(test|invalid)|www\.(w3|xes-standard)\.org|\w+|8\.8\.8\.8"
    r"|\d+(\.\d+){3}"
)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def written() -> list[Path]:
    """Return the text files that are, or would be, kept under version control."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_says_its_purpose_and_keeps_to_it(path: Path):
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "a module's docstring says its one purpose"
    assert path.stem not in VAGUE
    assert text.count("\n") <= LIMIT


def test_the_project_speaks_of_itself_alone():
    found = []
    for path in written():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), start=1):
            foreign = [host for host in ADDRESS.findall(line) if not HARMLESS.fullmatch(host)]
            if (MACHINE.search(line) or foreign) and path != Path(__file__):
                found.append(f"{shown(path)}:{number}: {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize(
    ("line", "is_foreign"),
    [
        ("see /" + "work/x.py", True), ("cd /" + "root/x", True),
        ("at https:" + "//downloads.example-mirror.io/a.whl", True),
        ("GET /work", False), ("http://127.0.0.1:8000/cases", False), ("http://shop.example/cart", False),
        ("http://{host}:{port}", False),
    ],
)  # fmt: skip
def test_what_counts_as_foreign(line: str, is_foreign: bool):
    foreign = [host for host in ADDRESS.findall(line) if not HARMLESS.fullmatch(host)]
    assert bool(MACHINE.search(line) or foreign) == is_foreign


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[^\w.-]", one)[0].lower() for one in wanted} - {project["name"]}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().splitlines()
    assert names - {pin.partition("==")[0] for pin in pins if "==" in pin} == set()
