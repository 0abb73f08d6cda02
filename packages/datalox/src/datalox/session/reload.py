"""Swapping the rules under live facts: a new engine is filled beside the old one, and only then takes
its place."""

from __future__ import annotations

from datalox.session.changes import Change, Changes
from datalox.session.engine import Engine
from datalox.terms import Row

Assertion = tuple[str, Row]


def carry_over(old: Engine | None, new: Engine) -> None:
    """Fill a fresh engine: the facts of its own texts, and what was asserted in the old one apart from
    its texts."""
    network = new.network
    written = {(fact.predicate, fact.row) for fact in new.analysis.facts}
    for predicate, row in sorted(written, key=str):
        _assert(new, predicate, row)
    if old is not None:
        texts = {(fact.predicate, fact.row) for fact in old.analysis.facts}
        taken_back = texts - set(old.base_rows())
        for predicate, row in old.base_rows():
            if (predicate, row) not in texts or (predicate, row) in old.also_asserted:
                _assert(new, predicate, row)
        _take_back(new, taken_back & written)
        new.also_asserted = {pair for pair in old.also_asserted if pair in written}
        network.set_clock(old.network.clock)
    network.propagate()
    network.journal.clear()


def _assert(engine: Engine, predicate: str, row: Row) -> None:
    door = engine.door(predicate, len(row))
    if door.add(door.row(row)):
        engine.network.schedule(door.base)


def _take_back(engine: Engine, facts: set[Assertion]) -> None:
    """Facts of a text that were retracted since stay retracted."""
    for predicate, row in facts:
        door = engine.door(predicate, len(row))
        if door.discard(row):
            engine.network.schedule(door.base)


def state_difference(old: Engine, new: Engine) -> Changes:
    """What holds in one engine and not in the other, over materialised predicates."""
    changes: Changes = {}
    for name in sorted({*old.predicates, *new.predicates}):
        before, after = _rows(old, name), _rows(new, name)
        if before != after:
            changes[name] = Change(set(after - before), set(before - after))
    return changes


def _rows(engine: Engine, name: str) -> set[Row]:
    node = engine.network.nodes.get(name)
    return set(node.relation) if node is not None and node.visible else set()
