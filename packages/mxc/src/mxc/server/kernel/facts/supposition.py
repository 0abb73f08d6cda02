"""A tenant's facts as they would be: edited, asked, explained, and taken back whatever happens."""

from collections.abc import Collection

from datalox import Program, Transaction
from mxc.server.kernel.facts.answer import PlainRow, plain_row
from mxc.server.kernel.facts.answers import Answers
from mxc.server.kernel.facts.rulebook import OPERATOR_PREFIX
from mxc.server.kernel.resource.facts import FactRow


class Supposition(Answers):
    """Answers like `TenantFacts`, in a world of its own that ends with its block."""

    def __init__(self, world: Transaction, modules: Collection[str] = ()) -> None:
        super().__init__(world)
        self._world = world
        self._modules = modules

    def enable(self, name: str, text: str) -> None:
        """Has an operator's rule be in force, in the place of the one of its name.

        Raises DatalogError, with the world as it was, if it is refused or derives without end.
        """
        program = Program.parse(text, OPERATOR_PREFIX + name)
        if program.name in self._modules:
            self._world.replace(program.name, program)
        else:
            self._world.load(program)

    def disable(self, name: str) -> None:
        """Has an operator's rule that is in force be so no more.

        Raises DatalogError, with the world as it was, if another rule cannot do without it.
        """
        self._world.remove(OPERATOR_PREFIX + name)

    def swap(self, before: frozenset[FactRow], after: frozenset[FactRow]) -> None:
        """Has a row be otherwise: the facts it stood for, and those it would stand for."""
        for predicate, row in before - after:
            self._world.retract(predicate, *row)
        for predicate, row in after - before:
            self._world.assert_(predicate, *row)

    def changes(self, predicate: str) -> tuple[list[PlainRow], list[PlainRow]]:
        """The rows of a stored predicate that would appear, and those that would vanish."""
        change = self._world.changes.get(predicate)
        if change is None:
            return [], []
        return sorted(map(plain_row, change.appeared)), sorted(map(plain_row, change.vanished))

    def changed(self) -> list[str]:
        """The stored predicates of which rows would appear or vanish."""
        return sorted(self._world.changes)
