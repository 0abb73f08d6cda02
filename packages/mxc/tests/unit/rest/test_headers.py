"""What every answer tells browsers, and what it leaves to who made the answer."""

from typing import Any

import pytest

from mxc.server.surfaces.headers import ALWAYS, SafeHeaders


async def told(scheme: str, *stated: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(stated)})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    await SafeHeaders(application)({"type": "http", "scheme": scheme, "path": "/"}, receive, send)
    return list(sent[0]["headers"])


@pytest.mark.parametrize(("scheme", "is_kept"), [("http", False), ("https", True)])
async def test_only_over_https_are_browsers_told_to_stay_there(scheme: str, is_kept: bool) -> None:
    names = [name for name, _ in await told(scheme)]
    assert (b"strict-transport-security" in names) is is_kept
    assert names[: len(ALWAYS)] == [name for name, _ in ALWAYS]


async def test_what_an_answer_says_itself_is_left_alone() -> None:
    found = await told("http", (b"Cache-Control", b"public"), (b"content-security-policy", b"own"))
    values = [
        value for name, value in found if name.lower() in (b"cache-control", b"content-security-policy")
    ]
    assert values == [b"public", b"own"]
