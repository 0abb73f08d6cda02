"""A node that is deleted while its agent runs."""

from pathlib import Path

import psutil

from mxc.testing.system import System, until


def test_a_deleted_nodes_agent_is_out_for_good_and_what_it_ran_ends(system: System, home: Path) -> None:
    until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
    [node] = system.get("/nodes")
    made = system.call("POST", "/workloads", {"type": "process", "command": "sleep", "args": ["600"]}).data
    until(lambda: system.get(f"/workloads/{made['id']}")["status"] == "running", 20)
    ran = [each for each in psutil.process_iter() if str(made["id"]) in working_directory(each)]
    assert ran
    assert system.call("DELETE", f"/nodes/{node['id']}").status == 200
    until(lambda: not any(each.is_running() for each in ran), 30, "the end of what it ran")
    until(lambda: "this node was deleted" in (home / "logs" / "agent.log").read_text(), 30)
    assert (home / "nats" / "keys" / "revoked-default.json").stat().st_mode & 0o077 == 0
    assert system.get("/nodes") == []
    assert "agent" in system.processes()


def working_directory(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""
