"""Stories of answers to why and why not."""

from typing import Any, Final

from mxc.server.hosting.design.offer_list import Doable, offer_list
from mxc.server.hosting.design.panel import panel
from mxc.server.hosting.design.proof_tree import proof_tree
from mxc.server.hosting.design.refusal_card import refusal_card

NODE: Final = "11111111-0000-4000-8000-000000000000"
WORKLOAD: Final = "22222222-0000-4000-8000-000000000000"
NAMES: Final = {NODE: "node-a", WORKLOAD: "http.server"}
RULE: Final = (
    "can_place(Workload, Node) :-\n    workload_waiting(Workload), node_accepting(Node),\n"
    "    workload_resources(Workload, Cpu, _), node_resources_free(Node, Free, _), Free >= Cpu."
)


def proofs() -> None:
    """Draws them."""
    with panel("Proof tree"):
        proof_tree(_proof(), NAMES)
    with panel("Refusal card", flush=True):
        offer_list([Doable("Uncordon node-b", "Uncordon", _press), Doable("Lower its cores to 12 (from 64)")])
        room = _refusal("12 >= 64 is false", {"Free": 12, "Cpu": 64}, 4)
        refusal_card(
            {"node-a": room, "node-b": _refusal(f"node_accepting('{NODE}') does not hold", {}, 1)}, NAMES
        )


async def _press() -> None:
    """A story does nothing."""


def _proof() -> dict[str, Any]:
    fits = "It fits: the node accepts work, has the room, and no rule objects."
    accepts = "Accepting: healthy, heard from just now, and the operator wants work placed there."
    below = [
        _leaf("fact", "node_liveness", [NODE, "available"]),
        {"kind": "negation", "statement": f"not node_stale('{NODE}')", "predicate": "node_stale"},
    ]
    return _step("can_place", [WORKLOAD, NODE], fits) | {
        "children": [
            _step("node_accepting", [NODE], accepts) | {"children": below},
            _leaf("fact", "workload_resources", [WORKLOAD, "2", "512"]),
            {"kind": "comparison", "statement": "12 >= 2"},
        ]
    }


def _step(predicate: str, row: list[str], comment: str) -> dict[str, Any]:
    told = {"rule": "story.dl:12", "text": RULE, "comment": comment, "bindings": {"Node": NODE, "Free": 12}}
    return _leaf("rule", predicate, row) | told


def _leaf(kind: str, predicate: str, row: list[str]) -> dict[str, Any]:
    return {"kind": kind, "statement": f"{predicate}({', '.join(row)})", "predicate": predicate, "row": row}


def _refusal(reason: str, bindings: dict[str, Any], progress: int) -> dict[str, Any]:
    rule = {"rule": "story.dl:12", "text": RULE, "comment": "", "satisfied": [], "failed": "", "near": []}
    told = {"reason": reason, "bindings": bindings, "because": None, "progress": progress, "length": 5}
    return {"goal": "can_place", "holds": False, "note": "", "rules": [rule | told]}
