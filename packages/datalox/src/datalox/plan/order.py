"""In which order a body is joined: tests as soon as they can run, then the literal with the fewest rows
per key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from datalox.diagnostics import DatalogError, Diagnostic
from datalox.plan.core import CoreItem, Fold, Total, assigned, item_variables, variables_of
from datalox.store.relation import Relation
from datalox.terms import Atom, Comparison, Const, Literal, Term, Var

CALL_COST = 500.0


@dataclass(frozen=True, slots=True)
class Scan:
    """Loop over the rows of a relation whose `columns` have the bound values (all rows if empty)."""

    item: Literal
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """Go on if a row with the bound values in `columns` exists (or, negated, if none does)."""

    item: Literal
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Test:
    item: Comparison


@dataclass(frozen=True, slots=True)
class Bind:
    variable: Var
    term: Term


@dataclass(frozen=True, slots=True)
class Look:
    """Read the total aggregate; binds its result unless that is bound already."""

    item: Total


@dataclass(frozen=True, slots=True)
class Call:
    """Ask a demand predicate with `columns` bound."""

    item: Literal
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FoldCall:
    """Aggregate the answers of a demand goal."""

    item: Fold


Step: TypeAlias = "Scan | Probe | Test | Bind | Look | Call | FoldCall"


class World(Protocol):
    """What the planner must know about the predicates."""

    def relation(self, name: str) -> Relation: ...
    def is_demand(self, name: str) -> bool: ...
    def can_call(self, name: str, columns: tuple[int, ...]) -> bool: ...


class Unplannable(Exception):  # noqa: N818 - a question the caller can answer with another binding
    """The items that cannot run because nothing binds what they need."""

    def __init__(self, items: Sequence[CoreItem], missing: set[str]) -> None:
        super().__init__(", ".join(sorted(missing)))
        self.items = tuple(items)
        self.missing = missing


def unsafe(text: str, missing: set[str]) -> DatalogError:
    """The error for a goal that cannot be evaluated."""
    names = ", ".join(sorted(missing)) or "an argument"
    return DatalogError(
        (
            Diagnostic(
                "mode",
                f"{text} needs {names} bound",
                "bind it by another goal or pass a value",
                None,
                "error",
            ),
        )
    )


def bound_columns(literal: Literal, bound: set[str]) -> tuple[int, ...]:
    terms = literal.atom.terms
    return tuple(
        i for i, term in enumerate(terms) if isinstance(term, Const) or variables_of((term,)) <= bound
    )


def order_body(items: Sequence[CoreItem], bound: set[str], world: World) -> list[Step]:
    """The steps that solve `items` given the variables already `bound`. Raises Unplannable."""
    known = set(bound)
    pending = list(items)
    steps: list[Step] = []
    while pending:
        found = _ready(pending, known, world) or _cheapest(pending, known, world)
        if found is None:
            missing = {name for item in pending for name in item_variables(item) if not name.startswith("_#")}
            raise Unplannable(pending, missing - known)
        position, step = found
        item = pending.pop(position)
        steps.append(step)
        if not (isinstance(item, Literal) and item.negated):
            known |= item_variables(item)
    return steps


def _ready(pending: Sequence[CoreItem], known: set[str], world: World) -> tuple[int, Step] | None:
    """The first step that cannot multiply bindings, cheap ones first."""
    best: tuple[int, int, Step] | None = None
    for position, item in enumerate(pending):
        found = single(item, known, world)
        if found is not None and (best is None or found[0] < best[0]):
            best = (found[0], position, found[1])
    return (best[1], best[2]) if best is not None else None


def single(item: CoreItem, known: set[str], world: World) -> tuple[int, Step] | None:
    """(cost class, step) if `item` yields at most one binding now."""
    if isinstance(item, Comparison):
        return _single_comparison(item, known)
    if isinstance(item, Total):
        return (2, Look(item)) if variables_of(item.groups) <= known else None
    if isinstance(item, Fold):
        ready = (
            item.total
            and variables_of(v for v in item.groups) <= known
            and _fold_callable(item, known, world)
        )
        return (5, FoldCall(item)) if ready else None
    return _single_literal(item, known, world)


def _single_comparison(item: Comparison, known: set[str]) -> tuple[int, Step] | None:
    if variables_of((item.left, item.right)) <= known:
        return 0, Test(item)
    found = assigned(item, known)
    return (1, Bind(*found)) if found is not None else None


def _single_literal(item: Literal, known: set[str], world: World) -> tuple[int, Step] | None:
    columns = bound_columns(item, known)
    whole = len(columns) == item.atom.arity
    if world.is_demand(item.atom.predicate):
        if (whole or (item.negated and _rest_is_wild(item, columns))) and world.can_call(
            item.atom.predicate, columns
        ):
            return 4, Call(item, columns)
        return None
    if whole or (item.negated and _rest_is_wild(item, columns)):
        return 3, Probe(item, columns)
    return None


def _rest_is_wild(item: Literal, columns: tuple[int, ...]) -> bool:
    rest = (term for i, term in enumerate(item.atom.terms) if i not in columns)
    return all(isinstance(term, Var) and term.is_wildcard for term in rest)


def _cheapest(pending: Sequence[CoreItem], known: set[str], world: World) -> tuple[int, Step] | None:
    best: tuple[float, int, Step] | None = None
    for position, item in enumerate(pending):
        found = _generator(item, known, world)
        if found is not None and (best is None or found[0] < best[0]):
            best = (found[0], position, found[1])
    return (best[1], best[2]) if best is not None else None


def _generator(item: CoreItem, known: set[str], world: World) -> tuple[float, Step] | None:
    """(expected bindings, step) of an item that may yield several."""
    if isinstance(item, Fold):
        return (
            (CALL_COST * 2, FoldCall(item)) if not item.total and _fold_callable(item, known, world) else None
        )
    if not isinstance(item, Literal) or item.negated:
        return None
    name = item.atom.predicate
    columns = bound_columns(item, known)
    if world.is_demand(name):
        cost = CALL_COST / (1 + len(columns))
        return (cost, Call(item, columns)) if world.can_call(name, columns) else None
    return world.relation(name).fanout(columns), Scan(item, columns)


def _fold_callable(item: Fold, known: set[str], world: World) -> bool:
    groups = variables_of(v for v in item.groups)
    columns = bound_columns(Literal(item.goal), known & groups)
    return world.can_call(item.goal.predicate, columns)


def bind_head(head: Atom, columns: Sequence[int]) -> tuple[list[CoreItem], set[str], list[str]]:
    """Comparisons that make the head's bound columns equal the caller's values, and the parameters' names."""
    items: list[CoreItem] = []
    bound: set[str] = set()
    parameters: list[str] = []
    for column in columns:
        term = head.terms[column]
        if isinstance(term, Var) and term.name not in bound:
            parameters.append(term.name)
        else:
            parameters.append(f"C#{column}")
            items.append(Comparison("=", term, Var(parameters[-1])))
        bound.add(parameters[-1])
    return items, bound, parameters
