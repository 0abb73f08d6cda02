"""Encrypted columns of a row: where they are kept, how they are opened and found."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from mxc.server.kernel.sealing.ring import KeyRing
from mxc.server.kernel.sealing.sealed import Sealed


def place_of(table: str, column: str, tenant_id: UUID | None, row_id: UUID | str) -> str:
    """What a sealed value is bound to; what belongs to no tenant has none."""
    return f"{tenant_id or ''}|{table}|{column}|{row_id}"


def place_in(row: Any, column: str) -> str:
    """Where this row keeps that column."""
    return place_of(row.__tablename__, column, getattr(row, "tenant_id", None), row.id)


def mark_place(row: Any, column: str) -> str:
    """Where the marks of a blind index are comparable: one tenant, one column, any row."""
    return place_of(row.__tablename__, column, getattr(row, "tenant_id", None), "")


def opened(row: Any, column: str, keys: KeyRing) -> str | None:
    """What an encrypted column of a row holds. Raises Unavailable when its key is missing."""
    value: Sealed | None = getattr(row, column)
    return None if value is None else value.open(keys, place_in(row, column))


def found_by(column: Any, text: str, keys: KeyRing, tenant_id: UUID | None) -> ColumnElement[bool]:
    """The rows whose blind index says that they hold this text, under whatever key it was made."""
    table = column.class_.__tablename__
    condition: ColumnElement[bool] = column.in_(
        keys.marks(text.strip().lower(), place_of(table, column.key, tenant_id, ""))
    )
    return condition
