"""Every answer of the API is safe in a browser, whoever made it and whether it is good or bad."""

import pytest

from mxc.server.surfaces.headers import ALWAYS
from mxc.testing.served import Served


async def test_every_answer_is_safe_in_a_browser(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(type(served.core.identity), "session_id", broken)
    for method, path, status in (
        ("GET", "/api/session", 200),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/workloads", 405),
        ("POST", "/api/workloads", 422),
        ("GET", "/api/openapi.json", 200),
        ("GET", "/api/docs", 200),
        ("GET", "/api/docs/docs.js", 200),
        ("GET", "/api/sessions", 500),
        ("GET", "/api/v2/workloads", 200),
        ("GET", "/api/v2/nothing", 404),
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
    ):
        answer = await served.http.request(method, f"{served.url}{path}")
        assert answer.status_code == status, (path, answer.text)
        assert {name.decode() for name, _ in ALWAYS} <= answer.headers.keys(), path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "'unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] in ("no-store", "private, no-cache")


async def test_over_https_browsers_are_told_to_stay_there(served: Served) -> None:
    for scheme in ("http", "https"):
        answer = await served.http.get("/session", headers={"X-Forwarded-Proto": scheme})
        assert ("strict-transport-security" in answer.headers) is (scheme == "https")
