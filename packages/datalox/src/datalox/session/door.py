"""The door: how rows of one predicate come in, checked and converted, and what is asserted so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from datalox.check.analysis import Predicate
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.counting import Node
from datalox.maintain.keyed import KeyedNode
from datalox.terms import Row, Symbol
from datalox.values import admit

_KEPT_AS_IT_IS: Final = {
    "symbol": ("Symbol",),
    "text": ("Symbol",),
    "string": ("str",),
    "int": ("int",),
    "float": ("int",),
    "number": ("int",),
    "scalar": ("Symbol", "int"),
    "any": ("int", "Symbol", "str"),
}
_SPELLED: Final = frozenset({"symbol", "text", "scalar"})


def error(code: str, message: str, hint: str = "") -> DatalogError:
    return DatalogError([Diagnostic(code, message, hint)])


def admit_value(predicate: Predicate, position: int, value: Any) -> Any:
    """A value for a column. A column nobody declared takes everything; where its rules make it text,
    strings convert.

    Raises DatalogError (bad-value) naming the column.
    """
    column = predicate.columns[position]
    kind = (
        column.type if predicate.declared or (column.type in _SPELLED and isinstance(value, str)) else "any"
    )
    try:
        return admit(value, kind)
    except DatalogError as refused:
        found = refused.diagnostics[0]
        place = f"{predicate.name}, column {position + 1} ({column.name})"
        raise error(found.code, f"{place}: {found.message}", found.hint) from None


def row_maker(predicate: Predicate, columns: Sequence[int], bare: bool = False) -> Callable[[Any], Any]:
    """A function from values of some columns to a tuple of converted ones; `bare`: of one column, to its
    value.

    The function is generated: what needs no conversion passes with one test. Raises DatalogError: arity,
    bad-value.
    """
    count = len(columns)

    def wrong_arity(given: int) -> DatalogError:
        named = ", ".join(predicate.columns[position].name for position in columns)
        what = predicate.name if count == predicate.arity else f"the key of {predicate.name}"
        return error("arity", f"{what} takes {count} values, not {given}", f"{predicate.name}({named})")

    names = [f"v{position}" for position in columns]
    lines = [
        "def row_of(values):",
        f"    if len(values) != {count}:",
        "        raise wrong_arity(len(values))",
    ]
    if count:
        lines.append(f"    {', '.join(names)}, = values")
    for position in columns:
        lines.extend(_conversion(position, predicate.columns[position].type))
    made = names[0] if bare else f"({', '.join(names)}{',' if count == 1 else ''})"
    lines.append(f"    return {made}")
    scope: dict[str, Any] = {
        "Symbol": Symbol,
        "convert": lambda value, position: admit_value(predicate, position, value),
        "symbols": Symbol._interned,
        "wrong_arity": wrong_arity,
    }
    exec("\n".join(lines), scope)
    built: Callable[[Any], Any] = scope["row_of"]
    return built


def _conversion(position: int, column_type: str) -> list[str]:
    name = f"v{position}"
    kept = " and ".join(f"{name}.__class__ is not {kind}" for kind in _KEPT_AS_IT_IS[column_type])
    converted = f"convert({name}, {position})"
    if column_type in _SPELLED:
        converted = f"symbols.get({name}) or Symbol({name}) if {name}.__class__ is str else {converted}"
    return [f"    if {kept}:", f"        {name} = {converted}"]


class Door:
    """Where rows of one predicate are asserted. `base` is the node that keeps what is asserted,
    `derived` the one that keeps what holds (the same where there are no rules; None on demand)."""

    __slots__ = ("base", "derived", "predicate", "row")

    def __init__(self, predicate: Predicate, base: Node, derived: Node | None) -> None:
        self.predicate = predicate
        self.base = base
        self.derived = derived
        self.row = row_maker(predicate, range(predicate.arity))

    def is_asserted(self, row: Row) -> bool:
        """Whether the row is asserted, pending operations included."""
        pending = self.base.delta.get(row, 0)
        return pending > 0 if pending else row in self.base.relation

    def is_taken(self, row: Row) -> bool:
        """Whether a row with its key is asserted, pending operations included."""
        return False

    def add(self, row: Row) -> bool:
        """Assert a row. Whether anything changed."""
        if self.is_asserted(row):
            return False
        delta = self.base.delta
        delta[row] = delta.get(row, 0) + 1
        return True

    def add_all(self, rows: list[Row]) -> None:
        """Assert many rows: all at once if none of them was met before."""
        delta, relation = self.base.delta, self.base.relation
        fresh = dict.fromkeys(rows, 1)
        if delta.keys().isdisjoint(fresh.keys()) and relation.rows.keys().isdisjoint(fresh.keys()):
            delta.update(fresh)
            return
        for row in fresh:
            self.add(row)

    def discard(self, row: Row) -> bool:
        """Retract a row. Whether it was asserted."""
        if not self.is_asserted(row):
            return False
        delta = self.base.delta
        delta[row] = delta.get(row, 0) - 1
        return True

    def replace(self, key: Any, values: Row) -> bool:
        """Put the row of `values` where the row of `key` was: a tuple, or the bare value of one column. Both
        are converted. Whether anything changed. Raises DatalogError: no-key, bad-value, arity."""
        raise self._no_key()

    def _no_key(self) -> DatalogError:
        name = self.predicate.name
        hint = f".decl {name}(…) key(…) names the columns of the key"
        return error("no-key", f"{name} has no declared key of asserted rows", hint)


class KeyedDoor(Door):
    """The door of a predicate with a declared key; a row gives way to one of the same key."""

    __slots__ = ("_by_key", "_column", "_key", "_key_of")

    def __init__(self, predicate: Predicate, base: KeyedNode, derived: Node | None) -> None:
        super().__init__(predicate, base, derived)
        self._by_key = base.relation.by_key
        self._key = base.relation.key_of
        self._column = predicate.key[0] if len(predicate.key) == 1 else None
        self._key_of = row_maker(predicate, predicate.key, bare=len(predicate.key) == 1)

    def _current(self, key: Any) -> Row | None:
        pending: dict[Any, Row | None] = self.base.delta
        return pending[key] if key in pending else self._by_key.get(key)

    def is_asserted(self, row: Row) -> bool:
        return self._current(self._key(row)) == row

    def is_taken(self, row: Row) -> bool:
        return self._current(self._key(row)) is not None

    def add(self, row: Row) -> bool:
        key = self._key(row)
        delta: dict[Any, Row | None] = self.base.delta
        if (delta[key] if key in delta else self._by_key.get(key)) == row:
            return False
        delta[key] = row
        return True

    def add_all(self, rows: list[Row]) -> None:
        self.base.delta.update(zip(map(self._key, rows), rows, strict=True))

    def discard(self, row: Row) -> bool:
        key = self._key(row)
        if self._current(key) != row:
            return False
        self.base.delta[key] = None
        return True

    def replace(self, key: Any, values: Row) -> bool:
        row = self.row(values)
        column = self._column
        gone = (column is None or key is not values[column]) and self._drop_other(key, row)
        own = self._key(row)
        delta: dict[Any, Row | None] = self.base.delta
        if (delta[own] if own in delta else self._by_key.get(own)) == row:
            return gone
        delta[own] = row
        return True

    def _drop_other(self, key: Any, row: Row) -> bool:
        """Take out the row of `key` if that is not the key of `row`; whether there was one."""
        named = self._key_of(key if key.__class__ is tuple or key.__class__ is list else (key,))
        if named == self._key(row) or self._current(named) is None:
            return False
        self.base.delta[named] = None
        return True
