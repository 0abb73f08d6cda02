"""How the best rows of a rule are found without looking at all of them.

One positive literal, the *driver*, has the columns that the order compares. Its rows are kept sorted; a walk
from the best on skips whole blocks by bounds, solves the rest of the body row by row, and stops early.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from datalox.plan.core import CoreItem, CoreRule, Design, assigned, substitute, variables, variables_of
from datalox.plan.draft import Draft
from datalox.plan.inline import Names, inline
from datalox.plan.merge import merge_same_rows
from datalox.plan.objections import Need, Objection, needs_of, objections_of
from datalox.plan.order import Step, Unplannable, World, bind_head, order_body
from datalox.terms import Comparison, Const, Literal, Neg, Order, Term, Var

NARROW = 32
"""Rows of the driver per question up to which sorting them when asked is as good."""
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Bound:
    """`own op limit`: what a comparison asks of the driver's own columns. `limit` is known before."""

    comparison: Comparison
    own: Term
    op: str
    limit: Var

    @property
    def measure(self) -> Term:
        """What a row must have much of."""
        return self.own if self.op in (">", ">=") else Neg(self.own)


@dataclass(frozen=True, slots=True)
class Ranking:
    """`key` of a driver's row, computed by `derivation` from its columns; ties go by the columns `ties`.

    exact: that order is the order of the results, their ties included.
    """

    derivation: tuple[CoreItem, ...]
    key: Term
    descending: bool
    ties: tuple[int, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """`parameters` bind the pattern; `before` solves to values of `known`, once per question. The rows of
    `driver` are kept apart by the columns `parts`, and ranked.

    assumed: demand predicates of which nothing must be asserted; unique: (predicate, columns) that must
    identify a row.
    """

    rule: CoreRule
    parameters: tuple[str, ...]
    before: tuple[CoreItem, ...]
    known: tuple[str, ...]
    driver: Literal
    parts: tuple[int, ...]
    ranking: Ranking
    bounds: tuple[Bound, ...]
    needs: tuple[Need, ...]
    objections: tuple[Objection, ...]
    rest: tuple[Step, ...]
    assumed: tuple[str, ...]
    unique: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class NoWalk:
    """Why all matches are computed and sorted instead."""

    rule: CoreRule
    reason: str


class _No(Exception):  # noqa: N818 - one driver will not do, another may
    """Why a literal cannot drive."""


def plan_walk(
    rule: CoreRule, columns: tuple[int, ...], order: Order, design: Design, recursive: Iterable[str],
    world: World,
) -> Walk | NoWalk:  # fmt: skip
    """The walk for one rule of the ordered predicate, asked with `columns` bound."""
    inlined = inline(rule, design, recursive)
    merged = merge_same_rows(*_ordered(inlined.rule, order), world)
    planner = _Planner(
        merged.rule, merged.by, columns, order.descending, design, set(recursive), world, merged.unique
    )
    reasons: list[str] = []
    walks: list[Walk] = []
    for item in merged.rule.body:
        if isinstance(item, Literal) and not item.negated and not world.is_demand(item.atom.predicate):
            try:
                walks.append(planner.walk(item))
            except _No as refused:
                reasons.append(str(refused))
    if not walks:
        return NoWalk(merged.rule, "; ".join(dict.fromkeys(reasons)) or "no relation that is kept drives it")
    best = max(walks, key=lambda walk: (len(walk.bounds), walk.ranking.exact, len(walk.ranking.ties)))
    assumed = tuple(dict.fromkeys((*inlined.assumed, *best.assumed)))
    return replace(best, assumed=assumed, unique=merged.unique)


def _ordered(rule: CoreRule, order: Order) -> tuple[CoreRule, Term]:
    """The rule with the tests of the order's atom, and what it is ordered by in the rule's variables."""
    names = Names(rule)
    replacements: dict[str, Term] = {}
    added: list[CoreItem] = []
    for term, head in zip(order.atom.terms, rule.head.terms, strict=True):
        if isinstance(term, Const):
            added.append(Comparison("=", head, term))
        elif isinstance(term, Var) and term.name in replacements:
            added.append(Comparison("=", head, replacements[term.name]))
        elif isinstance(term, Var) and isinstance(head, (Var, Const)):
            replacements[term.name] = head
        elif isinstance(term, Var):
            computed = Var(names.new(term.name.replace("_#", "Any")))
            replacements[term.name] = computed
            added.append(Comparison("=", computed, head))
    return replace(rule, body=(*rule.body, *added)), substitute(order.by, replacements)


class _Planner:
    """Plans a rule around one driver or another."""

    def __init__(
        self, rule: CoreRule, by: Term, columns: tuple[int, ...], descending: bool, design: Design,
        recursive: set[str], world: World, unique: Sequence[tuple[str, tuple[int, ...]]],
    ) -> None:  # fmt: skip
        self.rule = rule
        self.unique = unique
        self.by = by
        self.descending = descending
        self.design = design
        self.recursive = recursive
        self.world = world
        items, self.bound, parameters = bind_head(rule.head, columns)
        self.parameters = tuple(parameters)
        self.items: tuple[CoreItem, ...] = (*items, *rule.body)

    def walk(self, driver: Literal) -> Walk:
        """Raises _No."""
        draft = Draft(driver, set(self.bound), [item for item in self.items if item is not driver])
        draft.solve_before(self.world)
        derivation = self._derivation(draft)
        self._refuse_narrow(draft)
        names = Names(replace(self.rule, body=self.items))
        bounds = self._bounds(draft, names)
        objections, needs, assumed = self._objections(draft, names)
        needs += needs_of(draft.others, draft.known, draft.free, self.world)
        inner = [item for item in draft.others if item not in [bound.comparison for bound in bounds]]
        try:
            rest = order_body(inner, draft.known | variables_of(driver.atom.terms), self.world)
        except Unplannable as refused:
            raise _No(f"with {driver} first, nothing binds {refused}") from None
        ties, exact = self._ties(draft)
        known = tuple(sorted(name for name in draft.known if not name.startswith("_#")))
        return Walk(
            self.rule, self.parameters, tuple(draft.before), known, driver, draft.parts,
            Ranking(derivation, self.by, self.descending, ties, exact),
            bounds, tuple(needs), tuple(objections), tuple(rest), assumed, (),
        )  # fmt: skip

    def _derivation(self, draft: Draft) -> tuple[CoreItem, ...]:
        """The assignments by which the key follows from the driver's columns alone."""
        own = variables_of(draft.driver.atom.terms)
        wanted, steps = set(variables(self.by)), list[CoreItem]()
        while not wanted <= own:
            found = [
                (pair, item)
                for item in self.items
                if isinstance(item, Comparison) and (pair := assigned(item, own)) is not None
            ]
            if not found:
                missing = ", ".join(sorted(wanted - own))
                raise _No(f"{draft.driver} does not tell {missing}")
            for (variable, _), item in found:
                if variable.name not in own:
                    own.add(variable.name)
                    steps.append(item)
        if not variables_of(draft.driver.atom.terms) - draft.known:
            raise _No(f"{draft.driver} is one row per question")
        return tuple(steps)

    def _refuse_narrow(self, draft: Draft) -> None:
        relation = self.world.relation(draft.driver.atom.predicate)
        if draft.parts and len(relation) and relation.fanout(draft.parts) < NARROW:
            raise _No(f"{draft.driver} has few rows per question")

    def _bounds(self, draft: Draft, names: Names) -> tuple[Bound, ...]:
        own = variables_of(draft.driver.atom.terms)
        bounds: list[Bound] = []
        for item in draft.others:
            if not isinstance(item, Comparison) or item.op not in MIRRORED:
                continue
            for left, op, right in (
                (item.left, item.op, item.right),
                (item.right, MIRRORED[item.op], item.left),
            ):
                inner, outer = set(variables(left)), set(variables(right))
                if inner and inner <= own and not inner <= draft.known and outer <= draft.known:
                    limit = right if isinstance(right, Var) else Var(names.new("Limit"))
                    if limit is not right:
                        draft.settle(Comparison("=", limit, right), limit)
                    bounds.append(Bound(item, left, op, limit))
        return tuple(bounds)

    def _objections(self, draft: Draft, names: Names) -> tuple[list[Objection], list[Need], tuple[str, ...]]:
        """Negated demand goals over what is known and the driver's row leave the body."""
        own = draft.known | variables_of(draft.driver.atom.terms)
        objections: list[Objection] = []
        needs: list[Need] = []
        assumed: list[str] = []
        for item in list(draft.others):
            if not isinstance(item, Literal) or not item.negated:
                continue
            name = item.atom.predicate
            plain = {t.name for t in item.atom.terms if isinstance(t, Var) and not t.is_wildcard}
            if name not in self.design.demand or name in self.recursive or not plain <= own:
                continue
            rows = len(self.world.relation(draft.driver.atom.predicate))
            listed, objecting = objections_of(
                item, draft.known, draft.free, names, self.design, self.world, rows
            )
            needs += listed
            objections += objecting
            assumed.append(name)
            draft.others.remove(item)
        return objections, needs, tuple(assumed)

    def _ties(self, draft: Draft) -> tuple[tuple[int, ...], bool]:
        """The driver's columns in the order of the result's, as far as they are the result's; whether they
        are all that varies in it."""
        terms: Sequence[Term] = draft.driver.atom.terms
        told = draft.known | variables_of(terms)
        ties: list[int] = []
        for term in self.rule.head.terms:
            names = variables_of((term,))
            if names <= draft.known or (names <= told and self._tells_row(draft.driver, ties)):
                continue
            if not isinstance(term, Var) or term not in terms:
                return tuple(dict.fromkeys(ties)), False
            ties.append(terms.index(term))
        return tuple(dict.fromkeys(ties)), True

    def _tells_row(self, driver: Literal, columns: Sequence[int]) -> bool:
        """Whether values of the columns tell a row of the driver."""
        name = driver.atom.predicate
        keys = [self.world.relation(name).key, *(key for other, key in self.unique if other == name)]
        return any(key and set(key) <= set(columns) for key in keys)
