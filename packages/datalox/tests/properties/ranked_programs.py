"""Random programs with an order, and random histories of their facts, for the properties of best-first."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from datalox.terms import Symbol

DECLARED = """
.decl need(w: text, a: any, b: any)
.decl cap(n: text, t: text, v: scalar)
.decl want(w: text, t: text, v: scalar)
.decl least(w: text, t: text, v: scalar)
.decl placed(w: text, n: text)
.decl ready(n: text)
.decl fond(w: text, n: text)
.decl zone(n: text, z: text)
.decl wzone(w: text, z: text)
"""
ROOMS = (".decl room(n: text, a: any, b: any) key(n)", ".decl room(n: text, a: number, b: number) key(n)",
         ".decl room(n: text, a: any, b: any)")  # fmt: skip
WORKLOADS = tuple(Symbol(f"w{number}") for number in range(4))
NODES = tuple(Symbol(f"n{number}") for number in range(16))
Fact = tuple[str, tuple[Any, ...]]
NUMBERS: tuple[Any, ...] = (0, 1, 2, 3, 4, 2.5)
ODD: tuple[Any, ...] = (*NUMBERS, Symbol("x"))
TYPES = tuple(Symbol(name) for name in ("disk", "group"))
VALUES: tuple[Any, ...] = (Symbol("ssd"), Symbol("web"), 1, 2)
ZONES = (Symbol("east"), Symbol("west"))

OBJECTIONS = (
    "bad(W, N) :- want(W, T, V), T != group, not cap(N, T, V).",
    "bad(W, N) :- want(W, disk, _), not ready(N).",
    "bad(W, N) :- want(W, T, _), not cap(N, T, _).",
    "bad(W, N) :- want(W, group, G), placed(O, N), want(O, group, G), O != W.",
    "bad(_, N) :- count(O, placed(O, N), K), K >= 2.",
    "bad(W, N) :- least(W, T, V), not has(N, T, V).",
    "bad(W, N) :- need(W, A, _), cap(N, disk, V), A / V > 1.",
    "bad(W, _) :- fond(W, n0).",
    "bad(W, N) :- fond(W, N), not ready(N).",
)
BOUNDS = (
    "A >= C", "C < A", "A + 1 >= C", "B >= D", "D <= B - 1", "A * B > C", "B != D", "A < 4",
    "room(N, A2, B2), A2 >= C, B2 > D", "now(T), A < T",
)  # fmt: skip
FILTERS = (
    "ready(N)", "not fond(W, N)", "fond(W, N)", "cap(N, disk, _)", "cap(N, T1, V1), want(W, T1, V1)",
    "zone(N, Z), wzone(W, Z)", "E = A + B, E > 2", "not cap(N, disk, _)",
)  # fmt: skip
HEADS = (
    "W, N, A, B",
    "W, N, A, B",
    "W, N, A, B",
    "W, N, B, A",
    "W, A, N, B",
    "N, W, A, A",
    "W, N, A + 1, B / 2",
    "W, A, B, 7",
    "A, B, W, C",
)
KEYS = ("X", "X", "X + Y / 4", "X + Y", "Y - X", "X / Y", "0 - X", "X * X - Y", "3", "X mod 2")
DIRECTIONS = ("", " desc")


@st.composite
def programs(draw: st.DrawFn) -> str:
    """`ranked` on demand over rooms, sometimes by way of another predicate or of a derived one, or kept."""
    filters = [
        *draw(st.lists(st.sampled_from(BOUNDS), min_size=draw(st.integers(0, 2)), max_size=3, unique=True)),
        *draw(st.lists(st.sampled_from(FILTERS), max_size=2, unique=True)),
        *(["not bad(W, N)"] if draw(st.integers(0, 3)) else []),
    ]
    room = draw(st.sampled_from(("room", "room", "free")))
    needed = draw(st.booleans()) or any(letter in " ".join(filters) for letter in "CD")
    body = [f"{room}(N, A, B)", *filters]
    if needed:
        body.insert(draw(st.integers(0, 1)), "need(W, C, D)")
    head = draw(st.sampled_from(HEADS))
    if "C" in head.split(", ") and not needed:
        body.append("need(W, C, D)")
    if not any(letter in "".join(body) for letter in "W"):
        body.append("need(W, _, _)")
    lines = [DECLARED, draw(st.sampled_from(ROOMS)), ".demand bad(+, +)", ".demand has(+, +, +)"]
    least = draw(st.integers(1, 3))
    lines += draw(st.lists(st.sampled_from(OBJECTIONS), min_size=least, max_size=4, unique=True))
    lines += ["has(N, T, V) :- cap(N, T, X), X >= V.", "has(N, T, V) :- cap(N, T, V)."][
        : draw(st.integers(1, 2))
    ]
    lines.append("free(N, A - U, B) :- room(N, A, B), count(O, placed(O, N), U).")
    lines.append(".demand ranked/4\n.demand inner/4")
    if draw(st.booleans()):
        lines.append(f"inner({head}) :- {', '.join(body)}.\nranked(P, Q, R, S) :- inner(P, Q, R, S).")
    else:
        lines.append(f"ranked({head}) :- {', '.join(body)}.")
    if draw(st.integers(0, 3)) == 0:
        lines.append("ranked(W, N, A, B) :- need(W, _, _), room(N, A, B), ready(N).")
    columns = draw(
        st.sampled_from(("P, Q, X, Y", "P, Q, X, Y", "P, X, Q, Y", "X, P, Y, _", "P, _, X, Y", "P, n1, X, Y"))
    )
    lines.append(
        f".order best: ranked({columns}) by {draw(st.sampled_from(KEYS))}{draw(st.sampled_from(DIRECTIONS))}"
    )
    lines.append(
        f".order rooms: room(P, X, Y) by {draw(st.sampled_from(KEYS))}{draw(st.sampled_from(DIRECTIONS))}"
    )
    return "\n".join(lines)


def row(source: Random) -> Fact:
    """A fact: mostly of what the programs join most."""
    workload, node = source.choice(WORKLOADS), source.choice(NODES)
    shapes: dict[str, tuple[Any, ...]] = {
        "room": (node, source.choice(NUMBERS), source.choice(NUMBERS)),
        "need": (workload, source.choice(NUMBERS[:3]), source.choice(NUMBERS[:3])),
        "cap": (node, source.choice(TYPES), source.choice(VALUES)),
        "want": (workload, source.choice(TYPES), source.choice(VALUES)),
        "least": (workload, source.choice(TYPES), source.choice(VALUES)),
        "placed": (workload, node),
        "fond": (workload, node),
        "ready": (node,),
        "zone": (node, source.choice(ZONES)),
        "wzone": (workload, source.choice(ZONES)),
    }
    name = source.choice(("room", "room", "need", "cap", "cap", "ready", "zone", *shapes))
    return name, shapes[name]


def operations(source: Random, count: int) -> list[tuple[str, Any]]:
    """What happens in one transaction, questions included."""
    kinds = ("assert", "assert", "assert", "retract", "retract", "ask", "now", "odd", "fact")
    return [
        _operation(source, source.choice(kinds if source.random() < 0.3 else kinds[:5])) for _ in range(count)
    ]


def _operation(source: Random, kind: str) -> tuple[str, Any]:
    if kind in ("assert", "retract"):
        return kind, row(source)
    if kind == "now":
        return kind, source.choice((None, 0, 2, 3, 6))
    return kind, source.choice(NODES)
