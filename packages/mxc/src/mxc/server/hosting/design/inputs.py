"""What a form asks for: one input per column of a resource, or per field of a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mxc.server.hosting.design.reading import stands
from mxc.server.kernel.resource import Field, Spec
from mxc.server.kernel.resource.columns import enum_of, look_of, member_enum_of, without_none
from mxc.server.kernel.resource.fields.look import Look

NUMBERS: Final = frozenset(
    {"cores", "megabytes", "count", "seconds", "number", "whole", "port", "percentage", "int", "float"}
)


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form; `initial` is what stands in it, `options` are (value, label) to choose from."""

    name: str
    label: str
    kind: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_nullable: bool = False
    is_required: bool = False
    initial: str | bool = ""
    reference: str = ""


def column_input(field: Field, *, label: str = "", hint: str = "", value: Any = None) -> Input:
    """For a column: what is said of it, and `value` or its default."""
    return Input(
        name=field.name,
        label=label or label_of(field.name),
        kind=field.kind,
        hint=hint or field.unit or _sentence(field.help),
        options=tuple((each, each) for each in field.choices),
        is_nullable=field.is_nullable,
        is_required=not (field.is_nullable or field.has_default),
        initial=stands(field.kind, field.default if value is None else value),
        reference=field.reference.target if field.reference else "",
    )


def model_inputs(model: type[BaseModel], spec: Spec | None, values: Mapping[str, Any]) -> list[Input]:
    """For a model: each of its fields, told by the column of the same name where there is one."""
    return list(_model_inputs(model, spec, values))


def _model_inputs(model: type[BaseModel], spec: Spec | None, values: Mapping[str, Any]) -> Iterator[Input]:
    columns = {each.name: each for each in spec.fields} if spec else {}
    for name, info in model.model_fields.items():
        column = columns.get(name)
        choices = enum_of(info.annotation) or member_enum_of(info.annotation)
        kind = _kind(info)
        yield Input(
            name=name,
            label=label_of(name),
            kind=kind,
            hint=_sentence(info.description or "")
            or (column.unit or _sentence(column.help) if column else ""),
            options=_options(choices),
            is_nullable=without_none(info.annotation) is not info.annotation,
            is_required=info.is_required(),
            initial=stands(kind, values.get(name, None if info.is_required() else info.default)),
            reference=column.reference.target if column and column.reference else "",
        )


def _options(choices: type[Enum] | None) -> tuple[tuple[str, str], ...]:
    return tuple((str(each.value), str(each.value)) for each in choices or ())


def _kind(info: FieldInfo) -> str:
    for part in info.metadata:
        if isinstance(part, Look):
            return part.kind
    return look_of(info.annotation).kind


def takes_kept_secret(model: type[BaseModel]) -> bool:
    """Whether a field wants what only we can make, such as a hash."""
    return any(_kind(info) == "secret" for info in model.model_fields.values())


def label_of(name: str) -> str:
    """`is_enabled` → `Enabled`, `node_id` → `Node`, `seen_at` → `Seen`."""
    words = name.removeprefix("is_").removesuffix("_id").removesuffix("_at")
    return words.replace("_", " ").capitalize() or name


def names(inputs: Sequence[Input]) -> frozenset[str]:
    """What is asked for."""
    return frozenset(each.name for each in inputs)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
