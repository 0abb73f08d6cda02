"""A listing of columns that do not exist or must not be shown."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    shown = {field.name for field in spec.fields if not field.is_secret} | set(spec.computed)
    for name in spec.listing.columns:
        if name not in shown:
            yield Mistake(spec.resource, f"the listing names {name!r}", "name a visible column", "listing")
