"""Forms drawn from a resource's spec: complaints in the server's own words, under each field."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from nicegui import ui

from mxc.server.hosting.design.markup import box, text, with_attributes
from mxc.server.hosting.design.reading import UnreadableError, read, written
from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.resource import Field, Spec, checked

_WHOLE = frozenset({"text", "strings", "labels"})
_TYPED = "(event) => emit(event.target.type === 'checkbox' ? event.target.checked : event.target.value)"


class Form:
    """The fields named, in that order; `values` are what a create document would hold."""

    def __init__(
        self,
        spec: Spec,
        names: Sequence[str],
        *,
        hints: Mapping[str, str],
        labels: Mapping[str, str],
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        self.spec = spec
        self._raw: dict[str, str | bool] = {}
        self._inputs: dict[str, ui.element] = {}
        self._complaints: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._on_change = on_change
        with box("m-form") as self.element:
            for name in names:
                self._field(spec.field(name), labels.get(name, _label(name)), hints.get(name, ""))

    def raw(self, name: str) -> str | bool:
        """What stands in a field, as typed."""
        return self._raw[name]

    def values(self, extra: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """What was filled in, with `extra` values, checked as the API would.

        Raises Invalid with every complaint by field.
        """
        given: dict[str, Any] = dict(extra)
        complaints: dict[str, list[str]] = {}
        for name, raw in self._raw.items():
            try:
                value = read(self.spec.field(name), raw)
            except UnreadableError as error:
                complaints[name] = [str(error)]
                continue
            if value is not None:
                given[name] = value
        return self._checked(given, complaints)

    def show(self, complaints: Mapping[str, Sequence[str]], *, all_fields: bool = True) -> None:
        """Puts each complaint under its field, and takes away those that are no more."""
        for name, shown in self._complaints.items():
            said = complaints.get(name, ()) if all_fields or name in self._touched else ()
            shown.text = "; ".join(said)
            with_attributes(self._inputs[name], aria_invalid="true" if said else "false")

    def _checked(self, given: Mapping[str, Any], complaints: dict[str, list[str]]) -> dict[str, Any]:
        try:
            values = checked(self.spec.create_model, given)
        except Invalid as error:
            complaints = {**{name: list(said) for name, said in error.fields.items()}, **complaints}
        if complaints:
            raise Invalid(fields=complaints)
        return values

    def _field(self, field: Field, label: str, hint: str) -> None:
        control_id = f"field-{self.spec.name}-{field.name}"
        with box(f"m-field {'m-whole' if field.kind in _WHOLE else ''}"):
            with_attributes(text(label, tag="label"), for_=control_id)
            control = self._control(field)
            with_attributes(
                control,
                id=control_id,
                name=field.name,
                aria_describedby=f"{control_id}-hint {control_id}-bad",
            )
            if hint or field.unit:
                with_attributes(text(hint or field.unit, "m-hint"), id=f"{control_id}-hint")
            complaint = with_attributes(text("", "m-complaint"), id=f"{control_id}-bad", role="alert")
        control.on(
            "input", lambda event: self._changed(field.name, event.args), js_handler=_TYPED, throttle=0.2
        )
        self._inputs[field.name], self._complaints[field.name] = control, complaint

    def _control(self, field: Field) -> ui.element:
        initial = written(field)
        self._raw[field.name] = initial
        if field.choices:
            return _select(field, str(initial))
        if isinstance(initial, bool):
            return with_attributes(box("", tag="input"), type="checkbox", checked=initial)
        if field.kind in ("strings", "labels"):
            return with_attributes(box("m-input", tag="textarea"), rows=2, value=initial, spellcheck="false")
        control = with_attributes(box("m-input", tag="input"), type="text", value=initial, autocomplete="off")
        if field.kind in ("cores", "megabytes", "count", "seconds", "number"):
            with_attributes(control, inputmode="decimal")
        return control

    async def _changed(self, name: str, raw: str | bool) -> None:
        self._raw[name] = raw
        self._touched.add(name)
        await self._on_change()

    def set(self, name: str, raw: str) -> None:
        """Fills a field in for the person."""
        self._raw[name] = raw
        with_attributes(self._inputs[name], value=raw)


def _select(field: Field, initial: str) -> ui.element:
    with box("m-input", tag="select") as control:
        for choice in ("", *field.choices) if field.is_nullable else field.choices:
            option = with_attributes(text(choice or "as installed", tag="option"), value=choice)
            if choice == initial:
                with_attributes(option, selected=True)
    return control


def _label(name: str) -> str:
    return name.removeprefix("is_").replace("_", " ").capitalize()
