"""The population: customers who are the same people in every scenario and every engine.

A draw is addressed by (seed, replication, customer, step, purpose, visit). The address *is* the counter of a Philox
generator: seed and replication are its key; the customer number, a hash of step and purpose, and
the visit are words of its counter. No draw depends on which others were made, so adding a step, a server or a rework
loop disturbs nobody else's luck, and two scenarios share their random numbers by construction.
"""

from __future__ import annotations

import functools
import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.distributions import Distribution
from journeys.errors import InvalidInput, Problem
from journeys.loyalty import person
from journeys.paths import apply
from journeys.personas import Persona, made_up, value_of

BLOCK = 4096
FEW = 512
KEPT = 32
"""How many blocks of FEW customers a long run keeps of each draw: more than are on their way at once."""
_FACTS_KEPT, _SEGMENTS_KEPT = 4096, 4
_BLOCK_BITS, _WITHIN = BLOCK.bit_length() - 1, BLOCK - 1
_WORDS_A_COUNT = 4
Block = TypeVar("Block")
Values = TypeVar("Values")


@functools.cache
def address(step: str, purpose: str) -> int:
    """Return the word of the counter that stands for a step and a purpose."""
    text = f"{step}\0{purpose}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def _keep(blocks: dict[Block, Values], block: Block, values: Values, most: int | None) -> None:
    """Keep a block's values, and of all blocks those last asked for anew, so many."""
    blocks[block] = values
    if most is not None and len(blocks) > most:
        del blocks[next(iter(blocks))]


class Stream:
    """Draws of one (step, purpose): a law for each segment, inverted from each customer's own uniforms."""

    __slots__ = ("_blocks", "_laws", "_population", "purpose", "step")

    def __init__(self, population: Population, step: str, purpose: str, laws: Sequence[Distribution]) -> None:
        self._population = population
        self.step, self.purpose = step, purpose
        self._laws = tuple(laws)
        self._blocks: dict[int, dict[int, array[float]]] = {}

    def at(self, customer: int, visit: int = 0) -> float:
        """Return the draw of `customer` on `visit` (the first is 0), in seconds."""
        try:
            return self._blocks[visit][customer >> _BLOCK_BITS][customer & _WITHIN]
        except KeyError:
            block, offset = divmod(customer, BLOCK)
            values = self._blocks.setdefault(visit, {})[block] = array("d", self._draw(block, visit, BLOCK).tobytes())
            return values[offset]

    def _draw(self, block: int, visit: int, size: int) -> NDArray[np.float64]:
        uniforms = self._population.uniforms(self.step, self.purpose, visit, block, size)
        if len(set(self._laws)) == 1:
            return self._laws[0].quantile_s(uniforms)
        segments = self._population.segments_of(block * size, size)
        drawn = np.empty(len(uniforms))
        for index, law in enumerate(self._laws):
            own = segments == index
            drawn[own] = law.quantile_s(uniforms[own])
        return drawn


class Uniforms:
    """Uniforms of one (step, purpose): for choices, compared with probabilities that scenarios may change."""

    __slots__ = ("_blocks", "_population", "purpose", "step")

    def __init__(self, population: Population, step: str, purpose: str) -> None:
        self._population = population
        self.step, self.purpose = step, purpose
        self._blocks: dict[int, dict[int, array[float]]] = {}

    def at(self, customer: int, visit: int = 0) -> float:
        """Return the uniform, in [0, 1), of `customer` on `visit` (the first is 0)."""
        # as in Stream, not shared with it: that was measured as a tenth slower
        try:
            return self._blocks[visit][customer >> _BLOCK_BITS][customer & _WITHIN]
        except KeyError:
            block, offset = divmod(customer, BLOCK)
            values = array("d", self._draw(block, visit, BLOCK).tobytes())
            self._blocks.setdefault(visit, {})[block] = values
            return values[offset]

    def _draw(self, block: int, visit: int, size: int) -> NDArray[np.float64]:
        return self._population.uniforms(self.step, self.purpose, visit, block, size)


class _Recent:
    """Draws of which few stay in memory, whatever the visit: small blocks, the latest drawn of them."""

    __slots__ = ()
    _recent: dict[tuple[int, int], array[float]]

    def at(self, customer: int, visit: int = 0) -> float:
        """Return the draw of `customer` on `visit`: the same as where all stay."""
        block, offset = divmod(customer, FEW)
        try:
            return self._recent[visit, block][offset]
        except KeyError:
            values = array("d", self._draw(block, visit, FEW).tobytes())
            _keep(self._recent, (visit, block), values, self._population.kept)
            return values[offset]

    if TYPE_CHECKING:
        _population: Population

        def _draw(self, block: int, visit: int, size: int) -> NDArray[np.float64]: ...


class RecentStream(_Recent, Stream):
    """A stream for a long run."""

    __slots__ = ("_recent",)

    def __init__(self, population: Population, step: str, purpose: str, laws: Sequence[Distribution]) -> None:
        super().__init__(population, step, purpose, laws)
        self._recent = {}


class RecentUniforms(_Recent, Uniforms):
    """Uniforms for a long run."""

    __slots__ = ("_recent",)

    def __init__(self, population: Population, step: str, purpose: str) -> None:
        super().__init__(population, step, purpose)
        self._recent = {}


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: number, segment and persona (the values of the journey's facts)."""

    number: int
    segment: str
    persona: Persona


class Population:
    """The customers of one replication of a seed.

    Parameters
    ----------
    journey: whose segments, facts and arrivals they have.
    seed: 0 to 2^64 - 1. replication: 0, 1, ...
    kept: how many blocks of FEW customers each draw keeps in memory, of late ones, and of personas few; None for all.
        A long run needs few (`KEPT`), as its customers come in order; whoever is older is drawn anew each time.
    """

    def __init__(self, journey: Journey, seed: int, replication: int = 0, kept: int | None = None) -> None:
        if not 0 <= seed < 2**64:
            raise InvalidInput([Problem("seed", "out of range", str(seed), "a whole number from 0 to 2^64 - 1")])
        self.journey = journey
        self.seed, self.replication, self.kept = seed, replication, kept
        self._philox = Philox(key=[seed, replication])
        self._generator = Generator(self._philox)
        self._segments: dict[int, NDArray[np.int64]] = {}
        self._segment_lists: dict[int, list[int]] = {}
        self._shares = np.cumsum([segment.share for segment in journey.segments])
        self._value_of = value_of if kept is None else functools.lru_cache(_FACTS_KEPT)(made_up)

    def uniforms(self, step: str, purpose: str, visit: int, block: int, size: int = BLOCK) -> NDArray[np.float64]:
        """Return the uniforms in [0, 1) of customers block*size to (block+1)*size - 1, shape (size,).

        `size` is a multiple of 4; a customer's is the same whatever it is.
        """
        counter = np.array([block * size // _WORDS_A_COUNT, address(step, purpose), visit, 0], dtype=np.uint64)
        self._philox.state = {
            "bit_generator": "Philox",
            "state": {"counter": counter, "key": np.array([self.seed, self.replication], dtype=np.uint64)},
            "buffer": np.zeros(_WORDS_A_COUNT, dtype=np.uint64),
            "buffer_pos": _WORDS_A_COUNT,
            "has_uint32": 0,
            "uinteger": 0,
        }
        return self._generator.random(size)

    def segments(self, block: int) -> NDArray[np.int64]:
        """Return the segment's index of each customer of a block, shape (BLOCK,)."""
        found = self._segments.get(block)
        if found is None:
            uniforms = self.uniforms("customer", "segment", 0, person(block * BLOCK) // BLOCK)
            found = np.minimum(np.searchsorted(self._shares, uniforms, side="right"), len(self._shares) - 1)
            _keep(self._segments, block, found, self.kept and _SEGMENTS_KEPT)
        return found

    def segments_of(self, first: int, count: int) -> NDArray[np.int64]:
        """Return the segments' indices of `count` customers from `first` on, who are all of one block."""
        block, offset = divmod(first, BLOCK)
        return self.segments(block)[offset : offset + count]

    def segment(self, customer: int) -> int:
        """Return the index of a customer's segment."""
        block, offset = divmod(customer, BLOCK)
        found = self._segment_lists.get(block)
        if found is None:
            found = self.segments(block).tolist()
            _keep(self._segment_lists, block, found, self.kept and _SEGMENTS_KEPT)
        return found[offset]

    def customer(self, number: int) -> Customer:
        """Return customer `number` with their persona."""
        told = {
            fact.name: self._value_of(fact, self.seed, self.replication, person(number)) for fact in self.journey.facts
        }
        return Customer(number, self.journey.segments[self.segment(number)].name, told)

    def value_of(self, fact: str, number: int) -> str:
        """Return customer `number`'s value of one fact; raises KeyError. Quicker than their whole persona."""
        return self._value_of(self.journey.fact(fact), self.seed, self.replication, person(number))

    def arrivals_s(self, customers: int, law: Arrivals | None = None) -> NDArray[np.float64]:
        """Return the arrival times of the first `customers`, in seconds, rising, shape (n,).

        A schedule with fewer arrivals gives as many as it has. `law` stands in for the journey's own: the same
        customers, with the same unit exponentials, arriving at another rate.
        """
        law = law or self.journey.arrivals
        count = customers if law.limit is None else min(customers, law.limit)
        blocks = -(-count // BLOCK)
        drawn = [self.uniforms("arrival", "gap", 0, block) for block in range(blocks)]
        gaps = -np.log1p(-np.concatenate(drawn)[:count]) if drawn else np.zeros(0)
        return law.times_s(np.cumsum(gaps))

    def stream(self, step: str, purpose: str, laws: Sequence[Distribution]) -> Stream:
        """Return the draws of (step, purpose), with one law for each segment in the journey's order."""
        return (Stream if self.kept is None else RecentStream)(self, step, purpose, laws)

    def choices(self, step: str, purpose: str) -> Uniforms:
        """Return the uniforms of (step, purpose)."""
        return (Uniforms if self.kept is None else RecentUniforms)(self, step, purpose)


def by_segment(journey: Journey) -> tuple[Journey, ...]:
    """Return the journey as each segment lives it, in the order of the segments."""
    return tuple(apply(journey, segment.differs) for segment in journey.segments)
