"""The API's own description: whole, true, and drawn without anything from elsewhere."""

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from mxc.testing.served import Served


async def test_the_description_has_every_promised_path(served: Served) -> None:
    described = (await served.http.get("/openapi.json")).json()["paths"]
    promised = {
        "/api/nodes": {"get"}, "/api/nodes/{row_id}": {"get", "patch", "delete"},
        "/api/nodes/{row_id}/cordon": {"post"}, "/api/nodes/{row_id}/drain": {"post"},
        "/api/workloads": {"get", "post"}, "/api/workloads/{row_id}": {"get", "delete"},
        "/api/workloads/{row_id}/stop": {"post"}, "/api/workloads/{row_id}/restart": {"post"},
        "/api/workloads/{row_id}/exec": {"post"}, "/api/workloads/{row_id}/logs": {"get"},
        "/api/workloads/{row_id}/events": {"get"}, "/api/workloads/{row_id}/why": {"get"},
        "/api/workloads/{row_id}/why-not": {"get"}, "/api/rules": {"get", "post"},
        "/api/rules/{row_id}": {"get", "put", "delete"}, "/api/rules/check": {"post"},
        "/api/events": {"get"}, "/api/cluster/status": {"get"}, "/api/facts": {"get"},
        "/api/why": {"get"}, "/api/why-not": {"get"}, "/api/agents/enrol": {"post"},
    }  # fmt: skip
    assert {path: methods - described.get(path, {}).keys() for path, methods in promised.items()} == {
        path: set() for path in promised
    }
    create = described["/api/workloads"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"command", "args", "env", "cpu", "memory_mb", "constraints", "restart"} <= create[
        "properties"
    ].keys()
    assert create["required"] == ["command"]


async def test_the_page_fetches_nothing_from_elsewhere(served: Served) -> None:
    served.http.headers.pop("authorization")
    page = await served.http.get("/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        answer = await served.http.get(served.url + name)
        assert answer.status_code == 200
        assert not re.search(r"https?://", answer.text) or name == "/api/openapi.json"


async def test_unknown_paths_and_methods_are_errors_of_ours(served: Served) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/workloads", 405)):
        answer = await served.http.request(method, path)
        assert (answer.status_code, answer.json()["hint"]) == (status, "the paths are listed at /api/docs")


async def test_health(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as http:
        assert (await http.get("/health/live")).status_code == 200
        ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()["data"]["status"]) == (200, "ok")
        await served.core.lease.release()
        ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()["data"]["checks"]["leads"]) == (503, False)
    answer = await served.http.post("/workloads", json={"command": "true"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not-leading")


STREAMS = ("/api/events", "/api/workloads/{row_id}/logs")


@pytest.mark.timeout(300)
async def test_whatever_is_sent_is_answered_as_described(served: Served) -> None:
    described = (await served.http.get("/openapi.json")).json()
    described["paths"] = {path: said for path, said in described["paths"].items() if path not in STREAMS}
    schema = schemathesis.openapi.from_dict(described)
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        await _fuzzed(served, operation)


async def _fuzzed(served: Served, operation: Any) -> None:
    cases: list[Any] = []

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy())
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    assert cases
    for case in cases:
        sent = case.as_transport_kwargs(base_url=served.url)
        answer = await served.http.request(
            sent["method"], sent["url"], params=sent.get("params"), json=sent.get("json"),
            headers={name: value for name, value in dict(sent.get("headers") or {}).items()
                     if name.lower() not in {"user-agent"}},
        )  # fmt: skip
        documented = operation.definition.raw["responses"]
        assert str(answer.status_code) in documented, (operation.label, answer.status_code, answer.text)
        assert answer.status_code < 500 or answer.status_code == 503, (operation.label, answer.text)
