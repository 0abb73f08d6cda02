"""One action on many rows, in one transaction: read and locked together, written in batches of one shape."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.refusal import refusal
from mxc.server.kernel.deed import Deed, Expect, Write
from mxc.server.kernel.errors import Conflict, Forbidden, Invalid, MxcError, NotFound
from mxc.server.kernel.kin import attend
from mxc.server.kernel.refused import in_our_words
from mxc.server.kernel.statement import Shape, readings_of, statement_of

MOST: Final = 1000
Mode = Literal["all", "each"]


@dataclass(slots=True)
class Outcome:
    """What became of one row: the row as it is afterwards, or why it stayed as it was."""

    id: UUID
    row: Any = None
    error: MxcError | None = None
    write: Write | None = field(default=None, repr=False)


async def perform_each(session: AsyncSession, deed: Deed, ids: Sequence[UUID], mode: Mode) -> list[Outcome]:
    """An outcome for each id. Raises Conflict `bulk-refused` in mode `all`, Invalid for too many ids."""
    if deed.action.kind in ("create", "upsert"):
        raise Invalid(f"{deed.action.name} makes rows: it cannot be done to some that are there")
    if len(ids) > MOST:
        raise Invalid(fields={"ids": [f"are {len(ids)}: at most {MOST} at once"]})
    outcomes = {row_id: Outcome(row_id) for row_id in ids}
    await _apply(session, deed, outcomes)
    if mode == "all":
        _refuse_together(deed, outcomes)
    shapes: dict[Shape, list[Outcome]] = defaultdict(list)
    for outcome in outcomes.values():
        if outcome.write is not None:
            shapes[outcome.write.shape].append(outcome)
    for shape, same in shapes.items():
        if mode == "all":
            await _write(session, deed, shape, same)
        else:
            await _write_what_goes(session, deed, shape, same)
    return list(outcomes.values())


async def _apply(session: AsyncSession, deed: Deed, outcomes: dict[UUID, Outcome]) -> None:
    """Runs the action on every row in memory; what is refused there needs no database."""
    connection = await session.connection()
    statement = readings_of(deed.table, deed.action.removes, deed.action.reaches_deleted)
    found = (await connection.execute(statement, {"ids": list(outcomes)})).mappings()
    rows = {each["id"]: deed.spec.resource(**each) for each in found}
    for row_id, outcome in outcomes.items():
        try:
            if row_id not in rows:
                raise NotFound(f"there is no {deed.spec.name} {row_id}")
            outcome.write = deed.change(rows[row_id], Expect())
            outcome.row = rows[row_id]
        except (NotFound, Conflict, Invalid, Forbidden) as error:
            outcome.error = error


def _refuse_together(deed: Deed, outcomes: dict[UUID, Outcome]) -> None:
    refused = {str(each.id): each.error for each in outcomes.values() if each.error is not None}
    if refused:
        raise Conflict(
            f"{deed.action.name} is refused for {len(refused)} of {len(outcomes)}: nothing was done",
            code="bulk-refused",
            hint='leave those out, or ask for mode "each"',
            details={
                "refused": {
                    row_id: {"code": error.code, "error": error.message} for row_id, error in refused.items()
                }
            },
        )


async def _write(session: AsyncSession, deed: Deed, shape: Shape, same: Sequence[Outcome]) -> None:
    """All of one shape; the rows are locked, so nothing needs to be compared a second time."""
    writes = [each.write for each in same if each.write is not None]
    await attend(session, deed, writes)
    connection = await session.connection()
    with in_our_words(deed.spec, writes[0]):
        await connection.execute(statement_of(shape), [write.values for write in writes])


async def _write_what_goes(session: AsyncSession, deed: Deed, shape: Shape, same: Sequence[Outcome]) -> None:
    """All of one shape; when the table refuses one, each by itself."""
    error = await _tried(session, deed, shape, same)
    if error is not None and len(same) == 1:
        same[0].row, same[0].error = None, error
    elif error is not None:
        for each in same:
            await _write_what_goes(session, deed, shape, [each])


async def _tried(session: AsyncSession, deed: Deed, shape: Shape, same: Sequence[Outcome]) -> MxcError | None:
    """None when it was written; else why not, and everything is as before."""
    try:
        async with session.begin_nested():
            await _write(session, deed, shape, same)
    except (Conflict, Invalid) as error:
        return error
    except DBAPIError as error:
        ours = refusal(error)
        if not isinstance(ours, Conflict | Invalid):
            raise
        return ours
    return None
