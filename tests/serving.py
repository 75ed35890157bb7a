"""Applications to be walked and loaded, each a program in a process of its own, which is never left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OWN_APPLICATION = Path(__file__).parent / "docs" / "own_application.py"


class Serving:
    """A program that serves: it is told its plan in a line, where it has one, prints its port, and ends with its input.

    A context manager, or to be closed. `words` are its arguments.
    """

    def __init__(self, program: Path, *words: object, plan: Mapping[str, Any] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(program), *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if plan is not None:
            self._process.stdin.write(json.dumps(plan) + "\n")
            self._process.stdin.flush()
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End its input, and see to it that it ends."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
