"""What the table itself refuses: unknown states, numbers out of bounds, duplicates, strangers' rows."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKeyConstraint, Index, Table, func, text

from mxc.server.kernel.resource.columns import (
    annotations_of,
    conditions_of,
    look_of,
    member_enum_of,
    said_of,
)
from mxc.server.kernel.resource.facets import Identity
from mxc.server.kernel.resource.fields.bags import ChoiceList
from mxc.server.kernel.resource.fields.look import Reference

ON_DELETE: Final = {"restrict": None, "cascade": "CASCADE", "clear": "SET NULL"}
LIVING: Final = "deleted_at is null"


def constrain(resource: type[Any]) -> None:
    """Adds CHECKs, foreign keys and indexes to a freshly mapped table."""
    table: Table = resource.__table__
    for name, annotation in annotations_of(resource).items():
        if condition := " and ".join(conditions_of(name, annotation)):
            table.append_constraint(CheckConstraint(condition, name=name))
        if (members := member_enum_of(annotation)) is not None:
            table.c[name].type = ChoiceList(members)
        if look_of(annotation).is_selectable:
            Index(None, table.c[name], postgresql_using="gin")
        if (reference := said_of(table.c[name]).reference) is not None:
            table.append_constraint(_foreign_key(table, name, reference))
    for identity in resource.identities:
        Index(f"uq_{table.name}_{identity.name}", *_alike(table, identity), **_unique(table))
    for each in resource.indexes:
        where: dict[str, Any] = {"postgresql_where": text(each.where)} if each.where else {}
        Index(None, *_first(table), *(table.c[column] for column in each.columns), **where)
    for name in _unindexed_references(resource):
        Index(None, *_first(table), table.c[name])


def _first(table: Table) -> list[Any]:
    return [table.c.tenant_id] if "tenant_id" in table.c else []


def _alike(table: Table, identity: Identity) -> list[ColumnElement[Any]]:
    """What makes two rows the same by this identity."""
    columns: list[ColumnElement[Any]] = [table.c[name] for name in identity.columns]
    return [*_first(table), *(map(func.lower, columns) if identity.is_case_insensitive else columns)]


def _unique(table: Table) -> dict[str, Any]:
    living = {"postgresql_where": text(LIVING)} if "deleted_at" in table.c else {}
    return {"unique": True, **living}


def _foreign_key(table: Table, name: str, reference: Reference) -> ForeignKeyConstraint:
    rule = ON_DELETE[reference.on_delete]
    if reference.is_global or "tenant_id" not in table.c:
        return ForeignKeyConstraint([name], [f"{reference.target}.id"], name=name, ondelete=rule)
    # Only the column is cleared: the tenant stays.
    rule = f"{rule} ({name})" if rule == "SET NULL" else rule
    theirs = [f"{reference.target}.tenant_id", f"{reference.target}.id"]
    return ForeignKeyConstraint(["tenant_id", name], theirs, name=name, ondelete=rule)


def _unindexed_references(resource: type[Any]) -> Iterator[str]:
    """References that no index begins with: deleting what they point to would read the whole table."""
    begun = {each.columns[0] for each in (*resource.identities, *resource.indexes)}
    for name in annotations_of(resource):
        if said_of(resource.__table__.c[name]).reference is not None and name not in begun:
            yield name
