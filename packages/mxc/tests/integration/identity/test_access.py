"""Who may do what is answered with its reasons, and what a change of a role would open before it is made."""

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.membership import Role
from mxc.testing.served import Served

OPERATOR = "operator-admin@example.org"


async def test_a_grant_is_proved_from_membership_and_role(served: Served) -> None:
    await served.token_of(Role.OPERATOR)
    found = await served.get("/access/why", who=OPERATOR, permission="workloads.stop")
    assert found["holds"] and found["role"] == "operator"
    assert found["text"].startswith(f"{OPERATOR} is an operator and may workloads.stop.")
    assert f"membership({OPERATOR}, operator)" in found["text"] and "identity/access.dl" in found["text"]
    assert found["tree"]["predicate"] == "can"


async def test_a_refusal_names_the_roles_that_have_it(served: Served) -> None:
    await served.token_of(Role.OPERATOR)
    await served.call("POST", "/roles", json={"name": "ruler", "grants": ["scheduling_rules.create"]})
    found = await served.get("/access/why", who=OPERATOR, permission="scheduling_rules.create")
    assert not found["holds"] and found["roles"] == ["admin", "owner", "ruler"]
    assert "may not scheduling_rules.create: the roles that have it are admin, owner, ruler." in found["text"]


async def test_a_token_is_limited_by_its_scope(served: Served) -> None:
    await served.token_of(Role.ADMIN, Scope.READ)
    found = await served.get("/access/why", who="admin-read@example.org/test", permission="workloads.stop")
    assert not found["holds"] and "the scope does not reach so far, their role would" in found["text"]
    found = await served.get("/access/why", who="admin-read@example.org/test", permission="workloads.read")
    assert found["holds"]


async def test_who_can_names_roles_members_and_tokens(served: Served) -> None:
    await served.token_of(Role.VIEWER)
    await served.token_of(Role.OPERATOR, Scope.READ)
    found = await served.get("/access/who", permission="workloads.stop")
    assert found["roles"] == ["operator", "admin", "owner"]
    assert [each["email"] for each in found["members"]] == ["admin@example.org", "operator-read@example.org"]
    assert [(each["email"], each["scope"]) for each in found["tokens"]] == [("admin@example.org", "admin")]
    nobody = await served.get("/access/who", permission="tenants.suspend")
    assert nobody["members"] == [] and "only who administers the installation" in nobody["text"]


async def test_everybody_asks_about_themselves_and_members_only_who_may_read_them(served: Served) -> None:
    await served.call("POST", "/roles", json={"name": "stopper", "grants": ["workloads.stop"]})
    stopper = await served.token_of("stopper")
    own = (await served.http.get("/access/can", headers=stopper)).json()["data"]
    assert [each["permission"] for each in own["permissions"] if each["holds"]] == ["workloads.stop"]
    for path in ("/access/can?who=admin@example.org", "/access/who?permission=workloads.stop", "/facts"):
        assert (await served.http.get(path, headers=stopper)).status_code == 403, path
    assert (await served.http.get("/access/can?who=x@example.org")).status_code == 404
    answer = await served.http.get("/access/who?permission=workload.stop")
    assert answer.status_code == 422 and "did you mean workloads.stop?" in answer.text


async def test_what_a_role_change_opens_is_told_and_not_done(served: Served) -> None:
    await served.call("POST", "/roles", json={"name": "clerk", "grants": ["*.read", "workloads.stop"]})
    clerk = await served.token_of("clerk")
    body = {"role": "clerk", "grant": ["workloads.create"], "revoke": ["workloads.stop"]}
    found = await served.call("POST", "/access/what-if", json=body)
    assert (found["gained"], found["lost"]) == (["workloads.create"], ["workloads.stop"])
    assert found["text"].splitlines() == [
        "clerk-admin@example.org could newly workloads.create",
        "clerk-admin@example.org could no longer workloads.stop",
    ]
    made = await served.http.post("/workloads", json={"command": "x"}, headers=clerk)
    assert made.status_code == 403
    fresh = await served.call("POST", "/access/what-if", json={"role": "boss", "grant": ["*"]})
    assert not fresh["exists"] and "memberships.appoint_owners" in fresh["beyond"]
    assert "you could not make it so" in fresh["text"]
    answer = await served.http.post("/access/what-if", json={"role": "admin", "grant": ["*"]})
    assert answer.status_code == 409
