"""How workloads are placed, and how long silence is forgiven."""

from enum import StrEnum

from pydantic import model_validator

from mxc.server.settings.section import Section, env


class Strategy(StrEnum):
    SPREAD = "spread"
    PACK = "pack"
    RANDOM = "random"


class Scheduling(Section):
    """Placement and patience. Rules see each as `setting(Name, Value)`."""

    strategy: Strategy = env(
        "MXC_SCHEDULER_STRATEGY",
        Strategy.SPREAD,
        "Where a workload goes among the nodes that fit: `spread` to the emptiest, `pack` to the fullest, "
        "`random`. A workload may ask for another.",
    )
    heartbeat_s: float = env("MXC_HEARTBEAT_S", 5.0, "How often an agent says that it lives.", ge=0.2, le=60)
    suspect_s: float = env("MXC_NODE_SUSPECT_S", 15.0, "Silence that makes a node suspect.", ge=1, le=3600)
    unavailable_s: float = env(
        "MXC_NODE_UNAVAILABLE_S",
        30.0,
        "Silence after which a node is unavailable and its workloads are lost; also the grace after a start.",
        ge=1,
        le=3600,
    )
    start_deadline_s: float = env(
        "MXC_START_DEADLINE_S", 60.0, "How long a workload may be starting.", ge=1, le=86400
    )
    eviction_hold_s: float = env(
        "MXC_EVICTION_HOLD_S",
        900.0,
        "When more than half of three or more nodes vanish at once it is more likely us: how long none of "
        "their workloads is declared lost. 0 never holds back.",
        ge=0,
        le=86400,
    )

    @property
    def facts(self) -> dict[str, str | float]:
        """What the rules read as `setting(Name, Value)`."""
        return {
            "heartbeat_s": self.heartbeat_s,
            "scheduler_strategy": self.strategy.value,
            "node_suspect_s": self.suspect_s,
            "node_lease_s": self.unavailable_s,
            "start_deadline_s": self.start_deadline_s,
            "eviction_hold_s": self.eviction_hold_s,
        }

    @model_validator(mode="after")
    def _grow(self) -> "Scheduling":
        if not self.heartbeat_s < self.suspect_s <= self.unavailable_s:
            raise ValueError("MXC_HEARTBEAT_S < MXC_NODE_SUSPECT_S <= MXC_NODE_UNAVAILABLE_S must hold")
        return self
