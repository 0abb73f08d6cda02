"""The device flow over HTTP: a program gets a token that a person approved elsewhere, once."""

from typing import Any

import pytest
from sqlalchemy import text

from mxc.server.domains.identity.device_flow import INTERVAL_S
from mxc.server.domains.identity.issue import new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.hosting.identity import Visitor
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import NotFound, Unavailable
from mxc.testing.served import PASSWORD, SYSTEM, Served

HERE = Visitor("here")


@pytest.fixture
async def ada(served: Served) -> Actor:
    await new_user(served.core, SYSTEM, "ada@example.org", PASSWORD, Role.OPERATOR)
    cookie = await served.core.identity.sign_in(served.core, "ada@example.org", PASSWORD, HERE)
    actor = await served.core.identity.actor_from_cookie(served.core, cookie)
    assert actor is not None
    return actor


@pytest.fixture
def later(served: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the clock that grants are asked at go on by so many seconds."""
    real, passed = served.core.clock.unix, [0.0]
    monkeypatch.setattr(type(served.core.clock), "unix", lambda self: real() + passed[0])

    def go_on(seconds: float = INTERVAL_S) -> None:
        passed[0] += seconds

    return go_on


async def ask(served: Served, **wanted: Any) -> dict[str, Any]:
    served.http.headers.pop("authorization", None)
    asked: dict[str, Any] = await served.call(
        "POST", "/device/authorize", json={"name": "cli on here"} | wanted
    )
    return asked


async def poll(served: Served, asked: dict[str, Any]) -> Any:
    answer = await served.http.post("/device/token", json={"device_code": asked["device_code"]})
    return answer.json()["data"] if answer.is_success else (answer.status_code, answer.json()["code"])


async def test_a_machine_gets_its_token_once_a_person_let_it_in(
    served: Served, ada: Actor, later: Any
) -> None:
    asked = await ask(served, scope="write", expires_in_days=7)
    assert asked["verification_uri_complete"].endswith(f"/device?code={asked['user_code']}")
    assert await poll(served, asked) == (400, "authorization_pending")
    grants = served.core.identity.grants
    typed = asked["user_code"].lower().replace("-", " ")
    asking = await grants.asking(served.core, ada, typed)
    assert (asking.name, asking.scope, asking.days) == ("cli on here", "write", 7)
    await grants.answer(served.core, ada, typed, True)
    later()
    given = await poll(served, asked)
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    who = await served.call("GET", "/session", headers=headers)
    assert (who["name"], who["scope"]) == ("ada@example.org/cli on here", "write")
    [token] = await served.call("GET", "/tokens", headers=headers)
    assert token["expires_at"] is not None
    later()
    assert await poll(served, asked) == (400, "expired_token"), "good once"
    with pytest.raises(NotFound):
        await grants.answer(served.core, ada, typed, True)


async def test_who_asks_too_often_is_told_to_slow_down(served: Served, later: Any) -> None:
    asked = await ask(served)
    later()
    assert await poll(served, asked) == (400, "authorization_pending")
    assert await poll(served, asked) == (400, "slow_down")
    later()
    assert await poll(served, asked) == (400, "slow_down"), "the pause has grown"
    later(20)
    assert await poll(served, asked) == (400, "authorization_pending")


async def test_a_refused_or_old_or_unknown_code_is_the_end(served: Served, ada: Actor, later: Any) -> None:
    asked = await ask(served)
    await served.core.identity.grants.answer(served.core, ada, asked["user_code"], False)
    assert await poll(served, asked) == (400, "access_denied")
    assert await poll(served, {"device_code": "guess"}) == (400, "expired_token")
    old = await ask(served)
    async with served.core.store.system() as session:
        await session.execute(text("update device_grants set expires_at = now() - interval '1 second'"))
        kept = (await session.execute(text("select device_grants::text from device_grants"))).scalars().all()
    assert not any(old["device_code"] in row or old["user_code"].replace("-", "") in row for row in kept)
    later()
    assert await poll(served, old) == (400, "expired_token")
    with pytest.raises(NotFound):
        await served.core.identity.grants.asking(served.core, ada, old["user_code"])


async def test_codes_are_not_guessed(served: Served, ada: Actor) -> None:
    grants = served.core.identity.grants
    for _ in range(8):
        with pytest.raises(NotFound):
            await grants.asking(served.core, ada, "BBBB-BBBB")
    with pytest.raises(Unavailable, match="too many"):
        await grants.asking(served.core, ada, "BBBB-BBBB")
