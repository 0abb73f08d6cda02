"""Who gets in: tokens, sessions, and what neither lets anybody do."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.attempts import TooManyAttempts
from mxc.server.domains.identity.issue import ensure_first_admin, new_token, new_user
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.session import Session
from mxc.server.domains.identity.user import LOCKED_AFTER, User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.errors import Conflict, Forbidden
from mxc.testing.served import PASSWORD, SYSTEM, Served

HERE = Visitor("here")
ADMIN = {"email": "admin@example.org", "password": PASSWORD}


async def test_nothing_is_answered_without_a_valid_token(served: Served) -> None:
    served.http.headers.pop("authorization")
    for header in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {served.token}"},
                   {"Authorization": f"Bearer {served.token}x"}, {"Authorization": "Bearer mxc_zz_x"},
                   {"Authorization": "Bearer mxc_1_abc"}, {"Authorization": "Bearer \xff\xfe"}):  # fmt: skip
        raw = [(name.encode(), value.encode("latin-1")) for name, value in header.items()]
        for method, path in (("GET", "/workloads"), ("POST", "/workloads"), ("GET", "/why")):
            answer = await served.http.request(method, path, headers=raw)
            assert answer.status_code == 401, (header, path, answer.text)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["hint"]


async def test_every_path_below_api_needs_a_caller_but_signing_in(served: Served) -> None:
    described = (await served.http.get("/openapi.json")).json()
    served.http.headers.pop("authorization")
    open_paths = []
    for path, methods in described["paths"].items():
        for method in methods:
            if not path.startswith("/api/"):
                continue
            answer = await served.http.request(method, served.url + path.replace("{row_id}", "0" * 8))
            if answer.status_code != 401:
                open_paths.append((method, path))
    assert sorted(open_paths) == [
        ("post", f"/api/{path}")
        for path in ("device/authorize", "device/token", "links", "links/redeem", "register", "session")
    ]


async def test_a_session_reads_with_its_cookie_and_writes_from_our_pages_only(served: Served) -> None:
    served.http.headers.pop("authorization")
    answer = await served.http.post("/session", json=ADMIN)
    assert answer.status_code == 200
    stated = answer.headers["set-cookie"].lower()
    assert "httponly" in stated and "samesite=lax" in stated
    assert (await served.get("/session"))["name"] == "admin@example.org"
    body = {"command": "true"}
    for origin in ("", "http://evil.example", "null", f"{served.url}.evil.example"):
        answer = await served.http.post("/workloads", json=body, headers={"Origin": origin} if origin else {})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
    answer = await served.http.post("/workloads", json=body, headers={"Origin": served.url})
    assert answer.status_code == 201
    await served.call("DELETE", "/session", headers={"Origin": served.url})
    assert (await served.http.get("/session")).status_code == 401


async def test_a_session_is_over_when_forged_or_old(served: Served) -> None:
    identity, core = served.core.identity, served.core
    value = await identity.sign_in(core, ADMIN["email"], PASSWORD, HERE)
    assert await identity.actor_from_cookie(core, value)
    for wrong in (value + "x", "", "a.b", value[::-1], "null.sig"):
        assert await identity.actor_from_cookie(core, wrong) is None
    async with core.store.system() as session:
        kept = (await session.execute(text("select sessions::text from sessions"))).scalars().all()
        assert not any(value in row for row in kept)
        await session.execute(text("update sessions set expires_at = now() - interval '1 second'"))
    assert await identity.actor_from_cookie(core, value) is None


async def test_a_copied_cookie_is_worth_nothing_once_its_session_was_signed_out_of(served: Served) -> None:
    served.http.headers.pop("authorization")
    copies = []
    for _ in range(2):
        await served.call("POST", "/session", json=ADMIN)
        copies.append(served.http.cookies["mxc_session"])
    first, second = ({"Cookie": f"mxc_session={value}", "Origin": served.url} for value in copies)
    served.http.cookies.clear()
    assert (await served.http.get("/session", headers=first)).status_code == 200
    assert (await served.http.delete("/session", headers=first)).status_code == 200
    assert (await served.http.get("/session", headers=first)).status_code == 401
    assert (await served.http.get("/session", headers=second)).status_code == 200, "another session goes on"
    await served.core.identity.sign_out(served.core, copies[0])
    await served.core.identity.sign_out(served.core, "no cookie of ours")


async def test_sessions_are_listed_and_ended_from_another(served: Served) -> None:
    served.http.headers.pop("authorization")
    for browser in ("Firefox", "Chrome"):
        await served.call("POST", "/session", json=ADMIN, headers={"User-Agent": browser})
    listed = await served.get("/sessions")
    assert [(each["browser"], each["is_this"], each["means"]) for each in listed] == [
        ("Chrome", True, "password"), ("Firefox", False, "password"),
    ]  # fmt: skip
    other = next(each["id"] for each in listed if not each["is_this"])
    await served.call("DELETE", f"/sessions/{other}", headers={"Origin": served.url})
    assert [each["browser"] for each in await served.get("/sessions")] == ["Chrome"]
    [ended] = await served.core.select(SYSTEM, Session, Session.ended_at.is_not(None))
    assert str(ended.id) == other


async def test_ten_wrong_passwords_in_a_row_lock_the_account_for_a_while(core: Core) -> None:
    user = await new_user(core, SYSTEM, ADMIN["email"], PASSWORD, Role.OWNER)
    for _ in range(LOCKED_AFTER):
        await core.perform(SYSTEM, User.note_failure, user.user_id)
    with pytest.raises(TooManyAttempts, match="locked"):
        await core.identity.sign_in(core, ADMIN["email"], PASSWORD, HERE)
    async with core.store.system() as session:
        await session.execute(text("update users set locked_until = now()"))
    assert await core.identity.sign_in(core, ADMIN["email"], PASSWORD, HERE)


async def test_every_sign_in_and_refusal_is_audited(served: Served) -> None:
    await served.http.post("/session", json=ADMIN)
    await served.http.post("/session", json=ADMIN | {"password": "wrong"})
    await served.http.post("/session", json={"email": "nobody@example.org", "password": "wrong"})
    async with served.core.store.session(DEFAULT_TENANT) as session:
        query = text("select resource || '.' || action, actor_name, audit::text from audit order by at")
        rows = (await session.execute(query)).all()
    actions = [row[0] for row in rows]
    assert actions.count("sessions.create") == 1
    assert actions.count("users.note_failure") == 1
    assert actions.count("users.sign_in_refused") == 1
    assert ("sessions.create", ADMIN["email"]) in [(row[0], row[1]) for row in rows]
    assert not any(PASSWORD in row[2] or "argon2" in row[2] for row in rows)


async def test_wrong_credentials_tell_nothing_and_become_slow(served: Served) -> None:
    told = set()
    for email in (ADMIN["email"], "nobody@example.org", "x\u0000@y"):
        body = {"email": email, "password": "wrong"}
        answer = await served.http.post("/session", json=body)
        assert answer.status_code in {401, 422}
        told.add(answer.json()["error"] if answer.status_code == 401 else "e-mail or password is wrong")
    assert told == {"e-mail or password is wrong"}
    for _ in range(8):
        answer = await served.http.post("/session", json=ADMIN | {"password": "wrong"})
    answer = await served.http.post("/session", json=ADMIN)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 61


async def test_tokens_are_kept_as_a_digest_and_end_when_revoked(served: Served) -> None:
    made = await served.call("POST", "/tokens", json={"name": "ci", "scope": "write"})
    header = {"Authorization": f"Bearer {made['token']}"}
    assert (await served.http.get("/session", headers=header)).json()["data"]["scope"] == "write"
    async with served.core.store.session(DEFAULT_TENANT) as session:
        rows = (await session.execute(text("select api_tokens::text from api_tokens"))).scalars().all()
        audits = (await session.execute(text("select audit::text from audit"))).scalars().all()
    secret = made["token"].rsplit("_", 1)[1]
    assert not any(secret in row for row in (*rows, *audits))
    listed = await served.get("/tokens")
    assert {each["name"] for each in listed} == {"ci", "test"}
    assert all("token_hash" not in each for each in listed)
    await served.call("DELETE", f"/tokens/{made['id']}")
    assert (await served.http.get("/session", headers=header)).status_code == 401


async def test_a_token_can_do_no_more_than_its_maker(served: Served) -> None:
    writer = await served.token_of(Role.OPERATOR, Scope.WRITE)
    body = {"name": "more", "scope": "admin"}
    assert (await served.http.post("/tokens", json=body, headers=writer)).status_code == 403
    reader = await served.token_of(Role.ADMIN, Scope.READ)
    assert (
        await served.http.post("/tokens", json=body | {"scope": "read"}, headers=reader)
    ).status_code == 403
    answer = await served.http.post("/tokens", json=body | {"scope": "write"}, headers=writer)
    assert answer.status_code == 201
    mine = (await served.http.get("/tokens", headers=writer)).json()["data"]
    assert {each["name"] for each in mine} == {"more", "test"}
    own = {each["id"] for each in mine}
    others = next(each["id"] for each in await served.get("/tokens") if each["id"] not in own)
    assert (await served.http.delete(f"/tokens/{others}", headers=writer)).status_code == 404


async def test_an_expired_token_is_none(core: Core) -> None:
    admin = await new_user(core, SYSTEM, "a@b", PASSWORD, Role.ADMIN)
    past = core.clock.now() - timedelta(seconds=1)
    issued = await new_token(core, DEFAULT_TENANT, admin.user_id, "old", Scope.ADMIN, past)
    assert await core.identity.actor_from_token(core, issued.text) is None


async def test_the_first_administrator_is_made_once(core: Core) -> None:
    made = await ensure_first_admin(core)
    assert made is not None
    assert await core.identity.sign_in(core, made.email.upper(), made.password, HERE)
    assert await ensure_first_admin(core) is None


async def test_people_are_let_in_by_administrators_with_a_long_password(served: Served) -> None:
    body = {"email": "Ada@Example.org", "password": "long enough to keep", "role": "operator"}
    made = await served.call("POST", "/memberships", json=body)
    assert made["email"] == "ada@example.org" and "password_hash" not in made
    assert (await served.http.post("/memberships", json=body)).status_code == 409
    assert (await served.http.post("/memberships", json=body | {"password": "short"})).status_code == 422
    operator = await served.token_of(Role.OPERATOR)
    answer = await served.http.post("/memberships", json=body | {"email": "x@y"}, headers=operator)
    assert answer.status_code == 403
    assert (await served.http.get("/memberships", headers=operator)).status_code == 200
    assert UUID(made["id"])


async def test_only_an_owner_makes_owners_and_nobody_changes_themselves(served: Served) -> None:
    body = {"email": "ada@example.org", "password": "long enough to keep"}
    assert (await served.http.post("/memberships", json=body | {"role": "owner"})).status_code == 403
    made = await served.call("POST", "/memberships", json=body)
    path = f"/memberships/{made['id']}/set_role"
    answer = await served.http.post(path, json={"role": "owner"})
    assert answer.status_code == 403 and "memberships.appoint_owners" in answer.json()["error"]
    assert (await served.call("POST", path, json={"role": "operator"}))["role"] == "operator"
    me = (await served.get("/session"))["id"]
    own = next(each["id"] for each in await served.get("/memberships") if each["user_id"] == me)
    for method, at in (("POST", f"/memberships/{own}/set_role"), ("DELETE", f"/memberships/{own}")):
        body = {"role": "viewer"} if method == "POST" else None
        answer = await served.http.request(method, at, json=body)
        assert answer.status_code == 403 and "own membership" in answer.json()["error"]
    owner = await served.token_of(Role.OWNER)
    assert (await served.http.post(path, json={"role": "owner"}, headers=owner)).status_code == 200


async def test_a_tenant_keeps_an_owner(core: Core) -> None:
    first = await new_user(core, SYSTEM, "one@example.org", PASSWORD, Role.OWNER)
    with pytest.raises(Conflict) as refused:
        await core.perform(SYSTEM, Membership.set_role, first.id, role=Role.ADMIN)
    assert refused.value.code == "last-owner"
    with pytest.raises(Conflict):
        await core.perform(SYSTEM, Membership.delete, first.id)
    await new_user(core, SYSTEM, "two@example.org", PASSWORD, Role.OWNER)
    await core.perform(SYSTEM, Membership.set_role, first.id, role=Role.ADMIN)


async def test_who_left_has_no_way_in(served: Served) -> None:
    made = await served.call(
        "POST", "/memberships", json={"email": "ada@example.org", "password": "long enough to keep"}
    )
    issued = await new_token(served.core, DEFAULT_TENANT, UUID(made["user_id"]), "hers", Scope.READ)
    core, identity = served.core, served.core.identity
    cookie = await identity.sign_in(core, "ada@example.org", "long enough to keep", HERE)
    assert await identity.actor_from_token(core, issued.text)
    await served.call("DELETE", f"/memberships/{made['id']}")
    assert await identity.actor_from_token(core, issued.text) is None
    assert await identity.actor_from_cookie(core, cookie) is None
    with pytest.raises(Forbidden, match="no organisation"):
        await identity.sign_in(core, "ada@example.org", "long enough to keep", HERE)
