"""A state no transition leads to."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    if spec.lifecycle is None:
        return
    column, reached = spec.lifecycle.column, {spec.lifecycle.initial.value}
    for action in spec.actions.values():
        reached |= {target.value for target in action.moves.values()}
    known = next((field.choices for field in spec.fields if field.name == column), ())
    for state in known:
        if state not in reached:
            yield Mistake(
                spec.resource,
                f"nothing leads to the state {state!r}",
                "add a transition or drop it",
                "lifecycle",
            )
