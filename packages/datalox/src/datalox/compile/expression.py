"""Terms as Python expressions: inlined arithmetic with its faults, comparisons with their kinds."""

from __future__ import annotations

from datalox.compile.source import Source, python_name
from datalox.plan.core import variables
from datalox.terms import Arith, Comparison, Const, Neg, Term, Var

PYTHON_OPERATORS = {"+": "+", "-": "-", "*": "*", "/": "/", "//": "//", "mod": "%"}
OVERLOADED = frozenset({"+", "*", "mod"})
"""Operators that Python also defines for strings and tuples."""


class Expressions:
    """Writes terms into a source. `numeric` names the variables known to hold numbers."""

    def __init__(self, source: Source, escape: str = "continue") -> None:
        self.source = source
        self.escape = escape
        self.numeric: set[str] = set()

    def is_numeric(self, term: Term) -> bool:
        if isinstance(term, Const):
            return isinstance(term.value, (int, float))
        return not isinstance(term, Var) or term.name in self.numeric

    def plain(self, term: Term) -> str:
        """A variable or a constant."""
        return (
            self.source.constant(term.value)
            if isinstance(term, Const)
            else python_name(next(variables(term)))
        )

    def raw(self, term: Term) -> str:
        """The expression without guards; overloaded operators are guarded before it runs."""
        if isinstance(term, Arith):
            return f"({self.raw(term.left)} {PYTHON_OPERATORS[term.op]} {self.raw(term.right)})"
        if isinstance(term, Neg):
            return f"(-{self.raw(term.term)})"
        return self.plain(term)

    def guards(self, term: Term) -> list[str]:
        """Variables and constants that must be shown to be numbers before `raw` may run."""
        if isinstance(term, Neg):
            return self.guards(term.term)
        if not isinstance(term, Arith):
            return []
        sides = (term.left, term.right)
        own = [self.plain(s) for s in sides if isinstance(s, (Var, Const)) and not self.is_numeric(s)]
        found = own if term.op in OVERLOADED else []
        return [*found, *(name for side in sides for name in self.guards(side))]

    def value(self, term: Term, canonical: bool = True) -> str:
        """An expression for the value of `term`, after writing what can fail; integral floats become
        integers."""
        if isinstance(term, (Var, Const)):
            return self.plain(term)
        source = self.source
        for name in dict.fromkeys(self.guards(term)):
            source.open(f"if {name}.__class__ is not int and {name}.__class__ is not float:")
            source.line('fault("not-a-number")')
            source.line(self.escape)
            source.close()
        result = source.temporary()
        source.open("try:")
        source.line(f"{result} = {self.raw(term)}")
        source.close()
        source.open("except ARITHMETIC_ERRORS as error:")
        source.line("fault(fault_kind(error))")
        source.line(self.escape)
        source.close()
        source.open(f"if not LEAST < {result} < LARGEST:")
        source.line('fault("overflow")')
        source.line(self.escape)
        source.close()
        if canonical:
            source.open(f"if {result}.__class__ is float and {result}.is_integer():")
            source.line(f"{result} = int({result})")
            source.close()
        return result

    def test(self, item: Comparison) -> None:
        """Leave the current binding unless the comparison holds."""
        left, right = self.value(item.left, canonical=False), self.value(item.right, canonical=False)
        source = self.source
        if item.op in ("=", "!="):
            opposite = "!=" if item.op == "=" else "=="
            source.open(f"if {left} {opposite} {right}:")
            source.line(self.escape)
            source.close()
            return
        if self.is_numeric(item.left) and self.is_numeric(item.right):
            source.open(f"if not {left} {item.op} {right}:")
            source.line(self.escape)
            source.close()
            return
        source.open("try:")
        source.open(f"if not {left} {item.op} {right}:")
        source.line(self.escape)
        source.close()
        source.close()
        source.open("except TypeError:")
        source.open(f'if not ordered("{item.op}", {left}, {right}, fault):')
        source.line(self.escape)
        source.close()
        source.close()

    def tuple_of(self, terms: tuple[Term, ...]) -> str:
        """A tuple of the values of `terms`."""
        values = [self.value(term) for term in terms]
        return f"({values[0]},)" if len(values) == 1 else f"({', '.join(values)})"
