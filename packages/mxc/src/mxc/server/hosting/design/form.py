"""Forms drawn from declarations: complaints in the server's own words, under each field."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from nicegui import ui
from pydantic import BaseModel

from mxc.server.hosting.design.inputs import NUMBERS, Input, column_input
from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.reading import UnreadableError, read
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Spec, checked

_WHOLE: Final = frozenset({"text", "strings", "labels", "tags", "choices", "json", "cidrs", "ip_addresses"})
_AREAS: Final = _WHOLE - {"text"}
_TYPES: Final = MappingProxyType(
    {"encrypted": "password", "password": "password", "email": "email", "url": "url"}
)
_TYPED: Final = (
    "(event) => emit(event.target.type === 'checkbox' ? event.target.checked : event.target.value)"
)
_NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})


class Fields:
    """Inputs in the order given, each with its label, hint and complaint; `raw` is what stands in them."""

    def __init__(self, inputs: Sequence[Input], on_change: Callable[[], Awaitable[None]], of: str) -> None:
        self.inputs = {each.name: each for each in inputs}
        self.touched: set[str] = set()
        self._of = of
        self._raw: dict[str, str | bool] = {}
        self._controls: dict[str, ui.element] = {}
        self._complaints: dict[str, Any] = {}
        self._on_change = on_change
        with box("m-form") as self.element:
            for each in inputs:
                self._field(each)

    def raw(self, name: str) -> str | bool:
        """What stands in a field, as typed."""
        return self._raw[name]

    def given(self, complaints: dict[str, list[str]]) -> dict[str, Any]:
        """What can be read of the fields that are not empty; of the others, why not, in `complaints`."""
        found: dict[str, Any] = {}
        for name, raw in self._raw.items():
            try:
                value = read(self.inputs[name], raw)
            except UnreadableError as error:
                complaints[name] = [str(error)]
                continue
            if value is not None:
                found[name] = value
        return found

    def show(self, complaints: Mapping[str, Sequence[str]], *, all_fields: bool = True) -> None:
        """Puts each complaint under its field, and takes away those that are no more."""
        for name, shown in self._complaints.items():
            said = complaints.get(name, ()) if all_fields or name in self.touched else ()
            shown.text = "; ".join(said)
            with_attributes(self._controls[name], aria_invalid="true" if said else "false")

    def set(self, name: str, raw: str | bool) -> None:
        """Fills a field in for the person."""
        self._raw[name] = raw
        attribute = "checked" if isinstance(raw, bool) else "value"
        with_attributes(self._controls[name], **{attribute: raw})

    def _field(self, each: Input) -> None:
        control_id = f"field-{self._of}-{each.name}"
        self._raw[each.name] = each.initial
        with box(f"m-field {'m-whole' if each.kind in _WHOLE else ''}"):
            with_attributes(text(each.label, tag="label"), for_=control_id)
            control = _control(each)
            with_attributes(
                control,
                id=control_id,
                name=each.name,
                aria_describedby=f"{control_id}-hint {control_id}-bad",
            )
            if each.is_required:
                with_attributes(control, aria_required="true")
            if each.hint:
                with_attributes(text(each.hint, "m-hint"), id=f"{control_id}-hint")
            complaint = with_attributes(text("", "m-complaint"), id=f"{control_id}-bad", role="alert")
        control.on(
            "input", lambda event: self._changed(each.name, event.args), js_handler=_TYPED, throttle=0.2
        )
        self._controls[each.name], self._complaints[each.name] = control, complaint

    async def _changed(self, name: str, raw: str | bool) -> None:
        self._raw[name] = raw
        self.touched.add(name)
        await self._on_change()


class ModelForm(Fields):
    """Asks for the fields of a model; `values` are what it accepts."""

    def __init__(
        self,
        model: type[BaseModel],
        inputs: Sequence[Input],
        *,
        on_change: Callable[[], Awaitable[None]],
        aliases: Mapping[str, str] = _NO_ALIASES,
    ) -> None:
        super().__init__(inputs, on_change, model.__name__)
        self._model = model
        self._aliases = aliases

    def values(self, extra: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """What was filled in, with `extra` values, checked as the API would.

        Raises Invalid with every complaint by field.
        """
        complaints: dict[str, list[str]] = {}
        return self.checked({**extra, **self.given(complaints)}, complaints)

    def checked(self, given: Mapping[str, Any], complaints: dict[str, list[str]]) -> dict[str, Any]:
        """The values, converted; raises Invalid with what is wrong with them, and these complaints."""
        try:
            values = checked(self._model, given, self._aliases)
        except Invalid as error:
            complaints = {**{name: list(said) for name, said in error.fields.items()}, **complaints}
        if complaints:
            raise Invalid(fields=complaints)
        return values


class Form(ModelForm):
    """The columns named, in that order; `values` are what a create document would hold."""

    def __init__(
        self,
        spec: Spec,
        names: Sequence[str],
        *,
        hints: Mapping[str, str],
        labels: Mapping[str, str],
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        inputs = [
            column_input(spec.field(name), label=labels.get(name, ""), hint=hints.get(name, ""))
            for name in names
        ]
        super().__init__(spec.create_model, inputs, on_change=on_change)


def _control(each: Input) -> ui.element:
    if each.options and each.kind != "choices":
        return _select(each)
    if isinstance(each.initial, bool):
        return with_attributes(box("", tag="input"), type="checkbox", checked=each.initial)
    if each.kind in _AREAS:
        return with_attributes(box("m-input", tag="textarea"), rows=2, value=each.initial, spellcheck="false")
    control = with_attributes(
        box("m-input", tag="input"),
        type=_TYPES.get(each.kind, "text"),
        value=each.initial,
        autocomplete="new-password" if each.kind in ("encrypted", "password") else "off",
    )
    if each.kind in NUMBERS:
        with_attributes(control, inputmode="decimal")
    return control


def _select(each: Input) -> ui.element:
    known = [value for value, _ in each.options]
    with box("m-input", tag="select") as control:
        if each.is_nullable or each.initial not in known:
            _option(
                "", "as installed" if each.is_nullable and not each.reference else "–", each.initial == ""
            )
        for value, label in each.options:
            _option(value, label, value == each.initial)
    return control


def _option(value: str, label: str, is_chosen: bool) -> None:
    option = with_attributes(text(label, tag="option"), value=value)
    if is_chosen:
        with_attributes(option, selected=True)
