"""What would come of it is told by the loop's own rules and actions, and nothing of it remains."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.testing.served import SYSTEM, Served, until


async def add_node(served: Served, hostname: str, memory: int = 4096) -> str:
    node = await served.core.perform(
        SYSTEM, Node.create, hostname=hostname, cpu_total=8.0, memory_total=memory,
        liveness="available", last_heartbeat_at=served.core.clock.now(),
    )  # fmt: skip
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("node_accepting", str(node.id)))
    return str(node.id)


async def running(served: Served, node: str, **needs: Any) -> str:
    made = await served.call("POST", "/workloads", json={"command": "sleep", **needs})
    row_id = UUID(made["id"])
    await served.core.perform(SYSTEM, Workload.place, row_id, node_id=UUID(node), deadline_s=60.0)
    await served.core.perform(SYSTEM, Workload.run, row_id)
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("workload", made["id"], ..., "running"))
    return str(made["id"])


def state_of(served: Served) -> Any:
    facts = served.core.facts(SYSTEM)
    names = ("workload", "workload_placement", "node_intent", "node_resources_free", "notice_wanted")
    arity = {each["name"]: each["arity"] for each in facts.predicates()}
    return {name: sorted(facts.query(name, *[...] * arity[name])) for name in names}


async def test_draining_moves_what_fits_elsewhere_and_says_what_would_wait(served: Served) -> None:
    one, two = await add_node(served, "one", 8192), await add_node(served, "two", 2048)
    small = await running(served, one, memory_mb=1024)
    large = await running(served, one, memory_mb=4096)
    before = state_of(served)
    told = await served.call("POST", "/what-if", json={"drain": one[:8]})
    kinds = {each["workload_id"]: each for each in told["outcomes"]}
    assert (kinds[small]["kind"], kinds[small]["from_node_id"], kinds[small]["to_node_id"]) == (
        "moves", one, two,
    )  # fmt: skip
    assert kinds[large]["kind"] == "waits" and "4096 MB of memory" in kinds[large]["waiting_for"]
    assert "placement_candidate" in kinds[small]["because"]
    assert f"workload {small[:8]} (sleep) would move from one to two" in told["text"]
    assert f"workload {large[:8]} (sleep) would leave one and wait for room" in told["text"]
    assert told["is_settled"] and state_of(served) == before
    async with served.core.store.session(SYSTEM.tenant_id) as session:
        intents = (await session.execute(text("select distinct intent from nodes"))).scalars().all()
    assert intents == ["schedulable"]


async def test_a_node_that_is_gone_loses_its_workloads_to_the_others(served: Served) -> None:
    one, two = await add_node(served, "one"), await add_node(served, "two")
    restarting = await running(served, one)
    staying_down = await running(served, one, restart="never")
    told = await served.call("POST", "/what-if", json={"remove": one})
    kinds = {each["workload_id"]: each for each in told["outcomes"]}
    assert (kinds[restarting]["kind"], kinds[restarting]["to_node_id"]) == ("moves", two)
    assert (kinds[staying_down]["kind"], kinds[staying_down]["reason"]) == ("stops", "node-lost")
    assert served.core.facts(SYSTEM).query("node", one, ..., ...)


async def test_more_workloads_are_placed_as_they_would_be(served: Served) -> None:
    one = await add_node(served, "one", 2048)
    asked = {"add": {"count": 3, "workload": {"memory_mb": 800, "cpu": 1}}}
    told = await served.call("POST", "/what-if", json=asked)
    assert sorted(each["kind"] for each in told["outcomes"]) == ["starts", "starts", "waits"]
    assert {each["to_node_id"] for each in told["outcomes"]} == {one, None}
    assert await served.get("/workloads") == []
    assert (await served.call("POST", "/what-if", json={"drain": one}))["text"] == "nothing would change"


async def test_what_is_asked_is_checked(served: Served) -> None:
    one = await add_node(served, "one")
    for body in ({}, {"drain": one, "remove": one}, {"add": {"count": 0}}, {"add": {"count": 9999}},
                 {"add": {"workload": {"cpu": -1}}}, {"burn": one}):  # fmt: skip
        assert (await served.http.post("/what-if", json=body)).status_code == 422, body
    assert (await served.http.post("/what-if", json={"drain": "00000000"})).status_code == 404
    viewer = await served.token_of(Role.VIEWER)
    answer = await served.http.post("/what-if", json={"drain": one}, headers=viewer)
    assert answer.status_code == 200
