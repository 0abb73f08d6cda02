"""Beside rows: what the engine knows, what streams tell, and what the database gives."""

import asyncio
import json
from uuid import UUID

import httpx
import pytest

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.testing.served import SYSTEM, until

from .world import SPECS, World, neighbours_of

FOREIGN = "{row}: {text}"


async def loaded(world: World) -> None:
    """Returns once the engine of the stranger knows their node."""
    node = str(world.foreign["nodes"][0])
    facts = world.served.core.facts(world.stranger)
    await until(lambda: facts.query("node", node, ..., ...))


def told_of(world: World, text: str) -> list[str]:
    keys = [str(key) for several in world.foreign.values() for key in several]
    return [each for each in (*world.marks, *keys) if each in text]


async def test_no_predicate_holds_a_row_of_another_organisation(world: World) -> None:
    await loaded(world)
    theirs, ours = world.served.core.facts(world.stranger), world.served.core.facts(SYSTEM)
    kept = [each["name"] for each in ours.predicates() if each["count"] is not None]
    assert told_of(world, json.dumps([theirs.rows(name) for name in kept], default=str)) != []
    for name in kept:
        assert told_of(world, json.dumps(ours.rows(name), default=str)) == [], name


async def test_questions_about_a_strangers_ids_are_answered_as_about_nothing(world: World) -> None:
    await loaded(world)
    for plural, predicate, rest in (("nodes", "node", "H, S"), ("workloads", "workload", "T, S")):
        fact = f'{predicate}("{world.foreign[plural][0]}", {rest})'
        for path in ("/why", "/why-not"):
            told = await world.served.get(path, fact=fact)
            assert not told["holds"]
            assert not any(mark in json.dumps(told) for mark in world.marks)
        assert (await world.served.get("/facts", query=fact))["rows"] == []


async def test_a_rule_of_one_organisation_concludes_nothing_of_another(world: World) -> None:
    await loaded(world)
    body = {"name": "all", "rule_text": "seen(N) :- node(N, _, _).\nat_work(W) :- workload(W, _, _).\n"}
    told = await world.served.call("POST", "/rules/preview", json=body)
    assert told["is_valid"]
    assert told_of(world, json.dumps(told)) == []


@pytest.mark.parametrize("place", ["organisation", "partition"])
async def test_a_stream_of_events_tells_nothing_of_a_stranger(world: World, place: str) -> None:
    partition = world.here if place == "partition" else None
    headers = await world.knock(Role.VIEWER, partition=partition)
    read: list[str] = []
    async with (
        httpx.AsyncClient(base_url=f"{world.served.url}/api", headers=headers, timeout=20) as client,
        client.stream("GET", "/events") as stream,
    ):
        lines = stream.aiter_lines()
        while (await anext(lines)) != "event: ready":
            pass
        keys = set((await neighbours_of(world)).values()) if partition else set()
        for spec in SPECS:
            keys.add(await world.plant(spec, world.stranger, mark=world.marks[0]))
        last = await _something_of_ours(world, partition)
        async with asyncio.timeout(10):
            async for line in lines:
                read.append(line)
                if str(last) in line:
                    break
    text = "\n".join(read)
    assert told_of(world, text) == []
    assert [key for key in keys if str(key) in text] == []


async def _something_of_ours(world: World, partition: UUID | None) -> UUID:
    nodes = next(spec for spec in SPECS if spec.plural == "nodes")
    return await world.plant(nodes, DEFAULT_TENANT, partition)


async def test_raw_sql_as_the_application_sees_one_organisation_and_one_partition(world: World) -> None:
    neighbours = await neighbours_of(world)
    for spec in SPECS:
        query = f"select id from {spec.plural}"
        for partition, hidden in ((None, set()), (world.here, {neighbours.get(spec.plural)})):
            async with world.served.core.store.session(DEFAULT_TENANT, partition_id=partition) as session:
                connection = await session.connection()
                found = set((await connection.exec_driver_sql(query)).scalars())
            assert found.isdisjoint(world.foreign[spec.plural]), spec.plural
            assert found.isdisjoint(hidden), spec.plural
