"""The statements of a perform: the reads that lock, and the write of change, audit row and journal row.

Values are given when it runs, by the names `set_…`, `was_…`, `audit_…` and `journal_…`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Delete,
    Index,
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
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.sql.dml import ReturningInsert

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
def claim_of(shape: Shape, index: Index) -> ReturningInsert[Any]:
    """An insertion alone, which answers the id, and nothing where a row has the same identity already."""
    table = shape.table
    claim = insert_or(table).values(_set(shape)).on_conflict_do_nothing(constraint=index)
    return claim.returning(table.c.id)


@lru_cache(maxsize=256)
def reading_of(table: Table, is_exclusive: bool, reaches_deleted: bool) -> Select[Any]:
    """One row by its key (`was_…`), locked against other writers; exclusively when it is to go away."""
    key = tuple(table.primary_key.columns.keys())
    condition = _same(Shape(table, "nothing", (), key))
    return _locking(table, condition, is_exclusive, reaches_deleted)


@lru_cache(maxsize=256)
def readings_of(table: Table, is_exclusive: bool, reaches_deleted: bool) -> Select[Any]:
    """Rows by their ids (`ids`), locked in one order, so that two such reads never wait for one another."""
    condition = table.c.id.in_(bindparam("ids", expanding=True))
    return _locking(table, condition, is_exclusive, reaches_deleted).order_by(table.c.id)


def _locking(
    table: Table, condition: ColumnElement[bool], is_exclusive: bool, reaches_deleted: bool
) -> Select[Any]:
    if "deleted_at" in table.c and not reaches_deleted:
        condition = and_(condition, table.c.deleted_at.is_(None))
    return select(table).where(condition).with_for_update(key_share=not is_exclusive)


def named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values under the names the statement knows them by."""
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _change(shape: Shape) -> Insert | Update | Delete | None:
    table = shape.table
    match shape.verb:
        case "insert":
            return insert(table).values(_set(shape))
        case "update":
            return update(table).where(_same(shape)).values(_set(shape))
        case "delete":
            return delete(table).where(_same(shape))
        case "nothing":
            return None


def _set(shape: Shape) -> dict[str, Any]:
    return {name: bindparam(f"set_{name}", type_=shape.table.c[name].type) for name in shape.columns}


def _same(shape: Shape) -> ColumnElement[bool]:
    columns = [shape.table.c[name] for name in shape.compared]
    return and_(true(), *(column == bindparam(f"was_{column.name}", type_=column.type) for column in columns))


def _insertion(table: Table, prefix: str) -> Insert:
    return insert(table).values(
        {column.name: bindparam(f"{prefix}_{column.name}", type_=column.type) for column in table.c}
    )
