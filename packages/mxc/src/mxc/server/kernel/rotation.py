"""Sealing anew what an older key sealed, or none: in batches, beside everybody's work, as often as it takes.

What is still to do is written in the values themselves: who was interrupted begins again and goes on. No
revision is counted, because nothing that anybody can see changes.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, LargeBinary, Table, bindparam, cast, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import MxcError
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.unsealing import place_of
from mxc.server.kernel.sealing.ring import BARE, HEADER, ID_BYTES
from mxc.server.kernel.sealing.sealed import Sealed

log: Final = logging.getLogger(__name__)
BATCH: Final = 200
Tell: TypeAlias = Callable[[str, int], None]
"""(table, rows sealed anew so far): how far it is."""


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
    async for holding in _holdings(store, specs):
        done = 0
        while count := await _batch(store, holding, only_bare):
            done += count
            tell(holding.spec.plural, done)
        if done:
            await _note(store, holding, done, now())
        total += done
    return total


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
    async for holding in _holdings(store, specs):
        for name in holding.spec.sealed:
            raw = cast(holding.table.c[name], LargeBinary)
            head = func.substr(raw, 1, HEADER)
            query = select(head, func.count()).where(raw.is_not(None)).group_by(head)
            async with holding.session(store) as session:
                for header, count in await session.execute(query):
                    found["" if bytes(header)[:1] == BARE else bytes(header)[1:].hex()] += count
    return found


async def _holdings(store: Store, specs: Sequence[Spec]) -> AsyncIterator[Holding]:
    sealing = [spec for spec in specs if spec.sealed]
    tenant: Any = next(spec.resource for spec in specs if not spec.is_tenant_owned and not spec.is_platform)
    async with store.system() as session:
        tenants = list(await session.scalars(select(tenant.id)))
    for spec in sealing:
        for tenant_id in [None] if spec.is_platform else tenants:
            yield Holding(spec, tenant_id)


async def _batch(store: Store, holding: Holding, only_bare: bool) -> int:
    """Seals some rows anew; how many, 0 when there are none left."""
    table, spec = holding.table, holding.spec
    names = [*spec.sealed, *spec.blind]
    keys = [*table.primary_key.columns.keys()]
    query = (
        select(*(table.c[name] for name in (*keys, *names)))
        .where(or_(*(_bare(holding) if only_bare else _stale(store, holding))))
        .limit(BATCH)
        .with_for_update(key_share=True)
    )
    async with holding.session(store) as session:
        connection = await session.connection()
        rows = (await connection.execute(query)).mappings().all()
        if rows:
            where = [table.c[name] == bindparam(f"was_{name}") for name in keys]
            values = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in names}
            await connection.execute(
                update(table).where(*where).values(values), [_anew(store, holding, dict(row)) for row in rows]
            )
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
    values: dict[str, Any] = {f"was_{name}": row[name] for name in holding.table.primary_key.columns.keys()}  # noqa: SIM118
    for name in spec.sealed:
        sealed: Sealed | None = row[name]
        place = place_of(spec.plural, name, tenant_id, row["id"])
        texts[name] = None if sealed is None else sealed.open_any(store.keys, place)
        text = texts[name]
        values[f"set_{name}"] = None if text is None else Sealed.fresh(text).seal(store.keys, place)
    for name, of in spec.blind.items():
        text, place = texts[of], place_of(spec.plural, name, tenant_id, "")
        values[f"set_{name}"] = None if text is None else store.keys.mark(text.strip().lower(), place)
    return values


async def _note(store: Store, holding: Holding, rows: int, now: datetime) -> None:
    args = {"key": store.keys.primary.id, "rows": rows}
    row = {
        "tenant_id": holding.tenant_id or UUID(int=0), "id": uuid4(), "at": now, "actor_kind": "system",
        "actor_id": "core", "actor_name": "core", "action": "rotate_keys", "resource": holding.spec.plural,
        "row_id": UUID(int=0), "args": args, "before": {}, "after": {}, "epoch": None, "cause": None,
    }  # fmt: skip
    async with holding.session(store) as session:
        await session.execute(insert(audit).values(row))
