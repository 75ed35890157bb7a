"""Files of faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys import Fault, seconds
from journeys.errors import InvalidInput
from journeys.fault_files import read_faults


def written(folder: Path, text: str) -> Path:
    path = folder / "faults.toml"
    path.write_text(text)
    return path


def test_faults_are_read_as_they_are_written_in_a_blueprint(tmp_path: Path) -> None:
    path = written(tmp_path, """
[[fault]]
name = "disk-full"
station = "portal"
kind = "latency"
replica = 1
at = "10 s"
lasting = "5 s"
delay = "250 ms"
""")  # fmt: skip
    assert read_faults(path) == (
        Fault(name="disk-full", station="portal", kind="latency", replica=1, at=seconds(10), lasting=seconds(5),
              delay=seconds(0.25)),
    )  # fmt: skip


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, """
[[fault]]
name = "x"
station = "portal"
kind = "explode"
replica = "one"
at = "soon"
lastings = "5 s"
""")  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        read_faults(path)
    told = str(caught.value)
    for line in (
        "fault.x.lasting: is missing", "fault.x.kind: is no kind of fault (got 'explode'); outage, kill",
        "fault.x.replica: must be a whole number", "fault.x.at: not a duration", "did you mean 'lasting'",
    ):  # fmt: skip
        assert line in told


@pytest.mark.parametrize("text", ["", "fault = 3", "[[fault"])
def test_a_file_without_faults_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match=r"has no faults|is not TOML"):
        read_faults(written(tmp_path, text))
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_faults(tmp_path / "none.toml")
