"""Partitions over REST: chosen with a header, or bound to a member or a token; never left, never crossed."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import new_token, new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.workloads.node import Node
from mxc.testing.served import PASSWORD, SYSTEM, Served, until

Headers = dict[str, str]
LIMITS = [
    ("GET", "/facts", None), ("GET", "/why?fact=node(N, H, S)", None),
    ("GET", "/why-not?fact=node(N, H, S)", None), ("GET", "/cluster/status", None),
    ("POST", "/what-if", {"add": {"count": 1}}), ("POST", "/rules/preview", {"rule_text": "p(1)."}),
]  # fmt: skip


@pytest.fixture
async def sites(served: Served) -> dict[str, str]:
    """The ids of two partitions."""
    made = [
        await served.call("POST", "/partitions", json={"name": each, "slug": each})
        for each in ("here", "there")
    ]
    return {each["slug"]: each["id"] for each in made}


def at(partition: str) -> Headers:
    return {"X-Partition-Id": partition}


async def workload(served: Served, partition: str | None = None) -> str:
    made = await served.call("POST", "/workloads", json={"command": "true", "partition_id": partition})
    return str(made["id"])


async def confined(served: Served, partition: str, role: Role = Role.ADMIN) -> Headers:
    """Who is a member of one partition only, by token."""
    made = await new_user(served.core, SYSTEM, f"{uuid4().hex}@example.org", PASSWORD, role)
    await served.core.perform(SYSTEM, Membership.confine, made.id, partition_id=UUID(partition))
    issued = await new_token(served.core, SYSTEM.tenant_id, made.user_id, "t", Scope.ADMIN)
    return {"Authorization": f"Bearer {issued.text}"}


async def ids(served: Served, path: str, headers: Headers) -> set[str]:
    return {each["id"] for each in await served.call("GET", path, headers=headers)}


async def test_a_header_chooses_one_partition_and_what_all_share(
    served: Served, sites: dict[str, str]
) -> None:
    here, there, shared = [await workload(served, each) for each in (sites["here"], sites["there"], None)]
    assert await ids(served, "/workloads", at(sites["here"])) == {here, shared}
    assert await ids(served, "/workloads", {}) == {here, there, shared}
    made = await served.call("POST", "/workloads", json={"command": "x"}, headers=at(sites["here"]))
    assert made["partition_id"] == sites["here"]
    answer = await served.http.get(f"/workloads/{there}", headers=at(sites["here"]))
    assert answer.status_code == 404


@pytest.mark.parametrize(("given", "status"), [("nonsense", 422), (str(UUID(int=404)), 404)])
async def test_a_partition_that_is_none_of_theirs_is_not_there(
    served: Served, sites: dict[str, str], given: str, status: int
) -> None:
    for path in ("/workloads", "/nodes", "/rules", "/facts"):
        assert (await served.http.get(path, headers=at(given))).status_code == status


async def test_who_is_confined_cannot_choose_another(served: Served, sites: dict[str, str]) -> None:
    there, shared = await workload(served, sites["there"]), await workload(served)
    mine = await confined(served, sites["here"])
    assert await ids(served, "/workloads", mine) == {shared}
    assert await ids(served, "/workloads", mine | at(sites["here"])) == {shared}
    assert await ids(served, "/partitions", mine) == {sites["here"]}
    for headers in (mine, mine | at(sites["there"])):
        assert (await served.http.get(f"/workloads/{there}", headers=headers)).status_code == 404
        assert (await served.http.post(f"/workloads/{there}/stop", headers=headers)).status_code == 404
    assert (await served.http.post(f"/workloads/{shared}/stop", headers=mine)).status_code == 403


async def test_who_is_confined_administers_their_partition_alone(
    served: Served, sites: dict[str, str]
) -> None:
    mine = await confined(served, sites["here"])
    invited = await served.call(
        "POST", "/memberships", json={"email": "new@example.org", "password": PASSWORD}, headers=mine
    )
    assert invited["partition_id"] == sites["here"]
    token = await served.call("POST", "/tokens", json={"name": "t", "scope": "write"}, headers=mine)
    assert token["partition_id"] == sites["here"]
    for partition in (sites["there"], None):
        answer = await served.http.post(
            f"/memberships/{invited['id']}/confine", json={"partition_id": partition}, headers=mine
        )
        assert answer.status_code in (403, 422), answer.text
    rule = await served.http.post("/rules", json={"name": "r", "rule_text": "p(1)."}, headers=mine)
    assert rule.status_code == 403
    assert "whole organisation" in rule.json()["error"]


async def test_a_token_made_in_a_partition_stays_in_it(served: Served, sites: dict[str, str]) -> None:
    there = await workload(served, sites["there"])
    made = await served.call("POST", "/tokens", json={"name": "t"}, headers=at(sites["here"]))
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert await ids(served, "/workloads", headers) == set()
    answer = await served.http.get(f"/workloads/{there}", headers=headers | at(sites["there"]))
    assert answer.status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), LIMITS, ids=[each[1] for each in LIMITS])
async def test_what_tells_of_the_whole_organisation_is_not_told_in_a_partition(
    served: Served, sites: dict[str, str], method: str, path: str, body: Any
) -> None:
    for headers in (at(sites["here"]), await confined(served, sites["here"])):
        answer = await served.http.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "confined")


async def test_work_of_one_partition_is_not_placed_on_a_node_of_another(
    served: Served, sites: dict[str, str]
) -> None:
    node = await served.add_node()
    facts = served.core.facts(SYSTEM)
    await served.call("PATCH", f"/nodes/{node}", json={"partition_id": sites["there"]})
    here, there, free = [await workload(served, each) for each in (sites["here"], sites["there"], None)]
    await until(lambda: facts.query("node_partition", node, sites["there"]))
    await until(lambda: facts.query("can_place", free, node))
    assert facts.query("can_place", there, node)
    assert not facts.query("can_place", here, node)
    told = await served.get(f"/workloads/{here}/why-not")
    assert "A node of one partition takes no work of another" in told["text"]
    answer = await served.http.get(f"/workloads/{here}/why-not", headers=at(sites["here"]))
    assert answer.json()["code"] == "confined"


async def test_events_of_another_partition_do_not_arrive(served: Served, sites: dict[str, str]) -> None:
    mine = await confined(served, sites["here"])
    told: list[dict[str, Any]] = []
    async with (
        httpx.AsyncClient(base_url=f"{served.url}/api", headers=mine, timeout=20) as client,
        client.stream("GET", "/events") as stream,
    ):
        lines = stream.aiter_lines()
        while (await anext(lines)) != "event: ready":
            pass
        node = await served.core.perform(
            SYSTEM,
            Node.create,
            hostname="theirs",
            cpu_total=1.0,
            memory_total=64,
            partition_id=UUID(sites["there"]),
        )
        await workload(served, sites["there"])
        last = await workload(served, sites["here"])
        async for line in lines:
            if line.startswith("data:"):
                told.append(json.loads(line[5:]))
            if told and told[-1].get("workload_id") == last:
                break
    assert {each.get("workload_id") for each in told if "workload_id" in each} == {last}
    assert str(node.id) not in json.dumps(told)
