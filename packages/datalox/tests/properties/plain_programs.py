"""Plain random programs as text, and random streams of changes, for modules that are taken apart by line."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from datalox.terms import Symbol

BASES = {"e": 2, "f": 2, "v": 2, "s": 1}
VARIABLES = ("X", "Y", "Z", "U")
CONSTANTS = ("0", "1", "2", "a", "b", "0.5")
VALUES: tuple[Any, ...] = (0, 1, 2, 3, 0.5, 0.25, Symbol("a"), Symbol("b"), "a")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
NUMBERS = ("0", "1", "2", "3", "1.5")


@st.composite
def rules(draw: st.DrawFn, head: str, arity: int, readable: dict[str, int], recursive: bool) -> str:
    """One safe rule for `head` over the readable predicates."""
    body: list[str] = []
    bound: list[str] = []
    names = sorted(readable)
    for number in range(draw(st.integers(1, 3))):
        own = recursive and number == 0 and draw(st.booleans())
        name = head if own else draw(st.sampled_from(names))
        terms = [draw(_term(0.85)) for _ in range(arity if own else readable[name])]
        body.append(f"{name}({', '.join(terms)})")
        bound += [term for term in terms if term in VARIABLES and term not in bound]
    for _ in range(draw(st.integers(0, 3))):
        extra = draw(_extra(names, readable, tuple(bound), recursive))
        if extra is not None:
            text, new = extra
            body.insert(draw(st.integers(0, len(body))), text)
            bound += [variable for variable in new if variable not in bound]
    terms = [
        draw(st.sampled_from(bound)) if bound else draw(st.sampled_from(CONSTANTS)) for _ in range(arity)
    ]
    if terms and bound and draw(st.integers(0, 5)) == 0 and not recursive:
        terms[0] = (
            f"{terms[0]} {draw(st.sampled_from(('+', '*', '/', '-')))} {draw(st.sampled_from(NUMBERS))}"
        )
    return f"{head}({', '.join(terms)}) :- {', '.join(body)}."


@st.composite
def _over_rest(draw: st.DrawFn, head: str, arity: int, body: list[str], bound: tuple[str, ...]) -> str:
    """A rule with an aggregate over the rest of its body, sometimes tested afterwards."""
    op = draw(st.sampled_from(("count", "sum", "min", "max", "avg", "collect")))
    groups = [draw(st.sampled_from(bound)) for _ in range(arity - 1)]
    parts = [*body, f"A = {op}({draw(st.sampled_from(bound))})"]
    if draw(st.booleans()):
        parts.append(f"A {draw(st.sampled_from(('>', '<=', '!=')))} {draw(st.sampled_from(NUMBERS))}")
    return f"{head}({', '.join([*groups, 'A'])}) :- {', '.join(parts)}."


def _term(variable_share: float) -> st.SearchStrategy[str]:
    share = max(1, int(variable_share * 10))
    return st.sampled_from([*VARIABLES * share, *CONSTANTS, "_", "_", "_", "_"])


@st.composite
def _extra(
    draw: st.DrawFn, names: list[str], readable: dict[str, int], bound: tuple[str, ...], recursive: bool
) -> tuple[str, tuple[str, ...]] | None:
    if not bound:
        return None
    variable = st.sampled_from(bound)
    kind = draw(
        st.sampled_from(("negation", "comparison", "assignment", "aggregate", "aggregate", "clock", "clock"))
    )
    if kind == "negation":
        name = draw(st.sampled_from(names))
        terms = [draw(st.one_of(variable, st.sampled_from(("_", "1", "a")))) for _ in range(readable[name])]
        return f"not {name}({', '.join(terms)})", ()
    if kind == "comparison":
        left, right = draw(variable), draw(st.one_of(variable, st.sampled_from(CONSTANTS)))
        return f"{left} {draw(st.sampled_from(COMPARISONS))} {right}", ()
    if kind == "assignment" and not recursive and "N" not in bound:
        op = draw(st.sampled_from(("+", "-", "*", "/", "//", "mod")))
        return f"N = {draw(variable)} {op} {draw(st.one_of(variable, st.sampled_from(NUMBERS)))}", ("N",)
    if kind == "aggregate" and not recursive and "A" not in bound:
        return draw(_aggregate(names, readable, bound))
    if kind == "clock" and "W" not in bound:
        return draw(_clock(bound))
    return None


@st.composite
def _aggregate(
    draw: st.DrawFn, names: list[str], readable: dict[str, int], bound: tuple[str, ...]
) -> tuple[str, tuple[str, ...]] | None:
    name = draw(st.sampled_from([name for name in names if readable[name] > 0]))
    op = draw(st.sampled_from(("count", "sum", "min", "max", "avg")))
    terms = [draw(st.sampled_from((*bound, "_", "K"))) for _ in range(readable[name])]
    terms[draw(st.integers(0, len(terms) - 1))] = "Q"
    return f"{op}(Q, {name}({', '.join(terms)}), A)", ("A",)


@st.composite
def _clock(draw: st.DrawFn, bound: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    variable = st.sampled_from(bound)
    shapes = (
        f"now(W), W - {draw(variable)} > {draw(st.sampled_from(NUMBERS))}",
        f"now(W), W >= {draw(variable)} * 2 + 1",
        f"now(W), {draw(variable)} + 3 > W, W != {draw(variable)}",
        f"now(W), G = W - {draw(variable)}, G <= 2",
        f"now(W), W / 2 < {draw(variable)}",
        f"now(W), W * {draw(variable)} <= 4 - W",
    )
    return draw(st.sampled_from(shapes)), ("W",) if draw(st.integers(0, 3)) == 0 else ()


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Program text: derived predicates d0…, each over the bases and the ones before it, some recursive,
    some on demand."""
    readable = dict(BASES)
    lines: list[str] = []
    demanded: dict[str, int] = {}
    for number in range(draw(st.integers(1, 5))):
        name, arity = f"d{number}", draw(st.integers(0, 2))
        on_demand = arity > 0 and number > 0 and draw(st.integers(0, 4)) == 0
        recursive = not on_demand and arity > 0 and draw(st.integers(0, 2)) == 0
        sources = {**readable, **demanded} if on_demand else readable
        if on_demand:
            lines.append(f".demand {name}({', '.join('+' * arity)})")
            sources = readable
        for _ in range(draw(st.integers(1, 2))):
            lines.append(draw(rules(name, arity, sources, recursive)))
        if recursive:
            start = draw(st.sampled_from([base for base, width in BASES.items() if width == arity] or ["s"]))
            if BASES[start] == arity:
                head = ", ".join(VARIABLES[:arity])
                lines.append(f"{name}({head}) :- {start}({head}).")
        if on_demand:
            demanded[name] = arity
        else:
            readable[name] = arity
    return "\n".join(lines)


def _fact() -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    value = st.sampled_from(VALUES)
    return st.sampled_from(sorted(BASES)).flatmap(
        lambda name: st.tuples(st.just(name), st.tuples(*[value] * BASES[name]))
    )


operations = st.one_of(
    st.tuples(st.just("assert"), _fact()),
    st.tuples(st.just("assert"), _fact()),
    st.tuples(st.just("retract"), _fact()),
    st.tuples(st.just("now"), st.one_of(st.none(), st.integers(-2, 9), st.sampled_from((0.5, 2.5, 3.75)))),
    st.tuples(st.just("read"), st.none()),
)
streams = st.lists(st.lists(operations, min_size=1, max_size=8), min_size=1, max_size=6)
