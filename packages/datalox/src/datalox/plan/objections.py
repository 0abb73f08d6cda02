"""What a rule demands of a driver's row beside its own columns: values it must be listed with, and goals
that must not hold of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datalox.plan.aggregates import bound_closure
from datalox.plan.core import CoreItem, CoreRule, Design, Fold, item_variables
from datalox.plan.inline import Names, expand, rules_of
from datalox.plan.order import Scan, Unplannable, World, bound_columns, order_body
from datalox.terms import Atom, Literal, Term, Var

SMALL = 64
"""Rows of a relation up to which it may be read whole for one question."""


@dataclass(frozen=True, slots=True)
class Need:
    """Only rows whose `variable` stands in column `value` of `relation`, beside `key` in `columns`, can lead
    to a result: for every solution of `setup`, of which `key` is made. decides: nothing else tests that."""

    variable: str
    relation: str
    columns: tuple[int, ...]
    value: int
    key: tuple[Term, ...]
    setup: tuple[CoreItem, ...] = ()
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule of a goal that must not hold: `rule` asked with `columns` of `call` bound. It can only hold when
    `guard` does, which no row of the driver takes part in. Where `variable` is set, `body` finds
    every value of it that is objected to."""

    call: Atom
    rule: CoreRule
    columns: tuple[int, ...]
    guard: tuple[CoreItem, ...]
    body: tuple[CoreItem, ...] = ()
    variable: str | None = None


def needs_of(items: Iterable[CoreItem], known: set[str], free: set[str], world: World) -> list[Need]:
    """What the positive literals of a body demand."""
    positive = (item for item in items if not (isinstance(item, Literal) and item.negated))
    found = (_listed(item, known, free, world) for item in positive)
    return [need for need in found if need is not None]


def _listed(
    item: CoreItem, known: set[str], free: set[str], world: World,
    setup: tuple[CoreItem, ...] = (), decides: bool = False,
) -> Need | None:  # fmt: skip
    """The need of a literal (or of the negation of one) that has one column with one free variable."""
    if not isinstance(item, Literal) or world.is_demand(item.atom.predicate):
        return None
    terms = item.atom.terms
    places = [i for i, term in enumerate(terms) if isinstance(term, Var) and term.name in free]
    if len(places) != 1:
        return None
    variable = terms[places[0]]
    assert isinstance(variable, Var)
    columns = tuple(i for i in bound_columns(item, known) if i != places[0])
    key = tuple(terms[i] for i in columns)
    return Need(variable.name, item.atom.predicate, columns, places[0], key, setup, decides)


def objections_of(
    goal: Literal, known: set[str], free: set[str], names: Names, design: Design, world: World, rows: int
) -> tuple[list[Need], list[Objection]]:
    """What `not d(…)` demands, rule by rule of d: some object to all rows but those listed somewhere.
    `rows`: how many the driver has."""
    needs: list[Need] = []
    objections: list[Objection] = []
    columns = bound_columns(goal, known | free)
    for rule in rules_of(goal.atom.predicate, design):
        if any(isinstance(item, Fold) for item in rule.body):
            objections.append(Objection(goal.atom, rule, columns, ()))
            continue
        body = expand(goal.atom, rule, names)
        need = _division(body, known, free, world)
        if need is not None:
            needs.append(need)
        else:
            objections.append(_objection(goal.atom, rule, columns, body, known, free, world, rows))
    return needs, objections


def _division(body: Sequence[CoreItem], known: set[str], free: set[str], world: World) -> Need | None:
    """`…, not q(N, X)` where everything else is known without N: N must be listed in q beside every X."""
    touching = [item for item in body if item_variables(item) & free]
    setup = tuple(item for item in body if item not in touching)
    if len(touching) != 1 or not isinstance(touching[0], Literal) or not touching[0].negated:
        return None
    need = _listed(touching[0], bound_closure(setup, known), free, world, setup, True)
    return need if need is not None and _is_cheap(setup, known, world) else None


def _is_cheap(items: Sequence[CoreItem], known: set[str], world: World, most: int = SMALL) -> bool:
    """Whether the items can be solved from what is known, with no relation of more than `most` rows read
    whole."""
    try:
        steps = order_body(items, known, world)
    except Unplannable:
        return False
    return all(
        step.columns or len(world.relation(step.item.atom.predicate)) <= most
        for step in steps
        if isinstance(step, Scan)
    )


def _objection(
    call: Atom, rule: CoreRule, columns: tuple[int, ...], body: list[CoreItem],
    known: set[str], free: set[str], world: World, rows: int,
) -> Objection:  # fmt: skip
    guard = tuple(item for item in body if _is_guard(item, known, world))[:1]
    variables = {t.name for t in call.terms if isinstance(t, Var) and t.name in free}
    enumerable = len(variables) == 1 and variables <= bound_closure(body, known)
    if not (enumerable and guard and _is_cheap(body, known, world, max(rows, SMALL))):
        return Objection(call, rule, columns, guard)
    return Objection(call, rule, columns, guard, tuple(body), variables.pop())


def _is_guard(item: CoreItem, known: set[str], world: World) -> bool:
    """A literal that is looked up by something the question binds."""
    if not isinstance(item, Literal) or item.negated or world.is_demand(item.atom.predicate):
        return False
    return bool(item_variables(item) & known)
