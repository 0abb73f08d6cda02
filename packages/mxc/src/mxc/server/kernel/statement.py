"""The two statements of a perform: the read that locks, and the write of change, audit row and journal row.

Values are given when it runs, by the names `set_…`, `was_…`, `audit_…` and `journal_…`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    select,
    true,
    update,
)

from mxc.server.kernel.records import audit

Verb = Literal["insert", "update", "delete", "nothing"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What distinguishes two statements: table, columns set, columns compared, and the journal."""

    table: Table
    verb: Verb
    columns: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    journal: Table | None = None


@lru_cache(maxsize=1024)
def statement_of(shape: Shape) -> Insert | Update | Delete:
    """One statement for the whole write; for `nothing` it only audits."""
    noted = _insertion(audit, "audit")
    change = _change(shape)
    whole = noted if change is None else change.add_cte(noted.cte("noted"))
    if shape.journal is not None:
        whole = whole.add_cte(_insertion(shape.journal, "journal").cte("journaled"))
    return whole


@lru_cache(maxsize=256)
def reading_of(table: Table, is_exclusive: bool) -> Select[Any]:
    """One row by its key (`was_…`), locked against other writers; exclusively when it is to go away."""
    key = tuple(table.primary_key.columns.keys())
    return (
        select(table)
        .where(_same(Shape(table, "nothing", (), key)))
        .with_for_update(key_share=not is_exclusive)
    )


def named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values under the names the statement knows them by."""
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _change(shape: Shape) -> Insert | Update | Delete | None:
    table = shape.table
    values = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in shape.columns}
    match shape.verb:
        case "insert":
            return insert(table).values(values)
        case "update":
            return update(table).where(_same(shape)).values(values)
        case "delete":
            return delete(table).where(_same(shape))
        case "nothing":
            return None


def _same(shape: Shape) -> ColumnElement[bool]:
    columns = [shape.table.c[name] for name in shape.compared]
    return and_(true(), *(column == bindparam(f"was_{column.name}", type_=column.type) for column in columns))


def _insertion(table: Table, prefix: str) -> Insert:
    return insert(table).values(
        {column.name: bindparam(f"{prefix}_{column.name}", type_=column.type) for column in table.c}
    )
