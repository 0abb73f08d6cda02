"""From the core to an agent: commands (kept until acknowledged) and requests (answered at once)."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mxc.protocol.wire import Message

Generation = Annotated[int, msgspec.Meta(ge=0)]


class Start(Message, frozen=True, kw_only=True):
    """Run this generation. `cpu` in cores, `memory` in megabytes, `log_mb` bounds its kept output."""

    workload: UUID
    generation: Generation
    epoch: int
    command: str
    args: list[str] = msgspec.field(default_factory=list)
    env: dict[str, str] = msgspec.field(default_factory=dict)
    cpu: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    memory: Annotated[int, msgspec.Meta(gt=0)] = 128
    fenced: bool = False
    log_mb: Annotated[int, msgspec.Meta(ge=1)] = 16
    type: str = "process"


class Stop(Message, frozen=True, kw_only=True):
    """End this generation: ask, wait `grace_s` seconds, then kill all that is left of it."""

    workload: UUID
    generation: Generation
    epoch: int
    grace_s: Annotated[float, msgspec.Meta(ge=0)] = 10.0


Command = Start | Stop


class Stream(StrEnum):
    """Which output a line came from."""

    STDOUT = "stdout"
    STDERR = "stderr"


class LogsRequest(Message, frozen=True, kw_only=True):
    """Kept output of a workload: its newest generation unless one is named.

    Without `cursor` the answer begins `tail` lines before the end; with one it goes on from there. One answer
    is bounded; with `follow` the agent waits a while for new output, then ends with a cursor to go on from.
    """

    workload: UUID
    generation: int | None = None
    tail: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 1000
    cursor: str = ""
    follow: bool = False


class LogLine(msgspec.Struct, frozen=True, array_like=True):
    """A piece of output, bytes as written; `is_whole` when a newline (not included) ended it."""

    at: float
    stream: Stream
    data: bytes
    is_whole: bool

    @property
    def text(self) -> str:
        """For people: bytes that are no UTF-8 become U+FFFD."""
        return self.data.decode("utf-8", "replace")


class LogBatch(Message, frozen=True, kw_only=True):
    """Some lines. The last batch of an answer has `is_last`: then `has_more` says that more waits at `cursor`
    already, `is_ended` that nothing more will ever come.
    """

    lines: list[LogLine]
    cursor: str
    generation: int
    is_last: bool = False
    has_more: bool = False
    is_ended: bool = False


class ExecRequest(Message, frozen=True, kw_only=True):
    """Run `command` beside the workload (its limits, environment, directory) for `timeout_s` at most."""

    workload: UUID
    command: Annotated[list[str], msgspec.Meta(min_length=1)]
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0


class ExecResult(Message, frozen=True, kw_only=True):
    """How it went; outputs are cut at a bound. Killed by a signal counts as exit code 128 + its number."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    is_truncated: bool = False
    is_timeout: bool = False
