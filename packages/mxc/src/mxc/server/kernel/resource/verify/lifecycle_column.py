"""A lifecycle over a column that is missing or is not an enumeration."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    if spec.lifecycle is None:
        return
    choices = {field.name: field.choices for field in spec.fields}
    column, initial = spec.lifecycle.column, spec.lifecycle.initial
    if not choices.get(column):
        yield Mistake(spec.resource, f"lifecycle names {column!r}", "name a StrEnum column", "lifecycle")
    elif initial.value not in choices[column]:
        yield Mistake(
            spec.resource, f"a row starts {initial.value!r}", f"states: {', '.join(choices[column])}"
        )
    if spec.lifecycle.generation not in (None, *choices):
        yield Mistake(
            spec.resource, f"generation {spec.lifecycle.generation!r}", "name a Count column", "lifecycle"
        )
