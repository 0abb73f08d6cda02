"""A rule's consequences are told before it is enabled: what it concludes, and who would fare otherwise."""

from typing import Any
from uuid import UUID

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.workloads.workload import Workload
from mxc.testing.served import SYSTEM, Served, until

NOWHERE = "% nobody goes anywhere\nconstraint_violated(_, Node) :- node(Node, _, _).\n"
CROWDED = "% every node counts\nmy_node(Node) :- node(Node, _, _).\n"


async def waiting(served: Served) -> str:
    made = await served.call("POST", "/workloads", json={"command": "sleep"})
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("can_place", made["id"], ...))
    return str(made["id"])


async def test_a_rule_that_leaves_no_node_is_told_with_who_would_wait_and_why(served: Served) -> None:
    node = await served.add_node()
    workload = await waiting(served)
    told = await served.call("POST", "/rules/preview", json={"name": "nowhere", "rule_text": NOWHERE})
    assert told["is_valid"]
    [outcome] = told["outcomes"]
    assert (outcome["workload_id"], outcome["kind"]) == (workload, "waits")
    assert "constraint_violated" in outcome["because"] and "rule:nowhere" in outcome["because"]
    assert f"workload {workload[:8]} (sleep) would wait for a node that meets its constraints" in told["text"]
    facts = served.core.facts(SYSTEM)
    assert facts.query("can_place", workload, node)
    assert facts.rule_versions == {}
    assert await served.get("/rules") == []


async def test_conclusions_appear_with_their_proofs_and_those_of_the_old_text_vanish(served: Served) -> None:
    node = await served.add_node()
    told = await served.call("POST", "/rules/preview", json={"name": "mine", "rule_text": CROWDED})
    [mine] = told["conclusions"]
    assert (mine["predicate"], mine["appeared"], mine["vanishing"]) == ("my_node", [[node]], 0)
    assert "every node counts" in mine["proofs"][0]
    assert f"+ my_node({node})" in told["text"]
    await served.call("POST", "/rules", json={"name": "mine", "rule_text": CROWDED})
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.rule_versions == {"mine": 1})
    other = CROWDED.replace("node(Node, _, _)", "node_overloaded(Node)")
    told = await served.call("POST", "/rules/preview", json={"name": "mine", "rule_text": other})
    assert told["conclusions"][0]["vanished"] == [[node]]
    assert facts.query("my_node", ...) == [(node,)]
    same = await served.call("POST", "/rules/preview", json={"name": "mine", "rule_text": CROWDED})
    assert (same["text"], same["outcomes"], same["conclusions"]) == ("nothing would change", [], [])


async def test_a_rule_that_is_wrong_or_never_ends_is_told_so(served: Served) -> None:
    await served.add_node()
    for text, code in (
        ("constraint_violated(W, N) :- oops(W, N).", "unknown-predicate"),
        ("tower(N) :- node_count(N).\ntower(N + 1) :- tower(N).\n", "budget"),
    ):
        told: Any = await served.call("POST", "/rules/preview", json={"rule_text": text})
        assert not told["is_valid"] and told["outcomes"] == []
        assert code in [each["code"] for each in told["diagnostics"]]


async def test_who_may_read_may_preview(served: Served) -> None:
    viewer = await served.token_of(Role.VIEWER)
    answer = await served.http.post("/rules/preview", json={"rule_text": CROWDED}, headers=viewer)
    assert answer.status_code == 200


async def test_who_runs_where_a_rule_would_not_have_it_is_told(served: Served) -> None:
    node = await served.add_node()
    workload = await waiting(served)
    await served.core.perform(SYSTEM, Workload.place, UUID(workload), node_id=UUID(node), deadline_s=60.0)
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("workload_placement", workload, node))
    told = await served.call("POST", "/rules/preview", json={"name": "nowhere", "rule_text": NOWHERE})
    [hit] = told["unwelcome"]
    assert (hit["workload_id"], hit["node_id"]) == (workload, node)
    assert f"workload {workload[:8]} runs on one and could not be placed there again" in told["text"]
    assert "rule:nowhere" in hit["because"]
