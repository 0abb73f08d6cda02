"""Sets of small numbers as big integers, in blocks: union and difference of many numbers at once, and a set
of few numbers stays small however large the numbers are.

A set is never changed once made, so equal ones may be one object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Final, TypeVar

Bits = Mapping[int, int]
"""block -> which of its numbers are there; a block without any is left out."""
EMPTY: Final[Bits] = {}
SHIFT: Final = 11
BLOCK: Final = 1 << SHIFT
MASK: Final = BLOCK - 1
_SPARSE = 16
"""Places per number from which on the numbers are picked out one by one."""
_FLAGS = bytes.maketrans(b"01", b"\0\1")
T = TypeVar("T")


def holds(bits: Bits, number: int) -> bool:
    return bool(bits.get(number >> SHIFT, 0) >> (number & MASK) & 1)


def with_number(bits: Bits, number: int) -> Bits:
    block = number >> SHIFT
    return {**bits, block: bits.get(block, 0) | 1 << (number & MASK)}


def bits_of(numbers: Iterable[int]) -> Bits:
    found: dict[int, int] = {}
    for number in numbers:
        block = number >> SHIFT
        found[block] = found.get(block, 0) | 1 << (number & MASK)
    return found


def include(into: dict[int, int], bits: Bits) -> None:
    """Add numbers to a set under construction."""
    for block, more in bits.items():
        into[block] = into.get(block, 0) | more


def union(left: Bits, right: Bits) -> Bits:
    found = dict(left)
    include(found, right)
    return found


def minus(left: Bits, right: Bits) -> Bits:
    if not right:
        return left
    return {block: rest for block, bits in left.items() if (rest := bits & ~right.get(block, 0))}


def size(bits: Bits) -> int:
    return sum(map(int.bit_count, bits.values()))


def pick(bits: Bits, table: Sequence[Sequence[T]]) -> Iterator[T]:
    """What stands in `table` (block by block) at the numbers of the set, in their order within a block."""
    for block, found in bits.items():
        yield from _chosen(found, table[block])


def numbers(bits: Bits) -> Iterator[int]:
    for block, found in bits.items():
        yield from _chosen(found, range(block << SHIFT, (block + 1) << SHIFT))


def _chosen(found: int, values: Sequence[T]) -> Iterable[T]:
    """The values at the bits that are set."""
    if found.bit_count() * _SPARSE < found.bit_length():
        return _one_by_one(found, values)
    return compress(values, f"{found:b}"[::-1].encode().translate(_FLAGS))


def _one_by_one(found: int, values: Sequence[T]) -> Iterator[T]:
    while found:
        lowest = found & -found
        yield values[lowest.bit_length() - 1]
        found ^= lowest
