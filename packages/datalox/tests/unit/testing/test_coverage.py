"""Coverage of rules by tests: what fired, and which conditions ever stopped something."""

from __future__ import annotations

import json
from pathlib import Path

from datalox.testing import Coverage, collect, run_text
from datalox.testing.reader import read_tests
from datalox.testing.runner import Case

RULES = """
program rules {
    .decl node(n: text, s: symbol) .decl beat(n: text, t: int)
    .decl placed(w: text, n: text) .decl wish(w: text)
    healthy(N) :- node(N, up), beat(N, T), now(W), W - T <= 30.
    load(N, K) :- node(N, _), count(W, placed(W, N), K).
    full(N) :- load(N, K), K >= 2, not node(N, big).
    shared(N) :- placed(W, N), M = count(W), M > 1.
    .demand fits(+, +) .demand bad(+, +)
    fits(W, N) :- wish(W), healthy(N), not bad(W, N).
    bad(W, N) :- placed(W, N).
    bad(_, N) :- full(N).
}
"""


def covered(text: str) -> Coverage:
    coverage = Coverage()
    for test in read_tests(RULES + text, "t.dlt", "t"):
        outcome = Case(Path("t.dlt"), test).outcome(coverage)
        assert outcome.passed, outcome
    return coverage


def never_false(coverage: Coverage) -> dict[str, list[str]]:
    return {rule.text.split("(")[0]: rule.never_false for rule in coverage.rules if rule.never_false}


def fired(coverage: Coverage) -> set[str]:
    return {rule.text.split(" :-")[0] for rule in coverage.rules if rule.fired}


def test_what_no_test_tried_is_known_by_its_place() -> None:
    coverage = covered("given { node(n1, up). } expect { not healthy(n1). }")
    assert fired(coverage) == {"load(N, K)"}
    assert {rule.place for rule in coverage.never_fired} == {f"rules:{line}" for line in (3, 5, 6, 8, 9, 10)}
    assert "never fired  rules:3  healthy(N) :- node(N, up)" in coverage.text()


def test_a_condition_counts_once_it_stopped_something() -> None:
    given = "given { node(n1, up). beat(n1, 100). } at 110. "
    assert never_false(covered(given))["healthy"] == ["node(N, up)", "beat(N, T)", "W - T <= 30"]
    late = covered(given + "at 131. change { + node(n2, down). + node(n3, up). }")
    assert "healthy" not in never_false(late)


def test_what_only_gives_values_is_no_condition() -> None:
    coverage = covered("given { node(n1, up). placed(a, n1). }")
    conditions = {rule.text.split("(")[0]: list(rule.conditions) for rule in coverage.rules}
    assert conditions["load"] == []
    assert conditions["full"] == ["K >= 2", "not node(N, big)"]
    assert conditions["shared"] == ["M > 1"]


def test_rules_on_demand_are_tried_by_what_is_asked() -> None:
    given = (
        "given { node(n1, up). beat(n1, 100). wish(w). placed(w, n2). node(n2, up). beat(n2, 100). } at 100. "
    )
    assert "fits(W, N)" not in fired(covered(given))
    asked = covered(given + "expect { fits(w, n1). not fits(w, n2). }")
    assert {"fits(W, N)", "bad(W, N)"} <= fired(asked)
    assert "bad(_, N)" not in fired(asked)
    through_a_query = covered(given + "expect { node(N, _), wish(W), fits(W, N). }")
    assert {"fits(W, N)", "bad(W, N)"} <= fired(through_a_query)


def test_rehearsed_steps_and_best_rows_count() -> None:
    ranked = RULES.replace("}\n", "    .order first: fits(W, N) by 1\n}\n")
    coverage = Coverage()
    text = (
        ranked
        + """
        given { node(n1, up). wish(w). } at 100.
        what_if { + beat(n1, 100). + placed(a, n1). + placed(b, n1). }
        change { + beat(n1, 99). } best first fits(w, n1) { fits(w, n1). }
    """
    )
    for test in read_tests(text, "t.dlt", "t"):
        assert Case(Path("t.dlt"), test).outcome(coverage).passed
    assert {"full(N)", "shared(N)", "fits(W, N)"} <= fired(coverage)


def test_shares_and_json() -> None:
    coverage = covered("given { node(n1, up). }")
    told = json.loads(json.dumps(coverage.json()))
    assert told["percent"] == round(coverage.percent, 1) < 50
    assert told["rules"][1]["fired"] is True
    assert coverage.text().endswith("conditions were false at least once")
    assert Coverage().percent == 100


def test_computed_arguments_are_told_as_written() -> None:
    coverage = Coverage()
    text = "program r { next(X) :- n(X), not n(X + 1). } given { n(1). }"
    for test in read_tests(text, "t.dlt", "t"):
        Case(Path("t.dlt"), test).check(coverage)
    assert list(coverage.rules[0].conditions) == ["not n(X + 1)"]


def test_cases_of_files_share_a_coverage(tmp_path: Path) -> None:
    rules = "p(X) :- q(X), not r(X)."
    (tmp_path / "rules.dl").write_text(rules, encoding="utf-8")
    for name, facts in (("a", "q(1)."), ("b", "q(1). r(1).")):
        (tmp_path / f"{name}.dlt").write_text(f'use "rules.dl". given {{ {facts} }}', encoding="utf-8")
    coverage = Coverage()
    for case in collect(tmp_path):
        case.check(coverage)
    assert (coverage.percent, coverage.never_fired) == (100, [])


def test_explanations_and_limits_that_are_not_as_expected() -> None:
    text = RULES + "given { node(n1, up). } at 5.\n"
    (outcome,) = run_text(text + 'why healthy(n1) { "x". }', "t.dlt")
    assert "it does not hold" in str(outcome)
    (outcome,) = run_text(text + 'why_not healthy(n1) { "beat(n1, ". "gpu". }', "t.dlt")
    assert "does not say:\n  gpu" in str(outcome)
    (outcome,) = run_text("limit derived 2. program { p(X) :- q(X). } given { q(1). q(2). }", "t.dlt")
    assert "budget" in str(outcome)
