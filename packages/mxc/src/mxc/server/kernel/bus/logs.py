"""Reads a workload's output from its agent, for as long as somebody wants it."""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from mxc.protocol import Fault, LogBatch, LogsRequest, decode
from mxc.server.kernel.bus.bus import Bus
from mxc.server.kernel.errors import NotFound


async def read_logs(bus: Bus, tenant: str, agent: UUID, request: LogsRequest) -> AsyncIterator[LogBatch]:
    """Batches in order; with `follow` until the workload has ended and all was read.

    Each answer of the agent is bounded, so a reader that stops listening costs nothing and a slow one is
    waited for. Raises NotFound (agent-away, no-output) and Unavailable (agent-silent).
    """
    while True:
        last: LogBatch | None = None
        async for payload in bus.stream(tenant, agent, "logs", request):
            answer: LogBatch | Fault = decode(LogBatch | Fault, payload)
            if isinstance(answer, Fault):
                raise NotFound(answer.message, code=answer.code)
            last = answer
            yield answer
        if last is None or not (last.has_more or (request.follow and not last.is_ended)):
            return
        request = msgspec.structs.replace(request, cursor=last.cursor, generation=last.generation)
