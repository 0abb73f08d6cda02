"""What the README promises, through the command line alone."""

import json
import re
from typing import Any

from mxc.testing.system import System, until


def create(system: System, *arguments: str) -> str:
    """The id of a workload made by `mxc workloads create`."""
    made = system.mxc("workloads", "create", "-o", "json", *arguments)
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["data"]["id"])


def show(system: System, workload: str) -> dict[str, Any]:
    shown = system.mxc("workloads", "show", workload, "-o", "json")
    assert shown.returncode == 0, shown.stderr
    document: dict[str, Any] = json.loads(shown.stdout)["data"]
    return document


def wait_for(system: System, workload: str, status: str, within_s: float = 20.0) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        found = show(system, workload)
        return found if found["status"] == status else {}

    return until(look, within_s, status)


def wait_for_node(system: System) -> str:
    until(lambda: system.get("/cluster/status")["nodes_healthy"] == 1, 20)
    return str(system.get("/nodes")[0]["id"])


def test_a_workload_runs_is_explained_and_stops(system: System) -> None:
    node = wait_for_node(system)
    workload = create(
        system, "--cpu", "0.5", "--memory", "64", "--", "sh", "-c", "echo hello; exec sleep 600"
    )
    assert wait_for(system, workload, "running")["node_id"] == node
    until(lambda: "hello" in system.mxc("workloads", "logs", workload).stdout)

    why = system.mxc("why", workload)
    assert why.returncode == 0, why.stderr
    assert re.search(r"\w+\.dl:\d+", why.stdout), why.stdout
    assert node in why.stdout

    assert system.mxc("workloads", "stop", workload).returncode == 0
    stopped = wait_for(system, workload, "stopped")
    assert (stopped["reason"], stopped["exit_code"]) == ("user-stopped", 143)
    assert "running" in system.mxc("workloads", "events", workload).stdout


def test_an_exit_code_is_known(system: System) -> None:
    wait_for_node(system)
    workload = create(system, "--restart", "never", "--", "sh", "-c", "exit 7")
    failed = wait_for(system, workload, "failed")
    assert failed["exit_code"] == 7


def test_too_much_waits_says_for_what_and_starts_when_it_can(system: System) -> None:
    wait_for_node(system)
    total = system.get("/nodes")[0]["cpu_total"]
    first = create(system, "--cpu", str(total), "--memory", "16", "--", "sleep", "600")
    wait_for(system, first, "running")
    second = create(system, "--cpu", str(total), "--memory", "16", "--", "sleep", "600")
    refused = system.mxc("why-not", second)
    assert re.search(r"NO .*cpu|NO .*Cpu|NO .*>=", refused.stdout), refused.stdout
    assert show(system, second)["status"] == "pending"
    assert show(system, second)["waiting_for"]
    system.mxc("workloads", "stop", first)
    wait_for(system, second, "running")


def test_a_rule_of_an_operator_counts_at_once(system: System) -> None:
    wait_for_node(system)
    rule = system.home / "apart.dl"
    rule.write_text(
        "% Workloads of one group do not share a node.\n"
        "constraint_violated(Workload, Node) :-\n"
        "    workload_constraint(Workload, :group, Group), workload_placement(Other, Node),\n"
        "    workload_constraint(Other, :group, Group), Other != Workload.\n"
    )
    added = system.mxc("rules", "add", str(rule))
    assert added.returncode == 0, added.stderr
    arguments = ("--cpu", "0.1", "--memory", "8", "--constraint", "group=db", "--", "sleep", "600")
    first = create(system, *arguments)
    wait_for(system, first, "running")
    second = create(system, *arguments)
    until(lambda: "apart" in system.mxc("why-not", second).stdout)
    assert show(system, second)["status"] == "pending"
    assert system.mxc("rules", "disable", "apart").returncode == 0
    wait_for(system, second, "running")


def test_a_bad_rule_is_refused_with_its_place(system: System) -> None:
    rule = system.home / "bad.dl"
    rule.write_text("constraint_violated(W, N) :-\n    workload_placement(W, N) & nonsense.\n")
    refused = system.mxc("rules", "add", str(rule))
    assert refused.returncode == 7
    assert re.search(r"2:\d+", refused.stderr), refused.stderr
    assert "hint" in refused.stderr
    assert system.get("/rules") == []


def test_anything_derived_can_be_asked(system: System) -> None:
    node = wait_for_node(system)
    answer = system.mxc("facts", "node_healthy(N)")
    assert node in answer.stdout
