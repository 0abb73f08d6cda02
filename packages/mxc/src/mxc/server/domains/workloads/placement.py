"""Where a workload goes: the strategies, over what the rules say is possible."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol

from mxc.server.domains.workloads.workload import Strategy


class Facts(Protocol):
    """What is asked of the engine here."""

    def query(self, predicate: str, *pattern: Any) -> list[tuple[Any, ...]]: ...


class Candidate(NamedTuple):
    """A node with room. `avoid` is 1 for the one it crashed on; `share` is how full the node would be."""

    workload: str
    node: str
    avoid: int
    share: float


def choose(facts: Facts, workload: str) -> Candidate | None:
    """The node the workload's strategy prefers among its candidates; ties go to the smaller id."""
    candidates = candidates_of(facts, workload)
    if not candidates:
        return None
    prefer = _PREFERENCES[strategy_of(facts, workload)]
    return min(candidates, key=lambda each: (each.avoid, prefer(each), each.node))


def candidates_of(facts: Facts, workload: str) -> list[Candidate]:
    """Every node the workload could be placed on now."""
    return [Candidate(*row) for row in facts.query("placement_candidate", workload, ..., ..., ...)]


def strategy_of(facts: Facts, workload: str) -> Strategy:
    """Its own strategy, else the installation's."""
    for _, name in facts.query("placement_strategy", workload, ...):
        return Strategy(name)
    return Strategy.SPREAD


def _draw(candidate: Candidate) -> float:
    """The same for the same workload and node, and unrelated to both: chance that can be replayed."""
    digest = blake2b(f"{candidate.workload}/{candidate.node}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


_PREFERENCES: Final[Mapping[Strategy, Callable[[Candidate], float]]] = {
    Strategy.SPREAD: lambda candidate: candidate.share,
    Strategy.PACK: lambda candidate: -candidate.share,
    Strategy.RANDOM: _draw,
}
