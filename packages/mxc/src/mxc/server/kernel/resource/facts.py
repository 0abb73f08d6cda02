"""Rows as facts, and what the engine must know about them: names, arities and types of the columns."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from itertools import chain
from typing import Annotated, Any, Final, TypeAlias, get_args, get_origin
from uuid import UUID

from mxc.server.kernel.resource.columns import annotation_of, python_type, without_none
from mxc.server.kernel.resource.facets import Fact
from mxc.server.kernel.resource.fields import Scalar
from mxc.server.kernel.resource.spec import Spec, spec_of

Value: TypeAlias = str | int | float
FactRow: TypeAlias = tuple[str, tuple[Value, ...]]

COLUMN_TYPES: Final[dict[Any, str]] = {int: "int", float: "float", datetime: "number", timedelta: "number"}
TRANSITION: Final = "valid_transition"


def facts_of(row: Any) -> frozenset[FactRow]:
    """Every fact this row stands for: {(predicate, values)}; an empty column or a deleted row makes none."""
    if getattr(row, "deleted_at", None) is not None:
        return frozenset()
    return frozenset(chain.from_iterable(_projected(each, row) for each in type(row).facts))


def _projected(declared: Fact, row: Any) -> Iterable[FactRow]:
    if declared.when is not None and not declared.when(row):
        return
    values = [getattr(row, name) for name in declared.columns]
    if any(value is None for value in values):
        return
    first = tuple(map(as_value, values))
    if declared.items is None:
        yield declared.predicate, first
        return
    for key, value in (getattr(row, declared.items) or {}).items():
        yield declared.predicate, (*first, key, as_value(value))


def as_value(value: Any) -> Value:
    """How the engine sees a value: ids, states and flags by their spelling, times in seconds."""
    match value:
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case datetime():
            return value.timestamp()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case str() | int() | float():
            return value
        case _:
            raise TypeError(f"{value!r} cannot be a column of a fact")


def transition_facts(specs: Iterable[Spec]) -> frozenset[FactRow]:
    """`valid_transition(resource, from, to)` for every move any action makes."""
    return frozenset(
        (TRANSITION, (spec.name, source.value, target.value))
        for spec in specs
        for each in spec.actions.values()
        for source, target in each.moves.items()
    )


def declarations(specs: Iterable[Spec]) -> str:
    """`.decl` lines for every base predicate of these resources."""
    lines = {_declaration(each, spec): None for spec in specs for each in spec.facts}
    return "\n".join([*lines, f".decl {TRANSITION}(resource: text, source: text, target: text)", ""])


def _declaration(declared: Fact, spec: Spec) -> str:
    columns = [(_column_name(spec, name), column_type(spec, name)) for name in declared.columns]
    if declared.items is not None:
        columns += [("type", "text"), ("value", _item_type(spec, declared.items))]
    return f".decl {declared.predicate}({', '.join(f'{name}: {kind}' for name, kind in columns)})"


def _column_name(spec: Spec, name: str) -> str:
    return spec.name if name == "id" else name


def column_type(spec: Spec, name: str) -> str:
    """`text`, `int`, `float` or `number`: the type the engine gives a column or property."""
    return COLUMN_TYPES.get(python_type(annotation_of(spec.resource, name)), "text")


def _item_type(spec: Spec, name: str) -> str:
    annotation = without_none(annotation_of(spec.resource, name))
    annotation = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    value = get_args(annotation)[1]
    if value == Scalar:
        return "scalar"
    return "text" if value is str else COLUMN_TYPES.get(python_type(value), "scalar")


def predicates_of(resource: type[Any]) -> frozenset[str]:
    """The predicates rows of this resource may appear in."""
    return frozenset(each.predicate for each in spec_of(resource).facts)
