"""The settings our rules read, with the values they have when nobody says otherwise."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RULE_SETTINGS: Final[Mapping[str, str | int | float]] = MappingProxyType(
    {
        "heartbeat_s": 5,
        "node_suspect_s": 15,
        "node_lease_s": 30,
        "eviction_hold_s": 900,
        "overload_share": 0.95,
        "drain_budget": 1,
        "scheduler_strategy": "spread",
        "start_deadline_s": 60,
    }
)
