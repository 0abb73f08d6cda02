"""`writable`, `editable` or `aliases` that name no column, or one that only transitions may change."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    steered = {spec.lifecycle.column, spec.lifecycle.generation} if spec.lifecycle else set()
    columns = {field.name for field in spec.fields}
    named = {"writable": spec.resource.writable or (), "editable": spec.resource.editable or ()}
    for facet, names in (*named.items(), ("aliases", tuple(spec.aliases.values()))):
        for name in names:
            if name not in columns:
                yield Mistake(spec.resource, f"{facet} names {name!r}", "name a column", facet)
            elif name in steered:
                yield Mistake(spec.resource, f"{facet} names {name!r}", "only transitions change it", facet)
    for alias in sorted(set(spec.aliases) & columns):
        yield Mistake(
            spec.resource, f"the alias {alias!r} is also a column", "choose another alias", "aliases"
        )
