"""The material of every check: what the modules say about each predicate, before anything is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from datalox.check.analysis import CLOCK, CheckedRule
from datalox.check.scope import atom_of
from datalox.program import Program
from datalox.terms import Atom, Decl, Declaration, Demand, Extensible, Fact, Order, Private, Span


@dataclass(slots=True)
class Known:
    """One predicate. `arity`: as declared, else of its first definition, else of its first use."""

    name: str
    arity: int
    module: str
    place: Span | None
    decl: Decl | None = None
    demand: Demand | None = None
    extensible: bool = False
    private: bool = False
    defined: bool = False
    rules: list[CheckedRule] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def signature(self) -> str:
        return f"{self.name}/{self.arity}"


@dataclass(slots=True)
class Survey:
    programs: Sequence[Program]
    open_world: bool
    known: dict[str, Known] = field(default_factory=dict)
    rules: list[CheckedRule] = field(default_factory=list)
    facts: list[tuple[str, Fact]] = field(default_factory=list)

    def is_demand(self, name: str) -> bool:
        return name in self.known and self.known[name].demand is not None

    def declarations(self) -> Iterator[tuple[str, Declaration]]:
        for program in self.programs:
            for declaration in program.declarations:
                yield program.name, declaration

    def reads(self, checked: CheckedRule) -> Iterator[Atom]:
        """The atoms of the body, those of aggregates included, the clock not."""
        for item in checked.rule.body:
            atom = atom_of(item)
            if atom is not None and atom.predicate != CLOCK:
                yield atom

    def graph(self) -> dict[str, list[str]]:
        """What each predicate reads, in the order of names and of the text."""
        reads: dict[str, dict[str, None]] = {name: {} for name in sorted(self.known) if name != CLOCK}
        for checked in self.rules:
            if checked.rule.head.predicate != CLOCK:
                read = (atom.predicate for atom in self.reads(checked))
                reads[checked.rule.head.predicate].update(dict.fromkeys(read))
        return {name: list(read) for name, read in reads.items()}


def survey(programs: Sequence[Program], open_world: bool) -> Survey:
    """Declarations name the owner and the arity of a predicate; then heads and facts; then uses."""
    found = Survey(programs, open_world)
    for module, declaration in found.declarations():
        if isinstance(declaration, Decl):
            _declare(found, module, declaration)
    for module, declaration in found.declarations():
        _note(found, module, declaration)
    for program in programs:
        for number, rule in enumerate(program.rules, 1):
            _define(found, program.name, rule.head)
            found.rules.append(CheckedRule(rule, program.name, number))
            found.known[rule.head.predicate].rules.append(found.rules[-1])
        for fact in program.facts:
            _define(found, program.name, fact.atom)
            found.facts.append((program.name, fact))
            found.known[fact.atom.predicate].facts.append(fact)
    for checked in found.rules:
        for atom in found.reads(checked):
            found.known.setdefault(
                atom.predicate, Known(atom.predicate, atom.arity, checked.module, atom.span)
            )
    return found


def _declare(found: Survey, module: str, decl: Decl) -> None:
    known = Known(decl.predicate, len(decl.columns), module, decl.span, decl, defined=True)
    found.known.setdefault(decl.predicate, known)


def _note(found: Survey, module: str, declaration: Declaration) -> None:
    if isinstance(declaration, Decl | Order):
        return
    fresh = Known(declaration.predicate, declaration.arity, module, declaration.span)
    known = found.known.setdefault(declaration.predicate, fresh)
    known.defined = True
    if isinstance(declaration, Demand):
        known.demand = known.demand or declaration
    known.extensible |= isinstance(declaration, Extensible)
    known.private |= isinstance(declaration, Private)


def _define(found: Survey, module: str, atom: Atom) -> None:
    fresh = Known(atom.predicate, atom.arity, module, atom.span)
    found.known.setdefault(atom.predicate, fresh).defined = True
