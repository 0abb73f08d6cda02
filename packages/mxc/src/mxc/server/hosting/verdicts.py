"""Why somebody may do something, or may not: the rules' own proof of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import Unavailable
from mxc.server.kernel.facts.judging import PERMITTED, bearer
from mxc.server.kernel.resource import Action


@dataclass(frozen=True, slots=True)
class Verdict:
    """`proof` is why they may; `refusal` why not, as the rules tell it. One of them is None; both, where the
    rules do not decide it: what only the system does, or before they are loaded."""

    permission: str
    proof: Mapping[str, Any] | None
    refusal: Mapping[str, Any] | None


def verdict_of(core: Core, actor: Actor, action: Action[Any, ...]) -> Verdict:
    """What the rules say of this person and this action."""
    asked = (*bearer(actor), action.name, action.resource.__tablename__)
    if action.internal:
        return Verdict(action.permission, None, None)
    try:
        facts = core.facts(actor)
    except Unavailable:
        return Verdict(action.permission, None, None)
    proof = facts.explain(PERMITTED, *asked)
    if proof is not None:
        return Verdict(action.permission, proof.tree, None)
    return Verdict(action.permission, None, facts.why_not(PERMITTED, *asked).tree)
