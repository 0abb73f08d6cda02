"""A facet that nothing reads: a misspelled one would be without effect, and without a word."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from mxc.server.kernel.resource.action import Action
from mxc.server.kernel.resource.declaration import Row
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake

RENAMED: Final = {"unique": "identities"}


def check(spec: Spec) -> Iterator[Mistake]:
    columns = {field.name for field in spec.fields}
    for name, value in vars(spec.resource).items():
        if name.startswith("_") or name in columns or hasattr(Row, name) or _is_behaviour(value):
            continue
        known = [each for each in vars(Row) if not each.startswith("_")]
        close = RENAMED.get(name) or next(iter(get_close_matches(name, known, n=1)), "")
        hint = f"did you mean {close!r}?" if close else "a constant belongs beside the class"
        yield Mistake(spec.resource, f"nothing reads {name!r}", hint, name)


def _is_behaviour(value: Any) -> bool:
    return callable(value) or isinstance(value, Action | property | staticmethod | classmethod)
