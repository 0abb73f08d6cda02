"""Random programs over a few base predicates: joins, negation, recursion, totals, time, demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

BASES = {"e": 2, "f": 2, "v": 2, "s": 1, "k": 2}
"""What is asserted. Where a program declares them, k has a key, and its second column and v hold numbers."""
DECLARED = (
    ".decl e(a, b) .decl f(a, b: any) .decl v(a: number, b: number) .decl s(a) .decl k(a, b: number) key(a)"
)
VARIABLES = ("X", "Y", "Z", "U")
CONSTANTS = ("0", "1", "2", "a", "b", "0.5")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
NUMBERS = ("0", "1", "2", "3", "1.5")
AGGREGATES = ("count", "count", "sum", "min", "max", "avg", "collect")
RESULTS = ("A", "B", "C")
LINEAR = (
    "W - {v} > {n}", "W - {v} <= {n}", "W - {v} >= {n}", "W - {v} < {n}", "{v} + {n} > W", "W >= {v} * 2 + 1",
    "W / 2 < {v}", "{n} - W < {v}", "-W <= {v} - 4", "W * 2 - {v} >= {n}", "(W - {v}) * 2 > {n}", "W = {v}",
    "W != {v}", "W * {v} <= 4", "W / {v} > {n}", "W - {v} > {u}", "W + {u} <= {v} + {n}", "W > {n}",
)  # fmt: skip
"""Comparisons with the clock W that can be solved for it, by values {v} and {u} and a number {n}."""
CROOKED = ("W * {v} <= 4 - W", "W mod 2 = {n}", "W // 2 > {v}", "W * W > {v}")
"""Those that cannot."""


@dataclass
class Body:
    """Items of a body, the variables they bind, and the results of aggregates among those."""

    items: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def bind(self, *names: str) -> None:
        self.bound += [name for name in names if name[:1].isupper() and name not in self.bound]


class Writer:
    """Writes one random program; what is `readable` grows with it."""

    def __init__(self, draw: st.DrawFn, plain: bool) -> None:
        self.draw = draw
        self.plain = plain
        self.readable = dict(BASES)
        self.demand: dict[str, str] = {}
        """name -> one mode per argument, where the caller binds those marked +"""
        self.lines: list[str] = []
        self.aggregates = AGGREGATES[:-1] if plain else AGGREGATES

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    # -- predicates

    def program(self) -> None:
        for number in range(self.number(1, 4)):
            kinds = ["joined", "joined", "totalled", "over_rest"]
            kinds += [] if self.plain else ["recursive", "recursive", "on_demand"]
            getattr(self, self.pick(*kinds))(f"d{number}")

    def rule(self, head: str, terms: list[str], body: Body) -> None:
        self.lines.append(f"{head}({', '.join(terms)}) :- {', '.join(body.items)}.")

    def joined(self, name: str) -> None:
        arity = self.number(0, 2)
        for _ in range(self.number(1, 2)):
            body = self.body()
            self.extras(body, self.number(0, 3))
            self.rule(name, self.head(body, arity), body)
        self.readable[name] = arity

    def totalled(self, name: str) -> None:
        """Several aggregates in one rule, and what is computed from their results."""
        body = self.body() if self.chance(2) else Body()
        for _ in range(self.number(1, 3)):
            self.aggregate(body)
        computed = list(body.results)
        if len(computed) > 1 and self.chance(2):
            body.items.append(f"T = {computed[0]} {self.pick('+', '-', '*', '/')} {computed[1]}")
            computed.append("T")
        if self.chance(2):
            other = self.pick(*NUMBERS, computed[0])
            body.items.append(f"{computed[-1]} {self.pick('>', '<=', '!=')} {other}")
        body.bind(*computed)
        self.extras(body, self.number(0, 1))
        arity = self.number(1, 2)
        self.rule(name, [self.pick(*computed), self.pick(*body.bound)][:arity], body)
        self.readable[name] = arity

    def over_rest(self, name: str) -> None:
        """`P = count(X)` over the rest of the body, sometimes two of them, sometimes tested."""
        body = self.body()
        self.extras(body, self.number(0, 2))
        values = body.bound or ["1"]
        results = ["P", "R"][: self.number(1, 2)]
        for result in results:
            body.items.append(f"{result} = {self.pick(*self.aggregates)}({self.pick(*values)})")
        if self.chance(2):
            left = self.pick(*results, f"{results[0]} + {results[-1]}")
            body.items.append(f"{left} {self.pick('>', '<=', '!=')} {self.pick(*values, *NUMBERS)}")
        arity = self.number(1, 2) if body.bound else 1
        self.rule(name, [results[-1], self.pick(*values)][:arity], body)
        self.readable[name] = arity

    def recursive(self, name: str) -> None:
        """One or two predicates that depend on one another."""
        group = {member: self.number(1, 2) for member in (name, f"{name}m")[: self.number(1, 2)]}
        for member, arity in group.items():
            start = self.body()
            self.rule(member, self.head(start, arity, computed=False), start)
            for _ in range(self.number(1, 2)):
                body = Body()
                for _ in range(self.number(1, 2)):
                    self.atom(body, self.pick(*group), group)
                if self.chance(2):
                    self.atom(body, self.pick(*self.readable), self.readable)
                self.extras(body, self.number(0, 2), "negation", "comparison", "clock")
                self.rule(member, self.head(body, arity, computed=False), body)
        if self.chance(4):
            arity = group[name]
            step = Body([f"{name}({', '.join('NM'[:arity])})", f"N < {self.number(1, 4)}"])
            self.rule(name, ["N + 1", "M"][:arity], step)
        self.readable |= group

    def on_demand(self, name: str) -> None:
        """Computed when asked; the body may leave to the caller (as G, H) what is marked +."""
        modes = self.pick("+", "++", "+-", "-+")
        stated = self.chance(3)
        self.lines.append(f".demand {name}/{len(modes)}" if stated else f".demand {name}({', '.join(modes)})")
        if self.chance(4):
            self.demand[name] = modes
        given = [letter for letter, mode in zip("GH", modes, strict=False) if mode == "+"]
        for _ in range(self.number(1, 2)):
            body = self.body()
            open_ = [letter for letter in given if self.chance(2)]
            body.bind(*open_)
            self.extras(body, self.number(0, 3), *EXTRAS, *(["call"] if self.demand else []))
            terms = [
                letter if letter in open_ else self.pick(*(body.bound or CONSTANTS))
                for letter in "GH"[: len(modes)]
            ]
            self.rule(name, terms, body)
        self.demand[name] = modes

    # -- bodies

    def body(self) -> Body:
        body = Body()
        for _ in range(self.number(1, 3)):
            self.atom(body, self.pick(*self.readable), self.readable)
        return body

    def atom(self, body: Body, name: str, arities: Mapping[str, int]) -> None:
        terms = [self.term(body) for _ in range(arities[name])]
        body.items.append(f"{name}({', '.join(terms)})")
        body.bind(*[term for term in terms if term in VARIABLES])

    def term(self, body: Body) -> str:
        kind = self.number(1, 20)
        if kind == 20 and body.bound:
            return f"{self.pick(*body.bound)} + 1"
        return self.pick(*CONSTANTS) if kind == 19 else "_" if kind > 15 else self.pick(*VARIABLES)

    def head(self, body: Body, arity: int, computed: bool = True) -> list[str]:
        terms = [self.pick(*(body.bound or CONSTANTS)) for _ in range(arity)]
        if terms and body.bound and computed and self.chance(6):
            terms[0] = f"{terms[0]} {self.pick('+', '*', '/', '-')} {self.pick(*NUMBERS)}"
        return terms

    def extras(self, body: Body, count: int, *kinds: str) -> None:
        """Items that need bound variables, put anywhere into the body."""
        for _ in range(count):
            before = len(body.items)
            kind = self.pick(*(kinds or EXTRAS))
            if body.bound or kind == "aggregate":
                getattr(self, kind)(body)
            new = body.items[before:]
            del body.items[before:]
            for item in new:
                body.items.insert(self.number(0, len(body.items)), item)

    def negation(self, body: Body) -> None:
        name = self.pick(*self.readable)
        terms = [self.pick(*body.bound, "_", "1", "a") for _ in range(self.readable[name])]
        body.items.append(f"not {name}({', '.join(terms)})")

    def comparison(self, body: Body) -> None:
        right = self.pick(*body.bound, *CONSTANTS)
        body.items.append(f"{self.pick(*body.bound)} {self.pick(*COMPARISONS)} {right}")

    def assignment(self, body: Body) -> None:
        if "N" not in body.bound:
            op = self.pick("+", "-", "*", "/") if self.plain else self.pick("+", "-", "*", "/", "//", "mod")
            body.items.append(f"N = {self.pick(*body.bound)} {op} {self.pick(*body.bound, *NUMBERS)}")
            body.bind("N")

    def clock(self, body: Body) -> None:
        """One to three comparisons with the clock, or its reading alone."""
        if any(item.startswith("now(") for item in body.items):
            return
        if self.chance(8):
            body.items.append(self.pick("now(_)", "now(3)", f"now({self.pick(*body.bound)})"))
            return
        body.items.append("now(W)")
        if self.chance(4):
            age = f"L = W - {self.pick(*body.bound)}"
            body.items += [age, f"L {self.pick('<=', '>')} {self.pick(*NUMBERS)}"]
        for _ in range(self.number(1, 3)):
            shape = self.pick(*LINEAR, *(() if self.plain else CROOKED))
            v, u, n = self.pick(*body.bound), self.pick(*body.bound), self.pick(*NUMBERS)
            body.items.append(shape.format(v=v, u=u, n=n))
        if self.chance(5):
            body.bind("W")

    def call(self, body: Body) -> None:
        """A demand predicate, asked with what it needs."""
        name = self.pick(*self.demand)
        negated = self.chance(3)
        terms = [
            self.pick(*body.bound, "1") if mode == "+" or negated else self.pick(*body.bound, *VARIABLES, "_")
            for mode in self.demand[name]
        ]
        body.items.append(f"{'not ' if negated else ''}{name}({', '.join(terms)})")
        if not negated:
            body.bind(*[term for term in terms if term in VARIABLES])

    def aggregate(self, body: Body) -> None:
        """`count(Q, p(Q, X), A)`; groups are bound variables, earlier results, or found in the goal (K)."""
        if len(body.results) == len(RESULTS):
            return
        name = self.pick(*[name for name, arity in self.readable.items() if arity > 0])
        others = [*body.bound, "_", "_", "K", *CONSTANTS[:2], *body.results]
        terms = [self.pick(*others) for _ in range(self.readable[name])]
        terms[self.number(0, len(terms) - 1)] = "Q"
        value = self.pick("Q", "Q", "Q", "Q * 2", "Q + 1")
        result = RESULTS[len(body.results)]
        body.items.append(f"{self.pick(*self.aggregates)}({value}, {name}({', '.join(terms)}), {result})")
        body.results.append(result)


EXTRAS = ("negation", "comparison", "clock", "clock", "assignment", "aggregate", "aggregate")


@dataclass(frozen=True)
class Written:
    """A program as text. `materialised`: name -> arity of what holds without being asked; `demand`: name ->
    modes of what is asked; `declared`: whether base predicates are."""

    text: str
    materialised: Mapping[str, int]
    demand: Mapping[str, str]
    declared: bool


@st.composite
def programs(draw: st.DrawFn, plain: bool = False) -> Written:
    """A random program, most often one that passes the checks. plain: without recursion, demand, lists."""
    writer = Writer(draw, plain)
    writer.program()
    declared = draw(st.booleans())
    uses = [f"use_{name}() :- {name}({', '.join(['_'] * arity)})." for name, arity in BASES.items()]
    lines = [DECLARED, *writer.lines] if declared else [*uses, *writer.lines]
    return Written("\n".join(lines), writer.readable, writer.demand, declared)
