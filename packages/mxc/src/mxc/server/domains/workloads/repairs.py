"""What would let a workload be placed, in an operator's words: only what an operator can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from datalox.explain.edits import Edit
from mxc.server.kernel.facts.tenant import TenantFacts

CHANGEABLE: Final[Mapping[str, float]] = {
    "now": 0, "~node_intent": 0, "~workload_resources": 0, "+node_capability": 0, "-workload_placement": 0,
    "~workload_constraint_at_least": 1, "-workload_constraint": 1, "-workload_constraint_at_least": 1,
    "~node_heartbeat": 3, "~node_liveness": 3,
}  # fmt: skip
"""What a repair may touch, and what it costs beside its kind: nobody invents a machine's memory."""
FIXED: Final = frozenset({"cpu", "memory_mb", "memory_gb", "hypervisor", "hostname", "node"})
"""Properties that a node has by what it is: no capability can be added for them."""
OWN: Final = frozenset({"workload_resources", "workload_constraint", "workload_constraint_at_least"})
"""Facts that may change only of the workload that is asked about."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An action of a resource that does one edit of a repair."""

    resource: str
    action: str
    id: str

    def json(self) -> dict[str, str]:
        return {"resource": self.resource, "action": self.action, "id": self.id}


@dataclass(frozen=True, slots=True)
class Offer:
    """One repair. `deeds` do it, empty where it takes more than actions; `node` can run the workload then."""

    words: str
    node: str
    edits: tuple[Mapping[str, Any], ...]
    deeds: tuple[Deed, ...]

    def json(self) -> dict[str, Any]:
        deeds = [deed.json() for deed in self.deeds]
        return {"words": self.words, "node_id": self.node, "edits": list(self.edits), "actions": deeds}


@dataclass(frozen=True, slots=True)
class Refusals:
    """Why nodes do not take a workload: `tree` as the engine tells it, and what could be done."""

    tree: Mapping[str, Any]
    offers: tuple[Offer, ...]


def refusals(facts: TenantFacts, workload: str, node: Any, names: Mapping[str, str]) -> Refusals:
    """Of one node, or with `...` of all, those that fail for one reason together. `names`: of ids."""
    found = facts.repairs(
        "can_place", workload, node, changeable=CHANGEABLE, accept=_acceptable(workload)
    ).tree
    offers: dict[str, Offer] = {}
    for repair in found["repairs"]:
        offer = _offer(repair, names)
        offers.setdefault(offer.words, offer)
    return Refusals(found, tuple(offers.values()))


def _acceptable(workload: str) -> Callable[[Edit], bool]:
    def accept(edit: Edit) -> bool:
        if edit.predicate in OWN and str(edit.row[0]) != workload:
            return False
        if edit.predicate == "node_intent":
            return str(edit.row[1]) == "schedulable"
        if edit.predicate == "node_liveness":
            return str(edit.row[1]) == "available"
        return edit.predicate != "node_capability" or str(edit.row[1]) not in FIXED

    return accept


def _offer(repair: Mapping[str, Any], names: Mapping[str, str]) -> Offer:
    words = dict.fromkeys(_words(edit, names) for edit in repair["edits"])
    deeds = [_deed(edit) for edit in repair["edits"]]
    done = tuple(deed for deed in deeds if deed is not None) if None not in deeds else ()
    return Offer(" and ".join(words), str(repair["row"][1]), tuple(repair["edits"]), done)


def _deed(edit: Mapping[str, Any]) -> Deed | None:
    match edit["predicate"]:
        case "node_intent":
            return Deed("nodes", "uncordon", edit["becomes"][0])
        case "workload_placement":
            return Deed("workloads", "stop", edit["row"][0])
        case _:
            return None


def _words(edit: Mapping[str, Any], names: Mapping[str, str]) -> str:
    row: Any = edit.get("becomes") or edit.get("row")
    match edit["predicate"]:
        case "now":
            return f"wait {max(1, round(edit['after']))} s"
        case "node_intent":
            return f"uncordon {_name(row[0], names)}"
        case "node_heartbeat" | "node_liveness":
            return f"have {_name(row[0], names)} heard from again"
        case "node_capability":
            has = "".join(f" (it has {key}={value})" for _, key, value in edit["instead"])
            return f"give {_name(row[0], names)} the capability {row[1]}={row[2]}{has}"
        case "workload_placement":
            return f"stop {_name(row[0], names)} on {_name(row[1], names)}"
        case "workload_resources":
            return " and ".join(_lowered(name, change) for name, change in edit["columns"].items())
        case "workload_constraint" | "workload_constraint_at_least":
            return _constraint(edit, row)
        case _:
            return str(edit["words"])


def _lowered(column: str, change: Mapping[str, float]) -> str:
    what, unit = ("memory", " MB") if column == "memory_required" else ("cores", "")
    return f"lower its {what} to {change['becomes']:.10g}{unit} (from {change['was']:.10g})"


def _constraint(edit: Mapping[str, Any], row: Any) -> str:
    sign = "=" if edit["predicate"] == "workload_constraint" else ">="
    if edit["op"] == "change":
        return f"lower its constraint {row[1]}>={edit['was'][2]:g} to {row[2]:g}"
    return f"drop its constraint {row[1]}{sign}{row[2]}"


def _name(key: str, names: Mapping[str, str]) -> str:
    return names.get(key, key[:8])
