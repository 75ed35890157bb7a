"""Personas: the values that a customer gives for the journey's facts, from Faker, the same in every engine."""

from __future__ import annotations

import functools
import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from journeys.errors import InvalidInput, Problem
from journeys.facts import Fact

if TYPE_CHECKING:
    from faker import Faker

Persona = Mapping[str, str]
SECRET = "JOURNEYWRIGHT_SECRET_"
"""Begins the name of the environment variable that gives a secret fact its value, as for an account that exists."""

_BORN_FROM, _BORN_TO = date(1945, 1, 1).toordinal(), date(2005, 12, 31).toordinal()


@functools.cache
def _faker() -> Faker:
    from faker import Faker

    return Faker("en_US")


def persona(facts: Sequence[Fact], seed: int, replication: int, customer: int) -> Persona:
    """Return a customer's value of each fact, as text.

    Each (seed, replication, customer, fact) seeds Faker anew, so a fact added to a journey changes no other. E-mail
    addresses are made of the name and of a reserved domain, so that none can reach anybody. A secret is made up unless
    the environment gives it, under ``JOURNEYWRIGHT_SECRET_`` and the fact's name in capitals.
    """
    return {fact.name: value_of(fact, seed, replication, customer) for fact in facts}


def made_up(fact: Fact, seed: int, replication: int, customer: int) -> str:
    """Return a customer's value of one fact: that of their persona. Takes as long as sending a request."""
    source = "full_name" if fact.kind == "email" else fact.name
    faker = _faker()
    faker.seed_instance(_seed(source, seed, replication, customer))
    if fact.kind == "email":
        letters = "".join(part if part.isalpha() else "." for part in faker.name().lower())
        return f"{'.'.join(part for part in letters.split('.') if part)}.{customer}@example.org"
    if fact.faker:
        try:
            made = getattr(faker, fact.faker)()
        except AttributeError:
            raise InvalidInput(
                [Problem(f"facts.{fact.name}.faker", "Faker has no such provider", repr(fact.faker), "such as 'name'")]
            ) from None
        return " ".join(str(made).split())
    if fact.kind == "choice":
        if fact.weights:
            return str(faker.random.choices(fact.choices, fact.weights)[0])
        return str(faker.random.choice(fact.choices))
    if fact.kind == "number":
        steps = math.floor((fact.high - fact.low) / fact.round_to + 1e-9)
        return f"{fact.low + fact.round_to * faker.random.randint(0, steps):.10g}"
    if fact.kind == "date":
        # not Faker's date of birth, which is counted back from today: a persona is the same tomorrow
        return str(date.fromordinal(faker.random.randint(_BORN_FROM, _BORN_TO)))
    if fact.kind == "phone":
        return f"+1-555-01{faker.random.randint(0, 99):02d}"
    if fact.kind == "secret":
        if given := os.environ.get(SECRET + fact.name.upper()):
            return given
        return f"{faker.random.randint(0, 10**9 - 1):09d}"
    if fact.kind == "file":
        return f"{fact.name}-{customer}.pdf"
    return str(faker.word())


@functools.lru_cache(maxsize=1 << 16)  # routes ask for the same again, and so does the next scenario
def value_of(fact: Fact, seed: int, replication: int, customer: int) -> str:
    """Return what `made_up` does, remembering as much as a study of a few thousand customers asks for."""
    return made_up(fact, seed, replication, customer)


def _seed(name: str, seed: int, replication: int, customer: int) -> int:
    text = f"{seed}/{replication}/{customer}/{name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
