"""One function per engine: does a piece of work, and returns (rows derived, CPU seconds from facts in memory
to all rows derived, CPU seconds of each update).

The programs say the same in each language; each engine is fed in the way its manual recommends. Reading the
facts from a text is not counted where the engine knows no other way in (SWI-Prolog).
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peer_work import capacities, edge_changes, edges_of, parents, placement_changes, placements

Result = tuple[int, float, list[float]]
CLOSURE, TREE, ROOM = "closure", "same generation", "room"


def updates(change: Callable[..., object], work: str, most: int | None = None) -> list[float]:
    """Seconds of each change."""
    times = []
    for how, name, row in changes_of(work)[:most]:
        begin = time.process_time()
        change(how, name, row)
        times.append(time.process_time() - begin)
    return times


# -- datalox

DATALOX = {
    CLOSURE: "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).",
    TREE: "sg(X, Y) :- parent(X, P), parent(Y, P), X != Y.\n"
    "sg(X, Y) :- parent(X, P), sg(P, Q), parent(Y, Q).",
    ROOM: "used(N, S) :- node(N, _), sum(C, placed(_, N, C), S).\n"
    "roomy(N, F) :- node(N, T), used(N, S), F = T - S, F >= 4.",
}


def datalox(work: str) -> Result:
    from datalox import Program, Session

    db = Session(Program.parse(DATALOX[kind(work)], name="peer"))

    def change(how: str, name: str, row: tuple[int, ...]) -> None:
        with db.transaction() as tx:
            getattr(tx, "assert_" if how == "in" else "retract")(name, *row)
        db.stats()["rows"]  # what is derived, counted

    given = facts(work)
    begin = time.process_time()
    with db.transaction() as tx:
        for name, rows in given.items():
            tx.assert_all(name, rows)
    spent = time.process_time() - begin
    derived = {CLOSURE: "path", TREE: "sg", ROOM: "roomy"}[kind(work)]
    return db.stats()["rows"][derived], spent, updates(change, work)


# -- SQL

SQL = {
    CLOSURE: "WITH RECURSIVE path(x, y) AS (SELECT a, b FROM edge UNION SELECT path.x, edge.b FROM path "
    "JOIN edge ON path.y = edge.a) SELECT count(*) FROM path",
    TREE: "WITH RECURSIVE sg(x, y) AS (SELECT m.a, n.a FROM parent m JOIN parent n ON m.b = n.b "
    "WHERE m.a <> n.a UNION SELECT m.a, n.a FROM sg JOIN parent m ON m.b = sg.x JOIN parent n ON n.b = sg.y) "
    "SELECT count(*) FROM sg",
    ROOM: "SELECT count(*) FROM (SELECT node.a, node.b - coalesce(sum(placed.c), 0) AS free FROM node "
    "LEFT JOIN placed ON placed.b = node.a GROUP BY node.a, node.b) AS room WHERE free >= 4",
}


def sql(work: str, execute: Callable[..., Any], most: int | None = None) -> Result:
    begin = time.process_time()
    for name, rows in facts(work).items():
        columns = "abc"[: len(rows[0])]
        execute(f"CREATE TABLE {name} ({', '.join(f'{column} INTEGER' for column in columns)})")
        for start in range(0, len(rows), 5000):
            values = ", ".join(str(row) for row in rows[start : start + 5000])
            execute(f"INSERT INTO {name} VALUES {values}")
        for column in columns[:2]:
            execute(f"CREATE INDEX {name}_{column} ON {name} ({column})")

    def count() -> int:
        return int(execute(SQL[kind(work)]).fetchone()[0])

    def change(how: str, name: str, row: tuple[int, ...]) -> None:
        if how == "in":
            execute(f"INSERT INTO {name} VALUES {row}")
        else:
            where = " AND ".join(f"{c} = {v}" for c, v in zip("abc", row, strict=False))
            execute(f"DELETE FROM {name} WHERE {where}")
        count()

    return count(), time.process_time() - begin, updates(change, work, most)


def sqlite(work: str) -> Result:
    import sqlite3

    return sql(work, sqlite3.connect(":memory:").execute, 6)


def duckdb(work: str) -> Result:
    import duckdb as library

    return sql(work, library.connect().execute)


# -- clingo

CLINGO = {
    CLOSURE: "path(X,Y) :- edge(X,Y). path(X,Z) :- path(X,Y), edge(Y,Z).",
    TREE: "sg(X,Y) :- parent(X,P), parent(Y,P), X != Y. sg(X,Y) :- parent(X,P), sg(P,Q), parent(Y,Q).",
    ROOM: "used(N,S) :- node(N,_), S = #sum { C,W : placed(W,N,C) }. "
    "roomy(N,F) :- node(N,T), used(N,S), F = T - S, F >= 4.",
}


def clingo(work: str) -> Result:
    import clingo as library

    stated = {(name, row) for name, rows in facts(work).items() for row in rows}

    def count() -> int:
        control = library.Control()
        told = " ".join(f"{name}({','.join(map(str, row))})." for name, row in stated)
        control.add("base", [], f"{CLINGO[kind(work)]} {told}")
        control.ground([("base", [])])
        name, arity = {CLOSURE: ("path", 2), TREE: ("sg", 2), ROOM: ("roomy", 2)}[kind(work)]
        return sum(1 for _ in control.symbolic_atoms.by_signature(name, arity))

    def change(how: str, name: str, row: tuple[int, ...]) -> None:
        stated.add((name, row)) if how == "in" else stated.discard((name, row))
        count()

    begin = time.process_time()
    return count(), time.process_time() - begin, updates(change, work, 6)


# -- SWI-Prolog, with tables that are maintained when facts change

SWI = {
    CLOSURE: "path(X,Y) :- edge(X,Y).\npath(X,Z) :- path(X,Y), edge(Y,Z).\nderived(N) :- "
    "aggregate_all(count, path(_,_), N).\n",
    TREE: "sg(X,Y) :- parent(X,P), parent(Y,P), X \\== Y.\nsg(X,Y) :- parent(X,P), sg(P,Q), parent(Y,Q).\n"
    "derived(N) :- aggregate_all(count, sg(_,_), N).\n",
    ROOM: "used(N,S) :- node(N,_), aggregate_all(sum(C), placed(_,N,C), S).\n"
    "roomy(N,F) :- node(N,T), used(N,S), F is T - S, F >= 4.\n"
    "derived(N) :- aggregate_all(count, roomy(_,_), N).\n",
}
TABLES = {CLOSURE: "path/2", TREE: "sg/2", ROOM: "used/2, roomy/2"}


def swi(work: str) -> Result:
    """It is measured by its own clock, statistics(cputime)."""
    kinds = kind(work)
    dynamic = ", ".join(f"{name}/{len(rows[0])}" for name, rows in facts(work).items())
    told = "".join(
        f"{name}({', '.join(map(str, row))}).\n" for name, rows in facts(work).items() for row in rows
    )
    steps = "".join(
        f"step({'assertz' if how == 'in' else 'retract'}({name}({', '.join(map(str, row))}))).\n"
        for how, name, row in changes_of(work)[:12]
    )
    program = (
        f":- dynamic([{dynamic}], [incremental(true)]).\n:- table(({TABLES[kinds]}) as incremental).\n"
        f"{SWI[kinds]}{told}:- dynamic step/1.\n{steps}"
        "main :- statistics(cputime, A), derived(N), statistics(cputime, B), T is B - A,\n"
        "  format('~w ~w~n', [N, T]), forall(step(G), (statistics(cputime, C), call(G), derived(_),\n"
        "  statistics(cputime, D), U is D - C, format('~w~n', [U]))).\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "peer.pl"
        file.write_text(program, encoding="utf-8")
        command = ["swipl", "-q", "--stack-limit=8g", "-g", "main", "-t", "halt", str(file)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    first, *lines = told.split("\n")
    rows, spent = first.split()
    return int(rows), float(spent), [float(line) for line in lines if line]


# -- pyDatalog

PYDATALOG = {
    CLOSURE: "path(X, Y) <= edge(X, Y)\npath(X, Z) <= path(X, Y) & edge(Y, Z)",
    TREE: "sg(X, Y) <= parent(X, P) & parent(Y, P) & (X != Y)\n"
    "sg(X, Y) <= parent(X, P) & sg(P, Q) & parent(Y, Q)",
    ROOM: "(used[N] == sum_(C, for_each=W)) <= placed(W, N, C)\n"
    "roomy(N, F) <= node(N, T) & (used[N] == S) & (F == T - S) & (F >= 4)",
}


def pydatalog(work: str) -> Result:
    from pyDatalog import pyDatalog

    given = facts(work)
    begin = time.process_time()
    for name, rows in given.items():
        for row in rows:
            pyDatalog.assert_fact(name, *row)
    pyDatalog.load(PYDATALOG[kind(work)])
    question = {CLOSURE: "path(X, Y)", TREE: "sg(X, Y)", ROOM: "roomy(N, F)"}[kind(work)]

    def count() -> int:
        return len(pyDatalog.ask(question).answers)

    def change(how: str, name: str, row: tuple[int, ...]) -> None:
        (pyDatalog.assert_fact if how == "in" else pyDatalog.retract_fact)(name, *row)
        count()

    return count(), time.process_time() - begin, updates(change, work, 2)


# -- the work, for all of them


def kind(work: str) -> str:
    return next(name for name in (CLOSURE, TREE, ROOM) if work.startswith(name))


def facts(work: str) -> dict[str, list[Any]]:
    if kind(work) == CLOSURE:
        return {"edge": edges_of(work)}
    if kind(work) == TREE:
        return {"parent": parents()}
    return {"node": capacities(), "placed": placements()}


def changes_of(work: str) -> list[tuple[str, str, tuple[int, ...]]]:
    if kind(work) == CLOSURE:
        return [(how, "edge", edge) for how, edge in edge_changes(work)]
    if kind(work) == ROOM:
        return [(how, "placed", placed) for how, placed in placement_changes()]
    return []


ENGINES: dict[str, Callable[[str], Result]] = {
    "datalox": datalox,
    "duckdb": duckdb,
    "sqlite": sqlite,
    "clingo": clingo,
    "swi-prolog": swi,
    "pydatalog": pydatalog,
}
