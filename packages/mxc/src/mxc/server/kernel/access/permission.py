"""May this actor do that? Every refusal says why."""

from typing import Any

from mxc.server.kernel.access.actor import ROLES, SUPER_ADMIN, Actor
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource import Action


def may(actor: Actor, action: Action[Any, ...]) -> None:
    """Returns when the actor may perform the action; raises Forbidden with the reason when not."""
    if actor.kind == "system":
        return
    if actor.kind == "agent":
        if not action.internal and action.kind != "update":
            raise _refused(actor, action.permission, "agents report what happens and decide nothing")
        return
    if action.internal:
        raise _refused(actor, action.permission, "only the system does this")
    _need(actor, action.permission, action.resource.policy.role_for(action.name))


def may_read(actor: Actor, resource: type[Any]) -> None:
    """Returns when the actor may see rows of this resource; raises Forbidden with the reason when not."""
    if not actor.is_internal:
        _need(actor, f"{resource.__tablename__}.read", resource.policy.read)


def _need(actor: Actor, permission: str, role: str) -> None:
    if role == SUPER_ADMIN:
        if not actor.is_super_admin:
            raise _refused(actor, permission, "only who administers the installation does this")
    elif actor.rank < ROLES.index(role) + 1:
        have = ROLES[actor.rank - 1] if actor.rank else "no role"
        limit = " and this token's scope" if actor.scope else ""
        raise _refused(actor, permission, f"it needs the role {role}; {actor.name}{limit} has {have}")


def _refused(actor: Actor, permission: str, reason: str) -> Forbidden:
    return Forbidden(
        f"{actor.label} may not {permission}: {reason}",
        details={"permission": permission, "reason": reason},
    )
