"""The declarative classes resources derive from: `Resource`, `Journal`, `Global` and `Platform`."""

import enum
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Enum, MetaData, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from mxc.server.kernel.resource.action import Action, creation, edition, purge, removal
from mxc.server.kernel.resource.constraints import constrain
from mxc.server.kernel.resource.facets import Fact, Lifecycle, Listing, Policy
from mxc.server.kernel.resource.fields import Instant
from mxc.server.kernel.resource.verify.column_named_like_action import refuse_shadowed_columns

NAMES = {
    "pk": "pk_%(table_name)s",
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
    facts: ClassVar[tuple[Fact, ...]] = ()
    unique: ClassVar[tuple[tuple[str, ...], ...]] = ()
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    writable: ClassVar[tuple[str, ...] | None] = None
    editable: ClassVar[tuple[str, ...] | None] = None
    aliases: ClassVar[Mapping[str, str]] = MappingProxyType({})
    is_platform: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        refuse_shadowed_columns(cls)
        super().__init_subclass__(**options)
        if "__tablename__" in vars(cls):
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

    def set_now(self, now: datetime) -> None:
        """Says what time it is for this row."""
        inspect(self).info["now"] = now


class Resource(Row):
    """A thing tenants own. Subclass it once per noun; tables, documents, commands and facts are derived."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-4)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    created_at: Mapped[Instant] = mapped_column(sort_order=-2)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-1)

    create: ClassVar[Action[Any, ...]] = creation()
    update: ClassVar[Action[Any, ...]] = edition()
    delete: ClassVar[Action[Any, ...]] = removal()
    purge: ClassVar[Action[Any, ...]] = purge()


class Journal(Row):
    """What happened to the rows of another resource: `perform` appends, nobody changes or removes."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-4)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)


class Global(Row):
    """A thing that is not inside a tenant but is one; each tenant sees the row that is itself."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    created_at: Mapped[Instant] = mapped_column(sort_order=-2)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-1)

    create: ClassVar[Action[Any, ...]] = creation(internal=True)
    update: ClassVar[Action[Any, ...]] = edition()
    purge: ClassVar[Action[Any, ...]] = purge()


class Platform(Row):
    """A thing of the whole installation, such as a person: no tenant's session reaches its table."""

    __abstract__ = True
    is_platform = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    created_at: Mapped[Instant] = mapped_column(sort_order=-2)
    updated_at: Mapped[Instant] = mapped_column(sort_order=-1)

    create: ClassVar[Action[Any, ...]] = creation(internal=True)
    update: ClassVar[Action[Any, ...]] = edition(internal=True)
    delete: ClassVar[Action[Any, ...]] = removal(internal=True)
