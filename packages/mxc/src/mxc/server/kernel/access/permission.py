"""May this actor do that? The rules answer; every refusal says why, and who could."""

from collections.abc import Collection, Iterable
from typing import Any

from mxc.server.kernel.access.actor import SUPER_ADMIN, Actor
from mxc.server.kernel.access.judge import Judge, Lack, Permission
from mxc.server.kernel.access.law import READ
from mxc.server.kernel.errors import Forbidden
from mxc.server.kernel.resource import Action, Spec
from mxc.server.kernel.resource.facts import FactRow


def may(judge: Judge, actor: Actor, action: Action[Any, ...]) -> None:
    """Returns when the actor may perform the action. Raises Forbidden with the reason, or Unavailable."""
    if actor.kind == "system":
        return
    if actor.kind == "agent":
        if not action.internal and action.kind != "update":
            raise refused(actor, action.permission, "agents report what happens and decide nothing")
        return
    if action.internal:
        raise refused(actor, action.permission, "only the system does this")
    need(judge, actor, Permission(action.name, action.resource.__tablename__))


def may_read(judge: Judge, actor: Actor, resource: type[Any]) -> None:
    """Returns when the actor may see rows of this resource. Raises Forbidden, Unavailable."""
    if not actor.is_internal:
        need(judge, actor, Permission(READ, resource.__tablename__))


def may_write(judge: Judge, actor: Actor, spec: Spec, names: Iterable[str]) -> None:
    """Returns when the actor may set these fields; who may not see one may not set it either."""
    if spec.guarded and not actor.is_internal:
        for name in sorted(spec.guarded.intersection(names)):
            need(judge, actor, Permission(name, spec.plural))


def may_hand_on(
    judge: Judge,
    actor: Actor,
    permission: str,
    roles: Collection[str],
    supposed: Collection[FactRow] = (),
) -> None:
    """Returns when the actor has everything that these roles grant, or would if `supposed` held.

    Raises Forbidden that names what they lack: nobody gives what is not theirs.
    """
    if not roles or actor.is_internal:
        return
    beyond = [str(each) for each in judge.beyond(actor, roles, supposed)]
    if beyond:
        shown = ", ".join(beyond[:3]) + (f" and {len(beyond) - 3} more" if len(beyond) > 3 else "")
        raise refused(
            actor, permission, f"it would hand on {shown}, which {actor.name} may not do",
            hint="nobody gives or takes what they do not have themselves; ask an owner",
            beyond=beyond,
        )  # fmt: skip


def seen_by(judge: Judge, actor: Actor, spec: Spec) -> frozenset[str]:
    """The guarded fields of a resource that this actor may see."""
    if not spec.guarded or actor.is_internal:
        return spec.guarded
    return frozenset(name for name in spec.guarded if judge.allows(actor, Permission(name, spec.plural)))


def need(judge: Judge, actor: Actor, permission: Permission) -> None:
    """Returns when the actor has the permission. Raises Forbidden with what is missing, Unavailable."""
    if not judge.allows(actor, permission):
        raise _lacking(actor, permission, judge.lack(actor, permission))


def refused(actor: Actor, permission: str, reason: str, hint: str = "", **details: object) -> Forbidden:
    """The refusal, with its reason in message and details."""
    return Forbidden(
        f"{actor.label} may not {permission}: {reason}",
        hint=hint,
        details={"permission": permission, "reason": reason, **details},
    )


def _lacking(actor: Actor, permission: Permission, lack: Lack) -> Forbidden:
    have = actor.role or "no role"
    if not lack.least:
        reason, hint = "there is no such permission", ""
    elif not lack.has_role and lack.least == SUPER_ADMIN:
        reason, hint = "only who administers the installation does this", ""
    elif not lack.has_role:
        reason = f"it needs the role {lack.least}; {actor.name} has {have}"
        hint = f"ask who administers the organisation for one of the roles {', '.join(lack.roles)}"
    else:
        reason = f"a token of the scope {actor.scope} does not reach so far; {actor.name}'s role would"
        hint = f"make a token of the scope {lack.scope}"
    return refused(
        actor, str(permission), reason, hint, role=actor.role, scope=actor.scope, needs_role=lack.least,
        needs_scope=lack.scope, roles=list(lack.roles), path=lack.path,
    )  # fmt: skip
