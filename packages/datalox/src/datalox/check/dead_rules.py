"""Rules that cannot ever hold, and rules that repeat another one."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Comparison, Const, Literal, Rule, Span, Value, Var
from datalox.values import NoValueError, compare, evaluate


def check_dead_rules(survey: Survey) -> Iterator[Diagnostic]:
    first: dict[Rule, Rule] = {}
    for checked in survey.rules:
        rule = checked.rule
        plain = Rule(rule.head, rule.body)
        if plain in first:
            message = f"this rule says the same as the one at {first[plain].span}"
            yield Diagnostic("dead-rule", message, "remove one of them", rule.span, "warning")
        first.setdefault(plain, rule)
        yield from _contradictions(rule)


def _contradictions(rule: Rule) -> Iterator[Diagnostic]:
    for span, reason in (*_opposites(rule), *_comparisons(rule)):
        message = f"this rule never holds: {reason}"
        yield Diagnostic("dead-rule", message, "remove it, or correct the condition", span, "warning")


def _opposites(rule: Rule) -> Iterator[tuple[Span | None, str]]:
    literals = [item for item in rule.body if isinstance(item, Literal)]
    positive = {item.atom for item in literals if not item.negated}
    for item in literals:
        if item.negated and item.atom in positive:
            yield item.span, f"{item.atom} is required and excluded"


def _comparisons(rule: Rule) -> Iterator[tuple[Span | None, str]]:
    values: dict[str, Value] = {}
    for item in rule.body:
        if isinstance(item, Comparison) and item.op == "=":
            for target, source in ((item.left, item.right), (item.right, item.left)):
                if isinstance(target, Var) and isinstance(source, Const):
                    values.setdefault(target.name, source.value)
    for item in rule.body:
        if isinstance(item, Comparison) and _is_false(item, values):
            yield item.span, f"{item} is false" + _because(item, values)


def _is_false(item: Comparison, values: dict[str, Value]) -> bool:
    try:
        return not compare(item.op, evaluate(item.left, values), evaluate(item.right, values))
    except NoValueError:
        return True
    except KeyError:
        return False


def _because(item: Comparison, values: dict[str, Value]) -> str:
    known = [
        f"{term} = {Const(values[term.name])}"
        for term in (item.left, item.right)
        if isinstance(term, Var) and term.name in values
    ]
    return f" ({', '.join(known)})" if known else ""
