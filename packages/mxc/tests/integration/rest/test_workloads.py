"""Workloads over REST: their documents, what is refused, and what they wait for."""

import asyncio
from uuid import UUID, uuid4

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.workloads.routes.workloads import PLACED_WITHIN_S
from mxc.server.domains.workloads.workload import Workload
from mxc.testing.served import SYSTEM, Served, until

SLEEP = {"command": "sleep", "args": ["60"], "cpu": 1, "memory_mb": 128}


async def test_a_created_workload_is_shown_as_documented(served: Served) -> None:
    answer = await served.http.post(
        "/workloads", json=SLEEP | {"env": {"A": "b"}, "constraints": {"zone": "x"}}
    )
    assert answer.status_code == 201
    made = answer.json()["data"]
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("workload", made["id"], ..., ...))
    shown = await served.get(f"/workloads/{made['id']}")
    names = ("type", "status", "command", "args", "env", "node_id", "cpu_required", "memory_required")
    assert [shown[name] for name in names] == [
        "process", "pending", "sleep", ["60"], {"A": "b"}, None, 1.0, 128,
    ]  # fmt: skip
    assert {"constraints", "error", "ip", "started_at", "stopped_at", "generation", "reason"} <= shown.keys()
    assert shown["waiting_for"] == "a first node: none has joined yet"
    assert "tenant_id" not in shown


async def test_what_was_just_written_is_in_what_is_asked_next(served: Served) -> None:
    node, engine = await served.add_node(), served.core.facts(SYSTEM)
    for _ in range(20):
        made = await served.call("POST", "/workloads", json=SLEEP)
        assert engine.holds("workload_waiting", made["id"])
        await served.call("POST", f"/nodes/{node}/cordon")
        assert engine.holds("node_intent", node, "cordoned")
        await served.call("POST", f"/nodes/{node}/uncordon")
        assert engine.holds("node_intent", node, "schedulable")
        await served.call("DELETE", f"/workloads/{made['id']}")
        assert not engine.holds("workload_waiting", made["id"])


INVALID: list[tuple[dict[str, object], str]] = [
    ({"cpu": -1}, "cpu"),
    ({"cpu": 1e9}, "cpu"),
    ({"cpu": "two"}, "cpu"),
    ({"cpu": True}, "cpu"),
    ({"memory_mb": 0}, "memory_mb"),
    ({"memory_mb": 1.5}, "memory_mb"),
    ({"memory_mb": 10**12}, "memory_mb"),
    ({"args": "60"}, "args"),
    ({"args": [1]}, "args"),
    ({"args": ["a\0b"]}, "args"),
    ({"env": {"A": [1]}}, "env"),
    ({"command": None}, "command"),
    ({"command": "\0"}, "command"),
    ({"command": "x" * 40_000}, "command"),
    ({"status": "running"}, "status"),
    ({"tenant_id": str(uuid4())}, "tenant_id"),
    ({"actor": "me"}, "actor"),
    ({"expect": {}}, "expect"),
    ({"restart": "sometimes"}, "restart"),
    ({"constraints": ["zone"]}, "constraints"),
    ({"cpu": 1, "cpu_required": 2}, "cpu_required"),
]


async def test_what_is_not_valid_is_refused_by_field(served: Served) -> None:
    for wrong, field in INVALID:
        answer = await served.http.post("/workloads", json={"command": "true"} | wrong)
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["error"]
    assert await served.get("/workloads") == []


async def test_an_unknown_field_is_answered_with_the_one_that_was_meant(served: Served) -> None:
    answer = await served.http.post("/workloads", json={"comand": "true"})
    assert answer.json()["error"]["comand"] == ["is not known: did you mean command?"]
    assert answer.json()["error"]["command"] == ["is required"]


MALFORMED: list[tuple[bytes, int, str | None]] = [
    (b'{"command": ', 400, None),
    (b'{"command": "a",}', 400, "1:17"),
    (b'{\n  "command" "a"}', 400, "2:13"),
    (b'{"command": "\xff\xfe"}', 400, None),
    (b"[1, 2]", 400, None),
    (b'{"cpu": NaN}', 400, None),
    (b'"text"', 400, None),
    (b'{"args":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, None),
    (b'{"command": "' + b"x" * (5 << 20) + b'"}', 413, None),
    (b'{"command": "\\ud800"}', 400, None),
]


async def test_a_body_that_is_no_json_is_refused_with_its_place(served: Served) -> None:
    for content, status, place in MALFORMED:
        answer = await served.http.post("/workloads", content=content)
        assert answer.status_code == status, answer.text
        assert answer.json()["code"] in {"malformed", "too-large"}
        assert place is None or answer.json()["place"] == place


async def test_a_refused_transition_names_the_allowed_ones(served: Served) -> None:
    made = await served.call("POST", "/workloads", json=SLEEP)
    assert (await served.call("POST", f"/workloads/{made['id']}/stop"))["status"] == "stopped"
    answer = await served.http.post(f"/workloads/{made['id']}/stop")
    assert answer.status_code == 409
    assert answer.json()["details"]["allowed"] == ["delete", "restart"]
    assert "restart" in answer.json()["hint"]
    assert (await served.call("POST", f"/workloads/{made['id']}/restart"))["status"] == "pending"


async def test_internal_actions_and_patches_are_not_offered(served: Served) -> None:
    made = await served.call("POST", "/workloads", json=SLEEP)
    for path in (f"/workloads/{made['id']}/run", f"/workloads/{made['id']}/purge"):
        assert (await served.http.post(path)).status_code in {404, 405}
    assert (await served.http.patch(f"/workloads/{made['id']}", json={"cpu": 2})).status_code == 405


async def test_rows_are_found_by_the_beginning_of_their_id(served: Served) -> None:
    made = await served.call("POST", "/workloads", json=SLEEP)
    assert (await served.get(f"/workloads/{made['id'][:8].upper()}"))["id"] == made["id"]
    for wrong in (str(uuid4()), "abc", "no such thing", "%", "______", made["id"] + "0"):
        assert (await served.http.get(f"/workloads/{wrong}")).status_code == 404


async def test_lists_are_filtered_and_paged(served: Served) -> None:
    made = [(await served.call("POST", "/workloads", json=SLEEP))["id"] for _ in range(5)]
    await served.call("POST", f"/workloads/{made[0]}/stop")
    stopped = await served.get("/workloads", status="stopped")
    assert [each["id"] for each in stopped] == [made[0]]
    assert len(await served.get("/workloads", status="stopped,pending")) == 5
    seen, cursor = [], ""
    while True:
        answer = (await served.http.get("/workloads", params={"limit": 2, "cursor": cursor})).json()
        seen += [each["id"] for each in answer["data"]]
        if (cursor := answer["next"] or "") == "":
            break
    assert seen == made[::-1]


WRONG_FILTERS: list[tuple[dict[str, str], str]] = [
    ({"status": "dead"}, "status"),
    ({"stats": "dead"}, "stats"),
    ({"limit": "0"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"cursor": "ÿ"}, "cursor"),
    ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
    ({"node_id": "x"}, "node_id"),
    ({"generation": "99999999999999999999"}, "generation"),
]


async def test_a_wrong_filter_is_refused(served: Served) -> None:
    for query, field in WRONG_FILTERS:
        answer = await served.http.get("/workloads", params=query)
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["error"]


async def test_why_not_tells_each_node_and_its_numbers(served: Served) -> None:
    node = await served.add_node()
    made = await served.call(
        "POST", "/workloads", json=SLEEP | {"memory_mb": 64 * 1024}, params={"wait": "placed"}
    )
    assert "65536 MB of memory, at most 24576 MB are free" in made["waiting_for"]
    told = await served.get(f"/workloads/{made['id']}/why-not", node=node[:8])
    assert [each["node_id"] for each in told["nodes"]] == [node]
    assert "24576" in told["text"] and "65536" in told["text"]
    assert [each["words"] for each in told["repairs"]] == ["lower its memory to 24576 MB (from 65536)"]
    assert told["repairs"][0]["actions"] == []
    assert told["text"].endswith("nearest first:\n  1. lower its memory to 24576 MB (from 65536)")
    why = await served.get(f"/workloads/{made['id']}/why")
    assert "waits for room" in why["text"]
    assert "created by admin@example.org/test → pending" in why["text"]
    assert any(tree["predicate"] == "workload_waiting" for tree in why["holds"])


async def test_a_node_is_found_by_its_hostname_too(served: Served) -> None:
    node = await served.add_node()
    made = await served.call("POST", "/workloads", json=SLEEP)
    answer = await served.get(f"/workloads/{made['id']}/why-not", node="one")
    assert [each["node_id"] for each in answer["nodes"]] == [node]
    assert (await served.get("/nodes/one"))["id"] == node
    nobody = await served.http.get("/nodes/two")
    assert nobody.status_code == 404 and "hostname" in nobody.json()["hint"]
    await served.add_node()
    assert (await served.http.get("/nodes/one")).json()["code"] == "ambiguous-id"


async def test_what_an_operator_can_do_is_offered_with_the_actions_that_do_it(served: Served) -> None:
    node = await served.add_node()
    await served.call("POST", f"/nodes/{node}/cordon")
    wishes = {"constraints": {"gpu": "a100"}, "memory_mb": 64}
    made = await served.call("POST", "/workloads", json=SLEEP | wishes)
    asked = f"/workloads/{made['id']}/why-not"
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("node_intent", node, "cordoned"))
    (first, *_) = (await served.get(asked))["repairs"]
    assert first["words"] == "give one the capability gpu=a100 and uncordon one"
    assert (first["node_id"], first["actions"]) == (node, [])
    await served.call("POST", f"/workloads/{made['id']}/stop")
    made = await served.call("POST", "/workloads", json=SLEEP)
    await until(lambda: facts.query("workload_waiting", made["id"]))
    told = await served.get(f"/workloads/{made['id']}/why-not")
    assert [each["words"] for each in told["repairs"]] == ["uncordon one"]
    (deed,) = told["repairs"][0]["actions"]
    assert deed == {"resource": "nodes", "action": "uncordon", "id": node}
    await served.call("POST", f"/{deed['resource']}/{deed['id']}/{deed['action']}")
    await until(lambda: facts.query("node_accepting", node))


async def test_nodes_that_fail_for_one_reason_are_told_together(served: Served) -> None:
    nodes = [await served.add_node(f"n{number}") for number in range(5)]
    facts = served.core.facts(SYSTEM)
    await served.call("POST", f"/nodes/{nodes[0]}/cordon")
    await until(lambda: facts.query("node_intent", nodes[0], "cordoned"))
    made = await served.call("POST", "/workloads", json=SLEEP | {"memory_mb": 30_000})
    told = await served.get(f"/workloads/{made['id']}/why-not")
    assert [(group["count"], group["gap"]) for group in told["groups"]] == [
        (4, 30_000 - 24 * 1024),
        (1, None),
    ]
    assert {each["hostname"] for each in told["groups"][0]["nodes"]} < {"n1", "n2", "n3", "n4"}
    assert told["groups"][0]["reason"] == "24576 >= 30000 fails (FreeMemory=24576, Memory=30000)"
    assert "cordoned" in told["groups"][1]["reason"]
    assert len(told["nodes"]) == 5
    lines = told["text"].splitlines()
    assert any(line.startswith("4 nodes: 24576 >= 30000 fails") for line in lines)
    assert any(line.startswith("  1. lower its memory to 24576 MB (from 30000), for n") for line in lines)


async def test_a_node_tells_what_is_thought_of_it_and_who_changed_that(served: Served) -> None:
    node = await served.add_node()
    assert "it takes new work:" in (await served.get(f"/nodes/{node}/why"))["text"]
    await served.call("POST", f"/nodes/{node}/cordon")
    why = await served.get(f"/nodes/{node}/why")
    assert "it was cordoned: nothing new is placed there" in why["text"]
    assert "cordoned, by admin@example.org/test" in why["text"]
    assert "it takes no new work:" in why["text"] and "it is healthy:" in why["text"]


async def test_who_waits_for_a_placement_is_answered_once_it_is_placed(served: Served) -> None:
    node = await served.add_node()
    engine = served.core.facts(SYSTEM)
    asked = asyncio.create_task(
        served.call("POST", "/workloads", json=SLEEP, params={"wait": "placed"}), name="asked"
    )
    await until(lambda: engine.query("workload_waiting", ...))
    assert not asked.done()
    [(made,)] = engine.query("workload_waiting", ...)
    await served.core.perform(SYSTEM, Workload.place, UUID(made), node_id=UUID(node), deadline_s=60.0)
    answer = await asked
    assert (answer["status"], answer["node_id"], answer["hostname"]) == ("starting", node, "one")
    assert answer["waiting_for"] is None


async def test_who_waits_for_what_cannot_be_placed_is_told_at_once(served: Served) -> None:
    began = served.core.clock.unix()
    made = await served.call("POST", "/workloads", json=SLEEP, params={"wait": "placed"})
    assert made["waiting_for"] == "a first node: none has joined yet"
    assert served.core.clock.unix() - began < PLACED_WITHIN_S


async def test_who_waits_for_a_decision_that_does_not_come_is_told_so(served: Served) -> None:
    await served.add_node()
    made = await served.call("POST", "/workloads", json=SLEEP, params={"wait": "placed"})
    assert (made["status"], made["waiting_for"], made["hostname"]) == ("pending", "its turn", None)


async def test_events_tell_who_moved_it(served: Served) -> None:
    made = await served.call("POST", "/workloads", json=SLEEP)
    await served.call("POST", f"/workloads/{made['id']}/stop")
    told = await served.get(f"/workloads/{made['id']}/events")
    assert [(each["from_status"], each["to_status"]) for each in told] == [
        (None, "pending"), ("pending", "stopped"),
    ]  # fmt: skip
    assert [each["change"] for each in told] == ["created, pending", "pending → stopped"]
    assert told[1]["reason"] == "user-stopped"
    assert told[1]["actor"] == "token:admin@example.org/test"


async def test_logs_and_exec_of_what_never_ran_are_conflicts(served: Served) -> None:
    made = await served.call("POST", "/workloads", json=SLEEP)
    assert (await served.http.get(f"/workloads/{made['id']}/logs")).json()["code"] == "never-placed"
    answer = await served.http.post(f"/workloads/{made['id']}/exec", json={"command": ["true"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-running")
    wrong: tuple[dict[str, object], ...] = (
        {},
        {"command": []},
        {"command": ["a"], "timeout": -1},
        {"command": "a"},
    )
    for body in wrong:
        assert (await served.http.post(f"/workloads/{made['id']}/exec", json=body)).status_code == 422


async def test_a_viewer_reads_and_may_not_write(served: Served) -> None:
    viewer = await served.token_of(Role.VIEWER)
    assert (await served.http.get("/workloads", headers=viewer)).status_code == 200
    answer = await served.http.post("/workloads", json=SLEEP, headers=viewer)
    assert answer.status_code == 403
    assert "operator" in answer.json()["error"]
    reader = await served.token_of(Role.ADMIN, Scope.READ)
    assert (await served.http.post("/workloads", json=SLEEP, headers=reader)).status_code == 403


async def test_a_node_shows_room_and_health(served: Served) -> None:
    node = await served.add_node()
    shown = await served.get(f"/nodes/{node}")
    assert (shown["status"], shown["healthy"], shown["available_cpu"]) == ("available", True, 4)
    assert shown["available_memory_mb"] == 24 * 1024
    assert shown["heartbeat_age_s"] < 5
    assert (await served.call("POST", f"/nodes/{node}/drain"))["status"] == "draining"
    assert [each["id"] for each in await served.get("/nodes", status="draining")] == [node]
    assert (await served.call("PATCH", f"/nodes/{node}", json={"intent": "cordoned"}))["intent"] == "cordoned"
    assert (await served.http.patch(f"/nodes/{node}", json={"hostname": "x"})).status_code == 422
    status = await served.get("/cluster/status")
    assert (status["node_count"], status["total_cpu"], status["nodes_healthy"]) == (1, 4, 1)
    await served.call("DELETE", f"/nodes/{node}")
    assert (await served.http.get(f"/nodes/{node}")).status_code == 404
    assert await served.get("/nodes") == []
