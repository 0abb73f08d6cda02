"""Who acts: a person, a program with a token, an agent, or the core itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

ActorKind = Literal["user", "token", "agent", "system"]
SUPER_ADMIN: Final = "super_admin"


class Role(StrEnum):
    """The roles that every tenant has, the least first."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"


class Scope(StrEnum):
    """What tokens are made for, the least first."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


ROLES: Final = tuple(role.value for role in Role)
SCOPES: Final = tuple(scope.value for scope in Scope)


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party inside one tenant; a token can do the lesser of its scope and its owner's role.

    With `partition_id` they see its rows and those of none, and change only the former; without one, all.
    """

    kind: ActorKind
    id: str
    name: str
    tenant_id: UUID
    role: str = ""
    scope: str | None = None
    is_super_admin: bool = False
    partition_id: UUID | None = None

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
