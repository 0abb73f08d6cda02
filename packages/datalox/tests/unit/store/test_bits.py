"""Sets of numbers as bits are sets; a numbering gives numbers again, and those who kept the table do not
notice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from datalox.store.bits import BLOCK, bits_of, holds, minus, numbers, pick, size, union, with_number
from datalox.store.numbering import Numbering
from datalox.store.pairs import PairSet

sets = st.sets(st.integers(0, 3 * BLOCK + 5), max_size=40)
dense = st.builds(
    lambda first, length: set(range(first, first + length)), st.integers(0, BLOCK), st.integers(0, BLOCK)
)
some = st.one_of(sets, dense)


@given(some, some)
def test_bits_are_a_set(left: set[int], right: set[int]) -> None:
    one, other = bits_of(left), bits_of(right)
    assert set(numbers(one)) == left
    assert list(numbers(one)) == list(dict.fromkeys(numbers(one)))
    assert size(one) == len(left)
    assert union(one, other) == bits_of(left | right)
    assert minus(one, other) == bits_of(left - right)
    assert all(holds(one, number) == (number in left) for number in right)
    assert all(with_number(one, number) == bits_of({*left, number}) for number in list(right)[:3])


def numbered(*values: str) -> Numbering:
    numbering = Numbering()
    for value in values:
        numbering.number(value, [])
    return numbering


def test_freed_numbers_are_given_again() -> None:
    numbering = numbered("a", "b", "c")
    numbering.free([0, 2])
    assert {numbering.number(value, []) for value in ("d", "e")} == {0, 2}
    assert numbering.number("f", []) == 3
    assert numbering.numbers.keys() == {"b", "d", "e", "f"}


def test_values_are_the_same_to_whoever_kept_the_table() -> None:
    numbering = numbered("a", "b")
    kept = PairSet({0: bits_of({0, 1})}, numbering.keep(), True)
    numbering.free([0])
    numbering.number("c", [])
    assert kept == {("a", "a"), ("a", "b")}
    assert list(pick(bits_of({0, 1}), numbering.table)) == ["c", "b"]


def test_restoring_gives_everybody_the_number_of_before() -> None:
    numbering = numbered("a", "b", "c")
    numbering.free([1])
    before = dict(numbering.numbers)
    fresh: list[str] = []
    numbering.number("d", fresh)
    numbering.number("e", fresh)
    freed = numbering.free([0, 2])
    numbering.restore(freed, fresh)
    assert numbering.numbers == before
    assert [numbering.number(value, []) for value in ("x", "y", "z")] == [1, 3, 4]
    assert list(pick(bits_of({0, 2}), numbering.table)) == ["a", "c"]
