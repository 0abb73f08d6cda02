"""Plans in words: in which order a body is solved, by which index, with how many rows expected."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.plan.bestfirst import Walk
from datalox.plan.core import CoreItem, Fold, Total
from datalox.plan.objections import Need, Objection
from datalox.plan.order import Bind, Call, FoldCall, Look, Probe, Scan, Step, Test, World
from datalox.terms import Comparison, Literal


def step_text(step: Step, world: World) -> str:
    """One step, as a line."""
    if isinstance(step, Scan):
        return f"for each {step.item} {_by(step.item, step.columns)}: {_expected(step, world)}"
    if isinstance(step, Probe):
        return f"only if {step.item} {_by(step.item, step.columns)}".rstrip()
    if isinstance(step, Test):
        return f"only if {step.item}"
    if isinstance(step, Bind):
        return f"let {step.variable} = {step.term}"
    if isinstance(step, Look):
        return f"let {item_text(step.item)}"
    if isinstance(step, Call):
        return f"ask {step.item} {_by(step.item, step.columns)}".rstrip()
    assert isinstance(step, FoldCall)
    return f"for each {item_text(step.item)}"


def _by(literal: Literal, columns: tuple[int, ...]) -> str:
    """The index that is used: by which terms rows are found."""
    if not columns:
        return "of all"
    if len(columns) == literal.atom.arity:
        return ""
    return f"by {', '.join(str(literal.atom.terms[column]) for column in columns)}"


def _expected(step: Scan, world: World) -> str:
    count = world.relation(step.item.atom.predicate).fanout(step.columns)
    return f"about {count:.3g} row{'' if count == 1 else 's'}"


def item_text(item: CoreItem) -> str:
    if isinstance(item, (Literal, Comparison)):
        return str(item)
    groups = ", ".join(map(str, item.groups))
    if isinstance(item, Total):
        over = item.name.partition(":")[0].replace("#", " over ")
        return f"{item.result} = {over} by ({groups})"
    assert isinstance(item, Fold)
    return f"{item.result} = {item.op} of {item.value} in {item.goal} by ({groups})"


def walk_text(walk: Walk, world: World) -> Iterator[str]:
    """A best-first walk, line by line: what comes before, the driver and its order, what cuts it short."""
    if walk.before:
        yield f"first {', '.join(map(item_text, walk.before))}"
    relation = world.relation(walk.driver.atom.predicate)
    parts = (
        f", apart by {', '.join(str(walk.driver.atom.terms[i]) for i in walk.parts)}" if walk.parts else ""
    )
    yield f"walk the {len(relation)} rows of {walk.driver}{parts} by {_order(walk)}"
    for bound in walk.bounds:
        yield f"skip blocks without {bound.comparison}"
    for need in walk.needs:
        yield _need_text(need, world)
    for objection in walk.objections:
        yield _objection_text(objection)
    for step in walk.rest:
        yield step_text(step, world)
    for name, columns in walk.unique:
        yield f"as long as {', '.join(f'column {column + 1}' for column in columns)} of {name} tells a row"
    if walk.assumed:
        yield f"as long as nothing is asserted of {', '.join(walk.assumed)}"


def _order(walk: Walk) -> str:
    ranking = walk.ranking
    ties = "".join(f", {walk.driver.atom.terms[column]}" for column in ranking.ties)
    derived = "".join(f" where {item}" for item in ranking.derivation)
    tail = "" if ranking.exact else ", ties sorted when met"
    return f"{ranking.key}{' desc' if ranking.descending else ''}{derived}{ties}{tail}"


def _need_text(need: Need, world: World) -> str:
    beside = f" beside {', '.join(map(str, need.key))}" if need.key else ""
    setup = f" for each {', '.join(map(item_text, need.setup))}" if need.setup else ""
    kept = len(world.relation(need.relation))
    verb = "only" if need.decides else "where that is rare, only"
    return f"{verb} {need.variable} listed in {need.relation}{beside}{setup} ({kept} rows)"


def _objection_text(objection: Objection) -> str:
    guard = f" where {', '.join(map(item_text, objection.guard))}" if objection.guard else ""
    barred = f", all {objection.variable} at once after many rows" if objection.variable else ""
    return f"not by {objection.rule.label}{guard}{barred}"
