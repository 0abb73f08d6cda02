"""Labels or tags that must always be given: who makes a row without any would be refused."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for each in spec.fields:
        if not each.is_selectable:
            continue
        kind = "dict" if each.kind == "labels" else "list"
        if each.is_nullable:
            message = f"{each.name!r} may be empty in two ways, and selectors do not see one of them"
            yield Mistake(spec.resource, message, f"leave None out and write default={kind}", each.name)
        elif not each.has_default:
            yield Mistake(spec.resource, f"{each.name!r} has no default", f"write default={kind}", each.name)
