"""What Typer does with pydantic and rich, without: each import takes longer than the rest of a command.

Texts, numbers, choices and paths are read as pydantic would; everything else is left to Typer. Help, errors
and what shells complete are plain text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from typer import _completion_classes, core
from typer._click import Context
from typer._click.exceptions import BadParameter
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer.core import _TyperParameter

Read = Callable[[Any], Any]
NAMES: Final[dict[Any, str]] = {str: "text", int: "number", float: "number", Path: "path"}
NUMBERS: Final = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Light(RuntimeParam):
    """Reads one plain value, or a list of them."""

    read: Read

    def _coerce_value(self, value: Any, param: _TyperParameter, ctx: Context) -> Any:
        try:
            if isinstance(value, list | tuple):
                return [self.read(each) for each in value]
            return self.read(value)
        except ValueError as error:
            raise BadParameter(str(error), ctx=ctx, param=param) from None


def install() -> None:
    """Has Typer read plain values so, in every command, and print its help plainly."""
    vars(core)["build_runtime_param"] = _runtime_param
    vars(core)["HAS_RICH"] = False
    vars(_completion_classes)["_sanitize_help_text"] = str
    _TyperParameter._bare_type = _named  # type: ignore[assignment]


def _named(_: _TyperParameter, annotation: Any) -> str:
    """What help calls a type: a list by what is in it, which its option takes one by one."""
    kind = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return NAMES.get(kind) or str(getattr(kind, "__name__", kind))


def _runtime_param(descriptor: TypeDescriptor) -> RuntimeParam:
    return light(descriptor) or build_runtime_param(descriptor)


def light(descriptor: TypeDescriptor) -> Light | None:
    """How to read it; None for what is left to Typer."""
    said, annotation = descriptor.parameter_info, descriptor.annotation
    is_list = descriptor.is_list
    kind = get_args(annotation)[0] if is_list else annotation
    if said.parser is not None or descriptor.is_file or descriptor.is_datetime or not said.case_sensitive:
        return None
    read = _reader(kind, said)
    return None if read is None else Light(said, annotation, read)


def _reader(kind: Any, said: Any) -> Read | None:
    if get_origin(kind) is Literal:
        return _choice({str(each): each for each in get_args(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choice({str(member.value): member for member in kind})
    if kind is bool:
        return lambda value: value if isinstance(value, bool) else _truth(value)
    if kind in NUMBERS:
        return _number(kind, said.min, said.max)
    if kind is Path and not (said.exists or said.resolve_path or said.readable is False):
        return lambda value: value if isinstance(value, Path) else Path(value)
    return str if kind is str else None


def _choice(choices: dict[str, Any]) -> Read:
    def read(value: Any) -> Any:
        text = str(value.value) if isinstance(value, Enum) else str(value)
        if text not in choices:
            raise ValueError(f"{text!r} is not one of {', '.join(map(repr, choices))}.")
        return choices[text]

    return read


def _truth(value: Any) -> bool:
    found: bool = _choice({"true": True, "false": False, "1": True, "0": False})(value)
    return found


def _number(kind: type[int | float], least: float | None, most: float | None) -> Read:
    def read(value: Any) -> int | float:
        try:
            number = kind(value)
        except (ValueError, OverflowError):
            raise ValueError(f"{value!r} is not {NUMBERS[kind]}.") from None
        if (least is not None and not number >= least) or (most is not None and not number <= most):
            raise ValueError(f"{value} is not between {_limit(least)} and {_limit(most)}.")
        return number

    return read


def _limit(limit: float | None) -> str:
    return "anything" if limit is None else f"{limit:g}"
