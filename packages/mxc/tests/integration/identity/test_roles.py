"""Roles of an organisation's own: made, given, changed and removed by who may, within what they have."""

from uuid import UUID

import pytest

from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.role import CustomRole
from mxc.server.hosting.core import Core
from mxc.server.kernel.errors import Conflict, Invalid
from mxc.testing.served import PASSWORD, SYSTEM, Served

STOPPER = {"name": "stopper", "grants": ["workloads.stop", "*.read"]}


async def refusal(served: Served, path: str, body: object, headers: dict[str, str] | None = None) -> str:
    answer = await served.http.post(path, json=body, headers=headers or {})
    assert answer.status_code == 403, answer.text
    return str(answer.json()["error"])


async def test_who_has_a_role_of_its_own_may_what_it_grants_and_nothing_else(served: Served) -> None:
    await served.call("POST", "/roles", json=STOPPER)
    stopper = await served.token_of("stopper")
    made = await served.call("POST", "/workloads", json={"command": "sleep 9"})
    assert (await served.http.get("/workloads", headers=stopper)).status_code == 200
    assert (await served.http.get("/memberships", headers=stopper)).status_code == 200
    assert (await served.http.post(f"/workloads/{made['id']}/stop", headers=stopper)).status_code == 200
    answer = await served.http.post("/workloads", json={"command": "x"}, headers=stopper)
    document = answer.json()
    assert answer.status_code == 403
    assert "needs the role operator; stopper-admin@example.org/test has stopper" in document["error"]
    assert document["details"]["roles"] == ["operator", "admin", "owner"]


async def test_what_a_changed_role_grants_holds_at_once(served: Served) -> None:
    role = await served.call("POST", "/roles", json=STOPPER)
    stopper = await served.token_of("stopper")
    body = {"command": "sleep 9"}
    assert (await served.http.post("/workloads", json=body, headers=stopper)).status_code == 403
    await served.call("PATCH", f"/roles/{role['id']}", json={"grants": ["workloads.*"]})
    assert (await served.http.post("/workloads", json=body, headers=stopper)).status_code == 201
    assert (await served.http.get("/nodes", headers=stopper)).status_code == 403
    await served.call("PATCH", f"/roles/{role['id']}", json={"grants": ["nodes.read"]})
    assert (await served.http.post("/workloads", json=body, headers=stopper)).status_code == 403
    assert (await served.http.get("/nodes", headers=stopper)).status_code == 200


async def test_an_administrator_makes_no_role_that_can_do_what_an_owner_can(served: Served) -> None:
    owner = await served.token_of(Role.OWNER)
    for grants in (["*"], ["memberships.*"], ["*.appoint_owners"]):
        said = await refusal(served, "/roles", {"name": "boss", "grants": grants})
        assert "hand on memberships.appoint_owners" in said and "admin@example.org/test may not do" in said
    role = await served.call("POST", "/roles", json={"name": "boss", "grants": ["*"]}, headers=owner)
    said = await refusal(served, "/memberships", {"email": "b@example.org", "role": "boss"})
    assert "appoint_owners" in said
    answer = await served.http.patch(f"/roles/{role['id']}", json={"grants": ["workloads.read"]})
    assert answer.status_code == 403, "nor takes away what they do not have"
    assert (await served.http.delete(f"/roles/{role['id']}")).status_code == 403
    assert (await served.http.delete(f"/roles/{role['id']}", headers=owner)).status_code == 200


async def test_operators_make_no_roles_and_nobody_widens_their_own(served: Served) -> None:
    operator = await served.token_of(Role.OPERATOR)
    assert "roles.create: it needs the role admin" in await refusal(served, "/roles", STOPPER, operator)
    role = await served.call("POST", "/roles", json={"name": "clerk", "grants": ["roles.*", "*.read"]})
    clerk = await served.token_of("clerk")
    answer = await served.http.patch(f"/roles/{role['id']}", json={"grants": ["*"]}, headers=clerk)
    assert answer.status_code == 403 and "hand on" in answer.json()["error"]
    body = {"name": "mate", "grants": ["nodes.read"]}
    assert (await served.http.post("/roles", json=body, headers=clerk)).status_code == 201


async def test_patterns_name_permissions_that_there_are(served: Served) -> None:
    for grants, said in (
        (["workload.stop"], "did you mean workloads.stop?"),
        (["workloads.fly"], "names no permission"),
        (["tenants.suspend"], "names no permission"),
        (["work*"], "pattern"),
    ):
        answer = await served.http.post("/roles", json={"name": "x", "grants": grants})
        assert answer.status_code == 422 and said in answer.text, answer.text
    for name in ("owner", "Viewer", "a.b", "*"):
        answer = await served.http.post("/roles", json={"name": name, "grants": []})
        assert answer.status_code == 422, answer.text


async def test_a_role_that_somebody_has_stays_and_nobody_gets_one_that_is_none(core: Core) -> None:
    role = await core.perform(SYSTEM, CustomRole.create, name="stopper", grants=["workloads.stop"])
    member = await new_user(core, SYSTEM, "a@example.org", PASSWORD, "stopper")
    with pytest.raises(Conflict) as refused:
        await core.perform(SYSTEM, CustomRole.delete, role.id)
    assert refused.value.code == "role-in-use"
    with pytest.raises(Invalid) as unknown:
        await core.perform(SYSTEM, Membership.set_role, member.id, role="ghost")
    assert unknown.value.fields == {"role": ["is none of this organisation's roles"]}
    await core.perform(SYSTEM, Membership.set_role, member.id, role="viewer")
    await core.perform(SYSTEM, CustomRole.delete, role.id)
    with pytest.raises(Invalid):
        await core.perform(SYSTEM, Membership.set_role, member.id, role="stopper")


async def test_another_organisations_role_is_none(core: Core) -> None:
    await core.perform(SYSTEM, CustomRole.create, name="stopper", grants=["workloads.stop"])
    stranger = type(SYSTEM).system(UUID(int=9))
    with pytest.raises(Invalid):
        await core.perform(
            stranger,
            Membership.create,
            user_id=UUID(int=7),
            email="a@b",
            role="stopper",
            last_sign_in_at=None,
        )
