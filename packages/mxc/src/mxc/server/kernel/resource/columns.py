"""What the annotations of a resource say: column name → the type written inside `Mapped[…]`."""

import types
from collections.abc import Hashable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from sqlalchemy.orm import Mapped

from mxc.server.kernel.resource.fields.look import NOTHING_SAID, SAID, Check, Look, Said

M = TypeVar("M")


def annotations_of(resource: type[Any]) -> Mapping[str, Any]:
    """Column name → annotation with its metadata, in the order of declaration, parents first."""
    return _annotations_of(cast(Hashable, resource))


@cache
def _annotations_of(resource: Any) -> Mapping[str, Any]:
    hints = get_type_hints(resource, include_extras=True)
    columns = {name: get_args(hint)[0] for name, hint in hints.items() if get_origin(hint) is Mapped}
    return MappingProxyType(columns)


def without_none(annotation: Any) -> Any:
    """`X | None` → X; anything else as it is."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def bare_type(annotation: Any) -> Any:
    """The type without `| None` and metadata, with its parameters: `list[Colour]`."""
    bare = without_none(annotation)
    return get_args(bare)[0] if get_origin(bare) is Annotated else bare


def python_type(annotation: Any) -> Any:
    """The bare type without its parameters."""
    bare = bare_type(annotation)
    return get_origin(bare) or bare


def metadata_of(annotation: Any, kind: type[M]) -> Iterator[M]:
    """What of this kind is said beside the type."""
    bare = without_none(annotation)
    for part in get_args(bare)[1:] if get_origin(bare) is Annotated else ():
        if isinstance(part, kind):
            yield part


def enum_of(annotation: Any) -> type[StrEnum] | None:
    """The enumeration a column is of, or None."""
    return _enum(python_type(annotation))


def member_enum_of(annotation: Any) -> type[StrEnum] | None:
    """The enumeration the members of a list column are of, or None."""
    bare = bare_type(annotation)
    return _enum(get_args(bare)[0]) if get_origin(bare) is list else None


def _enum(kind: Any) -> type[StrEnum] | None:
    return kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None


def look_of(annotation: Any) -> Look:
    """What the column is to a human and to a rule."""
    for look in metadata_of(annotation, Look):
        return look
    return Look("choice" if enum_of(annotation) else python_type(annotation).__name__.lower())


def said_of(column: Any) -> Said:
    """What `column(…)` said of a table's column."""
    said: Said = column.info.get(SAID, NOTHING_SAID)
    return said


def conditions_of(name: str, annotation: Any) -> Iterator[str]:
    """What the table checks of a column, as SQL."""
    if (kind := enum_of(annotation)) is not None:
        yield f"{name} in ({', '.join(repr(member.value) for member in kind)})"
    if (kind := member_enum_of(annotation)) is not None:
        yield f"""{name} <@ '[{", ".join(f'"{member.value}"' for member in kind)}]'::jsonb"""
    for operator, limit in _bounds_of(annotation):
        yield f"{name} {operator} {limit}"
    for check in metadata_of(annotation, Check):
        yield check.condition.replace("{}", name)


def _bounds_of(annotation: Any) -> Iterator[tuple[str, str]]:
    for info in metadata_of(annotation, FieldInfo):
        for limit in info.metadata:
            match limit:
                case Gt(gt):
                    yield ">", _limit(gt)
                case Ge(ge):
                    yield ">=", _limit(ge)
                case Lt(lt):
                    yield "<", _limit(lt)
                case Le(le):
                    yield "<=", _limit(le)


def _limit(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"interval '{value // timedelta(seconds=1)} seconds'"
    return f"{value:.17g}"


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
    return _annotation_of(cast(Hashable, resource), name)


@cache
def _annotation_of(resource: Any, name: str) -> Any:
    columns = annotations_of(resource)
    if name in columns:
        return columns[name]
    return get_type_hints(getattr(resource, name).fget, include_extras=True)["return"]
