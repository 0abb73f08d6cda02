"""Modules over live facts: replacing one is loading all afresh, and a hypothetical one was never there."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from oracle.naive import Naive
from properties.plain_programs import BASES, VALUES, operations, programs

from datalox import DatalogError, Program, Session, Transaction
from datalox.check import analyse
from datalox.maintain.counting import Node

Rows = set[tuple[Any, ...]]
State = dict[str, Rows]
Step = tuple[str, Any]
SETTINGS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
USES = "\n".join(f"use_{name}() :- {name}({', '.join(['_'] * width)})." for name, width in BASES.items())
PLAIN = [value for value in VALUES if not isinstance(value, str)]


def parts(text: str) -> dict[str, str]:
    """The lines of a program by the predicate they define: one module each."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        match = re.match(r"(?:\.demand )?(d\d)", line)
        if match is not None:
            found[match[1]].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def exchange() -> st.SearchStrategy[Step]:
    """Another text for one module (of one program or the other), or none, or none but for a comment."""
    return st.tuples(st.just("module"), st.tuples(st.integers(0, 5), st.sampled_from((0, 1, None, "%"))))


def own_facts() -> st.SearchStrategy[Step]:
    """Facts of predicates that modules define."""
    row = st.tuples(*[st.sampled_from(PLAIN)] * 2)
    return st.tuples(st.sampled_from(("add", "add", "take")), st.tuples(st.integers(0, 5), row))


def base_facts() -> st.SearchStrategy[Step]:
    return st.lists(operations, min_size=1, max_size=6).map(lambda part: ("facts", part))


steps = st.lists(st.one_of(base_facts(), exchange(), exchange(), own_facts()), min_size=1, max_size=7)
populated = st.tuples(
    st.lists(operations, min_size=8, max_size=16).map(lambda part: ("facts", part)),
    st.sampled_from((None, 1, 3, 4.5)).map(lambda now: ("facts", [("now", now)])),
)


class World:
    """A session whose modules change, and what it should be like."""

    def __init__(self, texts: tuple[str, str], late: list[int]) -> None:
        self.sources = tuple(parts(text) for text in texts)
        self.names = sorted({name for source in self.sources for name in source})
        self.modules: dict[str, str] = {"uses": USES, **self.sources[0]}
        for name in late:
            self.modules.pop(self.names[name % len(self.names)], None)
        self.facts: set[tuple[str, tuple[Any, ...]]] = set()
        self.now: Any = None
        try:
            self.db = Session(*(Program.parse(text, name) for name, text in self.modules.items()))
        except DatalogError:
            assume(False)

    def oracle(self) -> Naive:
        text = "\n".join([*self.modules.values(), *self.uses()])
        return Naive(Program.parse(text, "all"), self.facts, self.now)

    def uses(self) -> list[str]:
        """Rules that make known what is known by its facts alone."""
        alone = {
            (n, len(row)) for n, row in self.facts if not parts(self.modules.get(n, "")) and n not in BASES
        }
        return [f"also_{name}() :- {name}({', '.join(['_'] * width)})." for name, width in sorted(alone)]

    def fresh(self) -> Session:
        db = Session(*(Program.parse(text, name) for name, text in self.modules.items()))
        with db.transaction() as tx:
            tx.set_now(self.now)
            for name, row in sorted(self.facts, key=repr):
                tx.assert_(name, *row)
        return db

    def remembered(self) -> tuple[Any, ...]:
        return dict(self.modules), set(self.facts), self.now

    def forget(self, kept: tuple[Any, ...]) -> None:
        self.modules, self.facts, self.now = dict(kept[0]), set(kept[1]), kept[2]

    def take(self, tx: Transaction, step: Step) -> None:
        kind, argument = step
        if kind == "facts":
            for operation in argument:
                self.operate(tx, *operation)
        else:
            name = self.names[argument[0] % len(self.names)]
            if kind == "module":
                self.change_module(tx, name, argument[1])
            else:
                self.assert_own(tx, kind, name, argument[1])

    def operate(self, tx: Transaction, kind: str, argument: Any) -> None:
        if kind == "now":
            tx.set_now(argument)
            self.now = argument
        elif kind == "assert":
            tx.assert_(argument[0], *argument[1])
            self.facts.add(argument)
        elif kind == "retract":
            tx.retract(argument[0], *argument[1])
            self.facts.discard(argument)

    def assert_own(self, tx: Transaction, kind: str, name: str, row: tuple[Any, ...]) -> None:
        known = {p.name: p.arity for p in self.db.predicates()}
        if name not in known:
            text = self.sources[0].get(name) or self.sources[1][name]
            known[name] = Program.parse(text).rules[0].head.arity
        row = row[: known[name]]
        if kind == "add":
            tx.assert_(name, *row)
            self.facts.add((name, row))
        else:
            tx.retract(name, *row)
            self.facts.discard((name, row))

    def change_module(self, tx: Transaction, name: str, source: int | str | None) -> None:
        text = f"% again\n{self.modules.get(name, '')}" if source == "%" else None
        if isinstance(source, int):
            text = self.sources[source].get(name, "")
        before, wanted = self.state(), {**self.modules}
        if text is None:
            wanted.pop(name, None)
        else:
            wanted[name] = text
        try:
            if text is None and name in self.modules:
                tx.remove(name)
            elif text is not None and name in self.modules:
                tx.replace(name, Program.parse(text, name))
            elif text is not None:
                tx.load(Program.parse(text, name))
        except DatalogError:
            assert self.is_refused(wanted)
            assert self.state() == before
        else:
            self.modules = wanted

    def is_refused(self, modules: dict[str, str]) -> bool:
        """Whether these modules are wrong together, or do not fit the facts there are."""
        try:
            found = analyse([Program.parse(text, name) for name, text in modules.items()], open_world=True)
        except DatalogError:
            return True
        return any(name in found.predicates and found.predicates[name].arity != len(row)
                   for name, row in self.facts)  # fmt: skip

    def state(self) -> State:
        kept = [p for p in self.db.predicates() if p.demand is None]
        return {p.name: set(self.db.query(p.name, *[...] * p.arity)) for p in kept}

    def check(self) -> State:
        found, expected = self.state(), self.oracle().state
        kept = [p.name for p in self.db.predicates() if p.demand is None]
        assert found == {name: expected.get(name, set()) for name in kept}
        assert all(name in {p.name for p in self.db.predicates()} for name, _ in self.facts)
        return found

    def check_demand(self) -> None:
        oracle = self.oracle()
        for predicate in self.db.predicates():
            if predicate.demand is not None:
                for value in PLAIN:
                    row = (value,) if predicate.arity == 1 else (value, PLAIN[0])
                    assert bool(list(self.db.query(predicate.name, *row))) == bool(
                        oracle.ask(predicate.name, row)
                    )

    def check_like_fresh(self) -> None:
        """Not only the rows: derivations, totals and auxiliary predicates are those of a new session."""
        fresh = self.fresh()
        assert inside(self.db) == inside(fresh)

    def check_proofs(self, explained: Any) -> None:
        for predicate in self.db.predicates():
            if predicate.demand is None:
                for row in list(self.db.query(predicate.name, *[...] * predicate.arity))[:3]:
                    proof = explained.explain(predicate.name, *row)
                    assert proof is not None
                    assert proof.verify(self.db), proof.text()


def inside(db: Session) -> dict[str, Any]:
    network = db._engine.network
    nodes = {name: dict(node.relation.rows) for name, node in network.nodes.items() if type(node) is Node}
    totals = {name: dict(totals.values) for name, totals in network.totals.items()}
    return {name: rows for name, rows in {**nodes, **totals}.items() if rows}


def difference(before: State, after: State) -> dict[str, tuple[Rows, Rows]]:
    names = {*before, *after}
    found = {n: (after.get(n, set()) - before.get(n, set()), before.get(n, set()) - after.get(n, set()))
             for n in names}  # fmt: skip
    return {name: change for name, change in found.items() if any(change)}


def told(changes: Any) -> dict[str, tuple[Rows, Rows]]:
    return {name: (change.appeared, change.vanished) for name, change in changes.items()}


def break_off(world: World, steps: list[Step]) -> None:
    """A hypothesis that fails."""
    with pytest.raises(ZeroDivisionError), world.db.what_if() as broken:
        for step in steps:
            world.take(broken, step)
        raise ZeroDivisionError


texts = st.tuples(programs(), programs())
late = st.lists(st.integers(0, 5), max_size=2)


@SETTINGS
@given(texts, late, populated, steps)
def test_changing_rules_and_facts_leaves_what_a_new_session_would_have(
    texts: tuple[str, str], late: list[int], start: tuple[Step, ...], steps: list[Step]
) -> None:
    world = World(texts, late)
    before = world.check()
    for step in (*start, *steps):
        with world.db.transaction() as tx:
            world.take(tx, step)
        after = world.check()
        assert told(tx.changes) == difference(before, after)
        before = after
    world.check_demand()
    world.check_like_fresh()
    world.check_proofs(world.db)


@settings(SETTINGS, max_examples=60)
@given(texts, late, populated, steps, steps, steps)
def test_a_hypothesis_with_modules_is_exact_inside_and_leaves_no_trace(
    texts: tuple[str, str],
    late: list[int],
    start: tuple[Step, ...],
    real: list[Step],
    outer: list[Step],
    inner: list[Step],
) -> None:
    world = World(texts, late)
    with world.db.transaction() as tx:
        for step in (*start, *real):
            world.take(tx, step)
    before, kept = world.check(), world.remembered()
    with world.db.what_if() as w:
        for step in outer:
            world.take(w, step)
        middle, outside = world.check(), world.remembered()
        assert told(w.changes) == difference(before, middle)
        with world.db.what_if() as deeper:
            for step in inner:
                world.take(deeper, step)
            assert told(deeper.changes) == difference(middle, world.check())
            world.check_proofs(deeper)
            world.check_demand()
        world.forget(outside)
        assert world.check() == middle
        world.check_proofs(w)
        break_off(world, inner)
        world.forget(outside)
        assert world.check() == middle
        assert told(w.changes) == difference(before, middle)
    world.forget(kept)
    assert world.check() == before
    world.check_like_fresh()
    with world.db.transaction() as tx:
        for step in inner:
            world.take(tx, step)
    assert told(tx.changes) == difference(before, world.check())
    world.check_demand()
    world.check_like_fresh()
