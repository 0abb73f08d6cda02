"""What became of one generation of a workload. Acknowledged once it is committed, so never lost."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from mxc.protocol import Ack, Reason, Report, State
from mxc.server.domains.workloads.workload import Status, Workload
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.perform import Expect, Unit
from mxc.server.kernel.reactor import Arrival, Desk, on
from mxc.server.kernel.resource import Action

ATTEMPTS: Final = 3
IGNORED: Final = frozenset({Reason.STALE_EPOCH, Reason.STALE_GENERATION})


Move: TypeAlias = tuple[Action[Workload, ...], dict[str, Any]]
"""An action and its arguments."""


@on("report", Report)
async def report(desk: Desk, arrival: Arrival[Report]) -> Ack:
    """Compare-and-set; a report of an older generation, or of another node's workload, is only recorded."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await _take(desk, arrival)
        except Conflict:
            if attempt == ATTEMPTS:
                raise
        else:
            break
    return Ack()


async def _take(desk: Desk, arrival: Arrival[Report]) -> None:
    said = arrival.message
    async with desk.hands.unit(arrival.actor) as unit:
        workload = await unit.session.get(Workload, (arrival.tenant_id, said.workload))
        if workload is None:
            return
        if (workload.generation, workload.node_id) != (said.generation, arrival.agent_id):
            _record_late(unit, arrival, workload)
            return
        move = move_for(said, workload.status)
        if move is not None:
            expect = Expect(status=workload.status.value, generation=said.generation)
            action, args = move
            await unit.perform(action, said.workload, expect=expect, **args)


def move_for(said: Report, status: Status) -> Move | None:
    """What a report means for a workload in this state; None when it says nothing new."""
    match said.state:
        case State.RUNNING:
            return (Workload.run, {}) if status is Status.STARTING else None
        case State.REFUSED:
            refused = status is Status.STARTING and said.reason not in IGNORED
            return (Workload.fail, _failure(said)) if refused else None
        case State.EXITED:
            return _exited(said, status)


def _exited(said: Report, status: Status) -> Move | None:
    if status is Status.STOPPING:
        return Workload.stopped, {"exit_code": exit_code_of(said)}
    if status not in (Status.STARTING, Status.RUNNING):
        return None
    if said.reason is Reason.COMPLETED:
        return Workload.succeed, {}
    return Workload.fail, _failure(said)


def _failure(said: Report) -> dict[str, Any]:
    reason = REASONS.get(said.reason or Reason.CRASHED, said.reason or Reason.CRASHED)
    return {"reason": reason.value, "error": said.error, "exit_code": exit_code_of(said)}


def exit_code_of(said: Report) -> int | None:
    """As a shell tells it: 128 + the number of the signal that ended it."""
    return said.exit_code if said.signal is None else 128 + said.signal


# Nobody asked it to stop, and yet it is gone: the machine was restarted, or somebody else ended it.
REASONS: Final[Mapping[Reason, Reason]] = {Reason.STOPPED: Reason.LOST}


def _record_late(unit: Unit, arrival: Arrival[Report], workload: Workload) -> None:
    said = arrival.message
    unit.decide(
        "late_report",
        [str(said.workload), str(arrival.agent_id), said.generation],
        proof={
            "kind": "late",
            "state": said.state.value,
            "now": {"generation": workload.generation, "node": str(workload.node_id)},
        },
        rules={},
        action="ignore",
        target=str(said.workload),
        outcome="ignored",
    )
