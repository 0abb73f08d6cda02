"""A reference that is to be cleared and may not be empty: deleting what it points to would fail."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for each in spec.fields:
        if each.reference is not None and each.reference.on_delete == "clear" and not each.is_nullable:
            message = f"{each.name!r} is cleared when the other row goes, and may not be empty"
            yield Mistake(
                spec.resource, message, "write Mapped[UUID | None], or another on_delete", each.name
            )
