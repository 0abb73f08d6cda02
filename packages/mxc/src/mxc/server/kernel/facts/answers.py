"""What is asked of facts, as they are or as they would be: the same questions, the same limits."""

from collections.abc import Iterable
from types import EllipsisType
from typing import Any, Final

from datalox import ANY, Budget, Session, Transaction
from mxc.server.kernel.facts.answer import Explanation, PlainRow, Refused, plain_row

# Rows one question of a user may look at: about a second of work.
QUESTION: Final = Budget(steps=250_000)


class Answers:
    """Questions to a session, or to a transaction of it that sees what was written so far."""

    def __init__(self, asked: Session | Transaction) -> None:
        self._asked = asked

    def query(self, predicate: str, *pattern: Any, budget: Budget | None = None) -> list[PlainRow]:
        """The rows that match, `...` standing for anything."""
        return [plain_row(row) for row in self._asked.query(predicate, *pattern_of(pattern), budget=budget)]

    def best(self, predicate: str, *pattern: Any, order: str, limit: int = 1) -> list[PlainRow]:
        """The first rows by a declared order."""
        found = self._asked.best(predicate, *pattern_of(pattern), order=order, limit=limit)
        return [plain_row(row) for row in found]

    def holds(self, predicate: str, *row: Any) -> bool:
        """Whether a row, or any that matches, is there."""
        return next(iter(self._asked.query(predicate, *pattern_of(row))), None) is not None

    def explain(self, predicate: str, *row: Any) -> Explanation | None:
        """The proof of a row; None when it does not hold."""
        proof = self._asked.explain(predicate, *row, budget=QUESTION)
        return None if proof is None else Explanation(proof.text(), proof.json())

    def why_not(self, predicate: str, *pattern: Any) -> Refused:
        """What each rule lacks to derive it."""
        refusal = self._asked.why_not(predicate, *pattern_of(pattern), repairs=0, budget=QUESTION)
        return Refused(refusal.text(), refusal.json())


def pattern_of(pattern: Iterable[Any]) -> list[Any]:
    """A pattern as the engine takes it."""
    return [ANY if isinstance(term, EllipsisType) else term for term in pattern]
