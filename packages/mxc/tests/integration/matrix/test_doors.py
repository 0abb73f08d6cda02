"""Nobody comes in without showing who they are, with what is over, or further than their scope."""

import asyncio
from uuid import uuid4

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.membership import Role

from .operations import Operation
from .test_strangers import AT_ONCE, ask
from .world import Headers, World, ended

# Where one has no name yet, or asks whether the server is well.
PUBLIC = {
    "/device/authorize", "/device/token",
    "/session", "/register", "/links", "/links/{secret}", "/links/{secret}/sign-in",
    "/links/{secret}/password",
}  # fmt: skip
# Questions that are asked with POST, because they are long: they change nothing.
QUESTIONS = {"/rules/check", "/rules/preview", "/what-if", "/access/what-if"}


async def answers(world: World, asked: list[Operation], headers: Headers) -> dict[str, int]:
    """Operation -> status."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def status(operation: Operation) -> tuple[str, int]:
        async with turns:
            answer = await ask(world, operation, uuid4(), headers)
        return f"{operation.method} {operation.path}", answer.status_code

    return dict(await asyncio.gather(*(status(each) for each in asked)))


def guarded(asked: list[Operation]) -> list[Operation]:
    return [each for each in asked if each.path not in PUBLIC]


async def test_nobody_gets_anything_without_a_login(world: World, asked: list[Operation]) -> None:
    world.served.http.headers.pop("authorization")
    before = world.rows()
    for headers in ({}, {"Authorization": "Bearer mxc_0_nonsense"}, {"Authorization": "Basic YTpi"}):
        found = await answers(world, guarded(asked), headers)
        assert {name: code for name, code in found.items() if code != 401} == {}
    assert world.rows() == before


async def test_a_token_that_is_over_opens_nothing(world: World, asked: list[Operation]) -> None:
    over = await world.knock(Role.OWNER, until=ended())
    found = await answers(world, guarded(asked), over)
    assert {name: code for name, code in found.items() if code != 401} == {}


async def test_a_token_for_reading_changes_nothing_whoever_owns_it(
    world: World, asked: list[Operation]
) -> None:
    reader = await world.knock(Role.OWNER, Scope.READ)
    await world.served.http.get("/tenants", headers=reader)
    writes = [
        each
        for each in guarded(asked)
        if each.method != "GET" and each.path not in QUESTIONS and not each.names_a_row
    ]
    before = world.rows()
    found = await answers(world, writes, reader)
    assert {name: code for name, code in found.items() if code < 400 or code >= 500} == {}
    assert world.rows() == before
