"""Best-first finds what sorting all matches finds, whatever the program, the history and the limit."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from properties.ranked_programs import NODES, ODD, WORKLOADS, operations, programs, row

from datalox import DatalogError, Program, Session
from datalox.plan import bestfirst, draft
from datalox.session import search
from datalox.store import blocks, follower
from datalox.store.ordering import row_key, value_key
from datalox.terms import Const, Order, Row, Var
from datalox.values import NoValueError, evaluate

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)


@pytest.fixture(autouse=True)
def _small_sizes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Blocks split and join, walks lose patience and indexes are dropped at the sizes of these tests."""
    monkeypatch.setattr(blocks, "FULL", 4)
    monkeypatch.setattr(blocks, "SPARSE", 2)
    monkeypatch.setattr(follower, "PATIENCE", 12)
    monkeypatch.setattr(search, "PATIENCE", 1)
    monkeypatch.setattr(search, "FITTING", 3)
    monkeypatch.setattr(search, "COST", 1)
    monkeypatch.setattr(search, "AHEAD", 1)
    monkeypatch.setattr(search, "SPARE", 0)
    monkeypatch.setattr(bestfirst, "NARROW", 2)
    monkeypatch.setattr(draft, "MANY", 2)
    return


def expected(order: Order, rows: Iterator[Row]) -> list[Row]:
    """All rows with a value for the order, best first, ties by the rows themselves."""
    keyed: list[tuple[Any, Row]] = []
    for found in rows:
        binding: dict[str, Any] = {}
        fits = True
        for term, value in zip(order.atom.terms, found, strict=True):
            if isinstance(term, Const):
                fits = fits and term.value == value
            elif isinstance(term, Var):
                binding[term.name] = value
        if not fits:
            continue
        try:
            keyed.append((evaluate(order.by, binding), found))
        except NoValueError:
            continue
    keyed.sort(key=lambda pair: row_key(pair[1]))
    keyed.sort(key=lambda pair: value_key(pair[0]), reverse=order.descending)
    return [row for _, row in keyed]


class Asking:
    """Asks every order for some of its rows: all, and those that agree with one of them somewhere."""

    def __init__(self, text: str, source: Random) -> None:
        self.program = Program.parse(text, name="ranked.dl")
        self.orders = {d.name: d for d in self.program.declarations if isinstance(d, Order)}
        self.source = source

    def __call__(self, db: Any) -> None:
        for order in self.orders.values():
            for pattern in self.patterns(db, order.atom.predicate, order.atom.arity):
                self.ask(db, order, pattern, self.source.choice((None, 0, 1, 1, 1, 2, 5)))

    def patterns(self, db: Any, predicate: str, arity: int) -> Iterator[Row]:
        everything = (...,) * arity
        yield everything
        try:
            known = list(db.query(predicate, *everything))
        except DatalogError:
            known = [(workload, node, ..., ...) for workload in WORKLOADS for node in NODES[:2]]
        for _ in range(2):
            row = self.source.choice(known) if known else (WORKLOADS[0], *everything[1:])
            kept = {self.source.choice((0, 0, 0, 1, 2)), self.source.choice((0, 0, 1))}
            yield tuple(value if i in kept else ... for i, value in enumerate(row))

    def ask(self, db: Any, order: Order, pattern: Row, limit: int | None) -> None:
        try:
            rows = db.query(order.atom.predicate, *pattern)
        except DatalogError as refused:
            with pytest.raises(DatalogError, match=refused.diagnostics[0].code):
                db.best(order.atom.predicate, *pattern, order=order.name, limit=limit)
            return
        found = db.best(order.atom.predicate, *pattern, order=order.name, limit=limit)
        assert found == expected(order, rows)[:limit], (order, pattern)


def change(tx: Any, operations_: list[Any], ask: Any) -> None:
    for kind, argument in operations_:
        if kind == "assert":
            tx.assert_(argument[0], *argument[1])
        elif kind == "retract":
            tx.retract(argument[0], *argument[1])
        elif kind == "now":
            tx.set_now(argument)
        elif kind == "odd":
            if "a: any" in str(ask.program.text.split("room(")[1]):
                tx.assert_("room", argument, ODD[-1], 1)
        elif kind == "fact":
            tx.assert_("ranked", "w0", argument, 1, 2)
        else:
            ask(tx)


@SETTINGS
@given(programs(), st.integers(0, 2**32))
def test_the_best_rows_are_those_of_sorting_all_matches(text: str, seed: int) -> None:
    source = Random(seed)
    asking = Asking(text, source)
    try:
        db = Session(asking.program)
    except DatalogError:
        assume(False)
    if source.random() < 0.3:
        asking(db)
    with db.transaction() as tx:
        for _ in range(source.choice((20, 60, 150))):
            name, values = row(source)
            tx.assert_(name, *values)
    asking(db)
    for kind in source.choices(("commit", "commit", "what_if", "fail"), k=source.randrange(5)):
        part = operations(source, source.choice((1, 3, 20, 60)))
        if kind == "commit":
            with db.transaction() as tx:
                change(tx, part, asking)
        elif kind == "what_if":
            with db.what_if() as tx:
                change(tx, part, asking)
                asking(tx)
        else:
            with pytest.raises(ZeroDivisionError), db.transaction() as tx:
                change(tx, part, asking)
                asking(tx)
                raise ZeroDivisionError
        asking(db)
