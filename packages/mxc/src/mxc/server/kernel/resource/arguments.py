"""From declarations to pydantic models, and from documents to checked values."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic import Field as ModelField

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource.action import Action
from mxc.server.kernel.resource.fields import MAX_TEXT

if TYPE_CHECKING:
    from mxc.server.kernel.resource.spec import Field

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


def document_model(
    resource: type[Any], purpose: str, fields: "Sequence[Field]", *, partial: bool = False
) -> type[BaseModel]:
    """A model of these columns; with `partial` every one may be left out."""
    columns: dict[str, Any] = {each.name: (each.annotation, _default(each, partial)) for each in fields}
    return create_model(f"{resource.__name__}{purpose}", __config__=STRICT, **columns)


def _default(each: "Field", partial: bool) -> Any:
    if partial or each.is_nullable or each.has_default or each.name == "id":
        return ModelField(default=each.default)
    return ...


def argument_model(resource: type[Any], action: Action[Any, ...]) -> type[BaseModel]:
    """A model of the parameters of an action's method."""
    hints = get_type_hints(action.function, include_extras=True)
    parameters = [each for each in signature(action.function).parameters.values() if _is_argument(each)]
    columns: dict[str, Any] = {
        each.name: (hints.get(each.name, Any), ... if each.default is Parameter.empty else each.default)
        for each in parameters[1:]
    }
    title = "".join(part.capitalize() for part in action.name.split("_"))
    return create_model(
        f"{resource.__name__}{title}",
        __config__=ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=MAX_TEXT),
        **columns,
    )


def _is_argument(parameter: Parameter) -> bool:
    return parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def checked(
    model: type[BaseModel], given: Mapping[str, Any], aliases: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The given values, converted, by column name.

    Raises Invalid, with every complaint under the name it was written as.
    """
    aliases = {alias: name for alias, name in (aliases or {}).items() if name in model.model_fields}
    written: dict[str, str] = {}
    complaints: dict[str, list[str]] = {}
    for key in given:
        name = aliases.get(key, key)
        if name in written:
            complaints[key] = [f"says the same as {written[name]}: give one of them"]
        elif not _is_clean(given[key]):
            complaints[key] = ["must not contain NUL characters or broken Unicode"]
        written.setdefault(name, key)
    values = {name: given[key] for name, key in written.items() if key not in complaints}
    try:
        accepted = model.model_validate(values)
    except ValidationError as error:
        known = (*model.model_fields, *aliases)
        _collect(error, written, known, complaints)
    if complaints:
        raise Invalid(fields=complaints)
    return {name: getattr(accepted, name) for name in model.model_fields if name in accepted.model_fields_set}


def _collect(
    error: ValidationError, written: Mapping[str, str], known: Sequence[str], into: dict[str, list[str]]
) -> None:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        key = written.get(name, name)
        complaint = _complaint(each["type"], each["msg"], name, known)
        where = f"{each['loc'][1]}: " if len(each["loc"]) > 1 else ""
        if each["type"] != "missing" or key not in into:
            into.setdefault(key, []).append(f"{where}{complaint}")


def _complaint(kind: str, message: str, name: str, known: Sequence[str]) -> str:
    if kind == "missing":
        return "is required"
    if kind != "extra_forbidden":
        return message.removeprefix("Value error, ")
    close = get_close_matches(name, known, n=1)
    return f"is not known: did you mean {close[0]}?" if close else "is not known"


def _is_clean(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, Mapping):
        return all(_is_clean(key) and _is_clean(each) for key, each in value.items())
    return not isinstance(value, list | tuple) or all(map(_is_clean, value))
