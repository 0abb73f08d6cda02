"""Incremental evaluation equals evaluation from scratch, whatever the program and the history."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from oracle.naive import visible
from properties.followed import Followed, net
from properties.streams import SMALL, Scenario, Step, scenarios

from datalox import Session
from datalox.terms import Aggregate, Column, Symbol

SETTINGS = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], report_multiple_bugs=False
)
ASKED: tuple[Any, ...] = (*SMALL, 0.5, Symbol("a"), "a")


@settings(SETTINGS, max_examples=200)
@given(scenarios())
def test_every_step_leaves_the_state_of_evaluation_from_scratch_and_reports_its_difference(
    scenario: Scenario,
) -> None:
    followed = Followed(scenario)
    for step in scenario.steps:
        followed.take(step)
        check_demand(followed)


def check_demand(followed: Followed) -> None:
    """Demand predicates answer like the oracle, with all arguments bound and with only what they need."""
    oracle = followed.oracle()
    for predicate in followed.db.predicates():
        if predicate.demand is None:
            continue
        for needed in (*predicate.patterns, frozenset(range(predicate.arity))):
            for value in ASKED:
                pattern = tuple(value if place in needed else ... for place in range(predicate.arity))
                found = list(followed.db.query(predicate.name, *pattern))
                assert len(found) == len(set(found))
                kept = tuple(map(spelled, pattern, predicate.columns))
                expected = oracle.ask(predicate.name, kept)
                assert set(found) == expected, (predicate.name, pattern, found, expected)


def spelled(value: Any, column: Column) -> Any:
    """A value as the door keeps it: where a column is text by its rules, strings convert."""
    return Symbol(value) if isinstance(value, str) and column.type in ("symbol", "text", "scalar") else value


@settings(SETTINGS, max_examples=60)
@given(scenarios(steps=1))
def test_a_question_has_the_solutions_that_a_rule_with_its_goals_has(scenario: Scenario) -> None:
    followed = Followed(scenario)
    for step in scenario.steps:
        followed.take(step)
    oracle = followed.oracle()
    for rule in followed.program.rules:
        over_rest = any(isinstance(item, Aggregate) and item.goal is None for item in rule.body)
        if over_rest or rule.head.predicate in followed.written.demand:
            continue
        goals = ", ".join(map(str, rule.body))
        note(f"ask {goals}")
        answers = [tuple(sorted(found.items())) for found in followed.db.ask(goals)]
        assert len(answers) == len(set(answers))
        shown = {name for name in visible(rule.body) if not name.startswith("_#")}
        question = replace(rule, head=replace(rule.head, terms=()))
        expected = {
            tuple(sorted((name, value) for name, value in found.items() if name in shown))
            for found in oracle.solve(question, list(rule.body), {}, {})
        }
        assert set(answers) == expected, set(answers) ^ expected


@settings(SETTINGS, max_examples=60)
@given(scenarios(steps=3), st.integers())
def test_the_order_of_operations_on_distinct_facts_does_not_matter(scenario: Scenario, seed: int) -> None:
    left, right = Followed(scenario), Followed(scenario)
    for step in scenario.steps:
        last = {
            ("k", operation.row[0]) if operation.name == "k" and left.written.declared else
            (operation.name, operation.row) if operation.name else operation.kind: operation
            for operation in step.operations
        }  # fmt: skip
        one = list(last.values())
        other = random.Random(seed).sample(one, len(one))
        note(f"{', '.join(map(str, one))}\n{', '.join(map(str, other))}")
        with left.db.transaction() as first:
            left.run(first, one)
        with right.db.transaction() as second:
            right.run(second, other)
        assert net(first.changes) == net(second.changes)
        assert left.state() == right.state()


@settings(SETTINGS, max_examples=60)
@given(scenarios())
def test_one_transaction_gives_what_many_give(scenario: Scenario) -> None:
    """All facts at once, one by one, and in bulk: three ways into one state."""
    followed = Followed(scenario)
    for step in scenario.steps:
        followed.take(Step("commit", step.operations))
    whole, bulk = Session(followed.program), Session(followed.program)
    with whole.transaction(now=followed.now) as tx:
        for name, row in sorted(followed.facts, key=repr):
            tx.assert_(name, *row)
    with bulk.transaction(now=followed.now) as tx:
        for name in sorted({name for name, _ in followed.facts}):
            tx.assert_all(name, [row for known, row in followed.facts if known == name])
    for db in (whole, bulk):
        found = {name: set(db.query(name, *[...] * arity)) for name, arity in followed.arities.items()}
        assert found == followed.known
