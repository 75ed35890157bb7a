"""Integrated: do page, API and database say the same of a case, and the shop front what the warehouse has?"""

from __future__ import annotations

import contextlib
import random
import re
import sqlite3
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from journeys.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY_S = 0.06
LATEST = 40
_MAIN = re.compile(r"<main\b[^>]*>")
_SAID = re.compile(r'data-([\w-]+)="([^"]*)"')


class Onlooker:
    """Looks at a mocked back end from several sides while customers walk there; a context manager.

    Every EVERY_S it picks one of the latest cases, and holds its row in the database (SQLite; None for another one)
    against what the API and the page say; and what the front end shows of each stock against the warehouse. What
    disagrees is looked at once more, so that nothing counts that had just changed.
    """

    def __init__(self, url: str, database: Path | None, cases: tuple[str, ...] = ()) -> None:
        self._url, self._database, self._cases = url, database, cases
        self.compared: Counter[str] = Counter()
        self.disagreed: Counter[str] = Counter()
        self.said: dict[str, str] = {}
        self._random = random.Random(1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="onlooker", daemon=True)

    def __enter__(self) -> Onlooker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def evidence(self) -> Iterator[Evidence]:
        """Yield what was compared, and what disagreed."""
        for what, times in sorted(self.compared.items()):
            yield Evidence("integrated", "comparisons", what, times, "comparisons")
            wrong = self.disagreed[what]
            yield Evidence("integrated", "contradictions", what, wrong, "comparisons", detail=self.said.get(what, ""))

    def _look(self) -> None:
        import requests

        with requests.Session() as session:
            session.trust_env = False
            while not self._ended.wait(EVERY_S):
                with contextlib.suppress(requests.RequestException, sqlite3.Error, ValueError, KeyError):
                    self._look_at_stock(session)
                    self._look_at_case(session)

    def _look_at_stock(self, session: Any) -> None:
        for stock in session.get(f"{self._url}/api/operations", timeout=5).json()["stock"]:
            is_wrong = stock["shown"] != stock["there"]
            said = f"{stock['name']}: shown {stock['shown']}, there are {stock['there']}"
            self._compared("shop front and warehouse", said if is_wrong else "")

    def _look_at_case(self, session: Any) -> None:
        case = self._pick()
        for attempt in range(2):
            if case is None:
                return
            said = self._sides(session, case)
            if said is None:  # it moved on meanwhile
                return
            wrong = {what: text for what, text in said.items() if text}
            if not wrong or attempt:
                for what, text in said.items():
                    self._compared(what, text)
                return

    def _sides(self, session: Any, case: str) -> Mapping[str, str] | None:
        """Return for each pair of sides how they disagree, or an empty text; None where the case had moved on."""
        before = self._row(case)
        told = session.get(f"{self._url}/api/cases/{quote(case)}", timeout=5).json()
        page = session.get(f"{self._url}/cases/{quote(case)}", timeout=5).text
        again = session.get(f"{self._url}/api/cases/{quote(case)}", timeout=5).json()
        if told != again or before != self._row(case):
            return None
        found: dict[str, str] = {}
        main = _MAIN.search(page)
        shown = dict(_SAID.findall(main[0])) if main else {}
        if "step" in shown:
            is_wrong = shown["step"] != str(told["step"]) or shown.get("end") != str(told["end"]).lower()
            found["page and API"] = f"page says {shown['step']}, API {told['step']}" if is_wrong else ""
        if before is not None and before[2] == told["version"]:
            is_wrong = (before[0], bool(before[1])) != (told["step"], told["end"])
            found["database and API"] = f"database says {before[0]}, API {told['step']}" if is_wrong else ""
        return found

    def _pick(self) -> str | None:
        if self._cases:
            return self._random.choice(self._cases)
        rows = self._rows("SELECT id FROM cases ORDER BY changed_s DESC LIMIT ?", (LATEST,))
        return str(self._random.choice(rows)[0]) if rows else None

    def _row(self, case: str) -> tuple[Any, ...] | None:
        rows = self._rows("SELECT step, ended, version FROM cases WHERE id = ?", (case,))
        return rows[0] if rows else None

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._database is None:
            return []
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(self._database))}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def _compared(self, what: str, said: str) -> None:
        self.compared[what] += 1
        if said:
            self.disagreed[what] += 1
            self.said.setdefault(what, said)
