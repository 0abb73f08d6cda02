"""/tenants: the organisations of the installation; one's own for whoever runs only that."""

from collections.abc import Mapping
from typing import Any

from mxc.server.domains.identity.organisations import close_tenant, found_with_owner
from mxc.server.domains.identity.routes.tenants import NewTenant
from mxc.server.domains.tenants.tenant import Plan, Tenant
from mxc.server.hosting.display import Display, Done, Way
from mxc.server.hosting.page import Visit


async def found(visit: Visit, _: Any, given: Mapping[str, Any]) -> Done:
    """Makes one, and its first owner. Raises Forbidden, Conflict."""
    actor = await visit.present()
    visit.core.may(actor, Tenant.set_plan)
    plan = given.get("plan", Plan.FREE)
    tenant = await found_with_owner(
        visit.core, actor, given["name"], given.get("slug", ""), plan,
        given["owner_email"], given.get("owner_password"),
    )  # fmt: skip
    return Done(f"{tenant.name} is made", tenant.id)


async def close(visit: Visit, row: Tenant, _: Mapping[str, Any]) -> Done:
    """Closes one that runs nothing any more. Raises Forbidden, Conflict."""
    await close_tenant(visit.core, await visit.present(), row.id)
    return Done(f"{row.name} is closed")


display = Display(
    Tenant,
    title="Organisations",
    noun="organisation",
    icon="apartment",
    order=5,
    hint="An organisation's rows, facts and caches are invisible to every other.",
    ways=(
        Way("create", "An organisation, and who is to own it.", Tenant.set_plan, found, NewTenant, on="list"),
        Way(
            "delete", "Close it for good. It must run nothing any more.", Tenant.delete, close, is_final=True
        ),
    ),
)
