"""What the table itself refuses: unknown states, numbers out of bounds, duplicates within a tenant."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, Table

from mxc.server.kernel.resource.columns import annotations_of, conditions_of, member_enum_of
from mxc.server.kernel.resource.fields.bags import ChoiceList


def constrain(resource: type[Any]) -> None:
    """Adds CHECKs and indexes to a freshly mapped table."""
    table: Table = resource.__table__
    for name, annotation in annotations_of(resource).items():
        if condition := " and ".join(conditions_of(name, annotation)):
            table.append_constraint(CheckConstraint(condition, name=name))
        if (members := member_enum_of(annotation)) is not None:
            table.c[name].type = ChoiceList(members)
    first = ("tenant_id",) if "tenant_id" in table.c else ()
    for columns in resource.unique:
        Index(None, *(table.c[column] for column in (*first, *columns)), unique=True)
    for columns in resource.indexes:
        Index(None, *(table.c[column] for column in (*first, *columns)))
