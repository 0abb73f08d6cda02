"""What the peers are given: graphs, a tree, a fleet, and the changes to them."""

from __future__ import annotations

import random

Pair = tuple[int, int]
WORK = (
    "closure of a random graph 2000 x 4000",
    "closure of a chain of 400",
    "closure of a random graph 500 x 1000",
    "same generation in a binary tree of 1023",
    "room on 1000 nodes under 20000 workloads",
)
UPDATES = 40
"""Single changes, one after the other, each followed by a count of what is derived."""


def random_graph(nodes: int, edges: int) -> list[Pair]:
    source = random.Random(1)
    found: set[Pair] = set()
    while len(found) < edges:
        edge = source.randrange(nodes), source.randrange(nodes)
        if edge[0] != edge[1]:
            found.add(edge)
    return sorted(found)


def chain(length: int) -> list[Pair]:
    return [(number, number + 1) for number in range(length)]


def edges_of(work: str) -> list[Pair]:
    if "chain" in work:
        return chain(400)
    return random_graph(2000, 4000) if "2000" in work else random_graph(500, 1000)


def edge_changes(work: str) -> list[tuple[str, Pair]]:
    """Edges that come and go again; none where from scratch alone is compared."""
    if "500 x" not in work:
        return []
    source, known = random.Random(2), set(edges_of(work))
    changes: list[tuple[str, Pair]] = []
    while len(changes) < UPDATES:
        edge = source.randrange(500), source.randrange(500)
        if edge not in known:
            changes += [("in", edge), ("out", edge)]
    return changes


def parents() -> list[Pair]:
    """(child, parent) of a binary tree of ten levels."""
    return [(child, child // 2) for child in range(2, 1024)]


def capacities() -> list[Pair]:
    return [(node, 64) for node in range(1000)]


def placements() -> list[tuple[int, int, int]]:
    """(workload, node, cores)"""
    source = random.Random(3)
    return [(workload, source.randrange(1000), source.randrange(1, 5)) for workload in range(20_000)]


def placement_changes() -> list[tuple[str, tuple[int, int, int]]]:
    source = random.Random(4)
    new = [(20_000 + n, source.randrange(1000), 4) for n in range(UPDATES // 2)]
    return [change for placed in new for change in (("in", placed), ("out", placed))]
