"""A resource or action without a docstring: API, command line and pages would have no help to show."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    if not vars(spec.resource).get("__doc__"):
        yield Mistake(spec.resource, "it has no docstring", "say in one sentence what it is")
    for name, action in spec.actions.items():
        if not action.help:
            yield Mistake(
                spec.resource, f"action {name!r} has no docstring", "say in one sentence what it does"
            )
