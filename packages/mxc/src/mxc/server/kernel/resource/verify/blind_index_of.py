"""A blind index of a column that is not encrypted: nothing would fill it."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for name, of in spec.blind.items():
        if of not in spec.sealed:
            hint = f"name one of: {', '.join(spec.sealed)}" if spec.sealed else "index the column itself"
            yield Mistake(spec.resource, f"{name!r} indexes {of!r}, which is not encrypted", hint, name)
