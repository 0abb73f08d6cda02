"""Upsert: the row of an identity is made or changed, whoever else does the same at the same time.

The unique index decides: who comes second to make a row finds it and changes it instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.permission import may
from mxc.server.kernel.deed import Deed, Expect, creation_model
from mxc.server.kernel.errors import Conflict, Invalid, NotFound
from mxc.server.kernel.resource import Action, Identity, Spec, checked

ATTEMPTS: Final = 5
Create = Callable[[Deed, UUID | None, Index], Awaitable[Any]]
Change = Callable[[Deed, UUID, Expect], Awaitable[Any]]


async def upserted(
    session: AsyncSession, deed: Deed, by: str, expect: Expect, create: Create, change: Change
) -> Any:
    """The row as it is afterwards. Raises Invalid for a wrong or incomplete identity."""
    spec = deed.spec
    made, edited = spec.actions["create"], spec.actions["update"]
    for action in (made, edited):
        may(deed.judge, deed.actor, action)
    identity = _identity(spec, by)
    given = checked(creation_model(spec, made, deed.actor), deed.args, spec.aliases)
    if missing := [name for name in identity.columns if given.get(name) is None]:
        raise Invalid(fields={name: ["is required: it is what the row is known by"] for name in missing})
    changing = replace(deed, action=edited, args=_editable(spec, edited, given))
    making = replace(deed, action=made, args=given)
    for _ in range(ATTEMPTS):
        row_id = await _find(session, spec, identity, given)
        row = None
        if row_id is None:
            row = await create(making, None, _index(spec, identity))
        else:
            try:
                row = await change(changing, row_id, expect)
            except NotFound:
                continue
        if row is not None:
            return row
    raise Conflict(f"this {spec.name} comes and goes", code="busy", hint="try again")


def _identity(spec: Spec, by: str) -> Identity:
    names = [each.name for each in spec.identities]
    if by and by not in names:
        raise Invalid(f"{spec.plural} are not known {by!r}", hint=f"they are known {', '.join(names)}")
    if not by and len(names) > 1:
        raise Invalid(f"{spec.plural} are known in several ways", hint=f"say by which: {', '.join(names)}")
    return spec.identity(by or names[0])


def _editable(spec: Spec, edited: Action[Any, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    model = spec.argument_models["update"] if edited.has_body else spec.update_model
    return {name: value for name, value in given.items() if name in model.model_fields}


def _index(spec: Spec, identity: Identity) -> Index:
    table: Table = spec.resource.__table__
    return next(each for each in table.indexes if each.name == f"uq_{spec.plural}_{identity.name}")


async def _find(
    session: AsyncSession, spec: Spec, identity: Identity, given: Mapping[str, Any]
) -> UUID | None:
    table: Table = spec.resource.__table__
    alike = func.lower if identity.is_case_insensitive else lambda value: value
    where = [alike(table.c[name]) == alike(given[name]) for name in identity.columns]
    if spec.is_restorable:
        where.append(table.c.deleted_at.is_(None))
    connection = await session.connection()
    found: UUID | None = (await connection.execute(select(table.c.id).where(*where))).scalar_one_or_none()
    return found
