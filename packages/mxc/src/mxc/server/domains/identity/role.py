"""A role: what its members may do, where the built-in roles do not fit."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from mxc.server.kernel.access.actor import ROLES
from mxc.server.kernel.access.law import access_facts
from mxc.server.kernel.resource import Listing, Policy, Resource, catalogue, fact_items, identity
from mxc.server.kernel.resource.fields import Text
from mxc.server.kernel.resource.fields.bags import ARRAY
from mxc.server.kernel.resource.fields.look import Check, Look

EVERY: Final = "*"
MOST_GRANTS: Final = 200
_NAME: Final = r"^[a-z][a-z0-9-]{0,62}$"
_PATTERN: Final = r"^(\*|[a-z][a-z0-9_]*\.(\*|[a-z][a-z0-9_]*)|\*\.[a-z][a-z0-9_]*)$"


def _plain(name: str) -> str:
    return str.__str__(name)


def _own(name: str) -> str:
    if name in ROLES:
        raise ValueError(f"{name} is a role that every organisation has; choose another name")
    return name


def _known(patterns: list[str]) -> list[str]:
    for pattern in patterns:
        resource, action = parts_of(pattern)
        if not any(resource in (EVERY, r) and action in (EVERY, a) for r, a in permissions()):
            raise ValueError(f"{pattern!r} names no permission{_meant(pattern)}")
    return sorted(set(patterns))


def _meant(pattern: str) -> str:
    near = get_close_matches(pattern, [f"{resource}.{action}" for resource, action in permissions()], n=1)
    return f"; did you mean {near[0]}?" if near else "; `mxc can` lists them"


RoleName = Annotated[
    str,
    mapped_column(String(64)),
    Field(pattern=_NAME),
    AfterValidator(_plain),
    Check(f"{{}} ~ '{_NAME}'"),
    Look("name", example="viewer"),
]
OwnName = Annotated[
    str,
    mapped_column(String(64)),
    Field(pattern=_NAME),
    AfterValidator(_own),
    Check(f"{{}} ~ '{_NAME}'"),
    Look("name", example="deployer"),
]
Grants = Annotated[
    list[Annotated[str, Field(pattern=_PATTERN)]],
    mapped_column(JSONB),
    Field(max_length=MOST_GRANTS),
    AfterValidator(_known),
    ARRAY,
    Look("strings", example=["workloads.*", "nodes.read"]),
]


class CustomRole(Resource):
    """A role of this organisation's own, beside viewer, operator, admin and owner.

    `grants` are permissions such as `workloads.stop`, with `*` for every action or every resource.
    """

    __tablename__ = "roles"
    called = "name"

    name: Mapped[OwnName]
    description: Mapped[Text] = mapped_column(default="")
    grants: Mapped[Grants]

    identities = identity("by_name", "name")
    editable = ("description", "grants")
    policy = Policy(write="admin")
    listing = Listing(("name", "grants", "description"))
    facts = (fact_items("role_action", "name", "actions"), fact_items("role_resource", "name", "resources"))

    @property
    def actions(self) -> dict[str, str]:
        """Pattern → the action it names."""
        return {pattern: parts_of(pattern)[1] for pattern in self.grants}

    @property
    def resources(self) -> dict[str, str]:
        """Pattern → the resource it names."""
        return {pattern: parts_of(pattern)[0] for pattern in self.grants}

    def hands_on(self, before: Mapping[str, Any]) -> frozenset[str]:
        """What it grants, and granted: whoever has it may do that, or no longer."""
        return frozenset({self.name})


def parts_of(pattern: str) -> tuple[str, str]:
    """`workloads.*` → (`workloads`, `*`); `*` alone is everything."""
    resource, _, action = pattern.partition(".")
    return resource, action or EVERY


@cache
def permissions() -> frozenset[tuple[str, str]]:
    """(resource, action) of every permission that a role can have."""
    told = (row for predicate, row in access_facts(catalogue()) if predicate == "permission")
    return frozenset((str(row[1]), str(row[0])) for row in told if row[3] in ROLES)
