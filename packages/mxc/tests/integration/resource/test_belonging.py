"""Rows that belong to others: of one tenant only, and gone, cleared or in the way when the other goes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped, aliased

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Invalid, NotFound
from mxc.server.kernel.perform import perform
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import Resource, Restorable, belongs_to, fact, facts_of, identity, spec_of
from mxc.server.kernel.resource.fields import Name
from mxc.server.kernel.resource.relations import belonging_to, relations_of
from mxc.testing.declared import create_tables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Actor("user", "7", "ada", UUID(int=1), role="admin")
EVE = Actor("user", "8", "eve", UUID(int=2), role="admin")


class Site(Restorable):
    """Where racks stand."""

    __tablename__ = "test_yards"

    name: Mapped[Name]
    identities = identity("by_name", "name", case_insensitive=True)
    facts = fact("test_site", "id", "name")


class Rack(Resource):
    """Stands at a site, perhaps beside another."""

    __tablename__ = "test_racks"

    name: Mapped[Name]
    site_id: Mapped[UUID] = belongs_to("test_yards")
    neighbour_id: Mapped[UUID | None] = belongs_to("test_racks", on_delete="clear", inverse="neighbours")


class Blade(Resource):
    """Goes with its rack."""

    __tablename__ = "test_blades"

    name: Mapped[Name]
    rack_id: Mapped[UUID] = belongs_to("test_racks", on_delete="cascade")


class Fan(Resource):
    """Goes with its blade."""

    __tablename__ = "test_fans"

    name: Mapped[Name]
    blade_id: Mapped[UUID] = belongs_to("test_blades", on_delete="cascade")


@pytest.fixture(autouse=True)
def tables(dsn: str) -> None:
    create_tables(dsn, Site, Rack, Blade, Fan)


class World:
    """Does things at noon."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def do(self, action: Any, row_id: UUID | None = None, actor: Actor = ADA, **args: Any) -> Any:
        return await perform(self.store, action, row_id, actor=actor, now=NOON, **args)

    async def all(self, resource: Any, actor: Actor = ADA) -> list[Any]:
        async with self.store.session(actor.tenant_id) as session:
            return list(await session.scalars(select(resource)))

    async def audited(self, resource: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
        async with self.store.session(ADA.tenant_id) as session:
            rows = await session.execute(select(audit).where(audit.c.resource == resource))
            return [(row.action, row.before, row.after) for row in rows]


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


async def test_another_tenants_row_cannot_be_named(world: World, dsn: str) -> None:
    mine, theirs = await world.do(Site.create, name="a"), await world.do(Site.create, actor=EVE, name="b")
    for nobody in (theirs.id, uuid4()):
        with pytest.raises(Invalid) as refused:
            await world.do(Rack.create, name="r", site_id=nobody)
        assert list(refused.value.fields) == ["site_id"], "another tenant's row is as good as none"
    rack = await world.do(Rack.create, name="r", site_id=mine.id)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), psycopg.connect(dsn) as by_hand:
        by_hand.execute("update test_racks set site_id = %s where id = %s", [theirs.id, rack.id])


async def test_what_is_still_named_cannot_go(world: World) -> None:
    site = await world.do(Site.create, name="a")
    rack = await world.do(Rack.create, name="r", site_id=site.id)
    for action in (Site.delete, Site.purge):
        with pytest.raises(Conflict, match="still named by test racks") as refused:
            await world.do(action, site.id, actor=Actor.system(ADA.tenant_id))
        assert refused.value.code == "in-use"
    await world.do(Rack.delete, rack.id)
    await world.do(Site.delete, site.id)
    assert await world.all(Site) == []


async def test_what_goes_along_is_audited_to_the_last_row(world: World) -> None:
    site = await world.do(Site.create, name="a")
    rack = await world.do(Rack.create, name="r", site_id=site.id)
    beside = await world.do(Rack.create, name="s", site_id=site.id, neighbour_id=rack.id)
    blade = await world.do(Blade.create, name="b", rack_id=rack.id)
    await world.do(Fan.create, name="f", blade_id=blade.id)
    await world.do(Rack.delete, rack.id)
    assert (await world.all(Blade), await world.all(Fan)) == ([], [])
    (left,) = await world.all(Rack)
    assert (left.id, left.neighbour_id, left.tenant_id) == (beside.id, None, ADA.tenant_id)
    (_, (action, before, after)) = await world.audited("test_fans")
    assert (action, before["name"], after) == ("delete", "f", {})
    assert (await world.audited("test_blades"))[-1][0] == "delete"
    cleared = ("update", {"neighbour_id": str(rack.id)}, {"neighbour_id": None})
    assert cleared in await world.audited("test_racks")


async def test_a_deleted_row_is_gone_for_everybody_until_it_is_restored(world: World, store: Store) -> None:
    site = await world.do(Site.create, name="a")
    deleted = await world.do(Site.delete, site.id)
    assert (deleted.deleted_at, facts_of(deleted)) == (NOON, frozenset())
    assert await world.all(Site) == []
    with pytest.raises(NotFound):
        await world.do(Site.update, site.id, name="b")
    with pytest.raises(Invalid):
        await world.do(Rack.create, name="r", site_id=site.id)
    async with store.session(ADA.tenant_id) as session:
        hidden = await session.scalars(select(Site), execution_options={"with_deleted": True})
        assert [each.id for each in hidden] == [site.id]
        other = aliased(Site)
        joined = select(Rack, other).outerjoin(other, other.id == Rack.site_id)
        assert "deleted_at IS NULL" in str(joined) or (await session.execute(joined)).all() == []
    await world.do(Site.restore, site.id)
    assert [each.name for each in await world.all(Site)] == ["a"]


async def test_a_deleted_row_gives_its_name_free_and_cannot_come_back_to_it(world: World) -> None:
    first = await world.do(Site.create, name="Alpha")
    with pytest.raises(Conflict) as refused:
        await world.do(Site.create, name="aLPHA")
    assert refused.value.details == {"identity": "by_name", "fields": ["name"]}
    await world.do(Site.delete, first.id)
    await world.do(Site.create, name="alpha")
    with pytest.raises(Conflict, match="same name"):
        await world.do(Site.restore, first.id)


async def test_a_row_can_be_removed_for_good_although_it_was_deleted(world: World, dsn: str) -> None:
    site = await world.do(Site.create, name="a")
    await world.do(Site.delete, site.id)
    await world.do(Site.purge, site.id, actor=Actor.system(ADA.tenant_id))
    with psycopg.connect(dsn) as by_hand:
        assert by_hand.execute("select count(*) from test_yards").fetchone() == (0,)


def test_relations_are_said_once_and_read_from_both_sides() -> None:
    specs = [spec_of(each) for each in (Site, Rack, Blade, Fan)]
    found = {(each.holder.name, each.name, each.target.name, each.inverse) for each in relations_of(specs)}
    assert found == {
        ("rack", "site", "site", "test_racks"),
        ("rack", "neighbour", "rack", "neighbours"),
        ("blade", "rack", "rack", "test_blades"),
        ("fan", "blade", "blade", "test_fans"),
    }
    assert {each.holder.name for each in belonging_to(spec_of(Rack))} == {"rack", "blade"}
