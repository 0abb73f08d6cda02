"""What a running workload can be asked through its agent: its output, and a command beside it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from mxc.protocol import (
    ExecRequest,
    ExecResult,
    Fault,
    LogBatch,
    LogsRequest,
    MalformedError,
    Message,
    decode,
)
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.domains.workloads.workload import OCCUPYING, Workload
from mxc.server.hosting.body import Body
from mxc.server.hosting.describe import answers
from mxc.server.hosting.lookup import find
from mxc.server.hosting.reply import Event, event_stream, refusal, reply
from mxc.server.hosting.request import Call, Caller
from mxc.server.kernel.errors import Conflict, MxcError, NotFound, Unavailable
from mxc.server.kernel.resource import checked

T = TypeVar("T", bound=Message)
router = APIRouter(prefix="/workloads", tags=["workloads"])
GRACE_S: Final = 5.0
Argument = Annotated[str, Field(max_length=32 * 1024)]


class Exec(BaseModel):
    """A command to run inside a workload; `timeout` in seconds."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    command: Annotated[list[Argument], Field(min_length=1, max_length=1000)]
    timeout: Annotated[float, Field(gt=0, le=3600, strict=True)] = 30.0


@router.get("/{row_id}/logs", **answers(stream=True))
async def logs(
    call: Caller,
    row_id: str,
    follow: bool = False,
    tail: Annotated[int, Query(ge=0, le=100_000)] = 200,
) -> Response:
    """Its output as events `log` {at, stream, text}; with `follow` until it ends; `end` is the last one."""
    row = await find(call, Workload, row_id)
    node = row.node_id or row.last_node_id
    if node is None:
        raise Conflict(
            f"workload {row.id} has not run yet, so it wrote nothing",
            code="never-placed",
            hint=f"`mxc why-not {row.id}` says what it waits for",
        )
    request = LogsRequest(workload=row.id, tail=tail, follow=follow)
    first = _lines(call, await _tenant(call), node, request)
    # The first piece is awaited here, so that an agent that is away is an error and not an empty stream.
    return event_stream(_told(await anext(first, None), first), call.admitted)


async def _told(first: Event | None, rest: AsyncIterator[Event]) -> AsyncIterator[Event]:
    if first is not None:
        yield first
    try:
        async for event in rest:
            yield event
    except MxcError as error:
        yield refusal(error)


async def _lines(call: Call, tenant: str, node: UUID, request: LogsRequest) -> AsyncIterator[Event]:
    """Asks again from where the last answer ended, for as long as it is to be followed."""
    while True:
        last: LogBatch | None = None
        async for payload in call.core.bus.stream(tenant, node, "logs", request):
            last = _understood(LogBatch, payload)
            for line in last.lines:
                text = line.text + ("\n" if line.is_whole else "")
                yield Event("log", {"at": line.at, "stream": line.stream.value, "text": text})
        if last is None or last.is_ended or not request.follow:
            yield Event("end", {"is_ended": last is None or last.is_ended})
            return
        request = LogsRequest(
            workload=request.workload, generation=last.generation, cursor=last.cursor, follow=True
        )
        await asyncio.sleep(0)


@router.post("/{row_id}/exec", **answers(Exec))
async def execute(call: Caller, row_id: str, body: Body) -> Response:
    """Run a command inside the workload: its limits, environment and directory; never on the coordinator."""
    call.may(Workload.stop)
    given = checked(Exec, body)
    row = await find(call, Workload, row_id)
    if row.node_id is None or row.status not in OCCUPYING:
        raise Conflict(
            f"nothing can run inside a workload that is {row.status.value}",
            code="not-running",
            hint="it has to be running",
        )
    timeout_s = given.get("timeout", 30.0)
    request = ExecRequest(workload=row.id, command=given["command"], timeout_s=timeout_s)
    answer = await call.core.bus.request(
        await _tenant(call), row.node_id, "exec", request, timeout_s=timeout_s + GRACE_S
    )
    return reply(_result(_understood(ExecResult, answer)))


def _result(result: ExecResult) -> dict[str, Any]:
    return {
        "exit_code": result.exit_code,
        "stdout": result.stdout.decode("utf-8", "replace"),
        "stderr": result.stderr.decode("utf-8", "replace"),
        "is_truncated": result.is_truncated,
        "is_timeout": result.is_timeout,
    }


async def _tenant(call: Call) -> str:
    tenant = await call.core.get(call.actor, Tenant, call.actor.tenant_id)
    return str(tenant.slug)


def _understood(expected: type[T], payload: bytes) -> T:
    """The agent's answer. Raises NotFound for what it does not have, Unavailable for what it cannot do."""
    try:
        answer: T | Fault = decode(expected | Fault, payload)
    except MalformedError as error:
        raise Unavailable(f"the agent's answer makes no sense: {error}", code="agent-confused") from None
    if isinstance(answer, Fault):
        raise NotFound(answer.message, code=answer.code)
    return answer
