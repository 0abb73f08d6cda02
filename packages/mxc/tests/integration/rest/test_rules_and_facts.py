"""Rules are checked before they are accepted; anything derived can be asked about and explained."""

import re

from mxc.server.domains.identity.membership import Role
from mxc.server.domains.rulebooks.scheduling_rule import SchedulingRule
from mxc.testing.served import SYSTEM, Served, until

NOT_TOGETHER = """% do not co-locate workloads of one group
constraint_violated(Workload, Node) :-
    workload_constraint(Workload, :group, Group), workload_placement(Other, Node),
    workload_constraint(Other, :group, Group), Other != Workload.
"""
AT_MOST_FIVE = "constraint_violated(W, Node) :- count(V, workload_placement(V, Node), N), N >= 5.\n"


async def test_both_operator_rules_are_accepted_and_loaded(served: Served) -> None:
    for name, text in (("apart", NOT_TOGETHER), ("five", AT_MOST_FIVE)):
        made = await served.call("POST", "/rules", json={"name": name, "rule_text": text})
        assert (made["version"], made["is_enabled"], made["mode"]) == (1, True, "enforce")
    facts = served.core.facts(SYSTEM)
    assert set(facts.rule_versions) == {"apart", "five"}
    assert facts.rule_faults == {}


async def test_a_bad_rule_is_refused_with_its_place_and_disturbs_nothing(served: Served) -> None:
    await served.call("POST", "/rules", json={"name": "good", "rule_text": AT_MOST_FIVE})
    bad = "% fine\nconstraint_violated(W, N) :- workload(W, _, _), free(N.\n"
    answer = await served.http.post("/rules", json={"name": "bad", "rule_text": bad})
    assert answer.status_code == 422
    first = answer.json()["details"]["diagnostics"][0]
    assert first["line"] == 2 and first["column"] > 40
    assert answer.json()["place"].startswith("2:")
    assert [each["name"] for each in await served.get("/rules")] == ["good"]


async def test_a_rule_that_never_ends_is_refused_before_it_is_loaded(served: Served) -> None:
    await served.call("POST", "/rules", json={"name": "good", "rule_text": AT_MOST_FIVE})
    endless = "tower(N) :- node_count(N).\ntower(N + 1) :- tower(N).\n"
    answer = await served.http.post("/rules", json={"name": "tower", "rule_text": endless})
    assert answer.status_code == 422
    assert answer.json()["details"]["diagnostics"][0]["code"] == "budget"
    assert [each["name"] for each in await served.get("/rules")] == ["good"]


async def test_an_unsafe_rule_and_a_foreign_head_are_refused_with_a_hint(served: Served) -> None:
    unsafe = "constraint_violated(W, N) :- workload(W, _, _), not node_healthy(M)."
    for text in (unsafe, "node_healthy(N) :- node(N, _, _)."):
        answer = await served.http.post("/rules/check", json={"rule_text": text})
        assert answer.status_code == 200
        told = answer.json()["data"]
        assert not told["is_valid"]
        assert all(each["message"] and each["line"] == 1 for each in told["diagnostics"])
        assert any(each["hint"] for each in told["diagnostics"])


async def test_another_text_is_another_version_and_disabling_unloads(served: Served) -> None:
    made = await served.call("POST", "/rules", json={"name": "five", "rule_text": AT_MOST_FIVE})
    path = f"/rules/{made['id']}"
    assert (await served.call("PATCH", path, json={"description": "x"}))["version"] == 1
    other = {"name": "five", "rule_text": AT_MOST_FIVE.replace("5", "6")}
    assert (await served.call("PUT", path, json=other))["version"] == 2
    assert (await served.call("PATCH", path, json=other))["version"] == 2
    facts = served.core.facts(SYSTEM)
    assert facts.rule_versions == {"five": 2}
    await served.call("POST", f"{path}/disable")
    assert facts.rule_versions == {}
    assert (await served.http.patch(path, json={"rule_text": "nonsense("})).status_code == 422
    assert (await served.http.patch(path, json={})).status_code == 422
    assert (await served.http.post("/rules", json=other)).status_code == 409
    await served.call("DELETE", path)
    assert await served.get("/rules") == []


async def test_only_administrators_change_rules(served: Served) -> None:
    operator = await served.token_of(Role.OPERATOR)
    body = {"name": "five", "rule_text": AT_MOST_FIVE}
    assert (await served.http.post("/rules", json=body, headers=operator)).status_code == 403
    assert (await served.http.get("/rules", headers=operator)).status_code == 200


async def test_anything_derived_can_be_asked_and_explained(served: Served) -> None:
    body = {"command": "sleep", "memory_mb": 256}
    made = await served.call("POST", "/workloads", json=body)
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("workload_waiting", made["id"]))
    told = await served.get("/facts", query="workload_waiting(W), workload_resources(W, Cpu, Memory)")
    assert told["rows"] == [{"W": made["id"], "Cpu": 1.0, "Memory": 256}]
    named = {each["name"]: each for each in (await served.get("/facts"))["predicates"]}
    assert named["node_healthy"]["derived"] and not named["node"]["derived"]
    why = await served.get("/why", fact=f'workload_waiting("{made["id"]}")')
    assert why["holds"] and "lifecycle.dl:" in why["text"]
    assert "lifecycle.dl:" in (await served.get("/why", fact="workload_waiting(W)"))["text"]
    refused = await served.get("/why-not", fact="node_healthy(x)")
    assert not refused["holds"] and "node_liveness" in refused["text"]


async def test_a_malformed_question_is_refused_with_its_place(served: Served) -> None:
    for path, query in (
        ("/facts", {"query": "node_healthy(N"}),
        ("/facts", {"query": "no_such(N)"}),
        ("/facts", {"query": "not node_healthy(N)"}),
        ("/facts", {"query": "node_healthy(A, B)"}),
        ("/why", {"fact": "node_healthy("}),
        ("/why", {"fact": "a(X). b(X)"}),
        ("/why", {"fact": "no_such(1)"}),
        ("/why-not", {"fact": "no_such(1)"}),
        ("/why-not", {"fact": "node_healthy(1, 2)"}),
        ("/why", {}),
        ("/facts", {"query": "node_healthy(N)", "limit": "0"}),
    ):
        answer = await served.http.get(path, params=query)
        assert answer.status_code == 422, (path, query, answer.text)
        assert answer.json()["error"]


async def test_a_question_that_asks_for_too_much_is_refused_with_a_hint(served: Served) -> None:
    chain = ", ".join(f"valid_transition(A{number}, B{number}, C{number})" for number in range(6))
    answer = await served.http.get("/facts", params={"query": chain})
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "budget"
    assert "bind more of the variables" in answer.json()["hint"]
    told = await served.get("/facts", query="valid_transition(A, B, C)")
    assert len(told["rows"]) > 10


async def test_what_fails_stands_in_the_clusters_status(served: Served) -> None:
    engine = served.core.facts(SYSTEM)
    text = "constraint_violated(W, N) :- no_such(W, N)."
    await served.core.perform(SYSTEM, SchedulingRule.create, name="bad", rule_text=text)
    await until(lambda: engine.rule_faults)
    fault = {"reaction": "place", "row": (0, "w"), "code": "x", "message": "it rains", "failures": 2,
             "at": served.core.clock.now()}  # fmt: skip
    engine.reaction_faults = lambda: [fault]
    status = await served.get("/cluster/status")
    assert (status["rules_failing"], status["reactions_failing"]) == (1, 1)
    assert re.match(r"1:\d+: .*no_such", status["rule_faults"]["bad"])
    assert status["reaction_faults"][0]["message"] == "it rains"
    assert status["reaction_faults"][0]["row"] == [0, "w"]


async def test_a_rule_that_divides_by_zero_is_listed_with_what_it_met(served: Served) -> None:
    text = (
        "constraint_violated(W, N) :- workload_resources(W, C, _), node_resources(N, T, _), C / (T - T) > 1."
    )
    rule = await served.call("POST", "/rules", json={"name": "zero", "rule_text": text})
    assert (rule["fault"], rule["warnings"]) == (None, [])
    node = await served.add_node()
    made = await served.call("POST", "/workloads", json={"command": "true"})
    answer = await served.get(f"/workloads/{made['id']}/why-not", node=node)
    assert answer["nodes"][0]["fits"], "where it divides by zero it does not hold"
    [shown] = await served.get("/rules")
    assert shown["fault"] is None
    [warning] = shown["warnings"]
    assert "division-by-zero" in warning and warning.startswith("1:")
