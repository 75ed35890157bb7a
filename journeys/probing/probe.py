"""The probe as a whole: which visitors walk, and what is looked for, at one target."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey
from journeys.clients.target import Target
from journeys.evidence import Evidence
from journeys.probing import checks, doors
from journeys.probing.asking import MOST, Asker, Enough, is_own_machine
from journeys.probing.visitors import FIRST, SHORTEST, free_texts, walk

_MOCK_CONTROLS = (
    "not counted: /status, /api/rows, /api/operations, /api/rules and /api/clock answer anybody; they are the mock's"
    " own, for measuring, and no customer's data is in them"
)


def probe(
    journey: Journey, target: str, *, mocked: bool, seed: int, allowed: bool = False, most: int = MOST
) -> list[Evidence]:
    """Probe a target, with at most `most` requests to it and to nothing else, and return the evidence.

    Parameters
    ----------
    journey: whose visitors walk, by its steps' requests. mocked: whether a mocked back end answers.
    seed: whose population. allowed: that the target may be another machine.

    Raises InvalidInput for what is no address, TargetUnreachable where nothing answers.
    """
    place = Target.parse(target)
    own_machine = is_own_machine(place.host)
    if not own_machine and not allowed:
        why = f"{place.host} is another machine; add --allow-probe where it is yours, or you have leave to probe it"
        return [Evidence("secure", "probe", place.shown, verdict="not measured", detail=why)]
    place.check_up()
    asker = Asker(place, most)
    found: list[Evidence] = []
    try:
        for one in _looked(journey, asker, seed, mocked, own_machine):
            found.append(one)
    except Enough:
        found.append(Evidence("secure", "probe", verdict="not measured", detail=f"stopped after {most} requests"))
    found.append(Evidence("secure", "requests", place.shown, asker.made, "requests"))
    return found


def _looked(journey: Journey, asker: Asker, seed: int, mocked: bool, own_machine: bool) -> Iterator[Evidence]:
    ann, bob = (walk(journey, asker, seed, FIRST + number, mocked=mocked) for number in range(2))
    if not ann.walked and not ann.exchanges:
        why = "the journey has no requests or pages for this target (http=, page=)"
        yield Evidence("secure", "probe", verdict="not measured", detail=why)
        return
    own = ann.own(journey, bob)
    hidden = {name: value for name, value in own.items() if journey.fact(name).kind == "secret"}
    yield from doors.look(asker, ann, bob, own)
    free = free_texts(journey)
    typed = [
        walk(journey, asker, seed, FIRST + 2 + number, mocked=mocked, typed=dict.fromkeys((f.name for f in free), text))
        for number, text in enumerate((checks.SCRIPT, checks.QUOTES))
    ]
    pages = list(dict.fromkeys(one.path for one in ann.exchanges if one.is_page))[:2] or [""]
    yield from checks.typed_in(asker, typed[0], typed[1], ann, pages)
    seen = [*ann.exchanges, *bob.exchanges]
    yield from checks.cookies(seen, asker.target.tls)
    yield from checks.headers(seen, own)
    yield from checks.secrets(seen, {name: value for name, value in hidden.items() if len(value) >= SHORTEST})
    yield from checks.transport(asker, seen, own_machine)
    yield from checks.cross_site(asker, ann)
    yield from checks.errors(asker, ann)
    yield from checks.doors(asker)
    if mocked:
        yield Evidence("secure", "controls", detail=_MOCK_CONTROLS)
