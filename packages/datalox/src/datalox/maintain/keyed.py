"""Predicates with a declared key whose rows are only asserted: a row per key, no derivations to count."""

from __future__ import annotations

from typing import Any

from datalox.maintain.counting import Node
from datalox.maintain.unit import Move, Propagation
from datalox.store.keyed import KeyedRelation
from datalox.terms import Row


class KeyedNode(Node):
    """`delta` is key -> the row it is to have, None for none.

    Where one row takes the place of another, timers are changed at once; the log has that beside the rows.
    """

    __slots__ = ()
    relation: KeyedRelation

    def __init__(self, relation: KeyedRelation, visible: bool) -> None:
        super().__init__(relation, visible)

    def process(self, network: Propagation) -> None:
        wanted, self.delta = self.delta, {}
        known = self.relation.by_key
        if self.before or known.keys().isdisjoint(wanted):
            self._flip(network, wanted)
            return
        rest: dict[Any, Row | None] = {}
        swaps: list[tuple[Any, Row, Row]] = []
        for key, new in wanted.items():
            old = known.get(key)
            if old is None or new is None:
                rest[key] = new
            elif old != new:
                swaps.append((key, old, new))
        if swaps:
            self._swap(network, swaps)
        if rest:
            self._flip(network, rest)

    def _flip(self, network: Propagation, wanted: dict[Any, Row | None]) -> None:
        plus, minus = self.relation.differences(wanted)
        if not (plus or minus):
            return
        for rule in self.before:
            rule.run(plus, minus)
        self.relation.change(plus, minus)
        network.log(self, ([], plus, minus))
        self.announce(network, plus, minus)

    def _swap(self, network: Propagation, swaps: list[tuple[Any, Row, Row]]) -> None:
        """Rows take the place of others of their keys: each rule judges pair by pair what follows."""
        moves: list[Move] = []
        plus: list[Row] = []
        minus: list[Row] = []
        network.log(self, (moves, plus, minus))
        relation, rules, clock = self.relation, self.after, network.clock
        for key, old, new in swaps:
            plus.append(new)
            minus.append(old)
            relation.swap(key, old, new)
            for rule in rules:
                rule.swap(old, new, clock, moves)
        self.hand_on(network, plus, minus)

    def undo(self, record: Any) -> None:
        moves, plus, minus = record
        for move in reversed(moves):
            move[0].move_back(move)
        self.relation.change(minus, plus)
