"""A column named like an action: one of the two would silently vanish."""

from typing import Any

from mxc.server.kernel.resource.action import actions_of
from mxc.server.kernel.resource.verify.mistake import Misdeclared, Mistake


def refuse_shadowed_columns(resource: type[Any]) -> None:
    """Runs while the class is being made, because afterwards only one of the two is left."""
    shadowed = sorted(set(vars(resource).get("__annotations__", {})) & set(actions_of(resource)))
    columns = [name for name in shadowed if "Mapped" in str(vars(resource)["__annotations__"][name])]
    if columns:
        hint = f"rename the column and add aliases = {{{columns[0]!r}: …}}"
        raise Misdeclared(
            [Mistake(resource, f"{name!r} is both a column and an action", hint) for name in columns]
        )
