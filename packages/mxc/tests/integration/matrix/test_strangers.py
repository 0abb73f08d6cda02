"""What is of another organisation, or another partition, is not there: whoever asks, whatever they ask.

The oracle is an id that nobody has: with a stranger's id every answer is word for word the same.
"""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from mxc.server.domains.identity.membership import Role

from .operations import Operation
from .world import ROLES, Headers, World, neighbours_of

AT_ONCE = 8
HEX = re.compile(r"[0-9a-f]{8}[0-9a-f-]*|\d{4}-\d\d-\d\dT[0-9:.Z+]+")


async def ask(world: World, operation: Operation, row_id: UUID | None, headers: Headers) -> httpx.Response:
    """One request, its stream closed unread."""
    media = {"Accept": "application/vnd.api+json", "Content-Type": "application/vnd.api+json"}
    said = headers | (media if operation.is_jsonapi else {})
    body = operation.body
    if operation.is_jsonapi and isinstance(body, dict) and "data" in body and operation.method == "PATCH":
        body = {"data": {**body["data"], "id": str(row_id)}}
    path = operation.at(row_id)
    if operation.method == "GET":
        return await world.served.http.get(path, headers=said)
    return await world.served.http.request(operation.method, path, json=body, headers=said)


def shape(answer: httpx.Response) -> tuple[int, str]:
    """What it says, but for ids and times."""
    return answer.status_code, HEX.sub("#", answer.text)


async def differences(
    world: World, asked: list[Operation], foreign: dict[str, UUID], who: dict[str, Headers]
) -> list[str]:
    """Where a foreign row is told apart from none, or tells of itself."""
    turns = asyncio.Semaphore(AT_ONCE)
    found: list[str] = []

    async def compare(operation: Operation, row_id: UUID, name: str, headers: Headers) -> None:
        async with turns:
            theirs = await ask(world, operation, row_id, headers)
            nobodys = await ask(world, operation, uuid4(), headers)
        said = f"{name}: {operation.method} {operation.path} -> {theirs.status_code} {theirs.text[:200]}"
        if shape(theirs) != shape(nobodys) or theirs.is_success or theirs.status_code >= 500:
            found.append(f"{said}, of nobody {nobodys.status_code} {nobodys.text[:200]}")
        if operation.method == "GET" and name == Role.OWNER and theirs.status_code != 404:
            found.append(f"not 404: {said}")
        found.extend(f"it tells of itself: {said}" for mark in world.marks if mark in theirs.text)

    await asyncio.gather(
        *(
            compare(operation, foreign[operation.spec.plural], name, headers)
            for operation in asked
            if operation.names_a_row and operation.spec is not None and operation.spec.plural in foreign
            for name, headers in who.items()
        )
    )
    return found


async def test_rows_of_another_organisation_are_like_none(world: World, asked: list[Operation]) -> None:
    foreign = {plural: keys[0] for plural, keys in world.foreign.items()}
    who = {role: await world.knock(role) for role in ROLES}
    who["super admin"] = await world.knock(Role.OWNER, is_super=True)
    before = world.rows(of_stranger=True)
    assert await differences(world, asked, foreign, who) == []
    assert world.rows(of_stranger=True) == before
    covered = {each.spec.plural for each in asked if each.names_a_row and each.spec is not None}
    assert covered == foreign.keys(), "every resource can be asked for by its id"


async def test_rows_of_another_partition_are_like_none(world: World, asked: list[Operation]) -> None:
    foreign = await neighbours_of(world)
    chosen = {"X-Partition-Id": str(world.here)}
    who: dict[str, Headers] = {role: await world.knock(role, partition=world.here) for role in ROLES}
    who |= {"chosen": await world.knock(Role.OWNER) | chosen}
    before = _only(world.rows(), foreign)
    assert await differences(world, asked, foreign, who) == []
    assert _only(world.rows(), foreign) == before


def _only(rows: dict[str, list[dict[str, Any]]], foreign: dict[str, UUID]) -> list[dict[str, Any]]:
    return [row for plural, key in foreign.items() for row in rows[plural] if row["id"] == key]


@pytest.mark.parametrize("place", ["organisation", "partition"])
async def test_no_list_and_no_answer_about_all_holds_them(
    world: World, asked: list[Operation], place: str
) -> None:
    if place == "partition":
        await neighbours_of(world)
    partition = world.here if place == "partition" else None
    who = [await world.knock(role, partition=partition) for role in ROLES]
    keys = [str(key) for several in world.foreign.values() for key in several]
    for operation in asked:
        if operation.method != "GET" or operation.names_a_row or operation.is_stream:
            continue
        for headers in who:
            answer = await ask(world, operation, None, headers)
            assert answer.status_code < 500, f"{operation.path}: {answer.text}"
            found = [each for each in (*world.marks, *keys) if each in answer.text]
            assert found == [], f"{operation.path}: {answer.text[:300]}"


async def test_what_names_a_foreign_row_is_refused_like_one_that_names_none(world: World) -> None:
    """A row of one's own cannot point at a stranger's, nor a partition's at another's."""
    node, partition = world.foreign["nodes"][0], world.foreign["partitions"][0]
    http = world.served.http
    for body in (
        {"command": "x", "partition_id": str(partition)},
        {"command": "x", "partition_id": str(uuid4())},
    ):
        answer = await http.post("/workloads", json=body)
        assert (answer.status_code, "none of the partitions" in answer.text) == (422, True)
    for key in (node, uuid4()):
        answer = await http.post("/what-if", json={"drain": str(key)})
        assert answer.status_code == 404
