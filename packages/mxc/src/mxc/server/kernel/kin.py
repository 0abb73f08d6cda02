"""What the rows that belong to a row have to do with its writing.

PostgreSQL keeps every reference whole by itself. Here is what it does not do: tell the audit of the rows that
go along, and treat a deleted row that can be restored as gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.deed import Deed, Write
from mxc.server.kernel.records import audit
from mxc.server.kernel.refused import in_use, second, unknown_target
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.action import edition, removal
from mxc.server.kernel.resource.relations import Relation, belonging_to, declared, spec_named


async def attend(session: AsyncSession, deed: Deed, writes: Sequence[Write]) -> None:
    """To be done right before these writes. Raises Invalid, and Conflict `in-use`."""
    for field in _living_references(deed.spec):
        await _require_living(session, field, writes)
    for write in writes:
        if write.rivals:
            await _require_alone(session, deed.spec, write)
    gone = [write.before["id"] for write in writes if write.shape.verb == "delete"]
    if gone:
        await _note_followers(session, deed, deed.spec, gone)
    away = [write.before["id"] for write in writes if _is_put_away(write)]
    if away:
        await _require_unused(session, deed.spec, away)


def _is_put_away(write: Write) -> bool:
    is_deleted = write.after.get("deleted_at") is not None
    return write.shape.verb == "update" and is_deleted and write.before["deleted_at"] is None


def _relations(target: Spec) -> tuple[Relation, ...]:
    return _relations_among(target.plural, len(declared()))


@lru_cache(maxsize=256)
def _relations_among(plural: str, _count: int) -> tuple[Relation, ...]:
    return tuple(belonging_to(spec_named(plural)))


@lru_cache(maxsize=256)
def _living_references(spec: Spec) -> tuple[tuple[str, Spec], ...]:
    """The columns that name rows of resources whose rows can be deleted and restored."""
    named = [(each.name, each.reference.target) for each in spec.fields if each.reference is not None]
    found = [(name, spec_named(target)) for name, target in named]
    return tuple((name, target) for name, target in found if target.is_restorable)


async def _require_living(session: AsyncSession, field: tuple[str, Spec], writes: Sequence[Write]) -> None:
    """The rows named anew are there and not deleted; locked, so that nobody deletes them meanwhile."""
    name, target = field
    wanted = {
        write.after[name]
        for write in writes
        if write.after.get(name) is not None and write.after[name] != write.before.get(name)
    }
    if not wanted or all(write.shape.verb == "delete" for write in writes):
        return
    table = target.resource.__table__
    living = select(table.c.id).where(table.c.id.in_(wanted), table.c.deleted_at.is_(None))
    connection = await session.connection()
    found = set((await connection.execute(living.with_for_update(read=True))).scalars())
    for missing in wanted - found:
        raise unknown_target(name, target.plural, missing)


async def _require_alone(session: AsyncSession, spec: Spec, write: Write) -> None:
    """No row has the same identity under a mark of another key, which the unique index would not see."""
    table = spec.resource.__table__
    connection = await session.connection()
    for identity in spec.identities:
        if not write.rivals.keys() & set(identity.columns):
            continue
        alike = [
            table.c[name].in_(write.rivals[name])
            if name in write.rivals
            else table.c[name] == write.after[name]
            for name in identity.columns
        ]
        condition = and_(table.c.id != write.after["id"], *alike)
        if (await connection.execute(select(exists().where(condition)))).scalar_one():
            raise second(spec, identity)


async def _require_unused(session: AsyncSession, spec: Spec, ids: Sequence[UUID]) -> None:
    """No living row belongs to these and forbids their going."""
    connection = await session.connection()
    for relation in _relations(spec):
        if relation.reference.on_delete != "restrict":
            continue
        table = relation.holder.resource.__table__
        condition = table.c[relation.column].in_(ids)
        if relation.holder.is_restorable:
            condition &= table.c.deleted_at.is_(None)
        if (await connection.execute(select(exists().where(condition)))).scalar_one():
            raise in_use(spec, relation.holder.plural)


async def _note_followers(session: AsyncSession, deed: Deed, spec: Spec, ids: Sequence[UUID]) -> None:
    """The audit rows of what goes or changes because these rows go, and of what follows those."""
    for relation in _relations(spec):
        if relation.reference.on_delete == "restrict":
            continue
        table = relation.holder.resource.__table__
        followers = select(table).where(table.c[relation.column].in_(bindparam("ids", expanding=True)))
        # Whoever acts for the installation may see what its tenants have of it, and lock none of it.
        followers = followers if spec.is_platform else followers.with_for_update()
        connection = await session.connection()
        found = (await connection.execute(followers, {"ids": ids})).mappings().all()
        if not found:
            continue
        rows = list(_audit_rows(deed, relation, found))
        await connection.execute(insert(audit), rows)
        if relation.reference.on_delete == "cascade":
            await _note_followers(session, deed, relation.holder, [row["id"] for row in found])


def _audit_rows(deed: Deed, relation: Relation, found: Sequence[Any]) -> Iterator[dict[str, Any]]:
    goes = relation.reference.on_delete == "cascade"
    plain = removal() if goes else edition()
    theirs = replace(
        deed, spec=relation.holder, action=replace(plain, owner=relation.holder.resource), args={}
    )
    for row in found:
        before = dict(row)
        noted = theirs.audit_row(before, before if goes else {**before, relation.column: None})
        yield {**noted, "tenant_id": before.get("tenant_id", deed.actor.tenant_id)}
