"""The command line as scripts use it: its output, its exit codes, what it says when something is wrong."""

import asyncio
import json
import sys
from uuid import UUID

import yaml

from mxc.server.domains.workloads.workload import Workload
from mxc.testing.served import PASSWORD, SYSTEM, Served
from mxc.testing.terminal import Shell


async def test_a_workload_is_made_explained_stopped_and_deleted(served: Served, shell: Shell) -> None:
    node = await served.add_node()
    made = await shell.run(
        "workloads", "create", "--cpu", "1", "--memory", "65536", "--env", "A=b=c",
        "--constraint", "memory_mb=24576", "--restart", "never", "-o", "json",
        "--", "python3", "-c", "print(1)",
    )  # fmt: skip
    assert made.code == 0, made.err
    document = json.loads(made.out)["data"]
    assert (document["command"], document["args"]) == ("python3", ["-c", "print(1)"])
    assert (document["env"], document["constraints"]) == ({"A": "b=c"}, {"memory_mb": 24576})
    assert (document["restart_policy"], document["cpu_required"]) == ("never", 1)
    short = document["id"][:8]
    shown = await shell.run("workloads", "show", short)
    assert "waiting_for" in shown.out and document["id"] in shown.out
    listed = await shell.run("workloads", "list", "-o", "yaml")
    assert yaml.safe_load(listed.out)["data"][0]["id"] == document["id"]
    assert "python3" in (await shell.run("workloads", "list")).out
    assert "why each node" not in (await shell.run("why", short)).out
    refused = await shell.run("why-not", short, node[:8])
    assert refused.code == 0 and "65536" in refused.out and "24576" in refused.out
    assert "1. lower its memory to 24576 MB (from 65536)" in refused.out
    assert (await shell.run("workloads", "stop", short)).out.endswith("is stopped\n")
    again = await shell.run("workloads", "stop", short)
    assert again.code == 6 and "hint: from stopped it can: delete, restart" in again.err
    events = await shell.run("workloads", "events", short)
    assert "created, pending" in events.out and "pending → stopped" in events.out
    assert (await shell.run("workloads", "delete", short)).code == 0


async def test_create_says_what_keeps_it_from_being_placed(served: Served, shell: Shell) -> None:
    await served.add_node()
    made = await shell.run("workloads", "create", "--memory", "65536", "--", "true")
    assert "waits for room: needs 65536 MB of memory, at most 24576 MB are free on a node" in made.out
    assert "`mxc why-not" in made.out
    assert "waits for its turn" in (await shell.run("workloads", "create", "--no-wait", "--", "true")).out


async def test_json_is_the_api_document_verbatim(served: Served, shell: Shell) -> None:
    await served.add_node()
    printed = json.loads((await shell.run("nodes", "list", "-o", "json")).out)
    fetched = (await served.http.get("/nodes")).json()
    for document in (*printed["data"], *fetched["data"]):
        document.pop("heartbeat_age_s")
    assert printed == fetched


async def test_nodes_are_steered(served: Served, shell: Shell) -> None:
    node = await served.add_node()
    for verb, intent in (("cordon", "cordoned"), ("drain", "draining"), ("uncordon", "schedulable")):
        assert (await shell.run("nodes", verb, node)).out == f"node one ({node}): {verb} done\n"
        assert intent in (await shell.run("nodes", "list", "--columns", "intent")).out
    assert "is fresh" not in (await shell.run("why", node)).err
    assert "node_healthy" in (await shell.run("why", node[:8])).out
    assert "node_count" in (await shell.run("cluster", "status")).out
    found = await shell.run("facts", "node_healthy(N)")
    assert found.out.split() == ["N", node]
    assert (await shell.run("facts", "node_healthy(N")).code == 7
    assert (await shell.run("nodes", "delete", node)).code == 0
    assert (await shell.run("nodes", "list")).err == "no nodes yet\n"


async def test_rules_are_checked_added_and_switched(shell: Shell) -> None:
    good, bad = shell.home / "five.dl", shell.home / "bad.dl"
    good.write_text("constraint_violated(W, N) :- count(V, workload_placement(V, N), K), K >= 5.\n")
    bad.write_text("% a comment\nconstraint_violated(W, N) :- workload(W, _, _), oops(N).\n")
    assert (await shell.run("rules", "check", str(good))).out == f"{good}: fine\n"
    checked = await shell.run("rules", "check", str(bad))
    assert checked.code == 7
    assert f"{bad}:2:" in checked.err and "^" in checked.err
    refused = await shell.run("rules", "add", str(bad))
    assert refused.code == 7 and f"{bad}:2:" in refused.err
    assert (await shell.run("rules", "add", str(good))).code == 0
    assert (await shell.run("rules", "add", str(good))).code == 6
    assert (await shell.run("rules", "add", str(good), "--replace", "--description", "x")).code == 0
    assert (await shell.run("rules", "preview", "five")).out == "nothing would change\n"
    assert (await shell.run("rules", "add", str(good), "--name", "quiet", "--mode", "shadow")).code == 0
    quiet = await shell.run("rules", "shadow", "quiet")
    assert quiet.out == "rule quiet is in mode shadow; nothing was written down of it\n"
    assert (await shell.run("rules", "delete", "quiet")).code == 0
    mine = shell.home / "mine.dl"
    mine.write_text("% counted\nmy_count(N) :- node_count(N).\n")
    told = await shell.run("rules", "preview", str(mine), "--why")
    assert told.code == 0 and "+ my_count(0)" in told.out and "counted" in told.out
    assert (await shell.run("what-if", "load", str(mine))).out.startswith("my_count: 1 would hold\n")
    assert (await shell.run("rules", "preview", str(bad))).code == 7
    assert (await shell.run("rules", "disable", "five")).out.endswith(": disable done\n")
    assert (await shell.run("rules", "enable", "five")).out.endswith(": enable done\n")
    assert (await shell.run("rules", "show", "five")).out.strip() == good.read_text().strip()
    assert (await shell.run("rules", "delete", "five")).code == 0
    unknown = await shell.run("rules", "enable", "five")
    assert unknown.code == 5 and "there is no scheduling rule 'five'" in unknown.err
    none = await shell.run("rules", "list")
    assert (none.code, none.out) == (0, "") and "no rules of yours yet" in none.err


async def test_failures_have_their_own_exit_codes(served: Served, shell: Shell) -> None:
    assert (await shell.run("workloads", "show", "00000000")).code == 5
    assert (await shell.run("workloads", "create", "--cpu=-1", "--", "true")).code == 7
    assert (await shell.run("workloads", "create")).code == 2
    assert (await shell.run("nodez")).code == 2
    away = await shell.bare("nodes", "list", MXC_API_TOKEN="x", MXC_COORDINATOR="http://127.0.0.1:1")
    assert away.code == 8 and "hint:" in away.err and "Traceback" not in away.err
    unknown = await shell.bare("nodes", "list", MXC_API_TOKEN="mxc_0_no", MXC_COORDINATOR=shell.url)
    assert unknown.code == 3 and "hint:" in unknown.err
    await served.core.lease.release()
    assert (await shell.run("workloads", "create", "--", "true")).code == 8


async def test_the_token_is_found_where_the_server_or_a_login_left_it(served: Served, shell: Shell) -> None:
    (shell.home / "mxc").mkdir()
    (shell.home / "mxc" / "cli.json").write_text(json.dumps({"url": shell.url, "token": shell.token}))
    assert (await shell.bare("nodes", "list")).code == 0
    (shell.home / "mxc" / "cli.json").unlink()
    assert (await shell.bare("--url", shell.url, "nodes", "list")).code == 3
    login = await shell.bare(
        "login", shell.url, "--email", "admin@example.org", "--password-stdin", given=PASSWORD + "\n"
    )
    assert login.code == 0, login.err
    kept = shell.home / ".config" / "mxc" / "contexts.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["contexts"]["default"]["token"] not in login.out + login.err
    assert (await shell.bare("nodes", "list")).code == 0
    wrong = await shell.bare("login", shell.url, "--email", "a@b", "--password-stdin", given="no\n")
    assert wrong.code == 3
    made = await shell.bare("tokens", "create", "--name", "ci", "--scope", "read")
    assert made.out.startswith("mxc_0_") and "shown this once" in made.err
    assert "ci" in (await shell.bare("tokens", "list")).out
    reader = {"MXC_API_TOKEN": made.out.strip(), "MXC_COORDINATOR": shell.url}
    assert (await shell.bare("workloads", "create", "--", "true", **reader)).code == 4


async def test_watch_prints_again_when_something_changed(served: Served, shell: Shell) -> None:
    process = await shell.start(
        "workloads", "list", "--watch", "-o", "json", MXC_API_TOKEN=shell.token, MXC_COORDINATOR=shell.url
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert json.loads(await process.stdout.readline())["data"] == []
            made = await served.call("POST", "/workloads", json={"command": "true"})
            listed = json.loads(await process.stdout.readline())["data"]
            assert [each["id"] for each in listed] == [made["id"]]
    finally:
        process.kill()
        await process.communicate()


async def test_a_watch_ends_when_what_is_watched_is_gone(served: Served, shell: Shell) -> None:
    made = await served.call("POST", "/workloads", json={"command": "true"})
    known = {"MXC_API_TOKEN": shell.token, "MXC_COORDINATOR": shell.url}
    process = await shell.start("workloads", "show", made["id"], "--watch", "-o", "json", **known)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            await process.stdout.readline()
            await served.core.perform(SYSTEM, Workload.purge, UUID(made["id"]))
            _, told = await process.communicate()
        assert (process.returncode, told.decode().strip()) == (0, "it is gone")
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_output_of_what_is_away_is_an_error(served: Served, shell: Shell) -> None:
    made = await served.call("POST", "/workloads", json={"command": "true"})
    node = await served.add_node()
    logs = await shell.run("workloads", "logs", made["id"])
    assert logs.code == 6 and "why-not" in logs.err
    await served.core.perform(SYSTEM, Workload.place, UUID(made["id"]), node_id=UUID(node), deadline_s=60.0)
    refused = await shell.run("workloads", "exec", made["id"], "--timeout", "5", "--", "ls", "-l")
    assert refused.code == 5 and "not connected" in refused.err


async def test_help_needs_no_server_and_nothing_of_it(shell: Shell) -> None:
    told = await shell.bare("--help")
    assert told.code == 0
    for verb in ("nodes", "workloads", "why-not", "rules", "facts", "login"):
        assert verb in told.out
    check = (
        "import sys, mxc.cli.main as m, mxc.cli.workloads, mxc.cli.rules, mxc.cli.login, mxc.cli.explain;"
        "heavy = {'sqlalchemy', 'fastapi', 'nicegui', 'datalox', 'yaml'} & sys.modules.keys();"
        "mine = [name for name in sys.modules if name.startswith('mxc.server')];"
        "sys.exit(bool(heavy or mine))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", check)
    assert await process.wait() == 0


async def test_what_would_come_of_it_is_told_and_not_done(served: Served, shell: Shell) -> None:
    node = await served.add_node()
    told = await shell.run(
        "what-if", "add", "2", "--memory", "20000", "--constraint", "hostname=one", "--why"
    )
    assert told.code == 0, told.err
    assert "would start on one" in told.out and "would wait for room" in told.out
    assert "placement_candidate(" in told.out and "scheduling.dl:" in told.out
    assert (await shell.run("what-if", "drain", node[:8])).out == "nothing would change\n"
    assert (await shell.run("what-if", "remove", "00000000")).code != 0
    assert await served.get("/workloads") == []


async def test_a_partition_is_stayed_in(served: Served, shell: Shell) -> None:
    site = await served.call("POST", "/partitions", json={"name": "Here", "slug": "here"})
    await served.call("POST", "/workloads", json={"command": "everywhere"})
    made = await shell.run(
        "--partition", "here", "workloads", "create", "--no-wait", "-o", "json", "--", "true"
    )
    assert made.code == 0, made.err
    [inside] = await served.get("/workloads", partition_id=site["id"])
    assert inside["command"] == "true"
    listed = await shell.bare(
        "workloads", "list", "-o", "json", MXC_API_TOKEN=shell.token, MXC_COORDINATOR=shell.url,
        MXC_PARTITION=site["id"],
    )  # fmt: skip
    assert {each["command"] for each in json.loads(listed.out)["data"]} == {"everywhere", "true"}
    missing = await shell.run("--partition", "nowhere", "workloads", "list")
    assert (missing.code, "no partition called 'nowhere'" in missing.err) == (5, True)


async def test_one_statement_on_the_database_of_this_machine(served: Served, shell: Shell, dsn: str) -> None:
    node = await served.add_node()
    known = {"MXC_API_TOKEN": shell.token, "MXC_COORDINATOR": shell.url, "DATABASE_URL": dsn}
    seen = await shell.bare("dev", "sql", "-o", "json", "select id, hostname from nodes", **known)
    assert seen.code == 0, seen.err
    assert json.loads(seen.out)["data"] == [{"id": node, "hostname": "one"}]
    assert "one" in (await shell.bare("dev", "sql", "--owner", "select hostname from nodes", **known)).out
    unknown = {"DATABASE_URL": dsn, "MXC_COORDINATOR": "http://127.0.0.1:1"}
    nobody = await shell.bare("dev", "sql", "select id from nodes", **unknown)
    assert (nobody.code, nobody.out) == (0, "") and "--tenant" in nobody.err and "no rows" in nobody.err
    wrong = await shell.bare("dev", "sql", "select nothing from nodes", **known)
    assert wrong.code == 7 and "nothing" in wrong.err
    elsewhere = await shell.bare("dev", "sql", "select 1")
    assert elsewhere.code == 1 and "No database runs from" in elsewhere.err
