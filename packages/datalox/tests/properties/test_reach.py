"""What each number reaches, kept edge by edge, is what a search of the graph finds; taken back, it is as
before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datalox.maintain import reach
from datalox.maintain.depths import Depths
from datalox.maintain.edges import Edge
from datalox.maintain.reach import Reach, Trail
from datalox.store.bits import numbers

Pairs = set[tuple[int, int]]
NODES = 6
pairs = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=9)
histories = st.lists(st.tuples(pairs, pairs), min_size=2, max_size=6)
"""Exits and steps after each transaction."""
ways = st.tuples(*[st.sampled_from((0, 10**6))] * 2)
"""Edge by edge or all anew; by a search from each or component by component."""


def searched(exits: Pairs, steps: Pairs) -> dict[int, dict[int, int]]:
    """start -> what it reaches -> in how many edges."""
    found: dict[int, dict[int, int]] = {}
    for start in range(NODES):
        depth, frontier = 1, {target for source, target in exits if source == start}
        reached: dict[int, int] = {}
        while frontier - reached.keys():
            reached.update(dict.fromkeys(frontier - reached.keys(), depth))
            frontier = {target for source, target in steps if source in reached}
            depth += 1
        if reached:
            found[start] = reached
    return found


def edges(old: tuple[Pairs, Pairs], new: tuple[Pairs, Pairs]) -> list[Edge]:
    """What is in `new` and not in `old`."""
    exits, steps = (mine - theirs for mine, theirs in zip(new, old, strict=True))
    return [Edge(*pair, pair in exits, pair in steps) for pair in sorted(exits | steps)]


def rows(kept: Reach) -> dict[int, set[int]]:
    return {number: set(numbers(bits)) for number, bits in kept.rows.items()}


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories, ways)
def test_sets_follow_the_edges_and_go_back(
    monkeypatch: pytest.MonkeyPatch, history: list[tuple[Pairs, Pairs]], way: tuple[int, int]
) -> None:
    kept = Reach(lambda looked_at: None, lambda made: None)
    trails: list[tuple[Trail, dict[int, set[int]]]] = []
    now: tuple[Pairs, Pairs] = (set(), set())
    with monkeypatch.context() as patched:
        patched.setattr(reach, "BULK", 0)
        patched.setattr(reach, "PATIENCE", way[0])
        patched.setattr(reach, "FEW", way[1])
        for later in history:
            trails.append((Trail(), rows(kept)))
            kept.change(edges(later, now), edges(now, later), trails[-1][0])
            now = later
            expected = searched(*now)
            assert rows(kept) == {start: set(found) for start, found in expected.items()}
            check_depths(kept, expected)
    for trail, before in reversed(trails):
        kept.swap(trail)
        assert rows(kept) == before
        kept.swap(trail)
        kept.undo(trail)
        assert rows(kept) == before
    assert not (kept.graph.uneven or kept.graph.steps.out or kept.graph.exits.into)


def check_depths(kept: Reach, expected: dict[int, dict[int, int]]) -> None:
    depths = Depths(kept.graph)
    for start, found in expected.items():
        for end, depth in found.items():
            assert depths.behind(start)[end] == depths.before(end, start) == depth
