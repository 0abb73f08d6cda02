"""What the annotations of a resource say: column name → the type written inside `Mapped[…]`."""

import types
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource.fields import Look


def annotations_of(resource: type[Any]) -> dict[str, Any]:
    """Column name → annotation with its metadata, in the order of declaration, parents first."""
    hints = get_type_hints(resource, include_extras=True)
    return {name: get_args(hint)[0] for name, hint in hints.items() if get_origin(hint) is Mapped}


def without_none(annotation: Any) -> Any:
    """`X | None` → X; anything else as it is."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def python_type(annotation: Any) -> Any:
    """The bare type: no `| None`, no metadata, no parameters."""
    bare = without_none(annotation)
    bare = get_args(bare)[0] if get_origin(bare) is Annotated else bare
    return get_origin(bare) or bare


def enum_of(annotation: Any) -> type[StrEnum] | None:
    """The enumeration a column is of, or None."""
    bare = python_type(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, StrEnum) else None


def look_of(annotation: Any) -> Look:
    """What the column is to a human and to a rule."""
    bare = without_none(annotation)
    for part in get_args(bare)[1:] if get_origin(bare) is Annotated else ():
        if isinstance(part, Look):
            return part
    return Look("choice" if enum_of(annotation) else python_type(annotation).__name__.lower())


def bounds_of(annotation: Any) -> Iterator[tuple[str, Any]]:
    """The numeric limits of a column as (SQL operator, limit)."""
    bare = without_none(annotation)
    for part in get_args(bare)[1:] if get_origin(bare) is Annotated else ():
        for limit in part.metadata if isinstance(part, FieldInfo) else ():
            match limit:
                case Gt(gt):
                    yield ">", gt
                case Ge(ge):
                    yield ">=", ge
                case Lt(lt):
                    yield "<", lt
                case Le(le):
                    yield "<=", le


def default_of(column: Any) -> Any:
    """What a column holds where nothing is said; None when nothing is declared."""
    if column.default is None:
        return None
    return column.default.arg(None) if column.default.is_callable else column.default.arg


def properties_of(resource: type[Any], kind: type[property] = property) -> tuple[str, ...]:
    """The names of a resource's own properties, parents first."""
    found: dict[str, None] = {}
    for parent in reversed(resource.__mro__):
        found.update((name, None) for name, value in vars(parent).items() if isinstance(value, kind))
    found.pop("now", None)
    return tuple(found)


def annotation_of(resource: type[Any], name: str) -> Any:
    """The type of a column or property."""
    columns = annotations_of(resource)
    if name in columns:
        return columns[name]
    return get_type_hints(getattr(resource, name).fget, include_extras=True)["return"]
