"""A name for rows that is no column of text: nobody could call them by it."""

from collections.abc import Iterator

from mxc.server.kernel.resource.columns import python_type
from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    called = spec.resource.called
    if called is None:
        return
    found = next((each for each in spec.fields if each.name == called), None)
    if (found is None or python_type(found.annotation) is not str) and called not in spec.sealed:
        yield Mistake(spec.resource, f"called names {called!r}", "name a column of text", "called")
