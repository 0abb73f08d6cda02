"""A transition between states the resource does not have, or without a lifecycle."""

from collections.abc import Iterator

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    column = spec.lifecycle.column if spec.lifecycle else ""
    known = next((field.choices for field in spec.fields if field.name == column), ())
    for name, action in spec.actions.items():
        if action.moves and not spec.lifecycle:
            yield Mistake(
                spec.resource, f"{name!r} is a transition", "declare lifecycle = Lifecycle(…)", name
            )
            continue
        states = {state.value for move in action.moves.items() for state in move}
        for state in sorted(states - set(known)):
            yield Mistake(
                spec.resource, f"{name!r} names the state {state!r}", f"states: {', '.join(known)}", name
            )
