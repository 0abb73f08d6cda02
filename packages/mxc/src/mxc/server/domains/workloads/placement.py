"""Where a workload goes: the strategies, over what the rules say is possible."""

from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol

from mxc.server.domains.workloads.workload import Strategy


class Facts(Protocol):
    """What is asked of the engine here."""

    def query(self, predicate: str, *pattern: Any) -> list[tuple[Any, ...]]: ...

    def best(self, predicate: str, *pattern: Any, order: str) -> list[tuple[Any, ...]]: ...


class Candidate(NamedTuple):
    """A node with room. `share` is how full it is, by its fuller dimension."""

    workload: str
    node: str
    share: float


def choose(facts: Facts, workload: str) -> Candidate | None:
    """The node the workload's strategy prefers among its candidates, the one it just crashed on last; ties go
    to the smaller id."""
    strategy = strategy_of(facts, workload)
    for predicate, order in _ASKED:
        if strategy is Strategy.RANDOM:
            found = _drawn(facts.query(predicate, workload, ..., ...))
        else:
            found = facts.best(predicate, workload, ..., ..., order=strategy + order)
        if found:
            return Candidate(*found[0])
    return None


def strategy_of(facts: Facts, workload: str) -> Strategy:
    """Its own strategy, else the installation's."""
    for _, name in facts.query("placement_strategy", workload, ...):
        return Strategy(name)
    return Strategy.SPREAD


def _drawn(candidates: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """One by chance that can be replayed: the same for the same workload and nodes, and unrelated to both."""
    return sorted(candidates, key=_lot)[:1]


def _lot(candidate: tuple[Any, ...]) -> bytes:
    return blake2b(f"{candidate[0]}/{candidate[1]}".encode(), digest_size=8).digest()


# What is asked, one after the other, and what is added to the strategy to name its order.
_ASKED: Final = (("placement_elsewhere", ""), ("placement_candidate", "_anywhere"))
