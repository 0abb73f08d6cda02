"""Random recursive programs over small graphs, and random streams of changes to them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SHAPES: tuple[tuple[str, ...], ...] = (
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- e(X, Y), p(Y, Z)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), p(Y, Z)."),
    ("p(X, Y) :- f(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z).", "p(X, Z) :- f(X, Y), p(Y, Z)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Y) :- f(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z)."),
    ("p(X, X) :- s(X).", "p(X, Z) :- p(X, Y), e(Y, Z), not f(Y, Z)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z), X != Z.", "p(Y, X) :- p(X, Y), s(X)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Y) :- q(X, Y).", "q(X, Z) :- p(X, Y), f(Y, Z).", "q(X, X) :- s(X)."),
    ("p(X, Y) :- q(Y, X).", "q(X, Z) :- p(X, Y), p(Y, Z).", "q(X, Y) :- e(X, Y)."),
    ("p(X, Y) :- e(X, P), e(Y, P), X != Y.", "p(X, Y) :- e(X, P), p(P, Q), e(Y, Q)."),
    ("p(X, 0) :- s(X).", "p(Y, N + 1) :- p(X, N), e(X, Y), N < 4."),
    ("k(X, N) :- s(X), count(Y, e(X, Y), N).",
     "p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z), k(Y, N), N < 2."),
    ("p(X, Z) :- s(X), e(X, Z), count(Y, e(Z, Y), N), N < 2.",
     "p(X, Z) :- p(X, Y), e(Y, Z), count(V, f(Z, V), N), N < 2."),
    ("p(X, Y) :- e(X, Y), not f(X, _).", "p(X, Z) :- p(X, Y), q(Y, Z).",
     "q(Y, Z) :- e(Y, Z), p(_, Y), not s(Z)."),
    ("p(X, Y) :- e(X, Y).", "p(X, W) :- p(X, Y), p(Y, Z), p(Z, W)."),
    ("p(X, Z) :- p(X, Y), e(Y, Z).", "p(X, X) :- s(X), now(T), T > X."),
)  # fmt: skip
CLOSURES: tuple[tuple[str, ...], ...] = (
    *SHAPES[:3],
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z).", "p(X, Z) :- p(X, Y), f(Y, Z)."),
    ("p(X, Y) :- f(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z)."),
    ("p(X, Y) :- f(X, Y), X != Y.", "p(X, Z) :- e(X, Y), not f(X, Y), p(Y, Z)."),
    ("p(X, Y) :- f(X, Y).", "p(X, Z) :- p(X, Y), p(Y, Z).", "p(X, Z) :- p(X, Y), e(Y, Z)."),
    ("p(X, Y) :- f(X, Y).", "p(X, Z) :- p(X, Y), p(Y, Z).", "p(X, Z) :- e(X, Y), p(Y, Z)."),
    ("p(X, X) :- s(X).", "p(X, Y) :- e(X, Y), not f(X, Y).", "p(X, Z) :- p(X, Y), p(Y, Z)."),
    ("p(X, Y) :- s(X), e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z)."),
    ("p(X, Y) :- e(X, A), f(A, Y).", "p(X, Z) :- p(X, Y), e(Z, Y)."),
    ("p(X, Y) :- e(X, Y).", "p(X, Z) :- p(X, Y), e(Y, Z), now(T), T > Z."),
    ("p(X, X) :- s(X), now(T), T > X.", "p(X, Z) :- p(X, Y), e(Y, Z), s(Z), count(V, f(Z, V), N), N < 2."),
    ("p(X, Y) :- e(X, Y).", "p(X, Y) :- p(X, Y), s(X).", "p(X, Z) :- p(X, Y), e(Y, Z), f(Z, Z)."),
    (
        "p(X, Y) :- q(X, Y).",
        "p(X, Z) :- p(X, Y), e(Y, Z).",
        "q(X, Y) :- f(X, Y).",
        "q(X, Z) :- f(X, Y), q(Y, Z).",
    ),
)
"""Those that are closures of pairs."""
"""Rules for p, which may use q; over e, f (pairs) and s (single values)."""

READERS = (
    "both(X, Y) :- p(X, Y), p(Y, X).",
    "triple(X) :- p(X, Y), p(Y, Z), p(Z, X).",
    "one_way(X, Y) :- p(X, Y), not p(Y, X).",
    "leaf(X) :- s(X), not p(X, _).",
    "fan(X, N) :- count(Y, p(X, Y), N).",
    "furthest(X, M) :- max(Y, p(X, Y), M).",
    "crossed(X, Z) :- p(X, Y), q(Y, Z).",
    "only(X, Y) :- q(X, Y), not p(X, Y).",
    "r(X) :- s(X). \nr(Y) :- r(X), p(X, Y).",
    "r2(X, Y) :- p(X, Y), s(X). \nr2(X, Z) :- r2(X, Y), p(Y, Z), not q(Y, Z).",
    "t(X, Y) :- p(X, Y), q(X, Y). \nt(X, Z) :- t(X, Y), t(Y, Z).",
)
WIDTHS = {"e": 2, "f": 2, "s": 1, "p": 2, "q": 2}


@st.composite
def recursive_programs(draw: st.DrawFn) -> str:
    """One to two shapes for p (and q), and some predicates that read them, in any combination."""
    shapes = draw(st.lists(st.sampled_from((*SHAPES, *CLOSURES)), min_size=1, max_size=2, unique=True))
    return draw(with_readers(shapes))


@st.composite
def with_readers(draw: st.DrawFn, shapes: list[tuple[str, ...]]) -> str:
    lines = dict.fromkeys(line for shape in shapes for line in shape)
    readers = draw(st.lists(st.sampled_from(READERS), max_size=3, unique=True))
    uses = [f"use_{n}() :- {n}({', '.join('_' * width)})." for n, width in WIDTHS.items() if n in "efs"]
    if not any(line.startswith("q(") for line in lines):
        lines["q(X, Y) :- f(X, Y)."] = None
    return "\n".join([*uses, *lines, *readers])


def _fact() -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    value = st.integers(0, 5)
    names = st.sampled_from(("e", "e", "e", "e", "f", "s", "p", "q"))
    return names.flatmap(lambda name: st.tuples(st.just(name), st.tuples(*[value] * WIDTHS[name])))


recursive_operations = st.one_of(
    st.tuples(st.just("assert"), _fact()),
    st.tuples(st.just("assert"), _fact()),
    st.tuples(st.just("retract"), _fact()),
    st.tuples(st.just("forget"), st.integers(0, 40)),
    st.tuples(st.just("forget"), st.integers(0, 40)),
    st.tuples(st.just("now"), st.one_of(st.none(), st.integers(0, 6))),
    st.tuples(st.just("read"), st.none()),
)
recursive_streams = st.lists(st.lists(recursive_operations, min_size=1, max_size=10), min_size=1, max_size=10)
