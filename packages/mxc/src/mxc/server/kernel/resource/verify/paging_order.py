"""Pages in the order of what is not there or must not be shown, or of no size."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    known = {each.name for each in spec.fields if not each.is_masked} | set(spec.expressions)
    for name in spec.paging.order:
        if name.removeprefix("-") not in known:
            hint = "name a column that may be shown, or a computed field that is said in SQL"
            yield Mistake(spec.resource, f"paging orders by {name!r}", hint, "paging")
    if not 1 <= spec.paging.default <= spec.paging.most:
        message = f"a page has {spec.paging.default} rows, at most {spec.paging.most}"
        yield Mistake(spec.resource, message, "write 1 <= default <= most", "paging")
