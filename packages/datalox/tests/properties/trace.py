"""A picture of everything a session keeps, by walking its objects: to see that what was undone left no trace.

It names no index and no timer: whatever an engine object holds is in the picture, unless its attribute is
listed here with the reason why it may differ.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from datalox import Session
from datalox.terms import Symbol

MAY_DIFFER = {
    "statistics": "counters of work",
    "_statistics": "counters of work",
    "_made": "how much the last change of a closure made",
    "_numbering": "which numbers are free to stand for another value",
    "numbering": "the same, as its rows see it",
    "sources": "generated text",
    "meter": "work spent",
    "_meter": "work spent",
    "moved": "a callback",
    "plans": "which plans to forget when statistics move",
    "library": "what compiled plans refer to: the solver, seen beside it",
    "hooks": "compiled plans",
    "run": "a plan, compiled when first needed",
    "swap": "a plan, compiled when first needed",
    "_rederived": "how much deletions had to repair: when to build a component anew",
    "_known_size": "how large a component was then",
    "_low": "when statistics count as moved",
    "_high": "when statistics count as moved",
    "_heap": "entries that are gone are dropped when they surface",
    "quiet_from": "cached: computed again when the clock next moves",
    "quiet_to": "cached: computed again when the clock next moves",
    "_overlay": "keys of pending rows, valid for one propagation",
    "_overlay_of": "keys of pending rows, valid for one propagation",
    "_callable": "cached answers about modes",
    "_function": "a plan, compiled when first needed",
    "_functions": "a plan, compiled when first needed",
    "_answers": "a plan, compiled when first needed",
    "_exists": "a plan, compiled when first needed",
    "proofs": "compiled bodies",
    "walks": "compiled bodies",
    "rankings": "compiled orders",
    "queries": "compiled questions",
    "analysis": "never changes",
    "design": "never changes",
    "programs": "never changes",
}
GROWING = ("indexes", "_goals", "doors", "tables")
"""Mappings that are filled when first asked: what was in them before is compared."""
PLAIN = (int, float, str, bytes, bool, Symbol, type(None), type(...))
OPAQUE = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType, type)


def picture(db: Session) -> Any:
    """Nested plain data, equal for equal sessions."""
    return _Walk().see(db._engine, "engine")


def unchanged(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two pictures of one session differ; a mapping that grows may have grown."""
    if isinstance(before, dict) and isinstance(after, dict):
        grows = path.rsplit(".", 1)[-1] in GROWING
        extra = [] if grows else [f"{path}: {key} is new" for key in after.keys() - before.keys()]
        lost = [f"{path}: {key} is gone" for key in before.keys() - after.keys()]
        common = before.keys() & after.keys()
        return extra + lost + [d for k in common for d in unchanged(before[k], after[k], f"{path}.{k}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [found for place, (b, a) in pairs for found in unchanged(b, a, f"{path}.{place}")]
    return [] if before == after else [f"{path}: {before} became {after}"]


class _Walk:
    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}

    def see(self, value: Any, name: str) -> Any:
        if isinstance(value, PLAIN):
            return value
        if isinstance(value, OPAQUE):
            return "code"
        if isinstance(value, tuple) and all(isinstance(part, PLAIN) for part in value):
            return value
        if id(value) in self._seen:
            return f"the {type(value).__name__} {getattr(value, 'name', '')}"
        self._seen[id(value)] = value
        if name == "buckets" and isinstance(value, Mapping):
            return {_key(key): frozenset(map(_key, rows)) for key, rows in value.items()}
        if isinstance(value, Mapping):
            return {_key(key): self.see(kept, str(key)) for key, kept in value.items()}
        if isinstance(value, AbstractSet):
            return frozenset(map(_key, value))
        if isinstance(value, Sequence):
            return [self.see(part, name) for part in value]
        return {key: self.see(kept, key) for key, kept in _attributes(value) if key not in MAY_DIFFER}


def _key(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    return value if isinstance(value, PLAIN) else f"{type(value).__name__} {getattr(value, 'name', '')}"


def _attributes(value: Any) -> list[tuple[str, Any]]:
    slots = [
        slot
        for kind in type(value).__mro__
        for slot in getattr(kind, "__slots__", ())
        if hasattr(value, slot)
    ]
    return [*((slot, getattr(value, slot)) for slot in slots), *getattr(value, "__dict__", {}).items()]
