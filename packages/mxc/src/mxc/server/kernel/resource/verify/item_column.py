"""`fact_items` over a column that is not a map."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    maps = {field.name for field in spec.fields if field.kind == "labels"}
    columns = {field.name for field in spec.fields}
    for fact in spec.facts:
        if fact.items in columns and fact.items not in maps:
            message = f"fact {fact.predicate!r} goes through {fact.items!r}, which is not a map"
            yield Mistake(spec.resource, message, "declare the column as Labels, or use fact(…)", "facts")
