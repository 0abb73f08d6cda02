"""May this actor do that? Every refusal says why."""

from collections.abc import Iterable
from typing import Any

from mxc.server.kernel.access.actor import ROLES, SUPER_ADMIN, Actor
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource import Action, Spec


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


def may_write(actor: Actor, spec: Spec, names: Iterable[str]) -> None:
    """Returns when the actor may set these fields; who may not see one may not set it either."""
    if spec.guarded and not actor.is_internal:
        for name in sorted(spec.guarded.intersection(names) - seen_by(actor, spec)):
            needed = spec.field(name).visible_to
            raise _refused(actor, f"{spec.plural}.update", f"{name} is for {needed}")


def seen_by(actor: Actor, spec: Spec) -> frozenset[str]:
    """The guarded fields of a resource that this actor may see."""
    if actor.is_internal:
        return spec.guarded
    return frozenset(name for name in spec.guarded if _sees(actor, spec, spec.field(name).visible_to))


def _sees(actor: Actor, spec: Spec, needed: str) -> bool:
    """By role; a permission is held by whoever may write the resource."""
    role = needed if needed in ROLES else spec.policy.write
    return actor.rank >= ROLES.index(role) + 1


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
