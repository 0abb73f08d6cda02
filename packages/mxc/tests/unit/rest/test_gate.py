"""The gate: shut it answers 503 with a hint, open it lets everything through."""

import json
from typing import Any

import pytest

from mxc.server.surfaces.gate import Gate
from mxc.server.surfaces.refusing import refusing


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def ask(why: str = "", path: str = "/api/nodes", kind: str = "http") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    gate = Gate(application, lambda: why, refusing(has_pages=False))
    await gate({"type": kind, "path": path}, receive, send)
    return sent


@pytest.mark.parametrize(("why", "path", "status"), [
    ("", "/api/nodes", 200),
    ("it is starting", "/api/nodes", 503),
    ("it is starting", "/", 503),
    ("it is starting", "/health/live", 200),
    ("it is starting", "/design/1/mxc.css", 200),
])  # fmt: skip
async def test_who_gets_through(why: str, path: str, status: int) -> None:
    [first, *_] = await ask(why, path)
    assert first["status"] == status


async def test_a_refusal_says_why_and_what_to_do() -> None:
    start, body = await ask("another coordinator does")
    document = json.loads(body["body"])
    assert document["code"] == "standing-by"
    assert "another coordinator does" in document["error"]
    assert "takes over by itself" in document["hint"]
    assert (b"retry-after", b"2") in start["headers"]


async def test_a_refusal_of_the_json_api_is_a_document_of_it() -> None:
    start, body = await ask("another coordinator does", "/api/v2/nodes")
    [error] = json.loads(body["body"])["errors"]
    assert (error["status"], error["code"]) == ("503", "standing-by")
    assert (b"content-type", b"application/vnd.api+json") in start["headers"]


async def test_a_websocket_is_closed_so_that_it_tries_again() -> None:
    [closed] = await ask("no", kind="websocket")
    assert (closed["type"], closed["code"]) == ("websocket.close", 1013)


async def test_lifespan_always_passes() -> None:
    [first] = await ask("no", kind="lifespan")
    assert first["status"] == 200
