"""What the table itself refuses: unknown states, numbers out of bounds, duplicates within a tenant."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CheckConstraint, Index, Table

from mxc.server.kernel.resource.columns import annotations_of, bounds_of, enum_of


def constrain(resource: type[Any]) -> None:
    """Adds CHECKs and indexes to a freshly mapped table."""
    table: Table = resource.__table__
    for name, annotation in annotations_of(resource).items():
        for condition in _conditions(name, annotation):
            table.append_constraint(CheckConstraint(condition, name=name))
    first = ("tenant_id",) if "tenant_id" in table.c else ()
    for columns in resource.unique:
        Index(None, *(table.c[column] for column in (*first, *columns)), unique=True)
    for columns in resource.indexes:
        Index(None, *(table.c[column] for column in (*first, *columns)))


def _conditions(name: str, annotation: Any) -> Iterator[str]:
    if (kind := enum_of(annotation)) is not None:
        yield f"{name} in ({', '.join(repr(member.value) for member in kind)})"
    if limits := list(bounds_of(annotation)):
        yield " and ".join(f"{name} {operator} {limit:.17g}" for operator, limit in limits)
