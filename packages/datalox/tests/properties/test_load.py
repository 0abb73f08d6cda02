"""What the checks accept the engine can load and ask; what they refuse they refuse with a place."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from datalox.check import Analysis, analyse
from datalox.diagnostics import DatalogError
from datalox.maintain.budget import Budget
from datalox.program import Program
from datalox.session.session import Session

NAMES = ("a", "b", "c", "d", "e")
HEADS = ("c", "d", "e", "f")
terms = st.sampled_from(["X", "Y", "Z", "W", "_", "1", "2", "k", "X + 1", "Y - Z", "-X"])
plain = st.sampled_from(["X", "Y", "Z", "W", "_", "1", "k"])
aggregates = st.sampled_from(["count", "sum", "max", "collect"])
atoms = st.builds("{}({}, {})".format, st.sampled_from(NAMES), plain, plain)
items = st.one_of(
    atoms,
    atoms,
    st.builds("{}({}, {})".format, st.sampled_from(NAMES), terms, terms),
    st.builds("not {}".format, atoms),
    st.builds("{} {} {}".format, terms, st.sampled_from(["=", "=", "<", "!=", ">="]), terms),
    st.builds("{}({}, {}, {})".format, aggregates, plain, atoms, plain),
    st.builds("{} = {}({})".format, plain, st.sampled_from(["count", "min"]), plain),
    st.just("now(T), T > X"),
)
rules = st.builds(
    "{}({}, {}) :- {}.".format,
    st.sampled_from(HEADS),
    st.one_of(plain, terms),
    plain,
    st.lists(items, min_size=1, max_size=4).map(", ".join),
)
demand = st.sampled_from([".demand e/2", ".demand f(+, -)", ".demand d(+, +)"])
demands = st.lists(demand, max_size=2, unique=True)
FACTS = "a(1, 2). a(2, 2). a(k, 1). b(2, 1). b(k, k)."


BUDGET = Budget(derived=2000, steps=20_000)


@settings(max_examples=150, deadline=None)
@given(demands, st.lists(rules, min_size=1, max_size=4))
def test_what_is_accepted_runs(declarations: list[str], clauses: list[str]) -> None:
    program = Program.parse("\n".join([*declarations, FACTS, *clauses]), "p.dl")
    try:
        analysis = analyse([program], open_world=True)
    except DatalogError as refused:
        assert all(found.span is not None and found.hint for found in refused.diagnostics)
        return
    try:
        ask_everything(analysis, Session(program, budget=BUDGET))
    except DatalogError as refused:
        assert [found.code for found in refused.diagnostics] == ["budget"]


def ask_everything(analysis: Analysis, session: Session) -> None:
    """Every predicate, with the arguments bound that its patterns need."""
    with session.transaction(now=3) as transaction:
        transaction.retract("a", 2, 2)
        transaction.assert_("b", 1, 1)
    for name, predicate in analysis.predicates.items():
        for pattern in predicate.patterns or (frozenset(),):
            asked = [1 if place in pattern else ... for place in range(predicate.arity)]
            rows = list(session.query(name, *asked))
            assert all(row[place] == 1 for row in rows for place in pattern)
