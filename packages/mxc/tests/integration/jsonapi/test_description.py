"""The description of `/api/v2`: whole, sound, and kept, whatever two organisations send at once."""

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from packages.mxc.tests.integration.jsonapi.world import OTHER, encoded

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import loaded, new_token, new_user
from mxc.server.domains.identity.membership import Role
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.node import Node
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.resource import catalogue
from mxc.server.surfaces.app import exposures, route_modules
from mxc.server.surfaces.jsonapi.kinds import kinds_of
from mxc.server.surfaces.jsonapi.media import MEDIA
from mxc.testing.served import PASSWORD, SYSTEM, Served

HERE, THERE = "ours-and-nobody-elses", "theirs-and-nobody-elses"


async def test_every_offered_resource_has_its_paths(served: Served) -> None:
    described = (await served.http.get("/v2/openapi.json")).json()
    assert described == (await served.http.get("/v2/open_api")).json()
    catalogue()
    for kind in kinds_of(exposures(route_modules())).values():
        assert {"get"} <= described["paths"][f"/{kind.name}"].keys()
        offered = {name for name in kind.spec.actions if kind.offers(name)} - {"purge", "upsert"}
        wanted = {
            "create": (f"/{kind.name}", "post"), "update": (f"/{kind.name}/{{id}}", "patch"),
            "delete": (f"/{kind.name}/{{id}}", "delete"),
        }  # fmt: skip
        for name in offered:
            path, method = wanted.get(name, (f"/{kind.name}/{{id}}/{name}", "post"))
            assert method in described["paths"][path], (kind.name, name)
    nodes = described["components"]["schemas"]["nodes"]["properties"]
    assert {"hostname", "healthy", "status"} <= nodes["attributes"]["properties"].keys()
    assert nodes["relationships"]["properties"].keys() >= {"workloads", "former_workloads"}


async def test_examples_fit_what_is_described(served: Served) -> None:
    described = (await served.http.get("/v2/openapi.json")).json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            names = {each["name"] for each in operation["parameters"]}
            assert len(names) == len(operation["parameters"]), (path, method)
            assert operation["summary"], (path, method)
            assert {"401", "403", "404", "406", "503"} <= operation["responses"].keys()
            for status, answer in operation["responses"].items():
                if status in ("200", "201"):
                    assert "example" in answer["content"][MEDIA], (path, method)


@pytest.mark.timeout(300)
async def test_whatever_two_organisations_send_is_answered_as_described(served: Served) -> None:
    sent = await _fuzzed(served, most=3)
    assert sent > 300


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_thousands_of_requests_of_two_organisations(served: Served) -> None:
    assert await _fuzzed(served, most=40, seed=True) > 3000


async def _fuzzed(served: Served, most: int, *, seed: bool = False) -> int:
    """Sends what the description allows, as both at once; the number of requests."""
    tokens = await _two(served)
    described = (await served.http.get("/v2/openapi.json")).json()
    sent = 0
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        for case in _cases(operation, most, seed=seed):
            answers = await asyncio.gather(*(_send(served, case, token) for token in tokens))
            sent += len(answers)
            for answer, foreign in zip(answers, (THERE, HERE), strict=True):
                _judge(operation, answer, foreign)
    return sent


async def _two(served: Served) -> tuple[str, str]:
    """The tokens of administrators of two organisations that have a row of each kind."""
    core = served.core
    await core.perform(Actor.system(OTHER), Tenant.create, OTHER, name="Other", slug="other")
    await loaded(core, OTHER)
    for tenant, name in ((SYSTEM.tenant_id, HERE), (OTHER, THERE)):
        system = Actor.system(tenant)
        node = await core.perform(system, Node.create, hostname=name, cpu_total=4.0, memory_total=1024)
        await core.perform(system, Workload.create, command=name, last_node_id=node.id)
    there = await new_user(core, Actor.system(OTHER), f"{THERE}@example.org", PASSWORD, Role.ADMIN)
    issued = await new_token(core, OTHER, there.user_id, THERE, Scope.ADMIN)
    return served.token, issued.text


def _cases(operation: Any, most: int, *, seed: bool) -> list[Any]:
    cases: list[Any] = []

    @settings(max_examples=most, deadline=None, database=None, derandomize=not seed,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy())
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


async def _send(served: Served, case: Any, token: str) -> httpx.Response:
    made = case.as_transport_kwargs(base_url=f"{served.url}/api/v2")
    given = {name: value for name, value in dict(made.get("headers") or {}).items() if value.isascii()}
    kept = {name: value for name, value in given.items() if name.lower() in ("if-match", "if-none-match")}
    headers = {**kept, "Authorization": f"Bearer {token}", "Accept": MEDIA}
    body = made.get("json")
    if body is not None:
        headers["Content-Type"] = MEDIA
    return await served.http.request(
        made["method"], made["url"], params=made.get("params"), headers=headers,
        content=None if body is None else encoded(body),
    )  # fmt: skip


def _judge(operation: Any, answer: httpx.Response, foreign: str) -> None:
    said = (operation.label, str(answer.request.url), answer.request.content, answer.status_code, answer.text)
    assert str(answer.status_code) in operation.definition.raw["responses"], said
    assert answer.status_code < 500, said
    assert foreign not in answer.text, said
    if answer.content:
        assert answer.headers["content-type"] == MEDIA, said
        assert ("data" in answer.json()) is not ("errors" in answer.json()), said
