"""Facts that stand in the texts of modules: they come and go with their text, unless the application asserted
them as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from datalox.check.analysis import Analysis
from datalox.maintain.network import Network
from datalox.maintain.unit import Unit
from datalox.store.index import key_function
from datalox.terms import Row

Assertion: TypeAlias = "tuple[str, Row]"


def stated(analysis: Analysis) -> frozenset[Assertion]:
    """What the texts assert. Of rows with the same declared key one counts."""
    found: dict[Any, Assertion] = {}
    for predicate, row in sorted(((f.predicate, f.row) for f in analysis.facts), key=str):
        key = analysis.predicates[predicate].key
        found[predicate, key_function(key)(row) if key else row] = (predicate, row)
    return frozenset(found.values())


class AlsoAsserted(Unit):
    """Facts of texts that the application asserted as well. What a transaction does here goes with it."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network
        self._facts: set[Assertion] = set()

    def __contains__(self, fact: object) -> bool:
        return fact in self._facts

    def add(self, fact: Assertion) -> None:
        if fact not in self._facts:
            self._facts.add(fact)
            self._network.log(self, (fact, True))

    def update(self, facts: Iterable[Assertion]) -> None:
        for fact in facts:
            self.add(fact)

    def discard(self, fact: Assertion) -> None:
        if fact in self._facts:
            self._facts.discard(fact)
            self._network.log(self, (fact, False))

    def undo(self, record: Any) -> None:
        fact, added = record
        if added:
            self._facts.discard(fact)
        else:
            self._facts.add(fact)
