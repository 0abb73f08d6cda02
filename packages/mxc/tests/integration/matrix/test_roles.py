"""Every role × every action on rows of one's own: exactly what is declared, and what was promised by hand."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.surfaces.app import exposures, route_modules

from .operations import Operation
from .test_strangers import AT_ONCE, ask
from .world import ROLES, Headers, World

RANK = {role.value: rank for rank, role in enumerate(Role, 1)}
# Who may, in the words of the specification: independent of what resources declare.
PROMISED: list[tuple[str, str, set[str]]] = [
    ("GET", "/workloads", {"viewer", "operator", "admin", "owner"}),
    ("POST", "/workloads", {"operator", "admin", "owner"}),
    ("GET", "/partitions", {"viewer", "operator", "admin", "owner"}),
    ("POST", "/partitions", {"admin", "owner"}),
    ("PATCH", "/partitions/{row_id}", {"admin", "owner"}),
    ("DELETE", "/partitions/{row_id}", {"admin", "owner"}),
    ("POST", "/nodes/{row_id}/cordon", {"operator", "admin", "owner"}),
    ("POST", "/nodes/{row_id}/drain", {"operator", "admin", "owner"}),
    ("GET", "/memberships", {"viewer", "operator", "admin", "owner"}),
    ("POST", "/memberships/{row_id}/set_role", {"admin", "owner"}),
    ("POST", "/rules", {"admin", "owner"}),
    ("POST", "/tokens", {"viewer", "operator", "admin", "owner"}),
    ("POST", "/tenants", set()),
]


def judged(asked: list[Operation]) -> list[Operation]:
    """What the policies decide about: actions on rows, and their making."""
    return [
        each
        for each in asked
        if each.spec is not None and each.action not in (None, "list", "show") and not each.is_jsonapi
    ]


def refused_by(operation: Operation) -> set[int]:
    """How a refusal reads: a resource that examines what it is given says first what is wrong with it."""
    examined = {each.resource for each in exposures(route_modules()) if each.examine is not None}
    return {403, 422} if operation.spec is not None and operation.spec.resource in examined else {403}


def is_allowed(operation: Operation, role: str) -> bool:
    assert operation.spec is not None and operation.action is not None
    return RANK[role] >= RANK[operation.spec.policy.role_for(operation.action)]


async def refusals(
    world: World, several: list[Operation], who: dict[str, Headers]
) -> dict[str, dict[str, Any]]:
    """Operation -> role -> (status, whether the row stayed as it was)."""
    turns = asyncio.Semaphore(AT_ONCE)
    found: dict[str, dict[str, Any]] = {}

    async def attempt(operation: Operation, role: str) -> None:
        assert operation.spec is not None
        async with turns:
            key = await world.plant(operation.spec, DEFAULT_TENANT) if operation.names_a_row else None
            before = _row(world, operation, key)
            answer = await ask(world, operation, key, who[role])
            stayed = _row(world, operation, key) == before
        told = found.setdefault(f"{operation.method} {operation.path}", {})
        told[role] = (answer.status_code, stayed, answer.text[:300])

    await asyncio.gather(*(attempt(each, role) for each in several for role in who))
    return found


def _row(world: World, operation: Operation, key: UUID | None) -> Any:
    assert operation.spec is not None
    return None if key is None else world.row(operation.spec.plural, key)


async def test_each_role_does_exactly_what_is_declared(world: World, asked: list[Operation]) -> None:
    who: dict[str, Headers] = {role.value: await world.knock(role) for role in ROLES}
    several = judged(asked)
    found = await refusals(world, several, who)
    wrong = []
    for operation in several:
        for role, (status, stayed, text) in found[f"{operation.method} {operation.path}"].items():
            is_right = (
                status not in (401, 403, 404) and status < 500
                if is_allowed(operation, role)
                else (status in refused_by(operation) and stayed)
            )
            if not is_right:
                wrong.append(f"{role}: {operation.method} {operation.path} -> {status} {text}")
    assert wrong == []
    assert {each.spec.plural for each in several if each.spec} >= {"workloads", "nodes", "partitions"}


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE])
async def test_a_token_never_does_more_than_its_scope(
    world: World, asked: list[Operation], scope: Scope
) -> None:
    several = [each for each in judged(asked) if scope is Scope.READ or each.action == "delete"]
    found = await refusals(world, several, {"owner": await world.knock(Role.OWNER, scope)})
    wrong = {}
    for operation in several:
        name = f"{operation.method} {operation.path}"
        status, stayed, _ = found[name]["owner"]
        if status not in refused_by(operation) or not stayed:
            wrong[name] = found[name]
    assert wrong == {}


async def test_what_was_promised_by_hand(world: World, asked: list[Operation]) -> None:
    who: dict[str, Headers] = {role.value: await world.knock(role) for role in ROLES}
    known = {(each.method, each.path): each for each in asked}
    wrong = []
    for method, path, allowed in PROMISED:
        operation = known[method, path]
        for role, headers in who.items():
            key = None
            if operation.names_a_row and operation.spec is not None:
                key = await world.plant(operation.spec, DEFAULT_TENANT)
            answer = await ask(world, operation, key, headers)
            if (answer.status_code != 403) != (role in allowed) or answer.status_code in (401, 404):
                wrong.append(f"{role}: {method} {path} -> {answer.status_code} {answer.text[:200]}")
    assert wrong == []
