"""What the rules of access are told about the product: every permission there is, and the built-in roles."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from mxc.server.kernel.access.actor import ROLES
from mxc.server.kernel.resource import Action, Spec
from mxc.server.kernel.resource.facts import FactRow

READ: Final = "read"
# `kind` is read, write, removal or field; `least` the least built-in role, or super_admin. `handed` is only
# ever supposed: what somebody is about to hand on.
DECLARATIONS: Final = """
.decl permission(action: text, resource: text, kind: text, least: text)
.decl built_in_role(role: text, rank: int)
.decl handed(action: text, resource: text)
"""


def access_facts(specs: Iterable[Spec]) -> frozenset[FactRow]:
    """permission(action, resource, kind, least) of everything declared, and built_in_role(role, rank)."""
    roles = {("built_in_role", (role, rank)) for rank, role in enumerate(ROLES, 1)}
    return frozenset(roles).union(*(_permissions(spec) for spec in specs))


def _permissions(spec: Spec) -> Iterator[FactRow]:
    policy = spec.policy
    yield _permission(spec, READ, "read", policy.read)
    for action in spec.actions.values():
        if not action.internal:
            kind = "removal" if _removes(action) else "write"
            yield _permission(spec, action.name, kind, policy.role_for(action.name))
    for name in spec.guarded:
        yield _permission(spec, name, "field", _who_sees(spec, name))
    for name, role in policy.also.items():
        yield _permission(spec, name, "write", role)


def _permission(spec: Spec, action: str, kind: str, least: str) -> FactRow:
    return "permission", (action, spec.plural, kind, least)


def _removes(action: Action[Any, ...]) -> bool:
    """Rows that can be restored, or end before they go, are deleted too."""
    return action.removes or action.name == "delete"


def _who_sees(spec: Spec, name: str) -> str:
    """A role, or whoever has the permission that is named: the one to write where it is no action's."""
    said = spec.field(name).visible_to
    return said if said in ROLES else spec.policy.role_for(said.rpartition(".")[2])
