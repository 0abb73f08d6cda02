"""A body taken apart around one literal: what is solved before its rows are looked at, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field

from datalox.plan.core import CLOCK, CoreItem, item_variables, variables_of
from datalox.plan.order import World, bound_columns, single
from datalox.terms import Comparison, Literal, Var

FEW = 8
"""Rows per key up to which a literal is solved before the walk."""
MANY = 32
"""Rows of the driver from which on a list of their own per value pays."""


@dataclass(slots=True)
class Draft:
    """`known`: variables with a value before the walk. `before`: what gives it to them. `others`: the rest of
    the body, without the driver."""

    driver: Literal
    known: set[str]
    others: list[CoreItem]
    before: list[CoreItem] = field(default_factory=list)

    @property
    def free(self) -> set[str]:
        """The driver's variables that only its rows bind."""
        return variables_of(self.driver.atom.terms) - self.known

    @property
    def parts(self) -> tuple[int, ...]:
        """The driver's columns that are known before the walk."""
        return bound_columns(self.driver, self.known)

    def settle(self, item: CoreItem, *binds: Var) -> None:
        """Solve an item before the walk."""
        self.before.append(item)
        self.known.update(variable.name for variable in binds)

    def solve_before(self, world: World) -> None:
        """Move whatever can be solved cheaply, without the driver's rows, from `others` to `before`."""
        while (item := self._ready(world) or self._parting(world)) is not None:
            self.others.remove(item)
            self.before.append(item)
            if not (isinstance(item, Literal) and item.negated):
                self.known |= item_variables(item)

    def _ready(self, world: World) -> CoreItem | None:
        free = self.free
        for item in self.others:
            apart = not item_variables(item) & free
            if apart and (single(item, self.known, world) is not None or self._is_few(item, world)):
                return item
        return None

    def _is_few(self, item: CoreItem, world: World) -> bool:
        """Whether a literal has at most a few rows for what is known."""
        if not isinstance(item, Literal) or item.negated or world.is_demand(item.atom.predicate):
            return False
        if item.atom.predicate == CLOCK:
            return True
        relation = world.relation(item.atom.predicate)
        columns = bound_columns(item, self.known)
        if not columns:
            return False
        return bool(relation.key and set(relation.key) <= set(columns)) or (
            len(relation) > 0 and relation.fanout(columns) <= FEW
        )

    def _parting(self, world: World) -> CoreItem | None:
        """A literal with few rows that gives values by which the driver's rows fall into large parts."""
        relation = world.relation(self.driver.atom.predicate)
        free = self.free
        for item in self.others:
            shared = item_variables(item) & free
            if not shared or isinstance(item, Comparison) or not self._is_few(item, world):
                continue
            columns = bound_columns(self.driver, self.known | shared)
            if len(relation) and relation.fanout(columns) >= MANY:
                return item
        return None
