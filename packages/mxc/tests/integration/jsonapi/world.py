"""What the cases of this folder are about: two resources, here and in another organisation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx
import msgspec
from sqlalchemy.orm import Mapped, mapped_column
from starlette.applications import Starlette
from starlette.routing import Mount

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import loaded, new_token, new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.resource import (
    Lifecycle,
    Paging,
    Policy,
    Resource,
    action,
    belongs_to,
    column,
    computed,
    identity,
    transition,
)
from mxc.server.kernel.resource.fields import Count, Flag, Instant, Name, Tags, Text, TextLabels
from mxc.server.surfaces.jsonapi import app as jsonapi
from mxc.testing.declared import create_tables
from mxc.testing.law import law
from mxc.testing.served import PASSWORD, SYSTEM, listening

MEDIA = "application/vnd.api+json"
OTHER = UUID(int=2)


class Light(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


class Site(Resource):
    """A place with lamps."""

    __tablename__ = "test_sites"

    name: Mapped[Name]
    labels: Mapped[TextLabels] = mapped_column(default=dict)
    parent_id: Mapped[UUID | None] = belongs_to("test_sites", inverse="parts")
    policy = Policy(read="viewer", write="operator")
    identities = identity("by_name", "name")


class Lamp(Resource):
    """A thing with a state, at a site."""

    __tablename__ = "test_lamps"

    type: Mapped[Name] = mapped_column(default="led")
    name: Mapped[Name]
    note: Mapped[Text | None]
    watts: Mapped[Count] = mapped_column(default=5)
    is_spare: Mapped[Flag] = mapped_column(default=False)
    lit_at: Mapped[Instant | None]
    tags: Mapped[Tags] = mapped_column(default=list)
    price: Mapped[Count] = column(default=0, visible_to="admin")
    light: Mapped[Light] = mapped_column(default=Light.OFF)
    site_id: Mapped[UUID] = belongs_to("test_sites", inverse="lamps")
    spare_for_id: Mapped[UUID | None] = belongs_to("test_lamps", inverse="spares")

    lifecycle = Lifecycle("light", Light.OFF)
    paging = Paging(default=3, most=400, order=("name",))
    policy = Policy(read="viewer", write="operator", actions={"delete": "admin"})

    @computed(sql=lambda lamp, now: lamp.watts > 10)
    def is_bright(self) -> bool:
        """Does it take more than ten watts?"""
        return self.watts > 10

    @transition(Light.OFF, to=Light.ON)
    def switch_on(self, watts: Count | None = None) -> None:
        """Let there be light."""
        self.lit_at = self.now
        self.watts = self.watts if watts is None else watts

    @action
    def note_down(self, note: Text) -> None:
        """Say something of it."""
        self.note = note


@dataclass(slots=True)
class World:
    """The application, its people, and the ids of its rows by name; `theirs` are another organisation's."""

    http: httpx.AsyncClient
    core: Core
    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, body: Any = None, who: str = "admin", **headers: str
    ) -> httpx.Response:
        """A request as JSON:API wants it; header names with `_` for `-`, an empty one is left out."""
        given = {"Accept": MEDIA} | ({} if body is None else {"Content-Type": MEDIA})
        if who:
            given["Authorization"] = f"Bearer {self.tokens[who]}"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in given.items() if value}
        content = body if isinstance(body, bytes | str) or body is None else encoded(body)
        return await self.http.request(method, self.filled(path), content=content, headers=kept)

    def filled(self, text: str) -> str:
        """With `{a}` as the id of the row called `a`."""
        for name, row_id in self.ids.items():
            text = text.replace("{" + name + "}", row_id)
        return text


def encoded(body: Any) -> bytes:
    """The document as it is sent."""
    return msgspec.json.encode(body)


@asynccontextmanager
async def world_of(core: Core, dsn: str) -> AsyncIterator[World]:
    """Served on a real server and database."""
    create_tables(dsn, Site, Lamp)
    core.store.judge = law()
    exposures = [Exposure(Site, "sites"), Exposure(Lamp, "lamps", needs_match=frozenset({"note_down"}))]
    app = Starlette(routes=[Mount(jsonapi.BASE, jsonapi.create_app(core, exposures))])
    async with listening(app) as url, httpx.AsyncClient(base_url=f"{url}/api/v2", timeout=20) as http:
        world = World(http, core, url)
        await _people(world)
        await _rows(world)
        yield world


async def _people(world: World) -> None:
    core = world.core
    await core.perform(Actor.system(OTHER), Tenant.create, OTHER, name="Other", slug="other")
    await loaded(core, OTHER)
    for name, tenant, role, scope in (
        ("admin", SYSTEM.tenant_id, Role.ADMIN, Scope.ADMIN),
        ("viewer", SYSTEM.tenant_id, Role.VIEWER, Scope.ADMIN),
        ("reader", SYSTEM.tenant_id, Role.ADMIN, Scope.READ),
        ("stranger", OTHER, Role.ADMIN, Scope.ADMIN),
    ):
        user = await new_user(core, Actor.system(tenant), f"{name}@example.net", PASSWORD, role)
        world.tokens[name] = (await new_token(core, tenant, user.user_id, name, scope)).text


async def _rows(world: World) -> None:
    """Five lamps at two sites of ours, one lamp at one site of theirs; all of them named."""
    ours, theirs = SYSTEM, Actor.system(OTHER)
    lit = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for actor, name, values in (
        (ours, "home", {"labels": {"env": "prod"}}),
        (ours, "cellar", {"labels": {"env": "dev"}}),
        (theirs, "abroad", {}),
    ):
        parent = world.ids["home"] if name == "cellar" else None
        site = await world.core.perform(actor, Site.create, name=name, parent_id=parent, **values)
        world.ids[name] = str(site.id)
    for actor, name, site_name, values in (
        (ours, "a", "home", {"watts": 3, "tags": ["old", "red"], "note": "50% off_"}),
        (ours, "b", "home", {"watts": 12, "lit_at": lit}),
        (ours, "c", "home", {"watts": 12, "lit_at": lit + timedelta(hours=1), "is_spare": True}),
        (ours, "d", "cellar", {"watts": 40, "price": 7}),
        (ours, "e", "cellar", {"light": Light.BROKEN, "note": "5000 off"}),
        (theirs, "x", "abroad", {"watts": 12}),
    ):
        lamp = await world.core.perform(actor, Lamp.create, name=name, site_id=world.ids[site_name], **values)
        world.ids[name] = str(lamp.id)
