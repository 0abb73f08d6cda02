"""Graphs of names: strongly connected components and shortest paths, without recursion."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping


def components(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Strongly connected components, what a node points at before the node (Tarjan).

    Every target must be a node. The order depends on the order of the graph alone.
    """
    search = _Search(graph)
    for node in graph:
        if node not in search.index:
            search.run(node)
    return search.found


class _Search:
    def __init__(self, graph: Mapping[str, Collection[str]]) -> None:
        self.graph = graph
        self.index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.stack: list[str] = []
        self.on_stack: set[str] = set()
        self.found: list[list[str]] = []

    def run(self, root: str) -> None:
        path: list[tuple[str, Iterator[str]]] = [self._enter(root)]
        while path:
            node, targets = path[-1]
            for target in targets:
                if target not in self.index:
                    path.append(self._enter(target))
                    break
                if target in self.on_stack:
                    self.low[node] = min(self.low[node], self.index[target])
            else:
                path.pop()
                self._leave(node)
                if path:
                    parent = path[-1][0]
                    self.low[parent] = min(self.low[parent], self.low[node])

    def _enter(self, node: str) -> tuple[str, Iterator[str]]:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.on_stack.add(node)
        return node, iter(self.graph[node])

    def _leave(self, node: str) -> None:
        if self.low[node] != self.index[node]:
            return
        start = self.stack.index(node)
        self.found.append(self.stack[start:])
        self.on_stack.difference_update(self.stack[start:])
        del self.stack[start:]


def shortest_path(graph: Mapping[str, Collection[str]], start: str, goal: str) -> list[str]:
    """From `start` to `goal`, both included; [] if there is none."""
    came_from: dict[str, str] = {start: start}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        if node == goal:
            return _walk_back(came_from, start, goal)
        for target in graph.get(node, ()):
            if target not in came_from:
                came_from[target] = node
                waiting.append(target)
    return []


def _walk_back(came_from: Mapping[str, str], start: str, goal: str) -> list[str]:
    path = [goal]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return path[::-1]
