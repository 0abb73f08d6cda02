"""What repairs may change, and what it costs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from datalox.explain.edits import Edit, Edits, Op
from datalox.plan.core import CLOCK
from datalox.session.engine import Engine

SIGNS: Final[Mapping[str, Op]] = {"+": "add", "-": "retract", "~": "change"}

Changeable = Collection[str] | Mapping[str, float]
"""`p` for every change of a predicate, `+p` for adding rows to it, `-p` for retracting, `~p` for changing
values, `now` for waiting; as a mapping, with what each costs more than its kind."""


class Policy:
    """`changeable` and `frozen` name what may and may not change. By default that is every predicate without
    rules, and the clock; a predicate with rules only where it is named. `accept` has the last word on each
    edit. Raises unknown-predicate."""

    def __init__(
        self,
        engine: Engine,
        changeable: Changeable | None = None,
        frozen: Collection[str] = (),
        accept: Callable[[Edit], bool] | None = None,
    ) -> None:
        self._accept = accept
        self._predicates = engine.predicates
        self._weights: dict[tuple[Op, str], float] | None = None
        if changeable is not None:
            extra = changeable if isinstance(changeable, Mapping) else dict.fromkeys(changeable, 0.0)
            self._weights = {pair: cost for entry, cost in extra.items() for pair in _pairs(engine, entry)}
        self._frozen = {pair for entry in frozen for pair in _pairs(engine, entry)}

    def admitted(self, edit: Edit) -> list[Edits]:
        """The edit alone, if it may be made."""
        return [(edit,)] if self._accept is None or self._accept(edit) else []

    def names(self, op: Op, name: str) -> bool:
        """Whether an edit may be made because somebody said so, not by default."""
        return self._weights is not None and self.weight(op, name) is not None

    def weight(self, op: Op, name: str) -> float | None:
        """What an edit costs beside its kind; None if it may not be made."""
        if (op, name) in self._frozen:
            return None
        if self._weights is not None:
            return self._weights.get((op, name))
        known = self._predicates.get(name)
        return 0.0 if name == CLOCK or (known is not None and not known.rules) else None


def _pairs(engine: Engine, entry: str) -> list[tuple[Op, str]]:
    sign, name = (entry[:1], entry[1:]) if entry[:1] in SIGNS else ("", entry)
    if name == CLOCK and not sign:
        return [("wait", CLOCK)]
    if name not in engine.predicates:
        if engine.open_world and name.isidentifier():
            return []
        raise engine.unknown(name)
    return [(SIGNS[sign], name)] if sign else [(op, name) for op in SIGNS.values()]
