"""Swapping the rules under live facts: asserted rows that the new rules see as before are not looked at, the
others are brought over, and the facts of texts come and go with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from datalox.check.analysis import Predicate
from datalox.diagnostics import DatalogError, Diagnostic
from datalox.explain.wording import write_fact
from datalox.maintain.counting import Node
from datalox.session.door import row_maker
from datalox.session.engine import Engine
from datalox.store.index import key_function
from datalox.terms import Row

LISTED = 20
"""Rows that are told of one predicate whose facts the new rules do not bear."""


def reload(old: Engine, new: Engine, undone: Callable[[], None]) -> None:
    """Let `new` take the place of `old` in the network that both share, in the open transaction. What follows
    is pending afterwards; `undone` is called if the transaction is rolled back.

    Raises DatalogError, before anything has changed, with everything about live facts that the new rules
    do not bear (unknown-predicate, arity, bad-value, key-conflict); and `budget`.
    """
    survey = Survey(old, new)
    bases = {move.name: old.base(move.name) for move in survey.moves}
    new.start(undone)
    new.inherit(old)
    for move in survey.moves:
        _bring_over(new, move, bases[move.name])
    new.network.propagate()
    _retell(old, new, survey)


@dataclass(slots=True)
class Move:
    """Asserted rows of one predicate that are kept elsewhere from now on, or in another form. `made` is in
    step with `rows`; None for what goes."""

    name: str
    rows: list[Row]
    made: list[Row | None]


class Survey:
    """What has to be done about asserted rows. `going`: facts of texts that go, and nobody else asserted."""

    def __init__(self, old: Engine, new: Engine) -> None:
        self.old, self.new = old, new
        self.going: dict[str, set[Row]] = defaultdict(set)
        for name, row in old.texts - new.texts:
            if (name, row) not in old.also_asserted and row in old.base(name).relation:
                self.going[name].add(row)
        self.problems: list[Diagnostic] = []
        self.moves = [move for name in sorted(old.predicates) for move in self._move(name)]
        if self.problems:
            raise DatalogError(self.problems)

    def _move(self, name: str) -> Iterator[Move]:
        rows, before = self.old.base(name).relation, self.old.predicates[name]
        after = self.new.predicates.get(name)
        lasting = len(rows) - len(self.going.get(name, ()))
        if lasting and (after is None or after.arity != before.arity):
            after = self._unheard(before, after)
        if after is None or not rows or _as_kept(before) == _as_kept(after):
            return
        listed = list(rows)
        yield Move(name, listed, self._converted(before, after, listed))

    def _unheard(self, before: Predicate, after: Predicate | None) -> Predicate | None:
        """There are facts of what no rule speaks of, or speaks of with other columns."""
        if after is None and self.new.open_world:
            return self.new.keep(before)
        name, takes = (
            before.name,
            f"takes {after.arity} columns here" if after else "is declared by no module",
        )
        problem = f"{name} has facts with {before.arity} columns, and {takes}"
        code = "arity" if after else "unknown-predicate"
        self.problems.append(
            Diagnostic(code, problem, f"retract its facts first, or declare {name} as it was")
        )
        return None

    def _converted(self, before: Predicate, after: Predicate, rows: list[Row]) -> list[Row | None]:
        same = _taken_as(before) == _taken_as(after)
        convert = None if same else row_maker(after, range(after.arity))
        going = self.going.get(after.name, set())
        key = key_function(after.key) if after.key else None
        seen: dict[object, Row] = {}
        found: list[Row | None] = []
        problems: list[Diagnostic] = []
        for row in rows:
            made: Row | None = None
            try:
                made = None if row in going else row if convert is None else convert(row)
            except DatalogError as refused:
                problems.extend(refused.diagnostics)
            if made is not None and key is not None and (other := seen.setdefault(key(made), made)) != made:
                problems.append(_conflict(after.name, other, made))
            found.append(made)
        self.problems += problems[:LISTED]
        return found


def _conflict(name: str, one: Row, other: Row) -> Diagnostic:
    message = f"{write_fact(name, one)} and {write_fact(name, other)} have the same key"
    return Diagnostic("key-conflict", message, "retract one of them first, or choose another key")


def _as_kept(predicate: Predicate) -> tuple[object, ...]:
    """On what depends where asserted rows are kept, and how."""
    has_rules = bool(predicate.rules) or predicate.demand is not None
    return _taken_as(predicate), predicate.key, has_rules


def _taken_as(predicate: Predicate) -> tuple[object, ...]:
    """On what depends how values are converted."""
    return predicate.declared, *(column.type for column in predicate.columns)


def _bring_over(new: Engine, move: Move, old_base: Node) -> None:
    network, door = new.network, new.door(move.name, new.predicates[move.name].arity)
    changed = [(row, made) for row, made in zip(move.rows, move.made, strict=True) if row != made]
    if old_base is door.base:
        for row, _ in changed:
            door.discard(row)
    elif old_base in network.assembly.links:
        for row in move.rows:
            old_base.delta[row] = old_base.delta.get(row, 0) - 1
        network.schedule(old_base)
    door.add_all(list(dict.fromkeys(row for row in move.made if row is not None)))
    network.schedule(door.base)
    for row, made in changed:
        if (move.name, row) in new.also_asserted:
            new.also_asserted.discard((move.name, row))
            new.also_asserted.update([(move.name, made)] if made is not None else [])


def _retell(old: Engine, new: Engine, survey: Survey) -> None:
    """Take back facts of texts that are gone, and assert those that are new where nothing stands in their
    place."""
    moved = {move.name for move in survey.moves}
    for fact in old.texts - new.texts:
        new.also_asserted.discard(fact)
    for name, rows in survey.going.items():
        if name not in moved and name in new.predicates:
            door = new.door(name, new.predicates[name].arity)
            for row in rows:
                door.discard(row)
            new.network.schedule(door.base)
    for name, row in sorted(new.texts - old.texts, key=str):
        door = new.door(name, len(row))
        if door.is_asserted(row):
            new.also_asserted.add((name, row))
        elif not door.is_taken(row):
            door.add(row)
            new.network.schedule(door.base)
