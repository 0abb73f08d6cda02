"""Sealing anew what an older key sealed, or none: in batches, beside everybody's work, as often as it takes.

What is still to do is written in the values themselves: who was interrupted begins again and goes on. No
revision is counted, because nothing that anybody can see changes.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, LargeBinary, Table, bindparam, cast, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.connecting import connect
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, MxcError
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.unsealing import place_of
from mxc.server.kernel.sealing.ring import BARE, HEADER, ID_BYTES
from mxc.server.kernel.sealing.sealed import Sealed

log: Final = logging.getLogger(__name__)
BATCH: Final = 200
# PostgreSQL's number of the lock that whoever changes keys by hand holds meanwhile.
ALONE: Final = 0x6D7863_6B657973
Tell: TypeAlias = Callable[[str, int], None]
"""(table, rows sealed anew so far): how far it is."""
Anew: TypeAlias = Callable[[Store, "Holding", Mapping[str, Any]], dict[str, Any]]
"""(…, row) → the encrypted columns and blind indexes as they are to be."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The encrypted columns of one resource, in one tenant or of the whole installation."""

    spec: Spec
    tenant_id: UUID | None

    @property
    def table(self) -> Table:
        """Where they are."""
        table: Table = self.spec.resource.__table__
        return table

    def session(self, store: Store) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that sees them."""
        return store.system() if self.tenant_id is None else store.session(self.tenant_id)


async def rotate(
    store: Store,
    specs: Sequence[Spec],
    now: Callable[[], datetime],
    tell: Tell = lambda table, done: None,
    *,
    only_bare: bool = False,
) -> int:
    """Returns how many rows were sealed anew; `only_bare` leaves those that another key sealed.

    Raises Unavailable when an older key is missing.
    """
    total = 0
    async for holding in holdings(store, specs):
        left = or_(*(_bare(holding) if only_bare else _stale(store, holding)))
        done = 0
        while count := await rewrite(store, holding, left, _anew):
            done += count
            tell(holding.spec.plural, done)
        if done:
            await note(store, holding, "rotate_keys", {"key": store.keys.primary.id, "rows": done}, now())
        total += done
    return total


@asynccontextmanager
async def alone(store: Store) -> AsyncIterator[None]:
    """Nobody else changes keys by hand meanwhile. Raises Conflict `keys-busy`.

    The lock goes with its connection, so that it outlives nobody who was killed.
    """
    connection = await connect(store.dsn, autocommit=True)
    try:
        cursor = await connection.execute("select pg_try_advisory_lock(%s)", [ALONE])
        if (await cursor.fetchone()) != (True,):
            raise Conflict(
                "somebody else is changing the encryption keys",
                code="keys-busy",
                hint="let them finish: `mxc keys status` says how far it is",
            )
        yield
    finally:
        await connection.close()


async def rotate_when_leading(
    store: Store, specs: Sequence[Spec], now: Callable[[], datetime], *, only_bare: bool = False
) -> None:
    """What was kept in the open, or under an older key, is sealed under the newest; failing is only told."""
    try:
        if done := await rotate(store, specs, now, only_bare=only_bare):
            log.info("%d rows are sealed under the newest key", done)
    except MxcError as error:
        log.warning("not everything could be sealed under the newest key: %s", error)


async def counts(store: Store, specs: Sequence[Spec]) -> Mapping[str, int]:
    """How many values each key seals, by its id; those that none seals under the empty id."""
    found: Counter[str] = Counter()
    async for holding in holdings(store, specs):
        for name in holding.spec.sealed:
            raw = cast(holding.table.c[name], LargeBinary)
            head = func.substr(raw, 1, HEADER)
            query = select(head, func.count()).where(raw.is_not(None)).group_by(head)
            async with holding.session(store) as session:
                for header, count in await session.execute(query):
                    found["" if bytes(header)[:1] == BARE else bytes(header)[1:].hex()] += count
    return found


async def holdings(store: Store, specs: Sequence[Spec]) -> AsyncIterator[Holding]:
    """Everywhere that something is kept encrypted."""
    sealing = [spec for spec in specs if spec.sealed]
    tenant: Any = next(spec.resource for spec in specs if not spec.is_tenant_owned and not spec.is_platform)
    async with store.system() as session:
        tenants = list(await session.scalars(select(tenant.id)))
    for spec in sealing:
        for tenant_id in [None] if spec.is_platform else tenants:
            yield Holding(spec, tenant_id)


async def rewrite(store: Store, holding: Holding, which: ColumnElement[bool], anew: Anew) -> int:
    """Writes some of those rows anew; how many, 0 when there are none left.

    They are locked in the order of their keys, so that two who do this never wait for one another.
    """
    table, spec = holding.table, holding.spec
    names = [*spec.sealed, *spec.blind]
    keys = [*table.primary_key.columns.keys()]
    query = (
        select(*(table.c[name] for name in (*keys, *names)))
        .where(which)
        .order_by(*(table.c[name] for name in keys))
        .limit(BATCH)
        .with_for_update(key_share=True)
    )
    async with holding.session(store) as session:
        connection = await session.connection()
        rows = (await connection.execute(query)).mappings().all()
        if rows:
            where = [table.c[name] == bindparam(f"was_{name}") for name in keys]
            values = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in names}
            sets = [
                {f"was_{name}": row[name] for name in keys}
                | {f"set_{name}": value for name, value in anew(store, holding, dict(row)).items()}
                for row in rows
            ]
            await connection.execute(update(table).where(*where).values(values), sets)
        return len(rows)


def _stale(store: Store, holding: Holding) -> Iterator[ColumnElement[bool]]:
    """What the newest key did not seal or mark."""
    newest = store.keys.primary.header
    for name in holding.spec.sealed:
        raw = cast(holding.table.c[name], LargeBinary)
        yield func.substr(raw, 1, HEADER) != newest
    for name in holding.spec.blind:
        yield func.substr(holding.table.c[name], 1, ID_BYTES) != newest[1:]


def _bare(holding: Holding) -> Iterator[ColumnElement[bool]]:
    """What no key sealed yet."""
    for name in holding.spec.sealed:
        yield func.substr(cast(holding.table.c[name], LargeBinary), 1, 1) == BARE


def _anew(store: Store, holding: Holding, row: Mapping[str, Any]) -> dict[str, Any]:
    spec, tenant_id = holding.spec, row.get("tenant_id")
    texts: dict[str, str | None] = {}
    values: dict[str, Any] = {}
    for name in spec.sealed:
        sealed: Sealed | None = row[name]
        place = place_of(spec.plural, name, tenant_id, row["id"])
        text = texts[name] = None if sealed is None else sealed.open_any(store.keys, place)
        values[name] = None if text is None else Sealed.fresh(text).seal(store.keys, place)
    for name, of in spec.blind.items():
        text, place = texts[of], place_of(spec.plural, name, tenant_id, "")
        values[name] = None if text is None else store.keys.mark(text.strip().lower(), place)
    return values


async def note(store: Store, holding: Holding, action: str, args: Mapping[str, Any], now: datetime) -> None:
    """Audits what became of the values of a resource."""
    row = {
        "tenant_id": holding.tenant_id or UUID(int=0), "id": uuid4(), "at": now, "actor_kind": "system",
        "actor_id": "core", "actor_name": "core", "action": action, "resource": holding.spec.plural,
        "row_id": UUID(int=0), "args": dict(args), "before": {}, "after": {}, "epoch": None, "cause": None,
    }  # fmt: skip
    async with holding.session(store) as session:
        await session.execute(insert(audit).values(row))
