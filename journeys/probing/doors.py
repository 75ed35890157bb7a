"""Who is let in where: the addresses of one visitor's data, asked for by nobody and by somebody else."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

from journeys.evidence import Evidence, Verdict
from journeys.probing.asking import Asker, Exchange, Visit
from journeys.probing.visitors import Visitor

UNGUESSABLE_BITS = 64.0
"""An address with so much chance in it cannot be found by trying: at a million a second it takes 290,000 years."""

MOST_PLACES = 8
_NEAR = 1000


def addresses(visitor: Visitor) -> tuple[str, ...]:
    """Return where a visitor's data may be read: what they asked for, and every address above it."""
    found: dict[str, None] = {}
    for exchange in visitor.exchanges:
        parts = exchange.path.partition("?")[0].strip("/").split("/")
        for length in range(len(parts), 0, -1):
            found.setdefault("/" + "/".join(parts[:length]))
    return tuple(found)[: 2 * MOST_PLACES]


def shows(exchange: Exchange, values: Mapping[str, str]) -> list[str]:
    """Return the names of the facts whose values an answer holds."""
    text = html.unescape(exchange.body)
    return [name for name, value in values.items() if value in text]


def bits(one: str, other: str) -> float:
    """Return how much chance is in an address, in bits, going by two of its kind; 0 where one leads to the other.

    >>> bits("/orders/17", "/orders/18")
    0.0
    >>> bits("/cases/Zk3-Qw9xLr7TtB2mYf8hNc", "/cases/aP4_xE6vGq1SsD5jUk0oMb") > 100
    True
    """
    most = 0.0
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine == theirs:
            continue
        if mine.isdecimal() and theirs.isdecimal():
            most = max(most, 0.0 if abs(int(mine) - int(theirs)) <= _NEAR else len(mine) * math.log2(10))
            continue
        letters = mine + theirs
        kinds = (
            10 * any(c.isdigit() for c in letters), 26 * any(c.islower() for c in letters),
            26 * any(c.isupper() for c in letters),
        )  # fmt: skip
        is_hex = all(c in "0123456789abcdefABCDEF-" for c in letters)
        most = max(most, min(len(mine), len(theirs)) * math.log2(16 if is_hex else max(2, sum(kinds))))
    return most


def look(asker: Asker, ann: Visitor, bob: Visitor, own: Mapping[str, str]) -> Iterator[Evidence]:
    """Yield who could read Ann's data; `own` are the values that are hers alone."""
    leaked = [(exchange, names) for exchange in bob.exchanges if (names := shows(exchange, own))]
    for exchange, names in leaked[:3]:
        yield _broken("other-customer", exchange.path, f"another visitor's own walk shows {', '.join(names)}")
    if not own:
        why = "the journey asks for nothing by which a customer could be told"
        yield Evidence("secure", "unauthenticated", "", verdict="not measured", detail=why)
        return
    nobody, open_ = Visit(asker, {}), 0
    crossed: list[Evidence] = []
    for address in addresses(ann):
        told = nobody.get(address)
        if names := shows(told, own):
            open_ += 1
            yield _open(address, addresses(bob), names)
        elif bob.visit.session.cookies and (names := shows(bob.visit.get(address), own)):
            crossed.append(_broken("other-customer", address, f"another visitor's session reads {', '.join(names)}"))
    yield from crossed
    asked = f"{len(addresses(ann))} addresses asked for without a session"
    if not open_:
        yield Evidence("secure", "unauthenticated", "", verdict="held", detail=f"{asked}: none shows a customer's data")
    if not leaked and not crossed:
        how = "by session" if bob.visit.session.cookies else "visitors have no sessions; see who is let in without one"
        yield Evidence("secure", "other-customer", "", verdict="held", detail=f"no answer shows another's data ({how})")


def _open(address: str, others: Sequence[str], names: Sequence[str]) -> Evidence:
    """Judge an address that shows data to anybody who has it."""
    what = ", ".join(names)
    alike = [other for other in others if other.count("/") == address.count("/") and _pattern(other, address)]
    if address in others:
        return _broken("unauthenticated", address, f"shows {what} of customers to anybody")
    chance = max((bits(address, other) for other in alike), default=0.0)
    if chance < UNGUESSABLE_BITS:
        return _broken("unauthenticated", address, f"shows {what} to anybody, and can be guessed ({chance:.0f} bits)")
    verdict: Verdict = "weak"
    detail = (
        f"shows {what} to whoever has the address; it cannot be guessed ({chance:.0f} bits), but it can be passed on"
    )
    return Evidence("secure", "unauthenticated", address, verdict=verdict, detail=detail)


def _pattern(one: str, other: str) -> bool:
    """Tell whether two addresses differ in one part only."""
    return sum(a != b for a, b in zip(one.split("/"), other.split("/"), strict=True)) == 1


def _broken(measure: str, where: str, detail: str) -> Evidence:
    return Evidence("secure", measure, where, verdict="broken", detail=detail)
