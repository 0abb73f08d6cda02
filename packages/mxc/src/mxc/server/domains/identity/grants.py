"""What roles grant, as the rules say: and what changes for whoever gets another."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeAlias

from mxc.server.kernel.facts.answer import PlainRow

Grants: TypeAlias = frozenset[tuple[str, str]]
MOST: int = 12


class Asked(Protocol):
    """Facts as they are, or as they would be."""

    def query(self, predicate: str, *pattern: object) -> list[PlainRow]:
        """The rows that match, `...` standing for anything."""


def grants_of(facts: Asked, role: str) -> Grants:
    """(resource, action) of everything that a role lets do."""
    return frozenset(
        (str(resource), str(action)) for _, action, resource in facts.query("role_grants", role, ..., ...)
    )


def roles_known(facts: Asked) -> list[str]:
    """Every role that somebody can have here: the built-in ones from the least, then the tenant's own."""
    ranks = {str(role): int(rank) for role, rank in facts.query("built_in_role", ..., ...)}
    granting = {str(role) for role, *_ in facts.query("role_grants", ..., ..., ...)}
    return sorted(granting | ranks.keys(), key=lambda role: (ranks.get(role, len(ranks) + 1), role))


def changes_in_words(before: Grants, after: Grants, who: str = "They") -> list[str]:
    """What they may do then and could not, and the other way round: a sentence per resource."""
    lines = [f"{who} may then {each}." for each in _by_resource(after - before)]
    lines += [f"{who} may no longer {each}." for each in _by_resource(before - after)]
    return lines or ["Nothing changes in what is allowed."]


def _by_resource(grants: Iterable[tuple[str, str]]) -> list[str]:
    actions: dict[str, list[str]] = defaultdict(list)
    for resource, action in sorted(grants):
        actions[resource].append(action.replace("_", " "))
    said = [f"{_listed(each)} {resource.replace('_', ' ')}" for resource, each in actions.items()]
    more = len(said) - MOST
    return [*said[:MOST], *([f"act on {more} more kinds of things"] if more > 0 else [])]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
