"""A refusal whole: why no row matches, which candidates fail for which reason, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from datalox.explain.candidates import domain
from datalox.explain.classes import Classifier
from datalox.explain.edits import Found
from datalox.explain.grouping import EXAMPLES, Group, Grouping, group_of
from datalox.explain.policy import Policy
from datalox.explain.refusal import Refusal
from datalox.explain.refuser import Refuser
from datalox.explain.repairing import Repairer
from datalox.session.engine import ANY, Engine
from datalox.store.ordering import sorted_rows
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.session import Session

GROUPS = 12
"""Groups that are told."""
REPAIRED = 6
"""Groups whose nearest candidate is repaired."""
GROUP_REPAIRS = 2
GROUP_TRIALS = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """How much is to be told: so many repairs, within the policy; `every`: of the candidates that fail also
    where others hold."""

    repairs: int
    policy: Policy
    every: bool = False


def refuse(db: Session, engine: Engine, name: str, pattern: Sequence[Any], asked: Asked) -> Refusal:
    """Raises DatalogError: unknown-predicate, arity, bad-value."""
    refusal = Refuser(engine).refuse(name, pattern)
    if ANY in refusal.pattern and (asked.every or not refusal.holds):
        refusal = _grouped(db, engine, refusal, asked)
    if refusal.holds or asked.repairs <= 0 or refusal.found is not None:
        return refusal
    found = Repairer(db, engine, asked.policy).search(name, refusal.pattern, asked.repairs)
    return replace(refusal, found=found)


def _grouped(db: Session, engine: Engine, refusal: Refusal, asked: Asked) -> Refusal:
    name, pattern = refusal.predicate, refusal.pattern
    rows = _candidates(engine, name, pattern)
    if not rows:
        return refusal
    sorted_out = Classifier(engine).classify(name, rows)
    groups = [group_of(found) for found in sorted_out.classes[:GROUPS]]
    if asked.repairs > 0:
        groups = _repaired(db, engine, name, groups, asked)
    told = sum(group.count for group in groups)
    held = sorted_out.holding
    rest = sorted_out.looked - len(held) - told
    grouping = Grouping(len(rows), sorted_out.looked, len(held), tuple(held[:EXAMPLES]), tuple(groups), rest)
    found = _merged([group.found for group in groups if group.found is not None], asked.repairs)
    return replace(refusal, grouping=grouping, found=found)


def _candidates(engine: Engine, name: str, pattern: Row) -> list[Row]:
    """The rows that the goal could be, in order."""
    columns = tuple(i for i, value in enumerate(pattern) if value is ANY)
    found: list[Row] = []
    for values in sorted_rows(domain(engine, name, columns)):
        row = list(pattern)
        for column, value in zip(columns, values, strict=True):
            row[column] = value
        found.append(tuple(row))
    return found


def _repaired(db: Session, engine: Engine, name: str, groups: list[Group], asked: Asked) -> list[Group]:
    """The groups, the first ones with what would make that of their nearest candidates hold which needs
    least."""
    repairer = Repairer(db, engine, asked.policy, GROUP_TRIALS)
    most = min(asked.repairs, GROUP_REPAIRS)
    told: list[Group] = []
    for number, group in enumerate(groups):
        if number < REPAIRED:
            tries = [repairer.search(name, row, most) for row in group.examples]
            cheapest = min(
                (found for found in tries if found.repairs), key=_price, default=Found((), 0, False)
            )
            group = replace(group, found=cheapest)
        told.append(group)
    return told


def _price(found: Found) -> Any:
    return found.repairs[0].cost


def _merged(parts: Iterable[Found], most: int) -> Found | None:
    """The cheapest repairs of all groups."""
    found = list(parts)
    if not found:
        return None
    repairs = sorted((repair for part in found for repair in part.repairs), key=lambda repair: repair.cost)
    distinct = {repair.edits: repair for repair in reversed(repairs)}
    nearest = tuple(repair for repair in repairs if distinct[repair.edits] is repair)[:most]
    trials, cut_short = sum(part.trials for part in found), any(part.cut_short for part in found)
    return Found(nearest, trials, cut_short and len(nearest) < most)
