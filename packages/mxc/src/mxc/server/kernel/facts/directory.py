"""Which tenants there are: their ids, and the slugs they go by on the bus."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import NotFound
from mxc.server.kernel.resource import Spec


class Directory:
    """Read from the one resource that is not inside a tenant but is one."""

    def __init__(self, store: Store, specs: Sequence[Spec]) -> None:
        self._store = store
        self._spec = next(spec for spec in specs if not spec.is_tenant_owned and not spec.is_platform)
        self._slugs: dict[UUID, str] = {}

    @property
    def relation(self) -> str:
        """The table of tenants."""
        return self._spec.plural

    async def refresh(self) -> None:
        """Reads the list again."""
        tenant: Any = self._spec.resource
        async with self._store.system() as session:
            rows = await session.execute(select(tenant.id, tenant.slug).where(tenant.status != "deleted"))
            self._slugs = {row.id: row.slug for row in rows}

    def tenants(self) -> list[UUID]:
        return sorted(self._slugs)

    def slug(self, tenant_id: UUID) -> str:
        """Raises NotFound for a tenant that is not known."""
        found = self._slugs.get(tenant_id)
        if found is None:
            raise NotFound(f"there is no tenant {tenant_id}", code="no-tenant")
        return found

    async def id_of(self, slug: str) -> UUID:
        """The tenant of a slug, read again when it is not known yet. Raises NotFound."""
        if slug not in self._slugs.values():
            await self.refresh()
        for tenant_id, name in self._slugs.items():
            if name == slug:
                return tenant_id
        raise NotFound(f"there is no tenant called {slug}", code="no-tenant")
