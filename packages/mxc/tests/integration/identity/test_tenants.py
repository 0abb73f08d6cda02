"""Organisations side by side: made, closed, limited, and never seen by one another."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import new_token, new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting import reply
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.errors import Conflict, Forbidden
from mxc.testing.served import PASSWORD, SYSTEM, Served, until

HERE = Visitor("here")
OTHER = {"name": "Ada & Söhne", "owner_email": "ada@example.org", "owner_password": PASSWORD}


@pytest.fixture
async def chief(served: Served) -> dict[str, str]:
    """Headers of who runs the installation."""
    made = await new_user(served.core, SYSTEM, "chief@example.org", PASSWORD, Role.OWNER)
    await served.core.perform(SYSTEM, User.make_super_admin, made.user_id, is_super_admin=True)
    issued = await new_token(served.core, DEFAULT_TENANT, made.user_id, "chief", Scope.ADMIN)
    return {"Authorization": f"Bearer {issued.text}"}


@asynccontextmanager
async def signed_in(served: Served, email: str) -> AsyncIterator[httpx.AsyncClient]:
    origin = {"Origin": served.url}
    async with httpx.AsyncClient(base_url=f"{served.url}/api", headers=origin, timeout=20) as browser:
        answer = await browser.post("/session", json={"email": email, "password": PASSWORD})
        assert answer.is_success, answer.text
        yield browser


async def data(browser: httpx.AsyncClient, path: str) -> Any:
    answer = await browser.get(path)
    assert answer.is_success, answer.text
    return answer.json()["data"]


async def test_only_who_runs_the_installation_makes_tenants(served: Served, chief: dict[str, str]) -> None:
    assert (await served.http.post("/tenants", json=OTHER)).status_code == 403
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    assert (made["slug"], made["plan"], made["max_users"]) == ("ada-s-hne", "free", 5)
    again = await served.http.post("/tenants", json=OTHER, headers=chief)
    assert again.status_code == 409
    assert {each["slug"] for each in await served.get("/tenants")} == {"default"}
    assert (await served.http.get(f"/tenants/{made['id']}")).status_code == 404
    async with signed_in(served, "ada@example.org") as ada:
        assert [each["slug"] for each in await data(ada, "/tenants")] == ["ada-s-hne"]
        assert await data(ada, "/workloads") == []
        assert (await ada.post(f"/tenants/{made['id']}/suspend", json={"reason": "x"})).status_code == 403


async def test_two_tenants_never_see_one_another(served: Served, chief: dict[str, str]) -> None:
    await served.call("POST", "/tenants", json=OTHER, headers=chief)
    mine = await served.call("POST", "/workloads", json={"command": "true"})
    async with signed_in(served, "ada@example.org") as ada:
        for path in (f"/workloads/{mine['id']}", f"/workloads/{mine['id']}/why"):
            assert (await ada.get(path)).status_code == 404
        assert (await ada.post(f"/workloads/{mine['id']}/stop")).status_code == 404
        assert {each["email"] for each in await data(ada, "/memberships")} == {"ada@example.org"}
        theirs = (await ada.post("/workloads", json={"command": "true"})).json()["data"]
        found = (await ada.get("/facts", params={"query": "workload(W, T, S)"})).json()["data"]["rows"]
        assert mine["id"] not in {row["W"] for row in found}
    assert theirs["id"] not in {each["id"] for each in await served.get("/workloads")}


async def test_a_person_in_two_tenants_switches_between_them(served: Served, chief: dict[str, str]) -> None:
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    await served.call("POST", "/memberships", json={"email": "ada@example.org", "role": "viewer"})
    async with signed_in(served, "ada@example.org") as ada:
        assert {each["role"] for each in (await data(ada, "/session"))["tenants"]} == {"owner", "viewer"}
        assert (await ada.post(f"/tenants/switch/{DEFAULT_TENANT}")).is_success
        here = await data(ada, "/session")
        assert (here["tenant_id"], here["role"]) == (str(DEFAULT_TENANT), "viewer")
        assert (await ada.post("/workloads", json={"command": "true"})).status_code == 403
        assert (await ada.post(f"/tenants/switch/{uuid4()}")).status_code == 404
        assert (await ada.post(f"/tenants/switch/{made['id']}")).is_success
        assert (await data(ada, "/session"))["role"] == "owner"


async def test_nobody_comes_into_a_suspended_tenant(served: Served, chief: dict[str, str]) -> None:
    core, identity = served.core, served.core.identity
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    cookie = await identity.sign_in(core, "ada@example.org", PASSWORD, HERE)
    ada = await identity.actor_from_cookie(core, cookie)
    assert ada is not None
    token = (await new_token(core, ada.tenant_id, UUID(ada.id), "hers", Scope.READ)).text
    path = f"/tenants/{made['id']}"
    await served.call("POST", f"{path}/suspend", json={"reason": "unpaid"}, headers=chief)
    assert await identity.actor_from_cookie(core, cookie) is None
    for attempt in (
        identity.actor_from_token(core, token),
        identity.sign_in(core, "ada@example.org", PASSWORD, HERE),
    ):
        with pytest.raises(Forbidden, match="suspended"):
            await attempt
    await served.call("POST", f"{path}/activate", headers=chief)
    assert await identity.actor_from_cookie(core, cookie) == ada
    assert await identity.actor_from_token(core, token)
    assert (await served.http.delete(path, headers=chief)).is_success
    assert await identity.actor_from_token(core, token) is None, "of a closed one nobody knows a token"


async def test_the_installations_own_organisation_stays_open(served: Served, chief: dict[str, str]) -> None:
    path = f"/tenants/{DEFAULT_TENANT}"
    for method, where, body in (("POST", "/suspend", {"reason": "oops"}), ("DELETE", "", None)):
        refused = await served.http.request(method, path + where, json=body, headers=chief)
        assert (refused.status_code, refused.json()["code"]) == (409, "first-tenant")
    assert (await served.http.get("/session", headers=chief)).is_success


async def test_a_stream_ends_with_the_right_to_read_it(
    served: Served, chief: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the token is revoked, the organisation suspended, or its owner's role another."""
    monkeypatch.setattr(reply, "LOOK_AGAIN_S", 0.0)
    monkeypatch.setattr(reply, "HEARTBEAT_S", 0.05)
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    token = await _token_of_ada(served)
    async with asyncio.timeout(20), served.http.stream("GET", "/events", headers=token) as answer:
        lines = answer.aiter_lines()
        async for line in lines:
            if line == ": alive":
                break
        path = f"/tenants/{made['id']}/suspend"
        await served.call("POST", path, json={"reason": "unpaid"}, headers=chief)
        last = [line async for line in lines if line.startswith("data: {")][-1]
    assert json.loads(last.removeprefix("data: "))["code"] == "tenant-suspended"


async def _token_of_ada(served: Served) -> dict[str, str]:
    core = served.core
    cookie = await core.identity.sign_in(core, "ada@example.org", PASSWORD, HERE)
    ada = await core.identity.actor_from_cookie(core, cookie)
    assert ada is not None
    issued = await new_token(core, ada.tenant_id, UUID(ada.id), "hers", Scope.READ)
    return {"Authorization": f"Bearer {issued.text}"}


async def test_nothing_is_left_of_an_organisation_that_could_not_be_made(
    served: Served, chief: dict[str, str]
) -> None:
    served.core.identity.is_registration_open = True
    bad = "nobody at all"
    founding = served.http.post("/tenants", json=OTHER | {"owner_email": bad}, headers=chief)
    registering = served.http.post(
        "/register", json={"organisation": "Ada & Söhne", "email": bad, "password": PASSWORD}
    )
    for answer in (await founding, await registering):
        assert (answer.status_code, list(answer.json()["error"])) == (422, ["email"])
    assert [each["slug"] for each in (await served.call("GET", "/tenants", headers=chief))] == ["default"]


async def test_whom_to_ask_is_shown_to_who_may_see_it(served: Served, chief: dict[str, str]) -> None:
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    path = f"/tenants/{made['id']}"
    contact = {"contact_name": "Ada Lovelace", "contact_email": "ada@lovelace.example"}
    changed = await served.call("PATCH", path, json=contact, headers=chief)
    async with signed_in(served, "ada@example.org") as ada:
        for seen in (changed, await data(ada, path), (await data(ada, "/tenants"))[0]):
            assert {name: seen[name] for name in contact} == contact
        member = {"email": "eve@example.org", "password": PASSWORD, "role": "operator"}
        assert (await ada.post("/memberships", json=member)).is_success
    async with signed_in(served, "eve@example.org") as eve:
        seen = await data(eve, path)
        assert {name: seen[name] for name in contact} == dict.fromkeys(contact, "•••")


async def test_a_tenant_is_closed_once_it_holds_nothing(served: Served, chief: dict[str, str]) -> None:
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    path = f"/tenants/{made['id']}"
    async with signed_in(served, "ada@example.org") as ada:
        workload = (await ada.post("/workloads", json={"command": "true"})).json()["data"]
        answer = await served.http.delete(path, headers=chief)
        assert answer.status_code == 409 and answer.json()["error"] == "it still has 1 workload"
        assert (await ada.post(f"/workloads/{workload['id']}/stop")).is_success
        facts = served.core.facts(UUID(made["id"]))
        await until(lambda: not facts.query("tenant_held", ..., ...))
        assert (await served.http.delete(path, headers=chief)).is_success
        assert (await ada.get("/session")).status_code == 401
    assert (await served.http.get(path, headers=chief)).status_code == 404
    assert UUID(made["id"]) not in served.core.engines
    assert (await served.call("POST", "/tenants", json=OTHER, headers=chief))["slug"] == "ada-s-hne"


async def test_a_plan_limits_how_many_come_in(served: Served, chief: dict[str, str]) -> None:
    made = await served.call("POST", "/tenants", json=OTHER, headers=chief)
    core, system = served.core, replace(SYSTEM, tenant_id=UUID(made["id"]))
    await served.call(
        "POST", f"/tenants/{made['id']}/set_plan", json={"plan": "free", "max_users": 2}, headers=chief
    )
    await new_user(core, system, "b@example.org", PASSWORD, Role.VIEWER)
    with pytest.raises(Conflict, match="at most 2 memberships") as refused:
        await new_user(core, system, "c@example.org", PASSWORD, Role.VIEWER)
    assert refused.value.code == "limit-reached"
    assert not await core.identity.is_known(core, "c@example.org"), "nor is a person left of it"
    await served.call("POST", f"/tenants/{made['id']}/set_plan", json={"plan": "pro"}, headers=chief)
    await new_user(core, system, "c@example.org", PASSWORD, Role.VIEWER)


async def test_registration_is_closed_unless_it_is_opened(served: Served) -> None:
    body = {"organisation": "Bob's", "email": "bob@example.org", "password": PASSWORD}
    answer = await served.http.post("/register", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration-closed")
    served.core.identity.is_registration_open = True
    made = await served.call("POST", "/register", json=body)
    assert made["slug"] == "bob-s"
    async with signed_in(served, "bob@example.org") as bob:
        assert (await data(bob, "/session"))["role"] == "owner"
    assert (await served.http.post("/register", json=body)).status_code == 409
