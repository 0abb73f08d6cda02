"""A dense numbering of values that come and go: freed numbers are given again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datalox.store.bits import MASK, SHIFT

Table = list[list[Any]]
"""The value of each number, block by block."""


class Numbering:
    """value <-> number. Whoever keeps the table sees the values as they were, because a number that is given
    again is written into a copy."""

    __slots__ = ("_free", "_next", "_own", "numbers", "table")

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.table: Table = []
        self._free: list[int] = []
        self._own: set[int] = set()
        """blocks that nobody kept"""
        self._next = 0

    def keep(self) -> Table:
        """The table, for somebody who will look at it later."""
        self._own.clear()
        return self.table

    def number(self, value: Any, fresh: list[Any]) -> int:
        """The number of a value. One that has none gets one, and is added to `fresh`."""
        found = self.numbers.get(value)
        if found is None:
            found = self.numbers[value] = self._give(value)
            fresh.append(value)
        return found

    def _give(self, value: Any) -> int:
        if self._free:
            number = self._free.pop()
            self._write(number, value)
            return number
        number = self._next
        self._next += 1
        if not number & MASK:
            self.table.append([])
        self.table[number >> SHIFT].append(value)
        return number

    def _write(self, number: int, value: Any) -> None:
        block = number >> SHIFT
        if block not in self._own:
            self._own.add(block)
            self.table = [*self.table]
            self.table[block] = [*self.table[block]]
        self.table[block][number & MASK] = value

    def free(self, numbers: Iterable[int]) -> list[tuple[int, Any]]:
        """Take numbers away from their values; what `restore` needs."""
        freed = [(number, value_at(self.table, number)) for number in numbers]
        for number, value in freed:
            del self.numbers[value]
            self._free.append(number)
        return freed

    def restore(self, freed: list[tuple[int, Any]], fresh: list[Any]) -> None:
        """Undo what gave numbers to `fresh` and then freed some. Whatever came later is undone already."""
        if freed:
            del self._free[-len(freed) :]
        for number, value in freed:
            self._write(number, value)
            self.numbers[value] = number
        for value in reversed(fresh):
            self._free.append(self.numbers.pop(value))


def value_at(table: Table, number: int) -> Any:
    return table[number >> SHIFT][number & MASK]
