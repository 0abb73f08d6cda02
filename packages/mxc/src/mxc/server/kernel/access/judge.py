"""Who answers whether somebody may: the rules, in whatever session of them the core was given.

Every permission is an action on a resource, as rules see it: `("stop", "workloads")` for `workloads.stop`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.resource.facts import FactRow


@dataclass(frozen=True, slots=True)
class Permission:
    """An action on a resource; `str()` spells it `workloads.stop`."""

    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.resource}.{self.action}"


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing for a permission: a role, the scope of a token, or that it exists at all.

    `least` is the nearest built-in role that has it (`super_admin`: who administers the installation; empty:
    there is no such permission), `roles` are all that grant it, `scope` is the least one that lets it through
    where the token's own does not. `path` is the refusal as the rules tell it.
    """

    least: str
    roles: tuple[str, ...]
    has_role: bool
    scope: str
    path: str


class Judge(Protocol):
    """Every question raises Unavailable while the facts of the actor's tenant are not loaded here."""

    def allows(self, actor: Actor, permission: Permission) -> bool:
        """May they?"""

    def lack(self, actor: Actor, permission: Permission) -> Lack:
        """Why they may not."""

    def beyond(
        self, actor: Actor, roles: Collection[str], supposed: Collection[FactRow] = ()
    ) -> list[Permission]:
        """What of these roles the actor does not have themselves, if the supposed facts held, too."""


class Nobody:
    """The judge where no rules are loaded: nothing is allowed, whoever asks."""

    def allows(self, actor: Actor, permission: Permission) -> bool:
        """Raises Unavailable."""
        raise _no_rules()

    def lack(self, actor: Actor, permission: Permission) -> Lack:
        """Raises Unavailable."""
        raise _no_rules()

    def beyond(
        self, actor: Actor, roles: Collection[str], supposed: Collection[FactRow] = ()
    ) -> list[Permission]:
        """Raises Unavailable."""
        raise _no_rules()


def _no_rules() -> Unavailable:
    return Unavailable(
        "no rules are loaded here that say who may do what", code="no-rules", hint="ask again shortly"
    )
