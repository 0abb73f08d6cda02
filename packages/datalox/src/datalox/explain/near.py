"""Rows that are almost what was looked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datalox.explain.instances import rows_of
from datalox.session.engine import Engine
from datalox.store.ordering import sorted_rows
from datalox.terms import Row

NEAR = 3


def near_rows(engine: Engine, name: str, known: Mapping[int, Any], most: int = NEAR) -> tuple[Row, ...]:
    """At most `most` rows that differ from the values `known` (column -> value) in one column; the row that
    has their declared key is the only one where there is one. What stands last in a row is taken to say what
    the rest of it is, so later columns differ first."""
    predicate = engine.predicates.get(name)
    key = predicate.key if predicate is not None else ()
    if key and set(key) <= known.keys():
        return tuple(rows_of(engine, name, {column: known[column] for column in key}))
    found: dict[Row, None] = {}
    for column in sorted(known, reverse=True):
        wanted = {other: value for other, value in known.items() if other != column}
        if wanted and len(found) < most:
            found.update(dict.fromkeys(sorted_rows(rows_of(engine, name, wanted))))
    return tuple(found)[:most]
