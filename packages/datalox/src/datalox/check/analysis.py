"""What is known about a set of modules once every check has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from datalox.diagnostics import Diagnostic
from datalox.terms import Column, Demand, Order, Row, Rule, Span

# `now(T)`: read in bodies, set by the session. It is in no `Analysis.predicates` and in no component.
CLOCK: Final = "now"


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule whose constants have the type of their column. `number` counts the rules of `module` from 1."""

    rule: Rule
    module: str
    number: int


@dataclass(frozen=True, slots=True)
class CheckedFact:
    """A fact of a program, its values as the engine keeps them."""

    predicate: str
    row: Row
    module: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Predicate:
    """Columns have their declared type, or for predicates with rules the inferred one; `any` where unknown.

    `key`: positions. `module`: where it is declared or first defined. `patterns`: for a demand predicate the
    minimal sets of positions of which a caller must bind one; computed where `.demand p/2` leaves them open.
    """

    name: str
    arity: int
    columns: tuple[Column, ...]
    key: tuple[int, ...] = ()
    declared: bool = False
    demand: Demand | None = None
    extensible: bool = False
    private: bool = False
    module: str = ""
    rules: tuple[CheckedRule, ...] = ()
    patterns: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """Predicates that depend on one another. `level` exceeds that of every component it reads."""

    predicates: frozenset[str]
    recursive: bool
    level: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """`components` are in topological order, dependencies first."""

    predicates: Mapping[str, Predicate]
    components: tuple[Component, ...]
    orders: Mapping[str, Order]
    facts: tuple[CheckedFact, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    open_world: bool = False
