"""`Idempotency-Key`: what was sent twice is done once, also when it is sent at once, or after a crash."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from packages.mxc.tests.integration.jsonapi.world import OTHER, World
from sqlalchemy import select

from mxc.server.hosting.once import Once
from mxc.server.kernel.perform import Unit
from mxc.server.kernel.replies import KEPT_FOR, ReplyKey, forget_old_replies, replies
from mxc.testing.served import SYSTEM


def lamp(world: World, name: str, **attributes: Any) -> dict[str, Any]:
    """A new lamp at home."""
    site = {"data": {"type": "sites", "id": world.ids["home"]}}
    attributes = {"name": name, **attributes}
    return {"data": {"type": "lamps", "attributes": attributes, "relationships": {"site": site}}}


async def lamps(world: World, name: str) -> int:
    """How many there are of that name."""
    return len((await world.send("GET", f"/lamps?filter[name]={name}")).json()["data"])


async def test_a_create_sent_again_is_answered_again_and_not_done_again(world: World) -> None:
    first = await world.send("POST", "/lamps?include=site", lamp(world, "new"), Idempotency_Key="k-1")
    again = await world.send("POST", "/lamps?include=site", lamp(world, "new"), Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await lamps(world, "new") == 1


async def test_actions_on_one_and_on_many_are_done_once(world: World) -> None:
    for path, body in (
        ("/lamps/{a}/switch_on", {"meta": {"watts": 9}}),
        ("/lamps/-/switch_on", {"data": [{"type": "lamps", "id": world.ids["b"]}], "meta": {"mode": "each"}}),
    ):
        first = await world.send("POST", path, body, Idempotency_Key=path[:20])
        again = await world.send("POST", path, body, Idempotency_Key=path[:20])
        assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
        assert (await world.send("POST", path, body)).status_code in (200, 409)
    shown = (await world.send("GET", "/lamps/{a}")).json()["data"]["attributes"]
    assert (shown["revision"], shown["watts"]) == (2, 9)


async def test_a_key_belongs_to_one_request_of_one_actor(world: World) -> None:
    await world.send("POST", "/lamps", lamp(world, "one"), Idempotency_Key="k")
    other = await world.send("POST", "/lamps", lamp(world, "two"), Idempotency_Key="k")
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "idempotency-key-reused")
    elsewhere = await world.send("POST", "/lamps/{a}/switch_on", {}, Idempotency_Key="k")
    assert elsewhere.status_code == 422
    site = {"data": {"type": "sites", "attributes": {"name": "theirs"}}}
    theirs = await world.send("POST", "/sites", site, who="stranger", Idempotency_Key="k")
    assert (theirs.status_code, "idempotent-replayed" in theirs.headers) == (201, False)
    bad = await world.send("POST", "/lamps", lamp(world, "three"), Idempotency_Key="with space")
    assert (bad.status_code, bad.json()["errors"][0]["code"]) == (400, "bad-idempotency-key")


async def test_what_was_refused_did_nothing_and_leaves_the_key_free(world: World) -> None:
    refused = await world.send("POST", "/lamps", lamp(world, "x", watts=-1), Idempotency_Key="k")
    assert refused.status_code == 422
    made = await world.send("POST", "/lamps", lamp(world, "x", watts=1), Idempotency_Key="k")
    assert (made.status_code, "idempotent-replayed" in made.headers) == (201, False)


async def test_of_many_sent_at_once_one_is_done(world: World) -> None:
    body = lamp(world, "many")
    answers = await asyncio.gather(
        *(world.send("POST", "/lamps", body, Idempotency_Key="k") for _ in range(8))
    )
    assert {each.status_code for each in answers} <= {201, 409}
    assert {each.content for each in answers if each.status_code == 201} == {
        next(each.content for each in answers if each.status_code == 201)
    }
    assert await lamps(world, "many") == 1


async def test_while_one_is_being_answered_another_is_told_so(world: World) -> None:
    actor, core = SYSTEM, world.core
    key = ReplyKey.of(actor, "k")
    async with core.unit(actor) as work:
        await key.claim(work.session, work.now)
        with pytest.raises(Exception, match="being answered"):
            async with core.unit(actor) as other:
                await key.claim(other.session, other.now)


async def test_who_dies_before_the_end_leaves_neither_row_nor_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(self: Once, work: Unit, result: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(Once, "end", dies)
        with pytest.raises((Exception, asyncio.CancelledError)):
            answer = await world.send("POST", "/lamps", lamp(world, "dead"), Idempotency_Key="k")
            raise RuntimeError(answer.status_code)
    assert await lamps(world, "dead") == 0
    again = await world.send("POST", "/lamps", lamp(world, "dead"), Idempotency_Key="k")
    assert (again.status_code, await lamps(world, "dead")) == (201, 1)


async def test_who_dies_after_the_end_is_answered_what_was_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(self: Once, response: Any) -> None:
        raise RuntimeError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(Once, "settle", dies)
        lost = await world.send("POST", "/lamps?include=site", lamp(world, "late"), Idempotency_Key="k")
        assert lost.status_code == 500
    again = await world.send("POST", "/lamps?include=site", lamp(world, "late"), Idempotency_Key="k")
    assert (again.status_code, again.json()["data"]["attributes"]["name"]) == (201, "late")
    assert await lamps(world, "late") == 1


async def test_a_day_later_a_key_is_new_and_what_it_kept_is_swept(world: World) -> None:
    await world.send("POST", "/lamps", lamp(world, "old"), Idempotency_Key="k")
    now, core = world.core.clock.now(), world.core
    assert await forget_old_replies(core.store, now) == 0
    async with core.store.session(SYSTEM.tenant_id) as session:
        actor, at = (await session.execute(select(replies.c.actor, replies.c.at))).one()
        key = ReplyKey(SYSTEM.tenant_id, actor, "k")
        assert await key.find(session, now) is not None
        assert await key.find(session, at + KEPT_FOR) is None
    assert await forget_old_replies(core.store, now + KEPT_FOR + timedelta(minutes=1)) == 1
    made = await world.send("POST", "/lamps", lamp(world, "old"), Idempotency_Key="k")
    assert (made.status_code, await lamps(world, "old")) == (201, 2)


async def test_no_reply_is_seen_by_another_organisation(world: World) -> None:
    await world.send("POST", "/lamps", lamp(world, "mine"), Idempotency_Key="k")
    for tenant_id, seen in ((SYSTEM.tenant_id, 1), (OTHER, 0)):
        async with world.core.store.session(tenant_id) as session:
            assert len((await session.execute(select(replies))).all()) == seen
