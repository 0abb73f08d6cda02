"""Questions to the engine about any predicate: what holds, why it holds, why it does not."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from datalox import DatalogError
from mxc.server.hosting.describe import answers
from mxc.server.hosting.goal import Goal, goal_of, refused
from mxc.server.hosting.reply import reply
from mxc.server.hosting.request import Caller
from mxc.server.kernel.facts.answers import QUESTION
from mxc.server.kernel.facts.tenant import TenantFacts

router = APIRouter(tags=["engine"])
MOST = 10_000
PROOFS = 20
Text = Annotated[str, Query(min_length=1, max_length=4096)]


@router.get("/facts", **answers())
async def facts(
    call: Caller,
    query: Annotated[str | None, Query(max_length=4096)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
) -> Response:
    """Every binding of a query's variables that holds now, `node_healthy(N)`; without one, the predicates."""
    engine = call.about_all()
    if query is None:
        return reply({"predicates": engine.predicates()})
    try:
        rows = engine.ask(query, limit + 1)
    except DatalogError as error:
        raise refused(error, "query") from None
    return reply({"query": query, "rows": rows[:limit], "truncated": len(rows) > limit})


@router.get("/why", **answers())
async def why(call: Caller, fact: Text) -> Response:
    """The proof of a fact; with variables in it, of the first rows that match."""
    engine, goal = call.about_all(), goal_of(fact)
    try:
        proofs = _proofs(engine, goal)
        if not proofs:
            return reply(_refusal(engine, goal, fact))
    except DatalogError as error:
        raise refused(error, "fact") from None
    text = "\n\n".join(proof.text for proof in proofs)
    return reply({"fact": fact, "holds": True, "text": text, "trees": [proof.tree for proof in proofs]})


@router.get("/why-not", **answers())
async def why_not(call: Caller, fact: Text) -> Response:
    """What each rule lacks to derive a fact: the first condition that fails, with the values it met."""
    engine, goal = call.about_all(), goal_of(fact)
    try:
        return reply(_refusal(engine, goal, fact))
    except DatalogError as error:
        raise refused(error, "fact") from None


def _proofs(engine: TenantFacts, goal: Goal) -> list[Any]:
    rows = (
        [goal.pattern]
        if ... not in goal.pattern
        else engine.query(goal.predicate, *goal.pattern, budget=QUESTION)
    )
    found = (engine.explain(goal.predicate, *row) for row in rows[:PROOFS])
    return [proof for proof in found if proof is not None]


def _refusal(engine: TenantFacts, goal: Goal, fact: str) -> dict[str, Any]:
    refusal = engine.why_not(goal.predicate, *goal.pattern)
    holds = bool(refusal.tree.get("holds"))
    return {"fact": fact, "holds": holds, "text": refusal.text, "trees": [refusal.tree]}
