"""The door: how rows of one predicate come in, checked and converted, and what is asserted so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from datalox.check.analysis import Predicate
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.maintain.counting import Node
from datalox.store.index import key_function
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
    known = f"{name}.__class__ is str and symbols.get({name}) or " if column_type in _SPELLED else ""
    return [f"    if {kept}:", f"        {name} = {known}convert({name}, {position})"]


class Door:
    """Where rows of one predicate are asserted. `base` is the node that keeps what is asserted,
    `derived` the one that keeps what holds (the same where there are no rules; None on demand)."""

    __slots__ = ("_key", "_key_of", "_overlay", "_overlay_of", "base", "derived", "predicate", "row")

    def __init__(self, predicate: Predicate, base: Node, derived: Node | None) -> None:
        self.predicate = predicate
        self.base = base
        self.derived = derived
        self.row = row_maker(predicate, range(predicate.arity))
        self._key = key_function(predicate.key) if base.relation.unique is not None else None
        self._key_of = row_maker(predicate, predicate.key, bare=len(predicate.key) == 1)
        self._overlay: dict[Any, Row | None] = {}
        self._overlay_of: object = None

    def is_asserted(self, row: Row) -> bool:
        """Whether the row is asserted, pending operations included."""
        pending = self.base.delta.get(row, 0)
        return pending > 0 if pending else row in self.base.relation.rows

    def add(self, row: Row) -> bool:
        """Assert a row; one of the same key gives way. Whether anything changed."""
        if self._key is not None:
            return self._replace(self._key(row), row)
        delta = self.base.delta
        pending = delta.get(row, 0)
        if pending > 0 or (not pending and row in self.base.relation.rows):
            return False
        delta[row] = pending + 1
        return True

    def add_all(self, rows: list[Row]) -> None:
        """Assert many rows: all at once if none of them, and no key, was met before."""
        if not self._add_new(rows):
            for row in rows:
                self.add(row)

    def _add_new(self, rows: list[Row]) -> bool:
        delta, relation = self.base.delta, self.base.relation
        fresh = dict.fromkeys(rows, 1)
        if not (delta.keys().isdisjoint(fresh) and relation.rows.keys().isdisjoint(fresh)):
            return False
        if self._key is not None and relation.unique is not None:
            keyed = dict(zip(map(self._key, fresh), fresh, strict=True))
            overlay = self._pending_keys()
            if len(keyed) < len(fresh) or not (
                relation.unique.rows.keys().isdisjoint(keyed) and overlay.keys().isdisjoint(keyed)
            ):
                return False
            overlay.update(keyed)
        delta.update(fresh)
        return True

    def discard(self, row: Row) -> bool:
        """Retract a row. Whether it was asserted."""
        if not self.is_asserted(row):
            return False
        delta = self.base.delta
        delta[row] = delta.get(row, 0) - 1
        if self._key is not None:
            self._pending_keys()[self._key(row)] = None
        return True

    def replace(self, key: Any, row: Row) -> bool:
        """Put `row` where the row of `key` was."""
        if self._key is None:
            raise self._no_key()
        own = self._key(row)
        if own != key:
            old = self._current(key)
            if old is not None:
                self.discard(old)
        return self._replace(own, row)

    def _no_key(self) -> DatalogError:
        name = self.predicate.name
        hint = f".decl {name}(…) key(…) names the columns of the key"
        return error("no-key", f"{name} has no declared key of asserted rows", hint)

    def key_of(self, values: Any) -> Any:
        """The key as the index knows it: converted, bare for one column. Accepts a bare value for one
        column."""
        if self._key is None:
            raise self._no_key()
        return self._key_of(values if values.__class__ is tuple or values.__class__ is list else (values,))

    def _replace(self, key: Any, row: Row) -> bool:
        old = self._current(key)
        if old == row:
            return False
        delta = self.base.delta
        if old is not None:
            delta[old] = delta.get(old, 0) - 1
        delta[row] = delta.get(row, 0) + 1
        self._pending_keys()[key] = row
        return True

    def _current(self, key: Any) -> Row | None:
        overlay = self._pending_keys()
        if key in overlay:
            return overlay[key]
        unique = self.base.relation.unique
        return unique.rows.get(key) if unique is not None else None

    def _pending_keys(self) -> dict[Any, Row | None]:
        """Keys whose row differs from the index until the pending changes are applied."""
        if self._overlay_of is not self.base.delta:
            self._overlay_of = self.base.delta
            self._overlay = {}
        return self._overlay
