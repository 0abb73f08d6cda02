"""What can be asked: the same of a session, of a transaction, and of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from datalox.explain.edits import Edit
from datalox.explain.policy import Changeable, Policy
from datalox.explain.proof import Proof
from datalox.explain.proofs import Proofs
from datalox.explain.prover import Prover
from datalox.explain.refusal import Refusal
from datalox.explain.repairing import REPAIRS
from datalox.explain.why_not import Asked, refuse
from datalox.maintain.budget import Budget
from datalox.session.engine import Engine
from datalox.session.questions import Query, best, matching
from datalox.store.ordering import sorted_rows
from datalox.terms import Row

if TYPE_CHECKING:
    from datalox.session.session import Session

CACHED_QUERIES = 256
T = TypeVar("T")
Question: TypeAlias = "Callable[[Session, Engine], T]"


class Asking:
    """Questions about facts and what follows from them."""

    __slots__ = ()

    def _asked(self, budget: Budget | None, question: Question[T]) -> T:
        """The answer, for the session and its engine as they are now."""
        raise NotImplementedError

    def query(self, predicate: str, *pattern: Any, budget: Budget | None = None) -> Iterator[Row]:
        """Rows that match a pattern of values and ANY (`...`), sorted. Raises DatalogError:
        unknown-predicate, arity, mode, and `budget` for more work than `budget` allows (default: the
        session's), as every question does."""
        return iter(self._asked(budget, lambda _, engine: sorted_rows(matching(engine, predicate, pattern))))

    def ask(self, text: str, budget: Budget | None = None) -> Iterator[dict[str, Any]]:
        """Solutions of a conjunctive query such as `can_place(W, N), not node_overloaded(N)`, sorted."""
        return iter(self._asked(budget, lambda _, engine: list(_query(engine, text).solutions())))

    def best(
        self,
        predicate: str,
        *pattern: Any,
        order: str,
        limit: int | None = None,
        budget: Budget | None = None,
    ) -> list[Row]:
        """Matching rows by the declared order `order`, best first, at most `limit`."""
        return self._asked(budget, lambda _, engine: best(engine, predicate, pattern, order, limit))

    def explain(self, predicate: str, *row: Any, budget: Budget | None = None) -> Proof | None:
        """Why the row holds: the lowest proof found; None if it does not hold."""
        return self._asked(budget, lambda _, engine: Prover(engine).explain(predicate, row))

    def proofs(self, predicate: str, *row: Any, budget: Budget | None = None) -> Iterator[Proof]:
        """Every proof of a row as things are now, one after the other, lowest first; none if it does not
        hold. Raises `budget` where there is too much to gather, or to combine."""
        return iter(self._asked(budget, lambda _, engine: Proofs(engine, predicate, row)))

    def why_not(
        self,
        predicate: str,
        *pattern: Any,
        repairs: int = REPAIRS,
        changeable: Changeable | None = None,
        frozen: Collection[str] = (),
        accept: Callable[[Edit], bool] | None = None,
        every: bool = False,
        budget: Budget | None = None,
    ) -> Refusal:
        """Why no row matches: for each rule how far it got and what failed first; with ANY in the pattern,
        the candidates in groups that fail for one reason (`every`: also where some other candidate holds);
        and at most `repairs` of the cheapest changes that would make one match. `changeable` and `frozen`
        name what they may touch: `p`, or `+p` (adding), `-p` (retracting), `~p` (changing), and `now`
        (waiting); `accept` judges each edit."""

        def question(session: Session, engine: Engine) -> Refusal:
            asked = Asked(repairs, Policy(engine, changeable, frozen, accept), every)
            return refuse(session, engine, predicate, pattern, asked)

        return self._asked(budget, question)


def _query(engine: Engine, text: str) -> Query:
    query: Query | None = engine.queries.get(text)
    if query is None:
        if len(engine.queries) >= CACHED_QUERIES:
            engine.queries.clear()
        query = engine.queries[text] = Query(engine, text)
    return query
