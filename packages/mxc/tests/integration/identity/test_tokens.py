"""API tokens: what they open, for how long, and what is written down of their use."""

from datetime import timedelta
from typing import Any

import pytest

from mxc.server.domains.identity.api_token import ApiToken, Scope, TokenStatus
from mxc.server.domains.identity.issue import new_token
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.identity.sign_in import Doorkeeper
from mxc.testing.served import SYSTEM, Served


async def made(served: Served, **values: Any) -> dict[str, Any]:
    token: dict[str, Any] = await served.call(
        "POST", "/tokens", json={"name": "ci", "scope": "write"} | values
    )
    return token


async def test_a_token_is_taken_as_an_api_key_too(served: Served) -> None:
    token = await made(served)
    served.http.headers.pop("authorization")
    assert token["token"].startswith("mxc_")
    assert (await served.call("GET", "/session", headers={"X-API-Key": token["token"]}))["scope"] == "write"
    for wrong in ("nothing", token["token"] + "x"):
        assert (await served.http.get("/session", headers={"X-API-Key": wrong})).status_code == 401


async def test_a_disabled_token_opens_nothing_until_it_is_enabled(served: Served) -> None:
    token = await made(served)
    headers = {"Authorization": f"Bearer {token['token']}"}
    disabled = await served.call("POST", f"/tokens/{token['id']}/disable")
    assert disabled["status"] == "disabled"
    assert (await served.http.get("/session", headers=headers)).status_code == 401
    assert (await served.call("POST", f"/tokens/{token['id']}/enable"))["status"] == "active"
    assert (await served.http.get("/session", headers=headers)).status_code == 200
    other = await served.token_of(Role.OPERATOR)
    assert (await served.http.post(f"/tokens/{token['id']}/disable", headers=other)).status_code == 404


async def test_what_is_revoked_says_by_whom_and_stays_so(served: Served) -> None:
    token = await made(served)
    revoked = await served.call("DELETE", f"/tokens/{token['id']}")
    assert revoked["status"] == "revoked" and revoked["revoked_by"].startswith("admin@example.org")
    assert (await served.call("POST", f"/tokens/{token['id']}/enable"))["status"] == "revoked"


async def test_use_is_counted_and_written_down_together(served: Served) -> None:
    token, door = await made(served), served.core.identity
    assert isinstance(door, Doorkeeper)
    headers = {"Authorization": f"Bearer {token['token']}"}
    for _ in range(3):
        await served.call("GET", "/session", headers=headers)
    await door.uses.write_down(served.core)
    await served.call("GET", "/session", headers=headers)
    await door.uses.write_down(served.core)
    [row] = await served.core.select(SYSTEM, ApiToken, ApiToken.name == "ci")
    assert (row.use_count, row.last_used_ip) == (4, "127.0.0.1") and row.last_used_at is not None


@pytest.mark.parametrize(
    ("is_revoked", "is_expired", "is_enabled", "status"),
    [(True, True, False, "revoked"), (False, True, False, "expired"), (False, False, False, "disabled"),
     (False, False, True, "active")],
)  # fmt: skip
async def test_the_gravest_reason_is_its_status_in_python_and_in_sql(
    served: Served, is_revoked: bool, is_expired: bool, is_enabled: bool, status: str
) -> None:
    core = served.core
    member = (await core.select(SYSTEM, Membership, limit=1))[0]
    ends = core.clock.now() + timedelta(days=-1 if is_expired else 1)
    issued = await new_token(core, SYSTEM.tenant_id, member.user_id, "one", Scope.READ, ends)
    for action in ([] if is_enabled else [ApiToken.disable]) + ([ApiToken.revoke] if is_revoked else []):
        await core.perform(SYSTEM, action, issued.row.id)
    assert (await core.get(SYSTEM, ApiToken, issued.row.id)).status_at(core.clock.now()) is TokenStatus(
        status
    )
    shown = await served.get("/tokens")
    assert next(each["status"] for each in shown if each["id"] == str(issued.row.id)) == status
