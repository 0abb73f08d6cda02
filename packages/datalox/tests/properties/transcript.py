"""Run as a program: takes pickled scenarios, and prints everything a session says while they happen."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from typing import Any

from datalox import DatalogError, Program, Session


def transcript(scenario: Any) -> Iterator[str]:
    try:
        db = Session(Program.parse(scenario.program.text, name="random.dl"))
    except DatalogError as refused:
        yield str(refused)
        return
    for step in scenario.steps:
        with db.transaction() if step.how == "commit" else db.what_if() as tx:
            for operation in step.operations:
                if operation.kind == "now":
                    tx.set_now(operation.instant)
                elif operation.kind == "assert":
                    tx.assert_(operation.name, *operation.row)
                elif operation.kind == "retract":
                    tx.retract(operation.name, *operation.row)
        for name, change in tx.changes.items():
            yield f"{name} {change!r}"
    for predicate in db.predicates():
        if predicate.demand is not None:
            row = (1,) * predicate.arity
            yield f"{list(db.query(predicate.name, *row))} {db.why_not(predicate.name, *row).text()}"
            continue
        rows = list(db.query(predicate.name, *[...] * predicate.arity))
        yield f"{predicate.name} {rows}"
        for row in rows[:3]:
            yield str(db.explain(predicate.name, *row))
        yield db.why_not(predicate.name, *(7,) * predicate.arity).text()
    if not scenario.program.demand:
        for rule in db.modules()[0].program.rules:
            yield str(list(db.ask(", ".join(map(str, rule.body)))))
    yield db.source()


if __name__ == "__main__":
    for scenario in pickle.load(sys.stdin.buffer):
        print("\n".join(transcript(scenario)))
