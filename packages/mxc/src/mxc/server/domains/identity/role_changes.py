"""What another set of grants would open, or close, for whoever has a role: supposed, never done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from mxc.server.domains.identity.membership import Membership
from mxc.server.domains.identity.permissions import refuse_confined
from mxc.server.domains.identity.role import CustomRole
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import ROLES, Actor
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.facts.tenant import TenantFacts
from mxc.server.kernel.resource import checked, facts_of, spec_of


@dataclass(frozen=True, slots=True)
class Opening:
    """Permissions that the role would gain and lose, and what of them the asker could not hand on."""

    gained: list[str]
    lost: list[str]
    beyond: list[str]


async def what_role_change_opens(
    core: Core, actor: Actor, role: str, grant: Iterable[str] = (), revoke: Iterable[str] = ()
) -> dict[str, Any]:
    """Who could newly do what, and who no longer, if a role granted more or less.

    {role, exists, grants, gained, lost, members [{user_id, email}], beyond, text}: `gained` and `lost` are
    permissions, `beyond` those that the actor lacks, so that they could not make it so. A role that is not
    there yet is supposed to be new. Raises Conflict for a built-in one, Invalid for what is no permission.
    """
    refuse_confined(actor)
    for resource in (Membership, CustomRole):
        core.may_read(actor, resource)
    if role in ROLES:
        raise Conflict(
            f"{role} is built in and does not change", code="built-in-role", hint="make one of your own"
        )
    found = await core.select(actor, CustomRole, CustomRole.name == role, limit=1)
    before = found[0] if found else None
    kept = [each for each in (before.grants if before else []) if each not in set(revoke)]
    given = checked(spec_of(CustomRole).create_model, {"name": role, "grants": [*kept, *grant]})
    after = CustomRole(id=before.id if before else uuid4(), name=role, description="", grants=given["grants"])
    opening = _supposed(core, actor, before, after)
    members = _members(core.facts(actor), role)
    return {
        "role": role, "exists": before is not None, "grants": after.grants, "gained": opening.gained,
        "lost": opening.lost, "members": members, "beyond": opening.beyond,
        "text": "\n".join(_told(role, opening, members)) or "nothing would change",
    }  # fmt: skip


def _supposed(core: Core, actor: Actor, before: CustomRole | None, after: CustomRole) -> Opening:
    was = facts_of(before) if before is not None else frozenset()
    with core.facts(actor).supposing() as world:
        held = {row[1:] for row in world.query("role_grants", after.name, ..., ...)}
        world.swap(was, facts_of(after))
        would = {row[1:] for row in world.query("role_grants", after.name, ..., ...)}
    beyond = core.store.judge.beyond(actor, {after.name}, facts_of(after))
    return Opening(_spelled(would - held), _spelled(held - would), sorted(map(str, beyond)))


def _spelled(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    return sorted(f"{resource}.{action}" for action, resource in rows)


def _members(facts: TenantFacts, role: str) -> list[dict[str, str]]:
    emails: dict[str, str] = dict(facts.query("member_email", ..., ...))
    users = (user for user, _ in facts.query("membership", ..., role))
    found = [{"user_id": user, "email": emails.get(user, user)} for user in users]
    return sorted(found, key=lambda each: each["email"])


def _told(role: str, opening: Opening, members: list[dict[str, str]]) -> Iterator[str]:
    if not opening.gained and not opening.lost:
        return
    names = [each["email"] for each in members] or [f"whoever gets the role {role}"]
    for name in names:
        if opening.gained:
            yield f"{name} could newly {', '.join(opening.gained)}"
        if opening.lost:
            yield f"{name} could no longer {', '.join(opening.lost)}"
    if opening.beyond:
        yield f"you could not make it so: you do not have {', '.join(opening.beyond)}"
