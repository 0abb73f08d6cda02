"""What an agent is told at its start; read from the environment by whoever starts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mxc.protocol import Scalar


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """`coordinator` is the URL of its API, which `token` opens.

    `cpu` in cores, `memory` in megabytes; 0 and an empty `hypervisor` mean: detect. With `stops_workloads`
    they end with the agent, for a machine that is ours only while `mxc up` runs; otherwise they go on, and
    the next agent adopts them.
    """

    coordinator: str
    data_dir: Path
    token: str = field(repr=False)
    cpu: float = 0.0
    memory: int = 0
    hypervisor: str = ""
    capabilities: Mapping[str, Scalar] = field(default_factory=dict)
    stops_workloads: bool = False
    stop_grace_s: float = 5.0
