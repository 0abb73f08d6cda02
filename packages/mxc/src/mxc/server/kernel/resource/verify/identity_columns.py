"""An identity of the wrong columns, or two of one name: rows would be taken for one another."""

from collections.abc import Iterator

from mxc.server.kernel.resource.columns import python_type
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    columns = {each.name: each for each in spec.fields}
    names = [each.name for each in spec.identities]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Mistake(spec.resource, f"two identities are called {name!r}", "rename one", "identities")
    for each in spec.identities:
        for name in each.columns:
            if each.is_case_insensitive and not _is_text(columns[name].annotation):
                message = f"identity {each.name!r} has letters count alike, and {name!r} holds none"
                yield Mistake(spec.resource, message, "leave case_insensitive out", "identities")


def _is_text(annotation: object) -> bool:
    kind = python_type(annotation)
    return isinstance(kind, type) and issubclass(kind, str)
