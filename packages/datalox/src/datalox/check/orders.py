"""An order ranks the rows of one atom by an expression over its variables."""

from __future__ import annotations

from collections.abc import Iterator

from datalox.check.scope import names, plain_names, variables
from datalox.check.survey import Survey
from datalox.diagnostics import Diagnostic
from datalox.terms import Const, Order, Var


def check_orders(survey: Survey) -> Iterator[Diagnostic]:
    for _, declaration in survey.declarations():
        if isinstance(declaration, Order):
            yield from _order(declaration)


def _order(order: Order) -> Iterator[Diagnostic]:
    for term in order.atom.terms:
        if not isinstance(term, Var | Const):
            message = f"the atom of the order {order.name} has an expression in it"
            yield Diagnostic("order", message, "name the column and use it behind by", term.span)
            return
    for missing in sorted(names((order.by,)) - plain_names(order.atom)):
        place = next(variable.span for variable in variables(order.by) if variable.name == missing)
        message = f"{missing} is no variable of {order.atom}"
        yield Diagnostic("order", message, "an order compares the columns of its own atom", place)
