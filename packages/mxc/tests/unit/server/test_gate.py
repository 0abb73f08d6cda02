"""The gate: shut it answers 503 with a hint, open it lets everything through."""

import json
from typing import Any

import pytest

from mxc.server.gate import Gate


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def ask(gate: Gate, path: str = "/api/nodes", kind: str = "http") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await gate({"type": kind, "path": path}, None, send)
    return sent


@pytest.mark.parametrize(("is_open", "path", "status"), [
    (True, "/api/nodes", 200),
    (False, "/api/nodes", 503),
    (False, "/", 503),
    (False, "/health/live", 200),
])  # fmt: skip
async def test_who_gets_through(is_open: bool, path: str, status: int) -> None:
    [first, *_] = await ask(Gate(application, lambda: is_open, lambda: "it is starting"), path)
    assert first["status"] == status


async def test_a_refusal_says_why_and_what_to_do() -> None:
    sent = await ask(Gate(application, lambda: False, lambda: "another coordinator does"))
    document = json.loads(sent[1]["body"])
    assert document["code"] == "standing-by"
    assert "another coordinator does" in document["error"]
    assert "takes over by itself" in document["hint"]


async def test_a_websocket_is_closed_so_that_it_tries_again() -> None:
    [closed] = await ask(Gate(application, lambda: False, lambda: ""), kind="websocket")
    assert (closed["type"], closed["code"]) == ("websocket.close", 1013)


async def test_lifespan_always_passes() -> None:
    [first] = await ask(Gate(application, lambda: False, lambda: ""), kind="lifespan")
    assert first["status"] == 200
