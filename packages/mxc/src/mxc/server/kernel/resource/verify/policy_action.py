"""A policy about an action that is not there: it would guard nothing, without a word."""

from collections.abc import Iterator
from difflib import get_close_matches

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for name in sorted(set(spec.policy.actions) - set(spec.actions)):
        close = get_close_matches(name, spec.actions, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"actions are: {', '.join(spec.actions)}"
        yield Mistake(spec.resource, f"policy names the action {name!r}", hint, "policy")
