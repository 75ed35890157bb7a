"""The derived figures are what the public logs give: derived anew where the logs are at hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "journeys" / "catalogue"
DERIVE = CATALOGUE / "loan_application" / "evidence" / "derive.py"
LOGS = ROOT.parent / "shared" / "logs"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["loan_application", "card_support_call"])
def test_the_logs_give_the_figures_again(name: str, tmp_path: Path) -> None:
    evidence = CATALOGUE / name / "evidence"
    if not (LOGS / "bpic-2012" / "log.csv.gz").is_file():
        pytest.skip("the public logs are not beside this checkout (see evidence/README.md)")
    shutil.copy(evidence / "queries.sql", tmp_path)
    command = [sys.executable, str(DERIVE), str(LOGS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    again = tomllib.loads((tmp_path / "figures.toml").read_text(encoding="utf-8"))
    kept = tomllib.loads((evidence / "figures.toml").read_text(encoding="utf-8"))
    assert list(again) == list(kept)
    found = dict(_leaves(again))
    for path, value in _leaves(kept):
        assert found[path] == (pytest.approx(value, rel=1e-3) if isinstance(value, float) else value), path


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{index}")
    else:
        yield path, value
