"""Predicates with a declared key whose rows are only asserted: a row per key, no derivations to count."""

from __future__ import annotations

from typing import Any

from datalox.maintain.counting import Node
from datalox.maintain.unit import Move, Propagation
from datalox.store.index import MANY
from datalox.store.keyed import KeyedRelation
from datalox.terms import Row


class KeyedNode(Node):
    """`delta` is key -> the row it is to have, None for none.

    Where one row takes the place of another, each rule judges what follows from the pair, and timers are
    changed at once; the log has that beside the rows.
    """

    __slots__ = ()
    relation: KeyedRelation

    def __init__(self, relation: KeyedRelation, visible: bool) -> None:
        super().__init__(relation, visible)

    def process(self, network: Propagation) -> None:
        wanted, self.delta = self.delta, {}
        relation, rules, clock = self.relation, self.after, network.clock
        known = relation.by_key
        if self.before or (len(wanted) >= MANY and known.keys().isdisjoint(wanted)):
            self._flip(network, wanted)
            return
        plus: list[Row] = []
        minus: list[Row] = []
        moves: list[Move] = []
        rest: dict[Any, Row | None] = {}
        for key, new in wanted.items():
            old = known.get(key)
            if old is None or new is None:
                rest[key] = new
            elif old != new:
                if not plus:
                    network.journal.append((self, (moves, plus, minus)))
                plus.append(new)
                minus.append(old)
                known[key] = new
                if relation.indexes or relation.followers:
                    relation.reindex(old, new)
                for rule in rules:
                    rule.swap(old, new, clock, moves)
        if plus and (self.readers or self.targets):
            self.hand_on(network, plus, minus)
        if rest:
            self._flip(network, rest)

    def _flip(self, network: Propagation, wanted: dict[Any, Row | None]) -> None:
        plus, minus = self.relation.differences(wanted)
        if not (plus or minus):
            return
        for rule in self.before:
            rule.run(plus, minus)
        self.relation.change(plus, minus)
        network.journal.append((self, ([], plus, minus)))
        self.announce(network, plus, minus)

    def undo(self, record: Any) -> None:
        moves, plus, minus = record
        for move in reversed(moves):
            move[0].move_back(move)
        self.relation.change(minus, plus)
