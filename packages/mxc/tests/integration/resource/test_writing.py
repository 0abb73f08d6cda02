"""What perform does beyond one row: upserts that race, many rows at once, revisions, guarded fields."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.permission import seen_by
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.bulk import MOST
from mxc.server.kernel.errors import Conflict, Forbidden, Invalid
from mxc.server.kernel.perform import Expect, Outcome, perform, unit
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import (
    Lifecycle,
    Resource,
    action,
    column,
    creation,
    identity,
    spec_of,
    transition,
)
from mxc.server.kernel.resource.fields import Count, Email, Name, Text
from mxc.testing.declared import create_tables
from mxc.testing.law import law

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Actor("user", "7", "ada", UUID(int=1), role="admin")
OPERATOR = Actor("user", "9", "olga", UUID(int=1), role="operator")


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"


class Room(Resource):
    """A room with a door, known by its name and by its address."""

    __tablename__ = "test_rooms"

    name: Mapped[Name]
    mail: Mapped[Email]
    seats: Mapped[Count] = mapped_column(default=1)
    door: Mapped[Door] = mapped_column(default=Door.SHUT)
    rent: Mapped[Text | None] = column(visible_to="admin", help="what it costs")

    lifecycle = Lifecycle("door", Door.SHUT)
    identities = (identity("by_name", "name", case_insensitive=True), identity("by_mail", "mail"))

    @transition(Door.SHUT, Door.LOCKED, to=Door.OPEN)
    def open(self) -> None:
        """Let people in."""

    @transition({Door.SHUT: Door.LOCKED, Door.OPEN: Door.LOCKED})
    def lock(self) -> None:
        """Keep people out."""

    @action
    def call(self, name: Name) -> None:
        """Give it a name."""
        self.name = name


class Sealed(Resource):
    """Nobody but the system makes one."""

    __tablename__ = "test_sealed"

    name: Mapped[Name]
    identities = identity("by_name", "name")
    create = creation(internal=True)


SPEC = spec_of(Room)


@pytest.fixture(autouse=True)
def tables(dsn: str) -> None:
    create_tables(dsn, Room, Sealed)


async def do(store: Store, what: Any, row_id: UUID | None = None, actor: Actor = ADA, **args: Any) -> Any:
    return await perform(store, what, row_id, actor=actor, now=NOON, **args)


async def room(store: Store, name: str, **args: Any) -> Room:
    made: Room = await do(store, Room.create, name=name, mail=f"{name}@example.org", **args)
    return made


async def rooms(store: Store) -> list[Room]:
    async with store.session(ADA.tenant_id) as session:
        return list(await session.scalars(select(Room).order_by(Room.name)))


async def audited(store: Store) -> Sequence[Any]:
    async with store.session(ADA.tenant_id) as session:
        return (await session.execute(select(audit).order_by(audit.c.at))).all()


async def many(store: Store, what: Any, ids: Sequence[UUID], **args: Any) -> list[Outcome]:
    async with unit(store, ADA, now=NOON) as work:
        return await work.perform_many(what, ids, **args)


# ── upsert ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_upsert_makes_the_row_and_then_changes_it(store: Store) -> None:
    made = await do(store, Room.upsert, by="by_name", name="Blue", mail="b@example.org", seats=4)
    same = await do(store, Room.upsert, by="by_name", name="bLUE", mail="b@example.org", seats=9)
    assert (same.id, same.seats, same.name, same.revision) == (made.id, 9, "bLUE", 2)
    assert [each.action for each in await audited(store)] == ["create", "update"]


async def test_upserts_at_once_make_one_row(store: Store) -> None:
    made = await asyncio.gather(
        *(
            do(store, Room.upsert, by="by_mail", name=f"n{n}", mail="One@Example.org", seats=n)
            for n in range(8)
        )
    )
    assert len({each.id for each in made}) == 1
    (kept,) = await rooms(store)
    assert kept.revision == 8, "seven changed what one had made"
    assert sorted(each.action for each in await audited(store)) == ["create", *["update"] * 7]


async def test_an_upsert_says_how_it_knows_the_row(store: Store) -> None:
    with pytest.raises(Invalid, match="say by which: by_name, by_mail"):
        await do(store, Room.upsert, name="a", mail="a@b")
    with pytest.raises(Invalid, match="not known 'by_size'"):
        await do(store, Room.upsert, by="by_size", name="a", mail="a@b")
    with pytest.raises(Invalid) as refused:
        await do(store, Room.upsert, by="by_name", mail="a@b")
    assert list(refused.value.fields) == ["name"]


async def test_another_identity_in_the_way_is_a_conflict(store: Store) -> None:
    await room(store, "a")
    with pytest.raises(Conflict) as refused:
        await do(store, Room.upsert, by="by_name", name="b", mail="a@example.org")
    assert refused.value.details["identity"] == "by_mail"
    assert [each.name for each in await rooms(store)] == ["a"]


async def test_who_may_not_create_may_not_upsert(store: Store) -> None:
    with pytest.raises(Forbidden, match=r"test_sealed\.create: only the system"):
        await do(store, Sealed.upsert, name="a")
    assert (await do(store, Sealed.upsert, actor=Actor.system(ADA.tenant_id), name="a")).name == "a"


# ── many rows at once ──────────────────────────────────────────────────────────────────────────────────────


async def test_many_rows_change_together_and_each_is_audited(store: Store) -> None:
    ids = [(await room(store, f"r{n}")).id for n in range(5)]
    outcomes = await many(store, Room.open, ids)
    assert [each.id for each in outcomes] == ids
    assert {each.row.door for each in outcomes} == {Door.OPEN}
    assert {each.door for each in await rooms(store)} == {Door.OPEN}
    assert sorted(each.row_id for each in await audited(store) if each.action == "open") == sorted(ids)


async def test_all_or_nothing_names_every_refusal(store: Store) -> None:
    shut, opened, nobody = await room(store, "a"), await room(store, "b"), uuid4()
    await do(store, Room.open, opened.id)
    with pytest.raises(Conflict) as refused:
        await many(store, Room.open, [shut.id, opened.id, nobody])
    assert refused.value.code == "bulk-refused"
    found = refused.value.details["refused"]
    assert isinstance(found, dict)
    assert {row_id: each["code"] for row_id, each in found.items()} == {
        str(opened.id): "transition-refused",
        str(nobody): "not-found",
    }
    assert [each.door for each in await rooms(store)] == [Door.SHUT, Door.OPEN]


async def test_each_by_itself_does_what_can_be_done(store: Store) -> None:
    first, second, taken = await room(store, "a"), await room(store, "b"), await room(store, "c")
    outcomes = await many(store, Room.call, [first.id, second.id, taken.id], name="c", mode="each")
    errors = [each.error.code if each.error else "" for each in outcomes]
    assert errors == ["already-exists", "already-exists", ""]
    assert [each.name for each in await rooms(store)] == ["a", "b", "c"]
    outcomes = await many(store, Room.open, [first.id, uuid4()], mode="each")
    assert [each.error is None for each in outcomes] == [True, False]


async def test_too_many_and_what_makes_rows_is_refused(store: Store) -> None:
    with pytest.raises(Invalid, match="at most 1000"):
        await many(store, Room.open, [uuid4() for _ in range(MOST + 1)])
    with pytest.raises(Invalid, match="makes rows"):
        await many(store, Room.create, [uuid4()])
    assert await many(store, Room.open, []) == []


async def test_many_rows_are_read_and_written_with_as_many_statements_as_one(store: Store) -> None:
    ids = [(await room(store, f"r{n}")).id for n in range(40)]
    statements: list[str] = []

    @event.listens_for(store._app.sync_engine, "before_cursor_execute")
    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    await many(store, Room.open, ids)
    assert len(statements) == 3, "begin, read, write"


# ── revisions ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_says_what_they_saw_overwrites_nobody(store: Store) -> None:
    made = await room(store, "a")
    assert made.revision == 1
    await do(store, Room.update, made.id, seats=2, expect=Expect(revision=1))
    with pytest.raises(Conflict, match="revision is 2, not 1") as refused:
        await do(store, Room.update, made.id, seats=3, expect=Expect(revision=1))
    assert refused.value.code == "stale"
    same = await do(store, Room.update, made.id, seats=2)
    assert same.revision == 2, "what changed nothing is no revision"
    assert "revision" not in (await audited(store))[-1].after


# ── fields that not everyone sees ──────────────────────────────────────────────────────────────────────────


async def test_a_guarded_field_is_masked_for_others_and_in_the_audit(store: Store) -> None:
    made = await room(store, "a", rent="1000 a month")
    assert SPEC.guarded == {"rent"}
    assert SPEC.document(made, now=NOON, sees=seen_by(law(), OPERATOR, SPEC))["rent"] == "•••"
    assert SPEC.document(made, now=NOON, sees=seen_by(law(), ADA, SPEC))["rent"] == "1000 a month"
    assert SPEC.document(made, now=NOON)["rent"] == "•••", "whoever does not say who reads gets the mask"
    assert "1000" not in str(await audited(store))


async def test_who_may_not_see_a_field_may_not_set_it(store: Store) -> None:
    made = await room(store, "a")
    for what, args in ((Room.create, {"name": "b", "mail": "b@x"}), (Room.update, {})):
        with pytest.raises(Forbidden, match=r"test_rooms\.rent: it needs the role admin"):
            row_id = made.id if what.name == "update" else None
            await do(store, what, row_id, actor=OPERATOR, rent="1", **args)
    assert (await do(store, Room.update, made.id, actor=OPERATOR, seats=3)).seats == 3
