"""Where a workload that does not exist yet could run, from the facts about nodes that the rules derive."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mxc.server.domains.workloads.constraint import at_least, exact
from mxc.server.domains.workloads.placement import Facts
from mxc.server.hosting.design.times import amount, memory

FREE_KEYS = "free_key"


@dataclass(frozen=True, slots=True)
class Place:
    """One node, how full it is, and what speaks against it; empty when nothing does."""

    node: str
    hostname: str
    objection: str
    share: float
    is_chosen: bool = False


def places_for(facts: Facts, wanted: Mapping[str, Any]) -> tuple[Place, ...]:
    """Every node, those that fit first, in the order the strategy would take them."""
    nodes = facts.query("node", ..., ..., ...)
    found = [_judge(facts, str(node), str(hostname), wanted) for node, hostname, _ in nodes]
    packs = wanted.get("strategy") == "pack"
    found.sort(key=lambda each: (bool(each.objection), -each.share if packs else each.share, each.node))
    if found and not found[0].objection and wanted.get("strategy") != "random":
        found[0] = replace(found[0], is_chosen=True)
    return tuple(found)


def _judge(facts: Facts, node: str, hostname: str, wanted: Mapping[str, Any]) -> Place:
    cpu, megabytes = wanted.get("cpu_required", 1.0), wanted.get("memory_required", 128)
    free = facts.query("node_resources_free", node, ..., ...)
    share = facts.query("node_share", node, ...)
    if not free or not share:
        return Place(node, hostname, "nothing is known of its room", 0.0)
    _, free_cpu, free_memory = free[0]
    objection = _objection(facts, node, wanted, free_cpu - cpu, free_memory - megabytes)
    return Place(node, hostname, objection, share[0][1])


def _objection(
    facts: Facts, node: str, wanted: Mapping[str, Any], cores_left: float, megabytes_left: float
) -> str:
    if not facts.query("node_accepting", node):
        return "it takes no work now"
    if cores_left < -0.001:
        return f"{amount(round(-cores_left, 2))} cores too few are free"
    if megabytes_left < 0:
        return f"{memory(-megabytes_left)} too little memory is free"
    return _unmet(facts, node, wanted)


def _unmet(facts: Facts, node: str, wanted: Mapping[str, Any]) -> str:
    constraints = wanted.get("constraints", {})
    for key, value in exact(constraints).items():
        spelled = str(value).lower() if isinstance(value, bool) else value
        if not facts.query(FREE_KEYS, key) and not facts.query("node_property", node, key, spelled):
            return f"{key} is not {value}"
    for key, least in at_least(constraints).items():
        found = [value for _, _, value in facts.query("node_property", node, key, ...)]
        if not any(isinstance(value, int | float) and value >= least for value in found):
            return f"{key} is below {amount(least)}"
    needs_vm = wanted.get("type") == "microvm"
    return "it has no hypervisor" if needs_vm and facts.query("node_hypervisor", node, "none") else ""
