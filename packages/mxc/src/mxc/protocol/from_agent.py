"""From an agent to the core. Who speaks is told by the subject, never by the message."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mxc.protocol.to_agent import Start
from mxc.protocol.wire import PROTOCOL, Message

Generation = Annotated[int, msgspec.Meta(ge=0)]
Scalar = str | int | float | bool


class State(StrEnum):
    """What a report says of one generation of a workload."""

    RUNNING = "running"
    EXITED = "exited"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why it exited or was refused."""

    COMPLETED = "completed"
    CRASHED = "crashed"
    BAD_COMMAND = "bad-command"
    OUT_OF_MEMORY = "out-of-memory"
    STOPPED = "stopped"
    NODE_STOPPED = "node-stopped"
    FENCED = "fenced"
    LOST = "lost"
    STALE_GENERATION = "stale-generation"
    STALE_EPOCH = "stale-epoch"
    UNSUPPORTED = "unsupported"


class Running(Message, frozen=True, kw_only=True):
    """One process the agent has right now. `started_at` is unix seconds."""

    workload: UUID
    generation: Generation
    pid: int
    started_at: float


class Hello(Message, frozen=True, kw_only=True):
    """A request on every (re)connection: what this node is and what runs on it. Answered by `Welcome`.

    `cpu_total` in cores, `memory_total` in megabytes.
    """

    hostname: str
    cpu_total: Annotated[float, msgspec.Meta(gt=0)]
    memory_total: Annotated[int, msgspec.Meta(gt=0)]
    hypervisor: str = "none"
    capabilities: dict[str, Scalar] = msgspec.field(default_factory=dict)
    version: str = "unknown"
    running: list[Running] = msgspec.field(default_factory=list)
    protocol: int = PROTOCOL


class Welcome(Message, frozen=True, kw_only=True):
    """What the core wants of the node: the epoch it commands under, what to kill and what should run."""

    epoch: int
    heartbeat_s: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    lease_s: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    dead: list[tuple[UUID, int]] = msgspec.field(default_factory=list)
    desired: list[Start] = msgspec.field(default_factory=list)
    protocol: int = PROTOCOL


class Heartbeat(Message, frozen=True, kw_only=True):
    """Load caused by workloads, measured: cores and megabytes. Nobody answers."""

    cpu_used: float
    memory_used: int
    workloads: int


class Report(Message, frozen=True, kw_only=True):
    """What became of one generation. A request, kept on the agent's disk until `Ack` says it is committed.

    `exit_code` is set when the process ended by itself, `signal` when a signal ended it. `at` is unix seconds
    on the agent's clock: to show, not to judge by.
    """

    workload: UUID
    generation: Generation
    state: State
    at: float
    exit_code: int | None = None
    signal: int | None = None
    reason: Reason | None = None
    error: str = ""
    pid: int | None = None


class Ack(Message, frozen=True, kw_only=True):
    """The core has committed what the message said (or has decided to ignore it): forget it."""


class Fault(Message, frozen=True, kw_only=True):
    """The core could not do it now; keep the message and try again."""

    code: str
    message: str


class Enrol(Message, frozen=True, kw_only=True):
    """Over HTTP, with a bearer token: this node wants a bus user for the public key whose seed it keeps."""

    node_id: UUID
    public_nkey: str


class Enrolled(Message, frozen=True, kw_only=True):
    """The bus user: a JWT for the node's own key, the tenant it belongs to, and where the bus is."""

    tenant: str
    jwt: str
    servers: list[str]
