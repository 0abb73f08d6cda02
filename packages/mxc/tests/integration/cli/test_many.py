"""One verb on many rows: one request, an outcome for each, and nothing done twice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mxc.server.hosting.core import Core
from mxc.server.surfaces.app import create_app
from mxc.testing.served import SECRET, Served, listening
from mxc.testing.terminal import Shell


class Watched:
    """The application, the requests it was sent, and answers it lost on their way back."""

    def __init__(self, app: Any, lost: int = 0) -> None:
        self.app, self.lost, self.asked = app, lost, list[str]()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.asked.append(f"{scope['method']} {scope['path']}")
        is_lost = self.lost > 0 and "/-/" in scope["path"]
        self.lost -= is_lost

        async def sent(message: dict[str, Any]) -> None:
            """The head of the answer arrives, its body never."""
            if not is_lost or message["type"] == "http.response.start":
                await send(message)

        await self.app(scope, receive, sent)


@asynccontextmanager
async def watched(core: Core, shell: Shell, lost: int = 0) -> AsyncIterator[tuple[Watched, Shell]]:
    app = Watched(create_app(core, secret=SECRET, has_pages=False), lost)
    async with listening(app) as url:
        near = Shell(shell.home, url, shell.token)
        assert (await near.run("notices", "list")).code == 0
        app.asked.clear()
        yield app, near


async def workloads(served: Served, count: int) -> list[str]:
    made = [await served.call("POST", "/workloads", json={"command": "true"}) for _ in range(count)]
    return [str(each["id"]) for each in made]


async def test_many_are_one_request_and_each_has_its_outcome(
    core: Core, served: Served, shell: Shell
) -> None:
    for name in ("one", "two"):
        await served.add_node(name)
    async with watched(core, shell) as (app, near):
        told = await near.run("nodes", "drain", "one", "nowhere", "two")
    assert app.asked == ["GET /api/v2/nodes", "GET /api/nodes/nowhere", "POST /api/v2/nodes/-/drain"]
    assert told.code == 5 and told.out.count("drain done") == 2
    assert "nowhere: error: there is no node 'nowhere'" in told.err and "1 of 3 were refused" in told.err
    assert {each["intent"] for each in await served.get("/nodes")} == {"draining"}


async def test_picked_ones_are_one_request_too(core: Core, served: Served, shell: Shell) -> None:
    ids = await workloads(served, 3)
    await served.call("POST", f"/workloads/{ids[0]}/stop")
    async with watched(core, shell) as (app, near):
        told = await near.run("workloads", "stop", "--filter", "status=pending", "--yes", "-o", "name")
        assert app.asked == ["GET /api/workloads", "POST /api/v2/workloads/-/stop"]
        assert (told.code, set(told.out.split())) == (0, set(ids[1:]))
        again = await near.run("workloads", "stop", *ids, "-o", "json")
        gone = await near.run("workloads", "delete", *ids)
    outcomes = json.loads(again.out)["data"]
    assert again.code == 6 and {each["code"] for each in outcomes} == {"transition-refused"}
    assert [each["id"] for each in outcomes] == ids and "delete, restart" in outcomes[0]["hint"]
    assert gone.code == 0 and gone.out.count("is deleted") == 3


async def test_arguments_reach_every_row_and_wrong_ones_none(served: Served, shell: Shell) -> None:
    for name in ("ada", "bob"):
        await shell.run(
            "memberships", "create", "--email", f"{name}@example.org", "--role", "viewer", "--password-from",
            "-", given="correct horse battery\n",
        )  # fmt: skip
    listed = json.loads(
        (await shell.run("memberships", "list", "--filter", "role=viewer", "-o", "json")).out
    )["data"]
    ids = [each["id"] for each in listed]
    assert len(ids) == 2
    changed = await shell.run("memberships", "set-role", *ids, "--role", "operator", "-o", "json")
    assert changed.code == 0, changed.err
    assert {each["data"]["role"] for each in json.loads(changed.out)["data"]} == {"operator"}
    refused = await shell.run("memberships", "set-role", *ids, "--role", "no such role")
    assert refused.code in (4, 7) and "role" in refused.err and "Traceback" not in refused.err
    kept = json.loads((await shell.run("memberships", "list", "-o", "json")).out)["data"]
    assert {each["role"] for each in kept if each["id"] in ids} == {"operator"}


async def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_done_twice(
    core: Core, served: Served, shell: Shell
) -> None:
    ids = await workloads(served, 2)
    async with watched(core, shell, lost=1) as (app, near):
        told = await near.run("workloads", "stop", *ids)
    assert app.asked == ["POST /api/v2/workloads/-/stop"] * 2
    assert told.code == 0 and told.out.count("is stopped") == 2
    events = await served.get(f"/workloads/{ids[0]}/events")
    assert len(events) == 2


async def test_who_may_do_it_to_none_is_told_once(served: Served, shell: Shell) -> None:
    ids = await workloads(served, 2)
    viewer = (await served.token_of("viewer"))["Authorization"].removeprefix("Bearer ")
    told = await Shell(shell.home, shell.url, viewer).run("workloads", "stop", *ids)
    assert told.code == 4 and told.err.count("error:") == 1 and "operator" in told.err
    assert {each["status"] for each in await served.get("/workloads")} == {"pending"}
