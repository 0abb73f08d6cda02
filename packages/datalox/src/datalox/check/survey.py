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
    """A predicate belongs to the first module that declares it or has a rule for it, else a fact."""
    found = Survey(programs, open_world)
    for program in programs:
        for declaration in program.declarations:
            if not isinstance(declaration, Order):
                _own(found, program.name, declaration.predicate, _arity(declaration), declaration.span)
        for rule in program.rules:
            _own(found, program.name, rule.head.predicate, rule.head.arity, rule.head.span)
    for program in programs:
        for fact in program.facts:
            _own(found, program.name, fact.atom.predicate, fact.atom.arity, fact.atom.span)
        _gather(found, program)
    for checked in found.rules:
        for atom in found.reads(checked):
            unknown = Known(atom.predicate, atom.arity, checked.module, atom.span)
            found.known.setdefault(atom.predicate, unknown)
    return found


def _own(found: Survey, module: str, name: str, arity: int, place: Span | None) -> None:
    found.known.setdefault(name, Known(name, arity, module, place, defined=True))


def _arity(declaration: Decl | Demand | Extensible | Private) -> int:
    return len(declaration.columns) if isinstance(declaration, Decl) else declaration.arity


def _gather(found: Survey, program: Program) -> None:
    for declaration in program.declarations:
        if not isinstance(declaration, Order):
            _note(found.known[declaration.predicate], declaration)
    for number, rule in enumerate(program.rules, 1):
        found.rules.append(CheckedRule(rule, program.name, number))
        found.known[rule.head.predicate].rules.append(found.rules[-1])
    for fact in program.facts:
        found.facts.append((program.name, fact))
        found.known[fact.atom.predicate].facts.append(fact)


def _note(known: Known, declaration: Decl | Demand | Extensible | Private) -> None:
    if isinstance(declaration, Decl) and known.decl is None:
        known.decl, known.arity, known.place = declaration, len(declaration.columns), declaration.span
    elif isinstance(declaration, Demand):
        known.demand = known.demand or declaration
    known.extensible |= isinstance(declaration, Extensible)
    known.private |= isinstance(declaration, Private)
