"""What derived pages read: always as whoever is signed in now, never another tenant's rows."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mxc.server.hosting.page import Visit
from mxc.server.hosting.request import Call
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Forbidden, NotFound
from mxc.server.kernel.resource import Global
from mxc.server.surfaces.web.derived.conditions import Wanted, wanted
from mxc.server.surfaces.web.derived.subject import Subject, Subjects

Document = dict[str, Any]
PAGE: Final = 100
COUNTED: Final = 10_000
"""Beyond so many rows a list says `more than`: nobody reads the number, and counting costs."""


@asynccontextmanager
async def opened(visit: Visit, subject: Subject, actor: Actor) -> AsyncIterator[AsyncSession]:
    """A session over the rows of this resource that the actor may see. Raises Forbidden."""
    visit.core.may_read(actor, subject.spec.resource)
    is_wide = subject.spec.is_platform or (issubclass(subject.spec.resource, Global) and actor.is_super_admin)
    store = visit.core.store
    async with store.system() if is_wide else visit.core.reading(actor) as session:
        yield session


def may_look(visit: Visit, subject: Subject) -> bool:
    """Whether this person may see rows of it at all."""
    try:
        visit.core.may_read(visit.actor, subject.spec.resource)
    except Forbidden:
        return False
    return True


class Reader:
    """Reads one resource for one visit."""

    def __init__(self, visit: Visit, subject: Subject, subjects: Subjects) -> None:
        self.visit = visit
        self.subject = subject
        self.subjects = subjects

    def sees(self, actor: Actor) -> frozenset[str]:
        """The guarded fields this person sees."""
        return self.visit.core.sees(actor, self.subject.spec)

    def wanted(self, actor: Actor, query: Mapping[str, str]) -> Wanted:
        """What an address asks for. Raises Invalid."""
        return wanted(self.subject, query, self.visit.core.clock.now(), self.sees(actor))

    async def page(
        self, actor: Actor, query: Mapping[str, str], size: int = PAGE
    ) -> tuple[list[Document], str | None]:
        """Documents of one page, and the cursor of the next."""
        want = self.wanted(actor, query)
        statement = self._select(actor, want.where).order_by(*want.order.order()).limit(size + 1)
        async with opened(self.visit, self.subject, actor) as session:
            rows = list(await session.scalars(statement))
        following = want.order.cursor(rows[size - 1]) if len(rows) > size else None
        return [self.visit.core.document(actor, row) for row in rows[:size]], following

    async def some(self, actor: Actor, ids: Iterable[UUID], query: Mapping[str, str]) -> list[Document]:
        """Those of these rows that the address asks for, too."""
        want = self.wanted(actor, {name: text for name, text in query.items() if name != "cursor"})
        statement = self._select(actor, (*want.where, self.subject.spec.resource.id.in_(list(ids))))
        async with opened(self.visit, self.subject, actor) as session:
            return [self.visit.core.document(actor, row) for row in await session.scalars(statement)]

    async def counts(self, actor: Actor, query: Mapping[str, str], *, by: str) -> tuple[int, dict[str, int]]:
        """How many rows there are (at most COUNTED + 1), and how many of each value of `by`.

        What is asked of `by` itself does not narrow its own counts.
        """
        asked = {name: text for name, text in query.items() if name not in ("cursor", "sort")}
        wide = {name: text for name, text in asked.items() if name.partition(".")[0] != by}
        spec = self.subject.spec
        inner = self._narrow(actor, select(spec.resource.id), self.wanted(actor, asked).where)
        async with opened(self.visit, self.subject, actor) as session:
            total = await session.scalar(
                select(func.count()).select_from(inner.limit(COUNTED + 1).subquery())
            )
            if not by:
                return total or 0, {}
            value = spec.value(by, self.visit.core.clock.now())
            grouped = self._narrow(actor, select(value, func.count()), self.wanted(actor, wide).where)
            found = await session.execute(grouped.group_by(value))
            return total or 0, {_word(each): count for each, count in found}

    async def row(self, actor: Actor, row_id: UUID) -> Any:
        """One row. Raises NotFound, also for another tenant's."""
        spec = self.subject.spec
        async with opened(self.visit, self.subject, actor) as session:
            found = (await session.scalars(self._select(actor, (spec.resource.id == row_id,)))).one_or_none()
        if found is None:
            raise NotFound(f"there is no {self.subject.noun} {row_id}")
        return found

    async def document(self, actor: Actor, row: Any) -> Document:
        """What this person is shown of it, with what the engine derives."""
        document = self.visit.core.document(actor, row)
        if self.subject.exposure.enrich is not None:
            await self.subject.exposure.enrich(Call(self.visit.core, actor), [document])
        return document

    def select(self, actor: Actor, ids: Sequence[UUID]) -> Any:
        """The rows with these ids that this person sees."""
        return self._select(actor, (self.subject.spec.resource.id.in_(ids),))

    def _select(self, actor: Actor, where: Sequence[ColumnElement[bool]]) -> Any:
        return self._narrow(actor, select(self.subject.spec.resource), where)

    def _narrow(self, actor: Actor, statement: Any, where: Sequence[ColumnElement[bool]]) -> Any:
        return statement.where(*self.subject.visible(self.visit.core, actor), *where)

    async def names(self, actor: Actor, wanted_ids: Mapping[str, set[UUID]]) -> dict[str, str]:
        """What the rows with these ids, by plural, are called; those this person may not see are left out."""
        found: dict[str, str] = {}
        for plural, ids in wanted_ids.items():
            target = self.subjects.get(plural)
            if target is None or not ids:
                continue
            reader = Reader(self.visit, target, self.subjects)
            try:
                documents = await reader.some(actor, ids, {})
            except Forbidden:
                continue
            found |= {str(each["id"]): target.name_of(each) for each in documents}
        return found


def acting_on(actor: Actor, subject: Subject, row_id: UUID) -> Actor:
    """Who does it: who administers the installation acts on a tenant as if inside it."""
    if issubclass(subject.spec.resource, Global) and actor.is_super_admin and actor.tenant_id != row_id:
        return replace(actor, tenant_id=row_id, role="owner")
    return actor


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "value", value))
