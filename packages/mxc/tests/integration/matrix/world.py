"""Two organisations and two partitions with a row of everything that is declared, and who may knock."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import String, Table, Text, insert

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import new_token, new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.organisations import found_tenant, own
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.partition import Partition
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Plan
from mxc.server.kernel.resource import Resource, Spec, catalogue
from mxc.server.kernel.resource.columns import python_type
from mxc.testing.rows import Values, sample
from mxc.testing.served import PASSWORD, SYSTEM, Served

from .operations import KNOWN

SPECS: Final = [spec for spec in catalogue() if issubclass(spec.resource, Resource)]
ROLES: Final = tuple(Role)
Headers = dict[str, str]


@dataclass(slots=True)
class World:
    """What is there; `marks` are texts that stand in no row but those of the stranger and the neighbour."""

    served: Served
    stranger: UUID
    here: UUID
    there: UUID
    foreign: dict[str, list[UUID]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)

    async def plant(self, spec: Spec, tenant: UUID, partition: UUID | None = None, mark: str = "") -> UUID:
        """A row of this resource, with what it needs; texts that may say anything hold the mark."""
        for table, values in sample(spec.resource.__table__, tenant):
            _make_single(table, values, mark)
            if partition is not None and table is spec.resource.__table__ and "partition_id" in table.c:
                values["partition_id"] = partition
            store = self.served.core.store
            async with store.session(tenant) if "tenant_id" in table.c else store.system() as session:
                await session.execute(insert(table).values(values))
        key: UUID = values["id"]
        return key

    async def knock(self, role: Role, scope: Scope = Scope.ADMIN, **said: Any) -> Headers:
        """The token of somebody of the first organisation; `partition` confines them, `until` ends it."""
        core = self.served.core
        made = await new_user(core, SYSTEM, f"{uuid4().hex}@example.org", PASSWORD, role)
        if partition := said.get("partition"):
            await core.perform(SYSTEM, Membership.confine, made.id, partition_id=partition)
        if said.get("is_super"):
            await core.perform(SYSTEM, User.make_super_admin, made.user_id, is_super_admin=True)
        until = said.get("until")
        issued = await new_token(core, DEFAULT_TENANT, made.user_id, "knock", scope, until)
        return {"Authorization": f"Bearer {issued.text}"}

    def row(self, plural: str, key: UUID) -> dict[str, Any] | None:
        """One row, as the owner of the database sees it."""
        with psycopg.connect(self.served.core.store.dsn, row_factory=dict_row) as connection:
            return connection.execute(f"select * from {plural} where id = %s".encode(), [key]).fetchone()

    def rows(self, *, of_stranger: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Every row there is, or every one of the stranger, as the owner of the database sees them."""
        with psycopg.connect(self.served.core.store.dsn, row_factory=dict_row) as connection:
            found = {}
            for spec in SPECS:
                where = f"where tenant_id = '{self.stranger}'" if of_stranger else ""
                query = f"select * from {spec.plural} {where} order by id"
                found[spec.plural] = connection.execute(query.encode()).fetchall()
        return found


async def world_of(served: Served) -> World:
    """Builds it."""
    core = served.core
    stranger = await found_tenant(core, SYSTEM, "Stranger", "", Plan.ENTERPRISE)
    await own(core, stranger, "owner@stranger.example", PASSWORD)
    await new_user(core, SYSTEM, "owner@here.example", PASSWORD, Role.OWNER)
    made = [
        await core.perform(SYSTEM, Partition.create, name=each, slug=each, description="")
        for each in ("here", "there")
    ]
    world = World(served, stranger.id, made[0].id, made[1].id)
    for spec in SPECS:
        mark = f"zz{uuid4().hex[:12]}"
        world.marks.append(mark)
        world.foreign[spec.plural] = [await world.plant(spec, stranger.id, mark=mark)]
    return world


async def neighbours_of(world: World) -> dict[str, UUID]:
    """A row in the partition `there` of everything that can be in one."""
    found = {}
    for spec in SPECS:
        if spec.is_partitioned:
            mark = f"zz{uuid4().hex[:12]}"
            world.marks.append(mark)
            found[spec.plural] = await world.plant(spec, DEFAULT_TENANT, world.there, mark)
    return found


def ended() -> datetime:
    """A moment before now."""
    return datetime.now(UTC) - timedelta(hours=1)


def _make_single(table: Table, values: Values, mark: str) -> None:
    """No two rows are alike where they must not be, nothing has ended yet, and free texts hold the mark."""
    unique = {column.name for index in table.indexes if index.unique for column in index.columns}
    for column in table.c:
        value = values.get(column.name)
        if column.nullable and isinstance(value, datetime):
            values[column.name] = None
        if not isinstance(value, str) or not isinstance(column.type, String | Text):
            continue
        if column.name in KNOWN:
            values[column.name] = f"% {mark}\n{KNOWN[column.name]}"
        elif column.name == "email":
            values[column.name] = f"{mark or 'z'}{uuid4().hex}@example.org"
        elif column.name in unique:
            values[column.name] = f"{mark or 'z'}{uuid4().hex[:12]}"
        elif mark and _is_free(table, column.name):
            values[column.name] = f"{mark} {value}"


def _is_free(table: Table, name: str) -> bool:
    """Any text may stand there."""
    spec = next((each for each in SPECS if each.plural == table.name), None)
    if spec is None:
        return False
    found = spec.field(name)
    is_state = spec.lifecycle is not None and name == spec.lifecycle.column
    # A role is named, and PostgreSQL holds that it is there.
    is_state = is_state or name == "role"
    return found.kind in ("text", "name") and not is_state and python_type(found.annotation) is str
