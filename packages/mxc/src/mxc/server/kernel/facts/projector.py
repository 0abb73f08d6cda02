"""Reads rows and says what facts they are: the only way from PostgreSQL into the engine."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.facts.tenant import NOTHING, Facts, Key
from mxc.server.kernel.resource import Spec, facts_of

CHUNK = 2_000


@dataclass(slots=True)
class Reading:
    """Rows as one transaction saw them: what facts each is (none when gone), and the rows themselves."""

    facts: dict[Key, Facts] = field(default_factory=dict)
    rows: dict[Key, Any] = field(default_factory=dict)


class Projector:
    """Reads the rows of one tenant by the specs of their relations; relations without a spec are skipped."""

    def __init__(self, store: Store, specs: Iterable[Spec]) -> None:
        self._store = store
        self._specs = {spec.plural: spec for spec in specs if spec.is_tenant_owned}

    def spec(self, relation: str) -> Spec | None:
        return self._specs.get(relation)

    async def read(self, tenant_id: UUID, keys: Collection[Key]) -> Reading:
        """The rows of these keys: one query per relation and chunk, one transaction."""
        wanted: dict[str, list[UUID]] = defaultdict(list)
        for relation, row_id in keys:
            if relation in self._specs:
                wanted[relation].append(row_id)
        reading = Reading(dict.fromkeys(keys, NOTHING))
        if wanted:
            async with self._store.session(tenant_id) as session:
                for relation, ids in sorted(wanted.items()):
                    await self._read_relation(session, self._specs[relation], ids, reading)
        return reading

    async def read_all(self, tenant_id: UUID, relations: Collection[str] = ()) -> Reading:
        """Every row of every relation that becomes facts, and of the relations named."""
        reading = Reading()
        async with self._store.session(tenant_id) as session:
            for relation, spec in sorted(self._specs.items()):
                if spec.facts or relation in relations:
                    rows = await session.execute(select(spec.resource))
                    _keep(reading, relation, rows.scalars())
        return reading

    async def _read_relation(
        self, session: AsyncSession, spec: Spec, ids: list[UUID], reading: Reading
    ) -> None:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            rows = await session.execute(select(spec.resource).where(spec.resource.id.in_(chunk)))
            _keep(reading, spec.plural, rows.scalars())


def _keep(reading: Reading, relation: str, rows: Iterable[Any]) -> None:
    for row in rows:
        key = (relation, row.id)
        reading.facts[key] = facts_of(row)
        reading.rows[key] = row


def differing(held: Mapping[Key, Facts], reading: Reading) -> set[Key]:
    """The keys whose facts we hold wrongly, or hold although their row is gone."""
    wrong = {key for key, facts in reading.facts.items() if held.get(key, NOTHING) != facts}
    return wrong | (held.keys() - reading.facts.keys())
