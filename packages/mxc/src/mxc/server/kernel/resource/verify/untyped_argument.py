"""An action's parameter without a type: nothing could check what is given for it."""

from collections.abc import Iterator
from inspect import Parameter, signature

from mxc.server.kernel.resource.spec import Spec
from mxc.server.kernel.resource.verify.mistake import Mistake


def check(spec: Spec) -> Iterator[Mistake]:
    for name, action in spec.actions.items():
        for parameter in list(signature(action.function).parameters.values())[1:]:
            if parameter.annotation is Parameter.empty:
                yield Mistake(
                    spec.resource, f"{name}({parameter.name}) has no type", "annotate the parameter", name
                )
            if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
                yield Mistake(
                    spec.resource, f"{name}(*{parameter.name}) is open", "name every parameter", name
                )
