"""Rows made from declarations alone: one that every table accepts, with the rows it must belong to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, DateTime, Enum, Float, Integer, LargeBinary, Table, Uuid, insert
from sqlalchemy.dialects.postgresql import JSONB

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.resource import Field, Row, spec_of
from mxc.server.kernel.sealing.sealed import Sealed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Values = dict[str, Any]


def owner_of(table: Table) -> str:
    """The column that says whose a row is."""
    return "tenant_id" if "tenant_id" in table.c else "id"


def sample(table: Table, tenant: UUID) -> list[tuple[Table, Values]]:
    """A row of this table, last, and before it the rows that it cannot be without."""
    values = {column.name: _by_type(column.type) for column in table.c if column.identity is None}
    fields = _fields(table)
    shown = {name: field for name, field in fields.items() if field.example is not None or field.is_sealed}
    values |= {name: _example(field) for name, field in shown.items()}
    values |= {"revision": 1} if "revision" in values else {}
    if not _is_platform(table):
        values[owner_of(table)] = tenant
    before = []
    for name, field in fields.items():
        if field.reference is None:
            continue
        if field.is_nullable:
            values[name] = None
            continue
        before += sample(Row.metadata.tables[field.reference.target], tenant)
        values[name] = before[-1][1]["id"]
    return [*before, (table, values)]


async def put(store: Store, table: Table, tenant: UUID) -> None:
    """Inserts such a row for a tenant, as the application; what belongs to the installation as its core."""
    for each, values in sample(table, tenant):
        async with store.system() if _is_platform(each) else store.session(tenant) as session:
            await session.execute(insert(each).values(values))


def _resource(table: Table) -> Any:
    return {each.local_table: each.class_ for each in Row.registry.mappers}.get(table)


def _is_platform(table: Table) -> bool:
    resource = _resource(table)
    return resource is not None and bool(resource.is_platform)


def _fields(table: Table) -> dict[str, Field]:
    resource = _resource(table)
    return {} if resource is None else {field.name: field for field in _writable(resource)}


def _writable(resource: Any) -> Iterator[Field]:
    return (field for field in spec_of(resource).fields if field.name not in ("id", "tenant_id"))


def _example(field: Field) -> Any:
    if field.is_sealed:
        return Sealed(None, bytes(32))
    return TypeAdapter(field.annotation).validate_python(field.example)


def _by_type(kind: Any) -> Any:
    match kind:
        case Uuid():
            return uuid4()
        case Enum():
            return next(iter(kind.enum_class or ()))
        case DateTime():
            return NOON
        case Boolean():
            return False
        case Float() | BigInteger() | Integer():
            return 1
        case JSONB():
            return {}
        case LargeBinary():
            return b"x"
    # Names begin with a letter.
    return f"a{uuid4().hex[1:]}"
