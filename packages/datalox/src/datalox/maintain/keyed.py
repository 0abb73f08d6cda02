"""Predicates with a declared key whose rows are only asserted: a row per key, no derivations to count."""

from __future__ import annotations

from typing import Any

from datalox.maintain.counting import Node
from datalox.maintain.unit import Propagation
from datalox.store.keyed import KeyedRelation


class KeyedNode(Node):
    """`delta` is key -> the row it is to have, None for none."""

    __slots__ = ()
    relation: KeyedRelation

    def __init__(self, relation: KeyedRelation, visible: bool) -> None:
        super().__init__(relation, visible)

    def process(self, network: Propagation) -> None:
        wanted, self.delta = self.delta, {}
        plus, minus = self.relation.differences(wanted)
        if not (plus or minus):
            return
        for rule in self.before:
            rule.run(plus, minus)
        self.relation.change(plus, minus)
        network.log(self, (None, plus, minus))
        self.announce(network, plus, minus)

    def undo(self, record: Any) -> None:
        _, plus, minus = record
        self.relation.change(minus, plus)
