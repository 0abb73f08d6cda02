"""Recursive components: semi-naive to the fixpoint. What only grows is continued; anything else starts
afresh.

The component is evaluated in relations of its own, where each row carries its rank (the round in which
it was first
derived: some body that derives it has only lower ranks). The net difference is then flipped, predicate
by predicate,
through the ordinary nodes, so that a consumer of two of them never sees a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from datalox.maintain.budget import Meter
from datalox.maintain.counting import Node
from datalox.maintain.unit import Propagation, Rows, Unit
from datalox.store.relation import Relation
from datalox.terms import Row

DeltaFunction = Callable[[Rows, Rows, int, dict[Row, int]], None]


class ComponentRule:
    """One rule of the component, compiled per driver when first needed. `drivers` maps (relation,
    negated) to items."""

    __slots__ = ("_compile", "_functions", "drivers", "head", "recursive_items")

    def __init__(
        self,
        head: str,
        drivers: dict[tuple[str, bool], list[int]],
        recursive_items: list[tuple[str, int]],
        compile_: Callable[[int | None], DeltaFunction],
    ) -> None:
        self.head = head
        self.drivers = drivers
        self.recursive_items = recursive_items
        self._compile = compile_
        self._functions: dict[int | None, DeltaFunction] = {}

    def function(self, driver: int | None) -> DeltaFunction:
        found = self._functions.get(driver)
        if found is None:
            found = self._functions[driver] = self._compile(driver)
        return found

    def forget_plan(self) -> None:
        self._functions.clear()


class Component(Unit):
    """The predicates of one recursive component."""

    __slots__ = ("_added", "_changes", "_meter", "_rank", "_stale", "members", "rules", "work")

    def __init__(
        self, members: Sequence[Node], work: dict[str, Relation], rules: Sequence[ComponentRule], meter: Meter
    ) -> None:
        super().__init__()
        self._meter = meter
        self.members = members
        self.work = work
        self.rules = rules
        self._changes: list[tuple[str, Rows, Rows]] = []
        self._added: dict[str, list[Row]] = {}
        self._rank = 0
        self._stale = True

    def receive(self, source: str, plus: Rows, minus: Rows) -> None:
        self._changes.append((source, plus, minus))

    def process(self, network: Propagation) -> None:
        changes, self._changes = self._changes, []
        self._added = {}
        rebuild = self._stale or not self._only_grows(changes)
        if rebuild:
            self._rebuild()
        else:
            self._grow(changes)
        network.log(self, None)
        for member in self.members:
            member.delta = (
                self._difference(member) if rebuild else dict.fromkeys(self._added.get(member.name, ()), 1)
            )
            if member.delta and not member.scheduled:
                network.schedule(member)

    def _only_grows(self, changes: Sequence[tuple[str, Rows, Rows]]) -> bool:
        """Whether the changes can only add rows: nothing gone that is read positively, nothing new that
        is negated."""
        for source, plus, minus in changes:
            for rule in self.rules:
                if (minus and (source, False) in rule.drivers) or (plus and (source, True) in rule.drivers):
                    return False
        return True

    def _rebuild(self) -> None:
        self._stale = True
        for relation in self.work.values():
            relation.clear()
        self._rank = 0
        fresh: dict[str, dict[Row, int]] = {}
        for rule in self.rules:
            if not rule.recursive_items:
                rule.function(None)((), (), 1, fresh.setdefault(rule.head, {}))
        self._saturate(fresh)
        self._stale = False

    def _grow(self, changes: Sequence[tuple[str, Rows, Rows]]) -> None:
        self._stale = True
        fresh: dict[str, dict[Row, int]] = {}
        for source, plus, minus in changes:
            for rule in self.rules:
                out = fresh.setdefault(rule.head, {})
                for negated, rows in ((False, plus), (True, minus)):
                    for item in rule.drivers.get((source, negated), ()):
                        if rows:
                            rule.function(item)(rows, (), 1, out)
        self._saturate(fresh)
        self._stale = False

    def _saturate(self, fresh: dict[str, dict[Row, int]]) -> None:
        """Add what is new, derive from it, until a round adds nothing."""
        while True:
            self._rank += 1
            added: dict[str, list[Row]] = {}
            for name, rows in fresh.items():
                known = self.work[name].rows
                new = [row for row in rows if row not in known]
                if new:
                    self._meter.count_recursive(len(new))
                    added[name] = new
            if not added:
                return
            for name, new in added.items():
                self.work[name].add(new, self._rank)
                self._added.setdefault(name, []).extend(new)
            fresh = self._round(added)

    def _round(self, added: dict[str, list[Row]]) -> dict[str, dict[Row, int]]:
        fresh: dict[str, dict[Row, int]] = {}
        for rule in self.rules:
            for name, item in rule.recursive_items:
                if name in added:
                    rule.function(item)(added[name], (), 1, fresh.setdefault(rule.head, {}))
        return fresh

    def _difference(self, member: Node) -> dict[Row, int]:
        work, live = self.work[member.name].rows, member.relation.rows
        delta = dict.fromkeys(work.keys() - live.keys(), 1)
        delta.update(dict.fromkeys(live.keys() - work.keys(), -1))
        return delta

    def ranks(self, name: str) -> dict[Row, int]:
        """row -> rank of a member; evaluated afresh if an undone transaction left the component behind."""
        if self._stale:
            self._rebuild()
        return self.work[name].rows

    def forget(self) -> None:
        self._changes = []

    def undo(self, record: Any) -> None:
        self._stale = True
