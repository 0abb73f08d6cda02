"""One set of modules brought to life: analysis, solver, doors and compiled questions. Another takes its place
when rules change."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from datalox.check import analyse
from datalox.check.analysis import CLOCK, Analysis, Predicate
from datalox.demand import Solver, base_name
from datalox.maintain.build import rebuild
from datalox.maintain.counting import Node
from datalox.maintain.keyed import KeyedNode
from datalox.maintain.network import Network
from datalox.maintain.unit import Unit
from datalox.session.best import Orders
from datalox.session.door import Door, KeyedDoor, admit_value, error
from datalox.session.modules import Modules
from datalox.session.texts import AlsoAsserted, Assertion, stated
from datalox.terms import Column, Decl, Literal, Row

ANY = ...


def values_in(pattern: Sequence[Any]) -> dict[int, Any]:
    """column -> value, for the columns of a pattern that are not ANY."""
    return {column: value for column, value in enumerate(pattern) if value is not ANY}


def pattern_of(values: Mapping[int, Any], arity: int) -> Row:
    """The pattern with these values, ANY in the other columns."""
    return tuple(values.get(column, ANY) for column in range(arity))


class Engine:
    """Everything that depends on the rules. Its network, which has the facts, outlives it."""

    def __init__(self, modules: Modules, network: Network, also_asserted: AlsoAsserted) -> None:
        """Raises DatalogError with every error of the programs. Nothing runs before `start`."""
        self.modules = modules
        programs = modules.programs
        self.network = network
        self.also_asserted = also_asserted
        declared = any(isinstance(d, Decl) for program in programs for d in program.declarations)
        self.open_world = not declared
        self.analysis: Analysis = analyse(programs, open_world=self.open_world)
        self.solver: Solver
        self.predicates: dict[str, Predicate] = dict(self.analysis.predicates)
        self.doors: dict[str, Door] = {}
        self.proofs: dict[int, tuple[tuple[str, ...], Callable[..., Iterable[Row]]]] = {}
        self.walks: dict[Any, Any] = {}
        """how far bodies get: what refusals compiled"""
        self.orders: Orders
        self.queries: dict[str, Any] = {}
        """Compiled questions by their text."""
        self.texts: frozenset[Assertion] = stated(self.analysis)

    def start(self, undone: Callable[[], None]) -> None:
        """Let these rules run in the network in the place of those that do; what follows is pending."""
        found = {
            name: predicate.arity
            for name, predicate in sorted(self.predicates.items())
            if name not in self.analysis.predicates
        }
        self.solver = rebuild(self.network, self.analysis, found, undone)
        self.orders = Orders(self.network, self.solver)

    def inherit(self, old: Engine) -> None:
        """Take over the doors that lead to the same place."""
        for name, door in old.doors.items():
            known = self.predicates.get(name)
            if known is not None and (known.columns, known.declared, known.key) == (
                door.predicate.columns, door.predicate.declared, door.predicate.key
            ) and door.base is self.base(name) and door.derived is self.network.nodes.get(name):  # fmt: skip
                self.doors[name] = door

    def keep(self, predicate: Predicate) -> Predicate:
        """In an open world, know a predicate that no rule speaks of by its facts alone."""
        columns = tuple(Column(f"c{position}") for position in range(predicate.arity))
        found = self.predicates[predicate.name] = Predicate(predicate.name, predicate.arity, columns)
        return found

    def door(self, name: str, arity: int) -> Door:
        """The door of a predicate; in an open world an unknown one comes into being. Raises
        unknown-predicate."""
        found = self.doors.get(name)
        if found is not None:
            return found
        if name == CLOCK:
            raise error("clock", "now/1 is the clock", "use set_now, or transaction(now=…)")
        predicate = self.predicates.get(name)
        if predicate is None:
            if not self.open_world:
                raise self.unknown(name)
            predicate = self._found(name, arity)
        base, derived = self.base(name), self.network.nodes.get(name)
        if isinstance(base, KeyedNode):
            found = KeyedDoor(predicate, base, derived)
        else:
            found = Door(predicate, base, derived)
        self.doors[name] = found
        return found

    def base(self, name: str) -> Node:
        """Where the asserted rows of a predicate are."""
        return self.network.nodes[base_name(name, self.network.design)]

    def _found(self, name: str, arity: int) -> Predicate:
        self.network.add_base(name, arity)
        self.network.log(Found(self, name), None)
        return self.keep(Predicate(name, arity, ()))

    def forget(self, name: str) -> None:
        """Undo that a predicate of the open world came into being: nobody has heard of it."""
        del self.predicates[name]
        self.doors.pop(name, None)
        self.queries.clear()
        self.network.remove_base(name)

    def prepare(self) -> None:
        """Plan and compile every rule now, every demand predicate for the least it can be asked with, and
        every order for that, or for a first argument where it is nothing."""
        self.network.prepare()
        for predicate in self.predicates.values():
            for pattern in predicate.patterns if predicate.demand is not None else ():
                self.solver.goal(predicate.name, tuple(sorted(pattern))).functions()
        for order in self.analysis.orders.values():
            known = self.predicates[order.atom.predicate]
            for pattern in known.patterns if known.demand is not None else ():
                self.orders.choice(order, tuple(sorted(pattern)) or (0,)[: known.arity])
            if known.demand is None:
                self.orders.choice(order, ())

    def unknown(self, name: str) -> Exception:
        near = difflib.get_close_matches(name, self.predicates, n=3)
        hints = [f"{found}/{self.predicates[found].arity}" for found in near]
        hint = (
            f"did you mean {' or '.join(hints)}?"
            if hints
            else "declare it with .decl, or write a rule for it"
        )
        return error("unknown-predicate", f"there is no predicate {name}", hint)

    def incomplete(self, name: str) -> Exception:
        return error("pattern", f"{name} needs a value in every column here", "ANY stands in patterns only")

    def predicate(self, name: str, arity: int) -> Predicate:
        """The predicate, for a question. Raises unknown-predicate, arity."""
        found = self.predicates.get(name)
        if found is None:
            raise self.unknown(name)
        if found.arity != arity:
            hint = f"{name}({', '.join(column.name for column in found.columns)})"
            raise error("arity", f"{name} has {found.arity} columns, not {arity}", hint)
        return found

    def convert_pattern(self, predicate: Predicate, pattern: Sequence[Any]) -> dict[int, Any]:
        """column -> value, for the columns of a pattern that are not ANY."""
        return {
            position: value if isinstance(value, tuple) else admit_value(predicate, position, value)
            for position, value in enumerate(pattern)
            if value is not ANY
        }

    def dependencies(self, name: str) -> frozenset[str]:
        """Every predicate that rows of `name` can depend on, base ones and the clock included."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            predicate = self.predicates.get(waiting.pop())
            for checked in predicate.rules if predicate is not None else ():
                for item in checked.rule.body:
                    atom = item.atom if isinstance(item, Literal) else getattr(item, "goal", None)
                    if atom is not None and atom.predicate not in seen:
                        seen.add(atom.predicate)
                        waiting.append(atom.predicate)
        return frozenset(seen)


class Found(Unit):
    """The entry in the journal for a predicate that came into being."""

    __slots__ = ("_engine", "_name")
    visible = False

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__()
        self._engine = engine
        self._name = name

    def undo(self, record: Any) -> None:
        self._engine.forget(self._name)
