"""Who may do what, as the rules of access in a tenant's session say; remembered while that stays so."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias
from uuid import UUID

from mxc.server.kernel.access.actor import SCOPES, Actor
from mxc.server.kernel.access.judge import Lack, Permission
from mxc.server.kernel.facts.tenant import NOTHING, TenantFacts
from mxc.server.kernel.resource.facts import FactRow

PERMITTED: Final = "permitted"
HANDED: Final = "handed"
BEYOND: Final = "handed_beyond"
# What rules call the scope of who came without a token.
SESSION: Final = "session"
Bearer: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class Rulings:
    """What one session ruled. A generation ends when something that `permitted` depends on changes."""

    facts: TenantFacts
    hits: int = 0
    misses: int = 0
    generation: int = 0
    _verdicts: dict[tuple[Any, ...], bool] = field(default_factory=dict)
    _grounds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._grounds = frozenset(self.facts.frontier(PERMITTED))
        self.facts.listeners.append(self._changed)

    def allows(self, actor: Actor, permission: Permission) -> bool:
        """The verdict of this generation, asked of the rules once."""
        key = (actor.role, actor.scope, actor.is_super_admin, permission.action, permission.resource)
        found = self._verdicts.get(key)
        if found is not None:
            self.hits += 1
            return found
        self.misses += 1
        verdict = self.facts.holds(PERMITTED, *bearer(actor), permission.action, permission.resource)
        self._verdicts[key] = verdict
        return verdict

    def _changed(self, changes: Mapping[str, Any]) -> None:
        if not self._grounds.isdisjoint(changes):
            self._verdicts.clear()
            self.generation += 1


class Bench:
    """A judge for every tenant. `facts_of` gives a tenant's session, or raises Unavailable."""

    def __init__(self, facts_of: Callable[[UUID], TenantFacts]) -> None:
        self._facts_of = facts_of
        self._rulings: dict[UUID, Rulings] = {}

    def rulings(self, tenant_id: UUID) -> Rulings:
        """What was ruled in the session that the tenant has now."""
        facts = self._facts_of(tenant_id)
        found = self._rulings.get(tenant_id)
        if found is None or found.facts is not facts:
            found = self._rulings[tenant_id] = Rulings(facts)
        return found

    def allows(self, actor: Actor, permission: Permission) -> bool:
        """See `Judge`."""
        return self.rulings(actor.tenant_id).allows(actor, permission)

    def lack(self, actor: Actor, permission: Permission) -> Lack:
        """See `Judge`."""
        facts, what = self._facts_of(actor.tenant_id), (permission.action, permission.resource)
        least = next((row[3] for row in facts.query("permission", *what, ..., ...)), "")
        allowing = {scope for scope, *_ in facts.query("scope_allows", ..., *what)}
        is_in_scope = bearer(actor)[2] in allowing
        return Lack(
            least=least,
            roles=roles_with(facts, permission),
            has_role=self.allows(_without_token(actor), permission),
            scope="" if is_in_scope else next((each for each in SCOPES if each in allowing), ""),
            path=facts.why_not(PERMITTED, *bearer(actor), *what).text,
        )

    def beyond(
        self, actor: Actor, roles: Collection[str], supposed: Collection[FactRow] = ()
    ) -> list[Permission]:
        """See `Judge`."""
        facts = self._facts_of(actor.tenant_id)
        with facts.supposing() as world:
            world.swap(NOTHING, frozenset(supposed))
            granted = {row[1:] for role in roles for row in world.query("role_grants", role, ..., ...)}
        # What the actor has is asked of the world as it is: the role in question may be their own.
        with facts.supposing() as world:
            world.swap(NOTHING, frozenset((HANDED, row) for row in granted))
            beyond = world.query(BEYOND, *bearer(actor), ..., ...)
        return [Permission(action, resource) for *_, action, resource in sorted(beyond)]


def roles_with(facts: TenantFacts, permission: Permission) -> tuple[str, ...]:
    """Every role that grants it, the least built-in one first, those of the tenant's own last."""
    granting = {role for role, *_ in facts.query("role_grants", ..., permission.action, permission.resource)}
    ranks: dict[str, int] = dict(facts.query("built_in_role", ..., ...))
    return tuple(sorted(granting, key=lambda role: (ranks.get(role, len(ranks) + 1), role)))


def bearer(actor: Actor) -> Bearer:
    """Who asks, as the rules see them: role, whether they administer the installation, scope."""
    return actor.role, "true" if actor.is_super_admin else "false", actor.scope or SESSION


def _without_token(actor: Actor) -> Actor:
    return replace(actor, scope=None)
