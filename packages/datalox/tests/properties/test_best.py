"""The best rows by an order are the first of all rows sorted by it, however they are found."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st
from oracle.naive import Naive, unify
from oracle.values import computed, rank
from properties.streams import Row
from properties.test_engine import SETTINGS

from datalox import ANY, Program, Session, Symbol
from datalox.terms import Order

DECLARATIONS = """
.decl node(n: text, zone: text, up: symbol) .decl room(n: text, cpu: number, mem: number) key(n)
.decl wish(w: text, cpu: number, mem: number) key(w) .decl cap(n: text, kind: text, value: scalar)
.decl needs(w: text, kind: text, value: scalar)
.decl placed(w: text, n: text) .decl score(n: text, value: any)
.demand fits/4 .demand objected(+, +)
"""
OBJECTIONS = (
    "objected(W, N) :- needs(W, K, V), not cap(N, K, V).",
    "objected(W, N) :- placed(W, N).",
    "objected(_, N) :- count(O, placed(O, N), K), K >= 2.",
    "objected(W, N) :- placed(O, N), needs(O, K, V), needs(W, K, V), O != W.",
    "objected(_, _) :- placed(x, y).",
)
CONDITIONS = (
    "node(N, _, up)", "C >= A", "M >= B", "C - A >= 1", "A * 2 <= C + 1", "not objected(W, N)",
    "cap(N, gpu, V)", "not placed(_, N)", "needs(W, gpu, V), cap(N, gpu, V)", "node(N, east, _)",
    "cap(N, slots, S), S >= A", "score(N, P)", "C != M", "not cap(N, gpu, a)",
)  # fmt: skip
KEYS = ("C", "M", "C + M / 4", "C - M", "-C", "C * M", "C / M", "M // 2", "1", "C mod 2")


@st.composite
def placement(draw: st.DrawFn) -> str:
    """Rules like those of a scheduler: what a workload needs against what each node has."""
    given_ = draw(st.lists(st.sampled_from(CONDITIONS), max_size=5, unique=True))
    body = ["wish(W, A, B)", "room(N, C, M)", *given_]
    names = "cap(N, gpu, V)" in body and any("needs(W, gpu" in item for item in body)
    objections = draw(st.lists(st.sampled_from(OBJECTIONS), min_size=1, max_size=3, unique=True))
    lines = [DECLARATIONS, *objections, f"fits(W, N, C, M) :- {', '.join(draw(st.permutations(body)))}."]
    if names or draw(st.booleans()):
        lines.append("fits(W, N, C, M) :- wish(W, 0, _), room(N, C, M).")
    lines.append("open(N, C, M) :- room(N, C, M), not placed(_, N).")
    for name in ("fits", "open"):
        head = "fits(W, N, C, M)" if name == "fits" else "open(N, C, M)"
        key, direction = draw(st.sampled_from(KEYS)), draw(st.sampled_from(("", " desc")))
        lines.append(f".order by_{name}: {head} by {key}{direction}")
    lines.append(f".order of_scores: score(N, V) by V{draw(st.sampled_from(('', ' desc')))}")
    return "\n".join(lines)


NODES, WORKLOADS = ("n1", "n2", "n3", "n4", "n5"), ("w1", "w2", "w3")
measure = st.sampled_from((0, 1, 2, 3, 4, 4.5, 8))
node, workload = st.sampled_from(NODES), st.sampled_from(WORKLOADS)
kind, value = st.sampled_from(("gpu", "slots", "disk")), st.sampled_from(("a", "b", 1, 2))
facts = st.one_of(
    st.tuples(st.just("node"), node, st.sampled_from(("east", "west")), st.sampled_from(("up", "down"))),
    st.tuples(st.just("room"), node, measure, measure),
    st.tuples(st.just("wish"), workload, measure, measure),
    st.tuples(st.just("cap"), node, kind, value),
    st.tuples(st.just("cap"), node, kind, value),
    st.tuples(st.just("needs"), workload, kind, value),
    st.tuples(st.just("placed"), workload, node),
    st.tuples(st.just("score"), node, st.sampled_from((1, 2.5, Symbol("a"), "a", "b", -3))),
)
everyone = st.sampled_from([[("room", n, 4, 4) for n in NODES] + [("wish", w, 1, 1) for w in WORKLOADS], []])
changes = st.lists(st.lists(st.tuples(st.booleans(), facts), min_size=1, max_size=6), max_size=5)


def spelled(row: tuple[Any, ...], name: str) -> Row:
    """A row as the engine keeps it: texts are symbols where they are declared."""
    return tuple(
        Symbol(v) if isinstance(v, str) and (name != "score" or not i) else v for i, v in enumerate(row)
    )


def ranked(rows: set[Row], order: Order, limit: int | None) -> list[Row]:
    keyed = [(computed(order.by, unify(order.atom, row) or {}), row) for row in rows]
    kept = sorted(((key, row) for key, row in keyed if key is not None), key=lambda p: list(map(rank, p[1])))
    kept.sort(key=cmp_to_key(lambda a, b: _compare(rank(a[0]), rank(b[0]))), reverse=order.descending)
    return [row for _, row in kept][:limit]


def _compare(left: Any, right: Any) -> int:
    return (left > right) - (left < right)


@settings(SETTINGS, max_examples=150)
@given(placement(), everyone, changes, st.lists(st.sampled_from((1, 2, 3, 5, None)), min_size=1, max_size=3))
def test_the_best_are_the_first_of_all(
    text: str, first: list[Any], stream: list[list[Any]], limits: list[int | None]
) -> None:
    note(text)
    program = Program.parse(text, "placement.dl")
    db = Session(program)
    kept: dict[Any, tuple[str, Row]] = {}
    for part in ([(True, fact) for fact in first], *stream):
        note(str(part))
        with db.transaction() as tx:
            for asserted, (name, *row) in part:
                kept_row = spelled(tuple(row), name)
                place = (name, kept_row[0]) if name in ("room", "wish") else (name, kept_row)
                if asserted:
                    tx.assert_(name, *row)
                    kept[place] = (name, kept_row)
                else:
                    tx.retract(name, *row)
                    if kept.get(place) == (name, kept_row):
                        del kept[place]
        oracle = Naive(program, kept.values(), None)
        orders = {found.name: found for found in program.declarations if isinstance(found, Order)}
        for limit in limits:
            for name in WORKLOADS:
                rows = oracle.ask("fits", (Symbol(name), ..., ..., ...))
                found = list(db.best("fits", name, ANY, ANY, ANY, order="by_fits", limit=limit))
                assert found == ranked(rows, orders["by_fits"], limit), (name, limit)
            for predicate, order in (("open", "by_open"), ("score", "of_scores")):
                pattern = [ANY] * (3 if predicate == "open" else 2)
                found = list(db.best(predicate, *pattern, order=order, limit=limit))
                assert found == ranked(oracle.state[predicate], orders[order], limit), (predicate, limit)
