"""Which recorded answer a request gets, and what of it is sent again."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping

from journeys.recorded.har import Exchange, HarRecording
from journeys.recorded.masking import masked_body, masked_pairs

MOST_VISITORS = 10_000
"""Whose place in the recording is remembered; of more, those who came last."""
_KEPT = frozenset(("content-type", "location", "set-cookie", "cache-control", "content-language", "content-disposition",
                   "retry-after", "allow", "vary"))  # fmt: skip
_ICON = "/favicon.ico"  # which browsers ask for by themselves
_TEXTS = ("text/", "application/json", "application/javascript", "application/xml", "image/svg")


class Replay:
    """Answers from a recording.

    A request gets the answer of the recorded one with the same method, path, query and body; where no body is the same,
    that of those with the same method, path and query. Where one was recorded several times (a status that changes),
    each visitor gets the answers in their order, and the last again. Of a HEAD, the GET's headers are given.

    `misses` counts what there was no answer for, by method and path.
    """

    def __init__(self, recording: HarRecording) -> None:
        self._recording = recording
        self._by_body: dict[tuple[tuple[str, str, str], str], list[Exchange]] = {}
        self._by_key: dict[tuple[str, str, str], list[Exchange]] = {}
        for exchange in recording.exchanges:
            self._by_body.setdefault((exchange.key, exchange.body), []).append(exchange)
            self._by_key.setdefault(exchange.key, []).append(exchange)
        self._visits: OrderedDict[str, Counter[object]] = OrderedDict()
        self._guard = threading.Lock()
        self.misses: Counter[tuple[str, str]] = Counter()

    def answer(self, visitor: str, method: str, path: str, query: str, body: str, kind: str) -> Exchange | None:
        """Return the answer that a visitor gets, or None where there is none."""
        asked = ("GET" if method == "HEAD" else method, path, masked_pairs(query))
        same = (asked, masked_body(body, kind))
        found = self._by_body.get(same) or self._by_key.get(asked)
        with self._guard:
            if not found:
                if path != _ICON:
                    self.misses[method, path] += 1
                return None
            visits = self._visits.setdefault(visitor, Counter())
            self._visits.move_to_end(visitor)
            if len(self._visits) > MOST_VISITORS:
                self._visits.popitem(last=False)
            before = same if same in self._by_body else asked
            nth = visits[before]
            visits[before] += 1
        return found[min(nth, len(found) - 1)]

    def headers(self, exchange: Exchange, here: str) -> list[tuple[str, str]]:
        """Return the headers that are sent again, with the address of the recorded site turned into ours."""
        kept = []
        for name, value in exchange.headers:
            if name.casefold() not in _KEPT:
                continue
            for line in value.split("\n"):
                if name.casefold() == "set-cookie":
                    kept.append((name, _cookie(line)))
                else:
                    kept.append((name, line.replace(self._recording.origin, here)))
        return kept

    def content(self, exchange: Exchange, here: str) -> bytes:
        """Return the content, with the address of the recorded site turned into ours where it is text."""
        if not exchange.type.startswith(_TEXTS):
            return exchange.content
        return exchange.content.replace(self._recording.origin.encode(), here.encode())


def _cookie(line: str) -> str:
    """Return a cookie as a browser takes it here: of this host, and without TLS."""
    parts = [part.strip() for part in line.split(";")]
    return "; ".join(
        part for part in parts if part.partition("=")[0].casefold() not in ("domain", "secure", "samesite", "expires")
    )


Misses = Mapping[tuple[str, str], int]
