"""Who gets in: tokens, sessions, and what neither lets anybody do."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from mxc.server.domains.identity.api_token import ApiToken, Scope
from mxc.server.domains.identity.ended_session import EndedSession
from mxc.server.domains.identity.issue import ensure_first_admin, new_token
from mxc.server.domains.identity.user import Role, User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.testing.served import PASSWORD, SYSTEM, Served

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
    assert open_paths == [("post", "/api/session")]


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


async def test_a_session_is_over_when_forged_old_or_after_another_password(served: Served) -> None:
    identity, core = served.core.identity, served.core
    value = await identity.sign_in(core, ADMIN["email"], PASSWORD, "here")
    assert await identity.actor_from_cookie(core, value)
    for wrong in (value + "x", "", "a.b", value[::-1], "null.sig"):
        assert await identity.actor_from_cookie(core, wrong) is None
    async with core.store.session(DEFAULT_TENANT) as session:
        await session.execute(text("update users set password_hash = 'other'"))
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


async def test_ended_sessions_are_kept_no_longer_than_their_cookies_last(served: Served) -> None:
    past = served.core.clock.now() - timedelta(seconds=1)
    await served.core.perform(SYSTEM, EndedSession.create, over_at=past)
    value = await served.core.identity.sign_in(served.core, ADMIN["email"], PASSWORD, "here")
    await served.core.identity.sign_out(served.core, value)
    [kept] = await served.core.select(SYSTEM, EndedSession)
    assert kept.over_at > served.core.clock.now()


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
    writer = await served.token_of(Role.OPERATOR)
    body = {"name": "more", "scope": "admin"}
    assert (await served.http.post("/tokens", json=body, headers=writer)).status_code == 403
    answer = await served.http.post("/tokens", json=body | {"scope": "write"}, headers=writer)
    assert answer.status_code == 201
    mine = (await served.http.get("/tokens", headers=writer)).json()["data"]
    assert {each["name"] for each in mine} == {"more", "test"}
    own = {each["id"] for each in mine}
    others = next(each["id"] for each in await served.get("/tokens") if each["id"] not in own)
    assert (await served.http.delete(f"/tokens/{others}", headers=writer)).status_code == 404


async def test_an_expired_token_is_none(core: Core) -> None:
    admin = await core.perform(SYSTEM, User.create, email="a@b", password_hash="x", role=Role.ADMIN)
    past = core.clock.now() - timedelta(seconds=1)
    issued = await new_token(core, DEFAULT_TENANT, admin.id, "old", Scope.ADMIN, past)
    assert await core.identity.actor_from_token(core, issued.text) is None


async def test_the_use_of_a_token_is_written_down(served: Served) -> None:
    await served.get("/session")
    rows = await served.core.select(SYSTEM, ApiToken, ApiToken.last_used_at.is_not(None))
    assert [row.name for row in rows] == ["test"]


async def test_the_first_administrator_is_made_once(core: Core) -> None:
    made = await ensure_first_admin(core)
    assert made is not None
    assert await core.identity.sign_in(core, made.email.upper(), made.password, "here")
    assert await ensure_first_admin(core) is None


async def test_users_are_made_by_administrators_with_a_long_password(served: Served) -> None:
    body = {"email": "Ada@Example.org", "password": "long enough to keep", "role": "operator"}
    made = await served.call("POST", "/users", json=body)
    assert made["email"] == "ada@example.org" and "password_hash" not in made
    assert (await served.http.post("/users", json=body)).status_code == 409
    assert (await served.http.post("/users", json=body | {"password": "short"})).status_code == 422
    operator = await served.token_of(Role.OPERATOR)
    answer = await served.http.post("/users", json=body | {"email": "x@y"}, headers=operator)
    assert answer.status_code == 403
    assert (await served.http.get("/users", headers=operator)).status_code == 403
    assert UUID(made["id"])
