"""Verbs that nobody wrote: made from the catalogue of a running API."""

import json

import yaml

from mxc.server.domains.identity.organisations import found_tenant, own
from mxc.server.domains.tenants.tenant import Plan
from mxc.server.hosting.core import Core
from mxc.server.surfaces.app import create_app
from mxc.testing.served import PASSWORD, SECRET, SYSTEM, Served, listening
from mxc.testing.terminal import Shell


class Counting:
    """The application, and the paths it was asked for."""

    def __init__(self, app: object) -> None:
        self.app, self.paths = app, list[str]()

    async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http":
            self.paths.append(str(scope["path"]))
        await self.app(scope, receive, send)  # type: ignore[operator]


async def test_members_come_change_and_go(shell: Shell) -> None:
    made = await shell.run(
        "memberships", "create", "--email", "ada@example.org", "--role", "viewer", "--password-from", "-",
        given=PASSWORD + "\n",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert PASSWORD not in made.out + made.err
    listed = json.loads((await shell.run("memberships", "list", "--filter", "role=viewer", "-o", "json")).out)
    assert [each["email"] for each in listed["data"]] == ["ada@example.org"]
    ada = listed["data"][0]["id"]
    assert "ada@example.org" in (await shell.run("memberships", "list")).out
    changed = await shell.run("memberships", "set-role", ada[:8], "--role", "operator", "-o", "yaml")
    assert yaml.safe_load(changed.out)["data"]["role"] == "operator"
    assert (await shell.run("memberships", "show", ada)).out.splitlines()[0].split() == ["id", ada]
    gone = await shell.run("memberships", "delete", ada)
    assert gone.code == 0 and gone.out == f"membership {ada} is gone\n"
    assert (await shell.run("memberships", "show", ada)).code == 5


async def test_many_at_once_each_with_its_outcome(served: Served, shell: Shell) -> None:
    for name in ("one", "two"):
        await served.add_node(name)
    told = await shell.run("nodes", "update", "one", "nowhere", "two", "--intent", "cordoned")
    assert told.code == 5
    assert told.out.count("is changed") == 2
    assert "nowhere: error: there is no node 'nowhere'" in told.err and "1 of 3 were refused" in told.err
    told = await shell.run("nodes", "update", "one", "nowhere", "--intent", "draining", "-o", "json")
    outcomes = json.loads(told.out)["data"]
    assert [each["outcome"] for each in outcomes] == ["done", "refused"]
    assert (outcomes[0]["data"]["intent"], outcomes[1]["code"]) == ("draining", "not-found")
    picked = await shell.run(
        "nodes", "update", "--filter", "intent=cordoned,draining", "--yes", "--intent", "schedulable"
    )
    assert picked.code == 0 and picked.out.count("is changed") == 2
    assert {each["intent"] for each in await served.get("/nodes")} == {"schedulable"}
    asked = await shell.run(
        "nodes", "update", "--filter", "hypervisor=none", "--intent", "draining", given="n\n"
    )
    assert asked.code == 1 and "update 2 nodes?" in asked.err
    assert {each["intent"] for each in await served.get("/nodes")} == {"schedulable"}


async def test_what_cannot_be_meant_is_refused_before_anything_is_done(served: Served, shell: Shell) -> None:
    await served.add_node()
    unknown = await shell.run("nodes", "update", "--filter", "hostnam=one", "--intent", "cordoned")
    assert unknown.code == 2 and "did you mean hostname?" in unknown.err
    assert (await shell.run("nodes", "update", "--intent", "cordoned")).code == 2
    assert (await shell.run("nodes", "update", "one")).code == 2
    wrong = await shell.run("nodes", "update", "one", "--intent", "gone")
    assert wrong.code == 2 and "'schedulable'" in wrong.err
    nobody = await shell.run("memberships", "create", "--role", "viewer")
    assert nobody.code == 2 and "--email" in nobody.err
    verb = await shell.run("memberships", "lst")
    assert verb.code == 2 and "Did you mean 'list'" in verb.err
    assert "hint: `mxc memberships --help` says what it takes" in verb.err
    thing = await shell.run("membership", "list")
    assert thing.code == 2 and "Did you mean 'memberships'" in thing.err


async def test_the_catalogue_is_fetched_once_and_again_when_it_changed(
    core: Core, served: Served, shell: Shell
) -> None:
    counting = Counting(create_app(core, secret=SECRET, has_pages=False))
    async with listening(counting) as url:
        near = Shell(shell.home, url, shell.token)
        for _ in range(2):
            assert (await near.run("rules", "list")).code == 0
        assert counting.paths == ["/api/rules", "/api/rules"]
        for _ in range(2):
            assert (await near.run("notices", "list")).code == 0
        assert counting.paths[2:] == ["/api/catalogue", "/api/notices", "/api/notices"]
        kept = shell.home / ".cache" / "mxc"
        assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}
        (name,) = kept.glob("*.name")
        name.write_text("another")
        assert (await near.run("notices", "list")).code == 0
        assert (await near.run("notices", "list")).code == 0
        assert counting.paths[5:] == ["/api/notices", "/api/catalogue", "/api/notices"]
    told = await near.run("notices", "--help")
    assert told.code == 0 and "show" in told.out
    assert "notices" in (await near.run("--help")).out
    away = await near.run("notices", "list")
    assert away.code == 8 and "cannot reach" in away.err


async def test_an_answer_is_the_api_document_verbatim(served: Served, shell: Shell) -> None:
    printed = (await shell.run("memberships", "list", "-o", "json")).out
    assert printed.rstrip("\n") == (await served.http.get("/memberships")).text
    same = await served.http.get("/catalogue")
    again = await served.http.get("/catalogue", headers={"If-None-Match": same.headers["etag"]})
    assert again.status_code == 304 and not again.content


async def test_ids_names_and_values_are_completed(served: Served, shell: Shell) -> None:
    await served.add_node("alpha")
    assert (await shell.run("memberships", "list")).code == 0

    async def completed(words: str) -> list[str]:
        known = {"MXC_API_TOKEN": shell.token, "MXC_COORDINATOR": shell.url}
        count = str(len(words.split(" ")) - 1)
        told = await shell.bare(**known, _MXC_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
        return told.out.split()

    assert await completed("mxc member") == ["memberships"]
    assert await completed("mxc memberships set") == ["set-role"]
    assert await completed("mxc nodes update al") == ["alpha"]
    assert await completed("mxc nodes update alpha --intent dr") == ["draining"]
    assert await completed("mxc nodes update --filter intent=cor") == ["intent=cordoned"]
    script = await shell.bare("completion", "bash")
    assert script.code == 0 and "_MXC_COMPLETE=complete_bash" in script.out


async def test_contexts_and_tenants(served: Served, shell: Shell) -> None:
    none = await shell.bare("context", "list")
    assert none.out == "" and none.err.startswith("no contexts yet")
    given = served.token + "\n"
    added = await shell.bare("context", "add", "home", served.url, given=given)
    assert added.code == 0 and served.token not in added.out + added.err
    kept = shell.home / ".config" / "mxc" / "contexts.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (await shell.bare("context", "add", "bad", served.url, given="mxc_no\n")).code == 3
    assert (await shell.bare("context", "add", "far", served.url, given=given)).code == 0
    assert [each["is_current"] for each in await _contexts(shell)] == [True, False]
    assert (await shell.bare("context", "use", "home")).code == 0
    assert [each["is_current"] for each in await _contexts(shell)] == [False, True]
    assert (await shell.bare("context", "use", "nowhere")).code == 2
    assert (await shell.bare("context", "remove", "home")).code == 0
    assert [each["name"] for each in await _contexts(shell)] == ["far"]
    told = await shell.run("whoami")
    assert "admin@example.org" in told.out and "admin" in told.out


async def _contexts(shell: Shell) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((await shell.bare("context", "list", "-o", "json")).out)[
        "data"
    ]
    return found


async def test_another_tenant_is_a_token_of_its_own(served: Served, shell: Shell) -> None:
    me = "admin@example.org"
    await second_tenant(served, me)
    given = served.token + "\n"
    assert (await shell.bare("context", "add", "home", served.url, given=given)).code == 0
    first = await shell.bare("--tenant", "second", "nodes", "list")
    assert first.code == 5 and "mxc tenants switch second" in first.err
    switched = await shell.bare(
        "tenants", "switch", "second", "--email", me, "--password-stdin", given=PASSWORD + "\n"
    )
    assert switched.code == 0, switched.err
    assert "Second" in (await shell.bare("whoami")).out
    assert (await shell.bare("tenants", "list")).out.count("\n") >= 2
    assert (await shell.bare("context", "use", "home")).code == 0
    assert "Second" not in (await shell.bare("whoami")).out.splitlines()[0]
    elsewhere = json.loads((await shell.bare("--tenant", "second", "whoami", "-o", "json")).out)["data"]
    here = json.loads((await shell.bare("whoami", "-o", "json")).out)["data"]
    assert elsewhere["tenant_id"] != here["tenant_id"]


async def second_tenant(served: Served, owner: str) -> None:
    """Another organisation, owned by the same person."""
    tenant = await found_tenant(served.core, SYSTEM, "Second", "second", Plan.FREE)
    await own(served.core, tenant, owner, None)
