"""A refusal whole: why no row matches, and what would make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datalox.explain.policy import Policy
from datalox.explain.refusal import Refusal
from datalox.explain.refuser import Refuser
from datalox.explain.repairing import Repairer
from datalox.session.engine import Engine

if TYPE_CHECKING:
    from datalox.session.session import Session


def refuse(
    db: Session, engine: Engine, name: str, pattern: Sequence[Any], repairs: int, policy: Policy
) -> Refusal:
    """Raises DatalogError: unknown-predicate, arity, bad-value."""
    refusal = Refuser(engine).refuse(name, pattern)
    if refusal.holds or repairs <= 0:
        return refusal
    found = Repairer(db, engine, policy).search(name, refusal.pattern, repairs)
    return replace(refusal, found=found)
