"""Streams: every committed change, resumable; output and commands through a scripted agent on the bus."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import nats
from nats.aio.msg import Msg

from mxc.protocol import ExecResult, Fault, LogBatch, LogLine, Stream, encode
from mxc.protocol.nkeys import Kind
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.bus.keys import KeyPair, new_key
from mxc.testing.served import SYSTEM, Served

SLEEP = {"command": "sleep"}


async def told(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, Any]]:
    """(kind, id, data) of each event."""
    found: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in found:
            yield found["event"], found.get("id", ""), json.loads(found["data"])
        found = {} if not line else found | {name: value}


@asynccontextmanager
async def listening(served: Served, path: str, **headers: str) -> AsyncIterator[AsyncIterator[Any]]:
    async with asyncio.timeout(20), served.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield told(answer.aiter_lines())


async def test_every_transition_is_told_once_and_can_be_taken_up_again(served: Served) -> None:
    await served.call("POST", "/workloads", json=SLEEP)
    async with listening(served, "/events") as events:
        assert (await anext(events))[0] == "ready"
        made = await served.call("POST", "/workloads", json=SLEEP)
        kind, first, document = await anext(events)
        assert (kind, document["workload_id"], document["to_status"]) == ("workload", made["id"], "pending")
        await served.call("POST", f"/workloads/{made['id']}/stop")
        _, second, document = await anext(events)
        assert document["to_status"] == "stopped"
    async with listening(served, "/events", **{"Last-Event-ID": first}) as events:
        assert (await anext(events))[0] == "ready"
        seen = set()
        while second not in seen:
            seen.add((await anext(events))[1])
        assert first not in seen


async def test_what_is_said_of_a_node_is_told_and_its_heartbeats_are_not(served: Served) -> None:
    now = served.core.clock.now()
    async with listening(served, "/events") as events:
        await anext(events)
        node = await served.core.perform(
            SYSTEM, Node.create, hostname="one", cpu_total=1.0, memory_total=1, last_heartbeat_at=now
        )
        assert (await anext(events))[2]["hostname"] == "one"
        async with served.core.store.session(SYSTEM.tenant_id) as session:
            row = await session.get(Node, (SYSTEM.tenant_id, node.id))
            assert row is not None
            row.last_heartbeat_at, row.cpu_used = served.core.clock.now(), 0.5
        await served.call("POST", f"/nodes/{node.id}/cordon")
        kind, _, document = await anext(events)
        assert (kind, document["intent"]) == ("node", "cordoned")


async def test_a_wrong_last_event_id_is_refused(served: Served) -> None:
    for wrong, status in (("nonsense", 422), (str(uuid4()), 404)):
        answer = await served.http.get("/events", headers={"Last-Event-ID": wrong})
        assert answer.status_code == status


async def placed(served: Served, node: UUID) -> str:
    made = await served.call("POST", "/workloads", json=SLEEP)
    await served.core.perform(SYSTEM, Workload.place, UUID(made["id"]), node_id=node, deadline_s=60.0)
    return str(made["id"])


async def test_an_agent_that_is_away_is_an_error_and_no_empty_stream(served: Served) -> None:
    workload = await placed(served, UUID(await served.add_node()))
    answer = await served.http.get(f"/workloads/{workload}/logs")
    assert (answer.status_code, answer.json()["code"]) == (404, "agent-away")
    body = {"command": ["true"]}
    answer = await served.http.post(f"/workloads/{workload}/exec", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "agent-away")


@asynccontextmanager
async def agent(served: Served, node: UUID, answers: dict[str, list[bytes]]) -> AsyncIterator[None]:
    """An agent on the bus that answers requests of a kind with these messages."""
    key = new_key(Kind.USER)
    given = await served.call("POST", "/agents/enrol", json={"node_id": str(node), "public_nkey": key.public})
    client = await nats.connect(
        given["servers"],
        user_jwt_cb=lambda: given["jwt"].encode(),
        signature_cb=lambda nonce: _signed(key, nonce),
        inbox_prefix=f"_INBOX_{node}".encode(),
    )

    async def answer(message: Msg) -> None:
        for payload in answers[message.subject.rsplit(".", 1)[1]]:
            await message.respond(payload)

    await client.subscribe(f"mxc.{given['tenant']}.down.{node}.*", cb=answer)
    await client.flush()
    try:
        yield
    finally:
        await client.close()


def _signed(key: KeyPair, nonce: str) -> bytes:
    return base64.b64encode(key.sign(nonce.encode()))


async def test_output_and_commands_come_from_the_agent(served: Served) -> None:
    node = UUID(await served.add_node())
    workload = await placed(served, node)
    lines = [LogLine(1.0, Stream.STDOUT, b"caf\xc3\xa9", True), LogLine(2.0, Stream.STDERR, b"\xff", False)]
    batch = LogBatch(lines=lines, cursor="c", generation=1, is_last=True, is_ended=True)
    result = ExecResult(exit_code=3, stdout=b"out", stderr=b"\xfe")
    answers = {"logs": [encode(batch), b""], "exec": [encode(result)]}
    async with agent(served, node, answers):
        async with listening(served, f"/workloads/{workload}/logs") as events:
            found = [(kind, data) async for kind, _, data in events]
        assert [data["text"] for kind, data in found if kind == "log"] == ["café\n", "�"]
        assert found[-1] == ("end", {"is_ended": True})
        done = await served.call("POST", f"/workloads/{workload}/exec", json={"command": ["x"]})
        assert (done["exit_code"], done["stdout"], done["stderr"]) == (3, "out", "�")
    answers = {"logs": [b"nonsense"], "exec": [encode(Fault(code="gone", message="no"))]}
    async with agent(served, node, answers):
        answer = await served.http.get(f"/workloads/{workload}/logs")
        assert (answer.status_code, answer.json()["code"]) == (503, "agent-confused")
        answer = await served.http.post(f"/workloads/{workload}/exec", json={"command": ["x"]})
        assert (answer.status_code, answer.json()["code"]) == (404, "gone")


async def test_a_removed_node_and_a_wrong_key_are_not_enrolled(served: Served) -> None:
    for key in ("x" * 56, "short", 3):
        body = {"node_id": str(uuid4()), "public_nkey": key}
        assert (await served.http.post("/agents/enrol", json=body)).status_code == 422
