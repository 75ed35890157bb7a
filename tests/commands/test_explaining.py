"""What explains a comparison: nothing is simulated for one in which nobody counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from commands.explaining import Wanted, explained


def test_a_comparison_in_which_nobody_counts_is_not_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.explaining.Cells", lambda *_, **__: None)
    manifest = SimpleNamespace(seed=1, customers=10, replications=2)
    arm: Any = SimpleNamespace(
        name="as-is", run=SimpleNamespace(manifest=manifest), results=lambda: SimpleNamespace(entered=0)
    )
    what_if: Any = SimpleNamespace(baseline="as-is")
    assert explained(what_if, [arm], Wanted(everything=True)) == {}
