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


def row_maker(predicate: Predicate) -> Callable[[Sequence[Any]], Row]:
    """A function from values to a row of the predicate. Raises DatalogError: arity, bad-value."""
    arity = predicate.arity

    def wrong_arity(count: int) -> DatalogError:
        named = ", ".join(column.name for column in predicate.columns)
        return error(
            "arity", f"{predicate.name} takes {arity} values, not {count}", f"{predicate.name}({named})"
        )

    def convert(value: Any, position: int) -> Any:
        return admit_value(predicate, position, value)

    lines = [
        "def row_of(values):",
        f"    if len(values) != {arity}:",
        "        raise wrong_arity(len(values))",
    ]
    names = [f"v{position}" for position in range(arity)]
    if arity:
        lines.append(f"    {', '.join(names)}, = values")
    for position, (name, column) in enumerate(zip(names, predicate.columns, strict=True)):
        kept = " and ".join(f"{name}.__class__ is not {kind}" for kind in _KEPT_AS_IT_IS[column.type])
        lines.append(f"    if {kept}:")
        if column.type in _SPELLED:
            lines.append(
                f"        {name} = {name}.__class__ is str and symbols.get({name})"
                f" or convert({name}, {position})"
            )
        else:
            lines.append(f"        {name} = convert({name}, {position})")
    lines.append(f"    return ({', '.join(names)}{',' if arity == 1 else ''})")
    names_in_scope: dict[str, Any] = {
        "Symbol": Symbol, "convert": convert, "symbols": Symbol._interned, "wrong_arity": wrong_arity,
    }  # fmt: skip
    exec("\n".join(lines), names_in_scope)
    made: Callable[[Sequence[Any]], Row] = names_in_scope["row_of"]
    return made


class Door:
    """Where rows of one predicate are asserted. `base` is the node that keeps what is asserted,
    `derived` the one that keeps what holds (the same where there are no rules; None on demand)."""

    __slots__ = ("_key", "_overlay", "_overlay_of", "base", "derived", "predicate", "row")

    def __init__(self, predicate: Predicate, base: Node, derived: Node | None) -> None:
        self.predicate = predicate
        self.base = base
        self.derived = derived
        self.row = row_maker(predicate)
        self._key = key_function(predicate.key) if base.relation.unique is not None else None
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
        columns = self.predicate.key
        parts = values if isinstance(values, (tuple, list)) else (values,)
        if len(parts) != len(columns):
            raise error(
                "arity", f"the key of {self.predicate.name} has {len(columns)} columns, not {len(parts)}"
            )
        made = tuple(admit_value(self.predicate, i, value) for i, value in zip(columns, parts, strict=True))
        return made[0] if len(made) == 1 else made

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
