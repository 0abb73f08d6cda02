"""What a program is made of: values, terms, body items, rules, declarations. Frozen data, no behaviour.

The parser builds it, the printer prints it; later stages (check, plan, compile) only read it.
`str()` of any of these prints Datalog. Two of them are equal when they say the same, wherever they stand:
spans, and the source text of a rule, take no part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeAlias

from datalox.notation import write_number, write_string, write_symbol


class Symbol:
    """An interned name: `Symbol("a") is Symbol("a")`. Unequal to the string of the same spelling.

    Columns declared `text` or `symbol` turn strings into symbols at the door, so inside the engine
    equality of two symbols is identity.
    """

    __slots__ = ("__weakref__", "name")
    _interned: ClassVar[dict[str, Symbol]] = {}
    name: str

    def __new__(cls, name: str) -> Symbol:
        found = cls._interned.get(name)
        if found is None:
            # Two threads that meet a name at once must end with one symbol.
            made = _new(cls)
            _set_name(made, name)
            found = cls._interned.setdefault(name, made)
        return found

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError("symbols are immutable")

    def __reduce__(self) -> tuple[type[Symbol], tuple[str]]:
        return Symbol, (self.name,)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Symbol({self.name!r})"


_new: Final = object.__new__
_set_name: Final = Symbol.__dict__["name"].__set__
TRUE: Final = Symbol("true")
FALSE: Final = Symbol("false")

Value: TypeAlias = "int | float | str | Symbol"
Row: TypeAlias = "tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a thing stands: file (or module name), 1-based line and column, and where it ends (exclusive)."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Var:
    """A variable. A wildcard `_` is a `Var` whose name is unique in its rule and starts with `_#`."""

    name: str
    span: Span | None = field(default=None, compare=False)

    @property
    def is_wildcard(self) -> bool:
        return self.name.startswith("_#")

    def __str__(self) -> str:
        return "_" if self.is_wildcard else self.name


@dataclass(frozen=True, slots=True)
class Const:
    value: Value
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if isinstance(self.value, Symbol):
            return write_symbol(self.value.name)
        return write_string(self.value) if isinstance(self.value, str) else write_number(self.value)


_LOOSE: Final = frozenset({"+", "-"})


def _wrap(term: Term, parenthesised: bool) -> str:
    return f"({term})" if parenthesised else str(term)


@dataclass(frozen=True, slots=True)
class Arith:
    """`left op right` with op one of + - * / // mod."""

    op: str
    left: Term
    right: Term
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        tight = self.op not in _LOOSE
        left = _wrap(self.left, isinstance(self.left, Arith) and tight and self.left.op in _LOOSE)
        right = _wrap(self.right, isinstance(self.right, Arith) and (tight or self.right.op in _LOOSE))
        return f"{left} {self.op} {right}"


@dataclass(frozen=True, slots=True)
class Neg:
    """Unary minus of a non-constant."""

    term: Term
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return "-" + _wrap(self.term, isinstance(self.term, Arith))


Term: TypeAlias = "Var | Const | Arith | Neg"


@dataclass(frozen=True, slots=True)
class Atom:
    predicate: str
    terms: tuple[Term, ...]
    span: Span | None = field(default=None, compare=False)

    @property
    def arity(self) -> int:
        return len(self.terms)

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(map(str, self.terms))})"


@dataclass(frozen=True, slots=True)
class Literal:
    """`atom` or `not atom`."""

    atom: Atom
    negated: bool = False
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"not {self.atom}" if self.negated else str(self.atom)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`, op one of = != < <= > >=. `=` also assigns when one side is a free variable."""

    op: str
    left: Term
    right: Term
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`op(value, goal, result)`, or `result = op(value)` with `goal=None`: over the rest of the body,
    grouped by the other head variables. op one of count sum min max avg collect."""

    op: str
    value: Term
    goal: Atom | None
    result: Term
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.goal is None:
            return f"{self.result} = {self.op}({self.value})"
        return f"{self.op}({self.value}, {self.goal}, {self.result})"


BodyItem: TypeAlias = "Literal | Comparison | Aggregate"


@dataclass(frozen=True, slots=True)
class Rule:
    """`head :- body.` `comment` holds the plain words of the % comments above it and on its lines."""

    head: Atom
    body: tuple[BodyItem, ...]
    span: Span | None = field(default=None, compare=False)
    comment: str = ""
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.head} :- {', '.join(map(str, self.body))}."


@dataclass(frozen=True, slots=True)
class Fact:
    atom: Atom
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.atom}."


@dataclass(frozen=True, slots=True)
class Column:
    """name and type: symbol | string | text | int | float | number | scalar | any.

    text: a string or a symbol, kept as a symbol. scalar: text or a number (JSON scalars). any: kept as given.
    """

    name: str
    type: str = "any"

    def __str__(self) -> str:
        return f"{self.name}: {self.type}"


@dataclass(frozen=True, slots=True)
class Decl:
    """`.decl p(a: symbol, b: int) key(a)`"""

    predicate: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        key = f" key({', '.join(self.key)})" if self.key else ""
        return f".decl {self.predicate}({', '.join(map(str, self.columns))}){key}"


@dataclass(frozen=True, slots=True)
class Demand:
    """`.demand p(+, -)`: modes per argument ('+' bound, '-' free or bound); `.demand p/2`: modes is None."""

    predicate: str
    arity: int
    modes: tuple[str, ...] | None = None
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.modes is None:
            return f".demand {self.predicate}/{self.arity}"
        return f".demand {self.predicate}({', '.join(self.modes)})"


@dataclass(frozen=True, slots=True)
class Extensible:
    """`.extensible p/2`: rules of other modules may add to it."""

    predicate: str
    arity: int
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f".extensible {self.predicate}/{self.arity}"


@dataclass(frozen=True, slots=True)
class Private:
    """`.private p/1`: no other module may use it."""

    predicate: str
    arity: int
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f".private {self.predicate}/{self.arity}"


@dataclass(frozen=True, slots=True)
class Order:
    """`.order name: p(N, C, M) by C + M / 4096 desc`"""

    name: str
    atom: Atom
    by: Term
    descending: bool = False
    span: Span | None = field(default=None, compare=False)

    def __str__(self) -> str:
        direction = " desc" if self.descending else ""
        return f".order {self.name}: {self.atom} by {self.by}{direction}"


Declaration: TypeAlias = "Decl | Demand | Extensible | Private | Order"
