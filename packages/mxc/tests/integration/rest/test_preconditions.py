"""Revisions over REST: answers that are the same already, and changes of what somebody else has changed."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Mapped

from mxc.server.domains.workloads.node import Node
from mxc.server.hosting.core import Core
from mxc.server.hosting.exposure import Exposure
from mxc.server.kernel.resource import Resource, spec_of
from mxc.server.kernel.resource.fields import Name
from mxc.server.surfaces.rest import problems
from mxc.server.surfaces.rest.derived import Derived
from mxc.testing.declared import create_tables
from mxc.testing.law import law
from mxc.testing.served import SYSTEM, Served, listening


class Contract(Resource):
    """Nobody may change it without having read it."""

    __tablename__ = "test_contracts"

    name: Mapped[Name]


async def test_what_is_known_already_is_not_sent_again(served: Served) -> None:
    node = await served.add_node()
    for path in ("/nodes", "/rules"):
        first = await served.http.get(path)
        again = await served.http.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        if path == "/rules":
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
    rule = await served.call("POST", "/rules", json={"name": "r", "rule_text": "p(1)."})
    shown = await served.http.get(f"/rules/{rule['id']}")
    known = {"If-None-Match": shown.headers["etag"]}
    assert (await served.http.get(f"/rules/{rule['id']}", headers=known)).status_code == 304
    await served.call("PATCH", f"/rules/{rule['id']}", json={"priority": 3})
    changed = await served.http.get(f"/rules/{rule['id']}", headers=known)
    assert (changed.status_code, changed.json()["data"]["priority"]) == (200, 3)
    assert (await served.http.get("/rules", headers=known)).status_code == 200
    assert (await served.http.get(f"/nodes/{node}")).headers["etag"].startswith('"1-')


async def test_a_change_of_a_revision_that_is_over_is_refused(served: Served) -> None:
    node = await served.add_node()
    seen = (await served.http.get(f"/nodes/{node}")).headers["etag"]
    ours = {"If-Match": seen}
    assert (await served.http.post(f"/nodes/{node}/cordon", headers=ours)).status_code == 200
    for method, path, body in (
        ("POST", f"/nodes/{node}/drain", None),
        ("PATCH", f"/nodes/{node}", {"intent": "draining"}),
        ("DELETE", f"/nodes/{node}", None),
    ):
        refused = await served.http.request(method, path, json=body, headers=ours)
        assert (refused.status_code, refused.json()["code"]) == (412, "outdated")
        assert refused.json()["details"]["found"]["revision"] == 2
    assert (await served.get(f"/nodes/{node}"))["intent"] == "cordoned"
    assert (await served.http.post(f"/nodes/{node}/drain", headers={"If-Match": '"2"'})).status_code == 200
    bad = await served.http.post(f"/nodes/{node}/drain", headers={"If-Match": "yesterday"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad-etag")


async def test_a_heartbeat_makes_no_revision_outdated(served: Served) -> None:
    node = await served.add_node()
    tag = (await served.http.get(f"/nodes/{node}")).headers["etag"]
    async with served.core.store.session(SYSTEM.tenant_id) as session:
        row = await session.get_one(Node, (SYSTEM.tenant_id, node))
        row.cpu_used = 3.0
    assert (await served.http.get(f"/nodes/{node}")).headers["etag"] != tag
    assert (await served.http.post(f"/nodes/{node}/cordon", headers={"If-Match": tag})).status_code == 200


@pytest.fixture
async def contracts(served: Served, core: Core, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    create_tables(dsn, Contract)
    core.store.judge = law()
    app = FastAPI()
    app.state.core = core
    problems.install(app)
    exposure = Exposure(Contract, needs_match=frozenset({"update", "delete"}))
    app.include_router(Derived(spec_of(Contract), exposure).router())
    async with listening(app) as url, httpx.AsyncClient(base_url=url, headers=served.http.headers) as http:
        yield http


async def test_what_must_be_read_first_is_not_changed_unread(contracts: httpx.AsyncClient) -> None:
    made = await contracts.post("/test-contracts", json={"name": "a"})
    path = f"/test-contracts/{made.json()['data']['id']}"
    for method, body in (("PATCH", {"name": "b"}), ("PUT", {"name": "b"}), ("DELETE", None)):
        refused = await contracts.request(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (428, "precondition-required")
        assert "If-Match" in refused.json()["hint"]
    known = {"If-Match": made.headers["etag"]}
    changed = await contracts.patch(path, json={"name": "b"}, headers=known)
    assert (changed.status_code, changed.headers["etag"][:3]) == (200, '"2-')
    assert (await contracts.delete(path, headers=known)).status_code == 412
    assert (await contracts.delete(path, headers={"If-Match": "*"})).status_code == 200
