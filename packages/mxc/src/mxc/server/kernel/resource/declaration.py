"""The declarative classes resources derive from: `Resource`, `Journal`, `Global`, `Platform`; and mixins."""

import enum
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Enum, MetaData, inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from mxc.server.kernel.resource.action import Action, action, creation, edition, purge, removal, upsertion
from mxc.server.kernel.resource.constraints import constrain
from mxc.server.kernel.resource.facets import (
    Fact,
    Identity,
    IndexOn,
    Lifecycle,
    Listing,
    Paging,
    Policy,
    several,
)
from mxc.server.kernel.resource.fields import Count, Instant
from mxc.server.kernel.resource.fields.look import belongs_to
from mxc.server.kernel.resource.verify.column_named_like_action import refuse_shadowed_columns
from mxc.server.kernel.resource.verify.unknown_index_column import refuse_unknown_columns

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(constraint_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Row(DeclarativeBase):
    """What every table of ours shares: one catalogue of tables, text enums, names for every constraint."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }

    lifecycle: ClassVar[Lifecycle | None] = None
    journal: ClassVar[Any] = None
    listing: ClassVar[Listing] = Listing(())
    # The column people call a row by, where they do not type its id.
    called: ClassVar[str | None] = None
    policy: ClassVar[Policy] = Policy()
    paging: ClassVar[Paging] = Paging()
    facts: ClassVar[Fact | tuple[Fact, ...]] = ()
    identities: ClassVar[Identity | tuple[Identity, ...]] = ()
    indexes: ClassVar[IndexOn | tuple[IndexOn, ...]] = ()
    writable: ClassVar[tuple[str, ...] | None] = None
    editable: ClassVar[tuple[str, ...] | None] = None
    aliases: ClassVar[Mapping[str, str]] = MappingProxyType({})
    is_platform: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        for facet in ("facts", "identities", "indexes"):
            setattr(cls, facet, several(getattr(cls, facet)))
        refuse_shadowed_columns(cls)
        super().__init_subclass__(**options)
        if "__tablename__" in vars(cls):
            refuse_unknown_columns(cls)
            constrain(cls)

    @property
    def now(self) -> datetime:
        """The time this row is being acted on or shown at; set by whoever holds the clock."""
        now = inspect(self).info.get("now")
        if not isinstance(now, datetime):
            raise LookupError(f"{type(self).__name__}.now is only known inside an action or a document")
        return now

    def objection(self, actor: Any, action: str, before: Mapping[str, Any]) -> str | None:
        """Why this actor may not have made the row what it is now, where a role alone does not say it."""
        return None

    def hands_on(self, before: Mapping[str, Any]) -> frozenset[str]:
        """The roles this row gives to somebody, or gave: who acts must have everything they grant."""
        return frozenset()

    @property
    def by(self) -> str:
        """Who acts on this row, by name; empty where an action is only tried."""
        return str(inspect(self).info.get("by", ""))

    def set_by(self, name: str) -> None:
        """Says who acts on this row."""
        inspect(self).info["by"] = name

    def set_now(self, now: datetime) -> None:
        """Says what time it is for this row."""
        inspect(self).info["now"] = now


class Resource(Row):
    """A thing tenants own. Subclass it once per noun; tables, documents, commands and facts are derived.

    `revision` counts the changes `perform` made: who says which one they saw cannot overwrite another's.
    """

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-6)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-5)
    created_at: Mapped[Instant] = mapped_column(sort_order=-4)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-3)
    revision: Mapped[Count] = mapped_column(default=1, server_default=text("1"), sort_order=-2)

    create: ClassVar[Action[Any, ...]] = creation()
    upsert: ClassVar[Action[Any, ...]] = upsertion()
    update: ClassVar[Action[Any, ...]] = edition()
    delete: ClassVar[Action[Any, ...]] = removal()
    purge: ClassVar[Action[Any, ...]] = purge()


class Partitioned:
    """Mixed into what may belong to one partition of its tenant; rows of none belong to all of them.

    Who is confined to a partition sees its rows and those of none, and changes only the former.
    """

    partition_id: Mapped[UUID | None] = mapped_column()


class InPartition(Partitioned):
    """The same for what people write: the partition is there, and stays for as long as it has rows."""

    partition_id: Mapped[UUID | None] = belongs_to("partitions", help="the part of the organisation it is in")


class Restorable(Resource):
    """A thing whose deletion can be undone: the row stays, but nobody and no rule sees it any more."""

    __abstract__ = True

    deleted_at: Mapped[Instant | None] = mapped_column(sort_order=-1)

    @action
    def delete(self) -> None:
        """Put it away; it can be restored."""
        self.deleted_at = self.now

    @action(reaches_deleted=True)
    def restore(self) -> None:
        """Bring it back as it was when it was deleted."""
        self.deleted_at = None


class Journal(Row):
    """What happened to the rows of another resource: `perform` appends, nobody changes or removes."""

    __abstract__ = True

    paging = Paging(order=("-at",))

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-6)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-5)


class Global(Row):
    """A thing that is not inside a tenant but is one; each tenant sees the row that is itself."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-5)
    created_at: Mapped[Instant] = mapped_column(sort_order=-4)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-3)
    revision: Mapped[Count] = mapped_column(default=1, server_default=text("1"), sort_order=-2)

    create: ClassVar[Action[Any, ...]] = creation(internal=True)
    update: ClassVar[Action[Any, ...]] = edition()
    purge: ClassVar[Action[Any, ...]] = purge()


class Platform(Row):
    """A thing of the whole installation, such as a person: no tenant's session reaches its table."""

    __abstract__ = True
    is_platform = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-5)
    created_at: Mapped[Instant] = mapped_column(sort_order=-4)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-3)
    revision: Mapped[Count] = mapped_column(default=1, server_default=text("1"), sort_order=-2)

    create: ClassVar[Action[Any, ...]] = creation(internal=True)
    update: ClassVar[Action[Any, ...]] = edition(internal=True)
    delete: ClassVar[Action[Any, ...]] = removal(internal=True)
