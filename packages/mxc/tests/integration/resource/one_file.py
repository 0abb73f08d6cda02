"""Adding a resource takes one file. Here is such a file, and what follows from it without another line."""

import json
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import psycopg
import pytest

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.membership import Role
from mxc.server.kernel.resource import catalogue, spec_of
from mxc.server.migrations.drift import drift, protections
from mxc.server.migrations.repair import forward
from mxc.server.surfaces.app import exposures, route_modules
from mxc.server.surfaces.web.derived.pages import subjects_of
from mxc.testing.served import SYSTEM, Served, core, served, until
from mxc.testing.terminal import Shell, shell

__all__ = ["core", "served", "shell"]

# In the product: src/mxc/server/domains/inventory/lantern.py
THE_FILE = '''
"""A lantern: something that gives light somewhere."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource import (
    Lifecycle, Listing, Policy, Resource, action, column, fact, identity, transition,
)
from mxc.server.kernel.resource.fields import Count, Name, TextLabels


class Light(StrEnum):
    DARK = "dark"
    LIT = "lit"
    BROKEN = "broken"


class Lantern(Resource):
    """A lantern somebody carries; a broken one gives no light any more."""

    __tablename__ = "lanterns"

    name: Mapped[Name] = column(help="what people call it", example="north-gate")
    oil: Mapped[Count] = column(default=3, help="nights it still lasts")
    light: Mapped[Light] = column(default=Light.DARK)
    labels: Mapped[TextLabels] = column(default=dict)

    called = "name"
    lifecycle = Lifecycle("light", Light.DARK)
    identities = identity("by_name", "name")
    policy = Policy(read="viewer", write="operator", actions={"smash": "admin"})
    listing = Listing(("name", "light", "oil", "labels"))
    facts = fact("lantern", "id", "name", "light")

    @transition(Light.DARK, to=Light.LIT)
    def kindle(self, nights: Annotated[int, Field(ge=1, le=30)] = 1) -> None:
        """Light it for some nights."""
        self.oil -= nights

    @transition(Light.DARK, Light.LIT, to=Light.BROKEN)
    def smash(self) -> None:
        """Break it for good."""
'''
ENTRY_POINT = "[mxc.server.domains]\nlanterns = lanterns\n"


@pytest.fixture(autouse=True)
def one_more_file(tmp_path_factory: pytest.TempPathFactory, dsn: str) -> Iterator[None]:
    """The file, installed beside the product's own, and the migration that `mxc dev migration` writes."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "lanterns.py").write_text(THE_FILE)
    (folder / "lanterns-1.dist-info").mkdir()
    (folder / "lanterns-1.dist-info" / "METADATA").write_text("Name: lanterns\nVersion: 1\n")
    (folder / "lanterns-1.dist-info" / "entry_points.txt").write_text(ENTRY_POINT)
    sys.path.insert(0, str(folder))
    invalidate_caches()
    catalogue.cache_clear()
    found = drift(dsn)
    assert {each.part.table for each in found} == {"lanterns"}
    with psycopg.connect(dsn) as connection:
        for statement in forward(found, protections(), lambda *_: "''"):
            connection.execute(statement.encode())
    assert drift(dsn) == []
    yield
    sys.path.remove(str(folder))
    catalogue.cache_clear()


async def test_its_endpoints_check_change_and_refuse(served: Served) -> None:
    made = await served.call("POST", "/lanterns", json={"name": "gate", "labels": {"env": "prod"}})
    assert (made["light"], made["oil"], made["revision"]) == ("dark", 3, 1)
    lit = await served.call("POST", f"/lanterns/{made['id']}/kindle", json={"nights": 2})
    assert (lit["light"], lit["oil"]) == ("lit", 1)
    refused = await served.http.post("/lanterns/gate/kindle")
    assert refused.status_code == 409 and refused.json()["hint"] == "from lit it can: smash"
    wrong = await served.http.post("/lanterns", json={"nme": "x", "oil": -1})
    assert wrong.status_code == 422 and wrong.json()["error"].keys() == {"nme", "name", "oil"}
    assert (await served.http.post("/lanterns", json={"name": "gate"})).status_code == 409
    assert len(await served.get("/lanterns", labels="env=prod", light="lit")) == 1
    described = (await served.http.get("/openapi.json")).json()["paths"]
    assert {"/api/lanterns", "/api/lanterns/{row_id}/smash"} <= described.keys()


async def test_it_is_in_json_api(served: Served) -> None:
    made = await served.call("POST", "/lanterns", json={"name": "gate"})
    found = (await served.http.get("/v2/lanterns", params={"filter[name]": "gate"})).json()["data"]
    assert [(each["type"], each["id"]) for each in found] == [("lanterns", made["id"])]
    assert found[0]["attributes"]["oil"] == 3


async def test_its_permissions_follow_from_its_policy(served: Served) -> None:
    await served.call("POST", "/lanterns", json={"name": "gate"})
    may = {role: await served.token_of(role) for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)}

    async def status(role: Role, method: str, path: str) -> int:
        answer = await served.http.request(method, path, headers=may[role], json={})
        return answer.status_code

    assert await status(Role.VIEWER, "GET", "/lanterns/gate") == 200
    assert await status(Role.VIEWER, "POST", "/lanterns/gate/kindle") == 403
    assert await status(Role.OPERATOR, "POST", "/lanterns/gate/kindle") == 200
    assert await status(Role.OPERATOR, "POST", "/lanterns/gate/smash") == 403
    reader = await served.token_of(Role.OWNER, Scope.READ)
    assert (await served.http.post("/lanterns/gate/smash", headers=reader)).status_code == 403
    assert (await served.http.get("/lanterns/gate", headers={"Authorization": ""})).status_code == 401
    assert await status(Role.ADMIN, "POST", "/lanterns/gate/smash") == 200


async def test_what_is_done_is_audited_and_becomes_facts(served: Served, dsn: str) -> None:
    made = await served.call("POST", "/lanterns", json={"name": "gate"})
    await served.call("POST", "/lanterns/gate/kindle")
    facts = served.core.facts(SYSTEM)
    await until(lambda: facts.query("lantern", made["id"], "gate", "lit"))
    assert facts.query("valid_transition", "lantern", "dark", "lit")
    with psycopg.connect(dsn) as connection:
        query = "select action from audit where resource = 'lanterns' order by at"
        assert [each[0] for each in connection.execute(query).fetchall()] == ["create", "kindle"]


async def test_another_tenant_sees_nothing_of_it(served: Served, dsn: str) -> None:
    await served.call("POST", "/lanterns", json={"name": "gate"})
    with psycopg.connect(dsn, options="-c role=mxc_app") as connection:
        assert connection.execute("select name from lanterns").fetchall() == []
        connection.execute("select mxc_begin(gen_random_uuid(), null, null)")
        assert connection.execute("select name from lanterns").fetchall() == []


async def test_it_has_pages(served: Served) -> None:
    subjects = subjects_of([], exposures(route_modules()))
    lantern = next(each for each in subjects if each.spec.plural == "lanterns")
    assert (lantern.path, lantern.title) == ("/lanterns", "Lanterns")


async def test_it_has_verbs(served: Served, shell: Shell) -> None:
    made = await shell.run("lanterns", "create", "--name", "gate", "--labels", "env=prod", "--oil", "9")
    assert made.code == 0, made.err
    assert made.out.startswith("lantern gate (")
    await shell.run("lanterns", "create", "--name", "yard")
    lit = await shell.run("lanterns", "kindle", "gate", "yard", "--nights", "2")
    assert lit.code == 0 and lit.out.count("is lit") == 2
    again = await shell.run("lanterns", "kindle", "gate")
    assert again.code == 6 and "hint: from lit it can: smash" in again.err
    assert (await shell.run("lanterns", "kindle", "gate", "--nights", "99")).code == 7
    listed = json.loads((await shell.run("lanterns", "list", "-l", "env=prod", "-o", "json")).out)["data"]
    assert [(each["name"], each["oil"]) for each in listed] == [("gate", 7)]
    ordered = (await shell.run("lanterns", "list", "--sort", "-name")).out.splitlines()
    assert ordered[0].split() == ["ID", "NAME", "LIGHT", "OIL", "LABELS"] and "yard" in ordered[1]
    told = await shell.run("lanterns", "kindle", "--help")
    assert "Light it for some nights." in told.out
    assert (await shell.run("lanterns", "update", "yard", "--oil", "4")).code == 0
    assert (await shell.run("lanterns", "delete", "yard")).code == 0
    assert "lanterns" in (await shell.run("--help")).out


def test_it_can_be_read_as_data() -> None:
    spec = next(each for each in catalogue() if each.plural == "lanterns")
    assert spec is spec_of(spec.resource)
    assert spec.actions["kindle"].permission == "lanterns.kindle"
    assert Path(sys.modules["lanterns"].__file__ or "").name == "lanterns.py"
