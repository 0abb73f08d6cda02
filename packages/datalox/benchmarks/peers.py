"""Other engines on the same rules and rows, where they are installed: pip install clingo duckdb.

Each answers with (milliseconds of CPU time, rows of the goal). SQL tables are filled beforehand and DuckDB
runs on one thread; clingo's time includes reading its rules and facts, which it takes as text.
"""

from __future__ import annotations

import importlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Sequence[tuple[int, ...]]]


def installed(name: str) -> Any:
    """The module, None if there is none."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def timed(work: Callable[[], int]) -> tuple[float, int]:
    begin = time.process_time()
    rows = work()
    return (time.process_time() - begin) * 1e3, rows


def clingo(rules: str, facts: Facts, goal: str, width: int) -> tuple[float, int]:
    engine = installed("clingo")
    lines = (f"{name}({','.join(map(str, row))})." for name, rows in facts.items() for row in rows)
    text = "\n".join((rules, *lines))

    def work() -> int:
        control = engine.Control(["--warn=none"])
        control.add("base", [], text)
        control.ground([("base", [])])
        return sum(1 for _ in control.symbolic_atoms.by_signature(goal, width))

    return timed(work)


def sql(connection: Any, query: str, facts: Facts, indexed: bool) -> tuple[float, int]:
    """Tables name(c0, c1, …); `indexed` if the engine wants to be told where to look."""
    for name, rows in facts.items():
        columns = [f"c{position}" for position in range(len(rows[0]))]
        connection.execute(f"create table {name} ({', '.join(f'{column} int' for column in columns)})")
        for first in range(0, len(rows), 1000):
            values = ", ".join(f"({', '.join(map(str, row))})" for row in rows[first : first + 1000])
            connection.execute(f"insert into {name} values {values}")
        for column in columns if indexed else ():
            connection.execute(f"create index {name}_{column} on {name} ({column})")
    return timed(lambda: int(connection.execute(query).fetchone()[0]))


def compared(rules: str, facts: Facts, goal: str, width: int, query: str | None) -> Iterator[str]:
    """One line per engine. `query` counts the goal in SQL, None where SQL cannot say it."""
    if installed("clingo") is None:
        yield "  clingo: not installed"
    else:
        yield _line("clingo", *clingo(rules, facts, goal, width))
    if query is None:
        return
    yield _line("SQLite", *sql(sqlite3.connect(":memory:"), query, facts, True))
    if (duckdb := installed("duckdb")) is None:
        yield "  DuckDB: not installed"
    else:
        connection = duckdb.connect()
        connection.execute("set threads = 1")
        yield _line("DuckDB", *sql(connection, query, facts, False))


def _line(name: str, spent: float, rows: int) -> str:
    return f"  {name}: {rows} rows in {spent:.1f} ms"
