"""Who acts: a person, a program with a token, an agent, or the core itself."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

ActorKind = Literal["user", "token", "agent", "system"]
ROLES: Final = ("viewer", "operator", "admin", "owner")
SCOPE_ROLES: Final = {"read": "viewer", "write": "operator"}
UNLIMITED: Final = "admin"
SUPER_ADMIN: Final = "super_admin"


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party inside one tenant; a token's power is the lesser of its scope and its owner's role."""

    kind: ActorKind
    id: str
    name: str
    tenant_id: UUID
    role: str = ""
    scope: str | None = None
    is_super_admin: bool = False

    @classmethod
    def system(cls, tenant_id: UUID, name: str = "core") -> "Actor":
        """The core, acting on what the rules derived."""
        return cls("system", name, name, tenant_id)

    @classmethod
    def agent(cls, tenant_id: UUID, node_id: UUID | str) -> "Actor":
        """The agent of one node; its identity comes from its credentials, never from a message."""
        return cls("agent", str(node_id), str(node_id), tenant_id)

    @property
    def label(self) -> str:
        """How journals name the actor: `user:ada@example.org`."""
        return f"{self.kind}:{self.name}"

    @property
    def is_internal(self) -> bool:
        """May this actor do what no human may?"""
        return self.kind in ("system", "agent")

    @property
    def rank(self) -> int:
        """0 without any role, then 1 viewer, 2 operator, 3 admin, 4 owner."""
        role = _rank(self.role)
        if self.scope is None or self.scope == UNLIMITED:
            return role
        return min(role, _rank(SCOPE_ROLES.get(self.scope, "")))


def _rank(role: str) -> int:
    return ROLES.index(role) + 1 if role in ROLES else 0
