"""Every variable of a rule gets a value: from a positive atom, an assignment, an aggregate, or the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datalox.check.aggregates import rule_aggregates
from datalox.check.analysis import CheckedRule
from datalox.check.binding import Closure, close, missing_in, occurrences
from datalox.check.graph import components
from datalox.check.patterns import Pattern, Patterns, bound_places, can_call, given_by
from datalox.check.scope import atom_of, names, variables
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Aggregate, Atom, BodyItem, Comparison, Literal, Rule, Span, Term, Var


def check_safety(survey: Survey, patterns: Mapping[str, Patterns]) -> Iterator[Diagnostic]:
    for checked in survey.rules:
        yield from rule_safety(survey, checked, patterns)
    for _, fact in survey.facts:
        for variable in _first_occurrences(fact.atom.terms):
            message = f"a fact has no variables, this one has {variable}"
            hint = "facts are ground; to say it of every value write a rule with a body"
            yield Diagnostic("unsafe-head-variable", message, hint, variable.span)


def rule_safety(
    survey: Survey, checked: CheckedRule, patterns: Mapping[str, Patterns]
) -> Iterator[Diagnostic]:
    rule, head = checked.rule, checked.rule.head
    on_demand = survey.is_demand(head.predicate)
    accepted = patterns.get(head.predicate, (frozenset(),))
    # A materialised rule that reads a demand predicate is refused as such: its calls are not judged again.
    asked = patterns if on_demand else {}
    for pattern in accepted:
        given = given_by(head, pattern)
        closure = close(rule, given, lambda atom, bound: can_call(atom, bound, asked))
        found = list(_judge(rule, closure, asked, on_demand))
        if found:
            yield from found
            return
    for pattern in accepted:
        yield from rule_aggregates(
            rule, given_by(head, pattern), lambda atom, bound: can_call(atom, bound, asked)
        )


def _judge(
    rule: Rule, closure: Closure, patterns: Mapping[str, Patterns], on_demand: bool
) -> Iterator[Diagnostic]:
    cyclic = _cycle(closure)
    if cyclic is not None:
        yield cyclic
        return
    reported: set[str] = set()
    for item in closure.stuck:
        yield from _call(item, closure.bound, patterns, reported)
    # What a stuck item would bind is missing only because of what it waits for: that is what gets reported.
    promised = {name for item in closure.stuck for name in _promised(item)} - closure.bound
    found = _unbound(rule, closure, on_demand, reported | promised)
    if not found and not reported:
        found = _unbound(rule, closure, on_demand, set())
    yield from found


def _promised(item: BodyItem) -> set[str]:
    if isinstance(item, Aggregate):
        return names((item.result,)) if isinstance(item.result, Var) else set()
    return {target for target, _ in _assignments(item)}


def _unbound(rule: Rule, closure: Closure, on_demand: bool, settled: set[str]) -> list[Diagnostic]:
    """One diagnostic for each variable without a value that is not settled, where that matters first."""
    settled = set(settled)
    found: list[Diagnostic] = []
    for variable in _first_occurrences(rule.head.terms):
        if variable.name not in closure.bound | settled:
            settled.add(variable.name)
            found.append(_head(variable, on_demand, rule))
    for item in sorted(closure.stuck, key=_report_order):
        for variable in occurrences(item):
            if variable.name in missing_in(item, closure.bound) - settled:
                settled.add(variable.name)
                found.append(_body(item, variable))
    return found


def _report_order(item: BodyItem) -> int:
    return 0 if isinstance(item, Literal) else 1 if isinstance(item, Comparison) else 2


def _call(
    item: BodyItem, bound: set[str], patterns: Mapping[str, Patterns], reported: set[str]
) -> Iterator[Diagnostic]:
    atom = atom_of(item)
    if atom is None or can_call(atom, bound, patterns):
        return
    missing = mode_mistake(atom, bound, patterns[atom.predicate])
    for place in missing[1]:
        reported |= names((atom.terms[place],))
    reported |= {term.name for term in atom.terms if isinstance(term, Var)}
    yield missing[0]


def mode_mistake(atom: Atom, bound: set[str], accepted: Patterns) -> tuple[Diagnostic, list[int]]:
    """What to say about a call that binds none of the accepted patterns, and the places it leaves open."""
    have = bound_places(atom, bound)
    wanted: Pattern = min(accepted, key=lambda pattern: len(pattern - have))
    places = sorted(wanted - have)
    what = ", ".join(f"argument {place + 1} ({atom.terms[place]})" for place in places)
    message = f"{atom.predicate}/{atom.arity} is asked on demand and needs {what} bound"
    hint = "bind it with a positive atom of this body, or declare the predicate of this rule .demand as well"
    span = atom.terms[places[0]].span if places else atom.span
    return Diagnostic("mode", message, hint, span or atom.span), places


def _head(variable: Var, on_demand: bool, rule: Rule) -> Diagnostic:
    if variable.is_wildcard:
        message = "the head has a _ that nothing gives a value"
        return Diagnostic("unsafe-head-variable", message, "name it and bind it in the body", variable.span)
    hint = f"let a positive atom of the body bind {variable}"
    if not on_demand:
        hint += f", or declare .demand {rule.head.predicate}/{rule.head.arity} to have it bound by the caller"
    else:
        hint += ", or mark its place + in the .demand declaration"
    return Diagnostic("unsafe-head-variable", f"{variable} in the head has no value", hint, variable.span)


def _body(item: BodyItem, variable: Var) -> Diagnostic:
    if isinstance(item, Literal) and item.negated:
        message = f"{variable} has no value where 'not {item.atom.predicate}(…)' is asked"
        hint = f"bind {variable} with a positive atom, or write _ if any value will do"
        return Diagnostic("unsafe-negation", message, hint, variable.span)
    if isinstance(item, Literal):
        message = f"{variable} has no value, so this argument of {item.atom.predicate} cannot be computed"
        return Diagnostic("unsafe-argument", message, f"bind {variable} with a positive atom", variable.span)
    if isinstance(item, Comparison):
        message = f"{variable} has no value to compare"
        return Diagnostic(
            "unsafe-comparison", message, f"bind {variable} with a positive atom", variable.span
        )
    message = f"{variable} has no value in {item.op}"
    if variable.is_wildcard:
        hint = f"each _ is its own: name it, for example {item.op}(X, p(X), N)"
        return Diagnostic("unsafe-aggregate", message, hint, variable.span)
    hint = f"bind {variable} in the {'goal' if item.goal else 'rest of the body'}"
    return Diagnostic("unsafe-aggregate", message, hint, variable.span)


def _first_occurrences(terms: tuple[Term, ...]) -> Iterator[Var]:
    seen: set[str] = set()
    for term in terms:
        for variable in variables(term):
            if variable.name not in seen:
                seen.add(variable.name)
                yield variable


def _cycle(closure: Closure) -> Diagnostic | None:
    """Assignments that wait for one another: each variable of the cycle would need its own value first."""
    needs: dict[str, set[str]] = {}
    places: dict[str, Span | None] = {}
    for item in closure.stuck:
        for target, sources in _assignments(item):
            if target not in closure.bound:
                needs.setdefault(target, set()).update(sources - closure.bound)
                places.setdefault(target, item.span)
    graph = {name: sorted(source for source in sources if source in needs) for name, sources in needs.items()}
    for group in components(graph):
        if len(group) > 1 or group[0] in graph[group[0]]:
            first = min(group, key=list(needs).index)
            circle = " → ".join([first, *sorted(set(group) - {first}), first])
            hint = "a variable has one value in a rule: give the new value a name of its own, Next = X + 1"
            return Diagnostic("cyclic-assignment", f"{circle} wait for one another", hint, places[first])
    return None


def _assignments(item: BodyItem) -> Iterator[tuple[str, set[str]]]:
    if isinstance(item, Aggregate | Literal) or item.op != "=":
        return
    if isinstance(item.left, Var):
        yield item.left.name, names((item.right,))
    elif isinstance(item.right, Var):
        yield item.right.name, names((item.left,))
