"""What an aggregate ranges over must not depend on what it results in."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.binding import Askable, close, missing_in, occurrences
from datalox.check.rest import split_body
from datalox.check.scope import names, variables
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, Rule


def rule_aggregates(rule: Rule, given: set[str], askable: Askable) -> Iterator[Diagnostic]:
    """given: the variables of the head that the caller binds."""
    for item in rule.body:
        if isinstance(item, Aggregate):
            found = _own_result(item)
            yield from found if found else _outside_rest(rule, item, given, askable)


def _own_result(item: Aggregate) -> list[Diagnostic]:
    """The result is what comes out: the goal and the value cannot ask for it."""
    inside = names((item.value, *(item.goal.terms if item.goal is not None else ())))
    twice = [variable for variable in variables(item.result) if variable.name in inside]
    if not twice:
        return []
    message = f"{twice[0]} is the result of {item.op} and stands in what it ranges over"
    hint = "give the result a name of its own, and compare it afterwards if the two shall be equal"
    return [Diagnostic("aggregate-result", message, hint, twice[0].span or item.span)]


def _outside_rest(rule: Rule, item: Aggregate, given: set[str], askable: Askable) -> Iterator[Diagnostic]:
    if item.goal is not None:
        for variable in variables(item.value):
            if variable.name not in names(item.goal.terms):
                message = f"{variable} has no value in {item.op}"
                hint = f"bind {variable} in the goal"
                yield Diagnostic("unsafe-aggregate", message, hint, variable.span or item.span)
        return
    parts = split_body(rule)
    closure = close(Rule(rule.head, parts.rest), given, askable)
    asked = [variable for stuck in closure.stuck for variable in occurrences(stuck)]
    missing = {name for stuck in closure.stuck for name in missing_in(stuck, closure.bound)}
    missing |= names((item.value,)) - (parts.gives() & closure.bound)
    for variable in (*variables(item.value), *asked):
        if variable.name in missing:
            missing.discard(variable.name)
            message = f"{variable} has no value in the rest of the body that {item.op} ranges over"
            hint = f"bind {variable} in the rest of the body, by something that needs no result"
            yield Diagnostic("unsafe-aggregate", message, hint, variable.span or item.span)
