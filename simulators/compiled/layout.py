"""What the kernel's tables look like: declared here once, read by NumPy as dtypes and by the C compiler as structs."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys import portable
from journeys.arrivals import WEEK_S
from journeys.blueprint import LANES
from journeys.loyalty import SPAN

_C_TYPES = {"f8": "double", "i8": "int64_t", "u8": "uint64_t", "i4": "int32_t"}
# each answers 0 to stop the run
_CALLBACKS = {
    "invert": "int (*invert)(int32_t stream, int64_t first_customer, double *uniforms)",
    "fact_is": "int (*fact_is)(int32_t condition, int64_t customer)",
    "flush": "int (*flush)(void)",
    "tick": "int (*tick)(void)",
}

OUTCOMES = (
    "served", "completed", "denied", "reneged", "balked", "rejected", "timed_out", "failed", "deflected", "dropped",
    "censored", "withdrawn", "closed", "callback",
)  # fmt: skip
"""Codes of outcomes; the last two never stand in a row."""

FAULT_KINDS = ("outage", "kill", "pause", "latency", "errors", "partition", "restart")

PARTS = ("text", "attempt", "reasked", "touched", "item")
"""Kinds of parts of a detail: a text, ``attempt N``, lists of facts and of faults, and an item of a list."""

WHENS = ("always", "in_segment", "visits", "fact", "long_since", "out_of_stock")

LAWS = ("constant", "uniform", "exponential", "lognormal", "weibull", "empirical", "inverted")
"""Kinds of laws; what the kernel has no formula for is *inverted* by the caller."""

_CODES = {
    "LAW": LAWS,
    "OUTCOME": OUTCOMES,
    "LANE": LANES,
    "FAULT": FAULT_KINDS,
    "PART": PARTS,
    "WHEN": WHENS,
}

_STRUCTS: Mapping[str, Mapping[str, str]] = {
    "Stream": {"u8": "address", "i4": "kept"},  # kept: never forgotten
    "Law": {"f8": "a b", "i4": "kind knots n_knots"},
    "Route": {"f8": "probability", "i4": "to when what number"},
    "Step": {
        "f8": "abandon skip failure backoff_s batch_first_s batch_every_s",
        "u8": "abandon_at skip_at route_at fails_at",
        "i4": (
            "acts machines lane station priority skill balk_above limit takes wait after remainder on_renege "
            "on_balk on_rejected on_failure system think service patience response timeout by_chance routes routes_end "
            "in_person batch_days asks asks_end entry entry_end failing failing_end branches branches_end needs "
            "in_parallel marks marks_end"
        ),
    },
    "Contact": {
        "f8": (
            "probability self_service chatbot chatbot_time_s comes_back redial_probability gives_up callback reached "
            "ring_s"
        ),
        "u8": "arises_at self_service_at chatbot_at comes_back_at redial_at gives_up_at callback_at reached_at",
        "i4": (
            "station priority skill callback_above every patience morning handling redial_after redial_limit escalates"
        ),
    },
    "Wait": {"f8": "visible", "u8": "sees_at", "i4": "uncertain informed contacts contacts_end"},
    "Station": {
        "f8": "failover_s",
        "i4": (
            "machines roster roster_end closed closed_end steady pauses_at_closing queue_limit has_replicas replicas "
            "needed most_servers between_failures repair tier retries refuses preemptive n_groups n_skills group_of "
            "by_skills skills"
        ),
    },
    "Duty": {"f8": "from_s", "i4": "level"},
    "Closed": {"f8": "begin_s end_s"},
    "Fault": {"f8": "at_s lasting_s delay_s share", "i4": "station kind replica single text"},
    "Stock": {"i8": "initial replenish up_to", "f8": "every_s sync_s"},
    "Loyalty": {
        "f8": "returns refers per_reask per_call per_hour expected_s",
        "u8": "returns_at refers_at",
        "i4": "after refers_after generations",
    },
    "System": {"i4": "reads reads_end"},
    "Fact": {"f8": "effort_s reask_abandon"},
    "Tables": {
        "Step*": "steps",
        "Route*": "routes",
        "Contact*": "contacts",
        "Wait*": "waits",
        "Station*": "stations",
        "Duty*": "rosters",
        "Closed*": "closures",
        "Fault*": "faults",
        "Stock*": "stock",
        "Loyalty*": "loyalty",
        "System*": "systems",
        "Fact*": "facts",
        "Stream*": "streams",
        "Law*": "laws",
        "f8*": "knots shares arrivals_s",
        "i4*": "lists outcome_of_end",
        "u8*": "fault_luck",
        "call": "invert fact_is flush tick",
        "u8": "seed replication segment_at",
        "i8": "n_arrivals",
        "f8": "ends_at_s speed",
        "i4": (
            "n_segments n_steps n_contacts n_waits n_stations n_faults n_stock n_systems n_streams most_replicas "
            "n_places n_marks dropped arrival_row exit_row contact_rows text_still text_gave_up text_no_patience "
            "text_failed text_reneged text_balked text_rejected text_gave_up_waiting text_nobody text_out_of_stock "
            "text_facts text_too_long text_failover text_no_replica text_breakdown text_escalated text_self_service "
            "text_chatbot text_closed text_callback text_unreached text_not_needed text_returned text_referred"
        ),
    },
    # a detail of a row is a node of a tree: a part, after the parts of its parent
    "Detail": {"i4": "parent kind arg"},
    "Output": {
        "i8*": "customer",
        "i4*": "segment step visit lane station server outcome to detail",
        "f8*": "intended_s ready_s start_s end_s",
        "Detail*": "details",
        "i8": "n_rows room",
        "i4": "n_details",
    },
}


def _fields(struct: str) -> list[tuple[str, str]]:
    return [(name, kind) for kind, names in _STRUCTS[struct].items() for name in names.split()]


@functools.cache
def dtype(struct: str) -> np.dtype[Any]:
    """Return the NumPy dtype of a struct; pointers and functions are addresses."""
    plain = [(name, kind if kind in _C_TYPES else "u8") for name, kind in _fields(struct)]
    return np.dtype(plain, align=True)


def table(kind: str, rows: Sequence[Mapping[str, Any]]) -> NDArray[Any]:
    """Return rows as an array of a struct; each must have all of its fields."""
    kept = dtype(kind)
    names = kept.names or ()
    table = np.zeros(len(rows), dtype=kept)
    for number, row in enumerate(rows):
        assert row.keys() == set(names), set(names) ^ row.keys()
        table[number] = tuple(row[name] for name in names)
    return table


def code(group: str, name: str) -> int:
    """Return the number that stands for a name of a group, such as ``("OUTCOME", "served")``."""
    return _CODES[group].index(name)


def header() -> str:
    """Return the C declarations of all constants, codes and structs."""
    lines = [f"#define WEEK_S {WEEK_S!r}", f"#define SPAN {SPAN}LL"]
    for name, value in vars(portable).items():
        if name.isupper() and isinstance(value, float):
            lines.append(f"static const double {name} = {value.hex()};")
        elif name.isupper() and isinstance(value, tuple):
            lines.append(f"static const double {name}[] = {{{', '.join(map(float.hex, value))}}};")
    for group, names in _CODES.items():
        lines.append("enum { " + ", ".join(f"{group}_{name.upper()}" for name in names) + " };")
    for struct in _STRUCTS:
        lines.append("typedef struct {")
        for name, kind in _fields(struct):
            if kind == "call":
                lines.append(f"    {_CALLBACKS[name]};")
            elif kind.endswith("*"):
                target = _C_TYPES.get(kind[:-1], kind[:-1])
                lines.append(f"    {'' if struct == 'Output' else 'const '}{target} *{name};")
            else:
                lines.append(f"    {_C_TYPES[kind]} {name};")
        lines.append(f"}} {struct};")
    return "\n".join(lines) + "\n"
