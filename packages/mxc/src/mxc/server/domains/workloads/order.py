"""The commands a node is given about a workload."""

from mxc.protocol import Start, Stop
from mxc.server.domains.workloads.workload import Workload
from mxc.server.kernel.errors import Conflict


def require_placed(workload: Workload, node_id: str, generation: int) -> None:
    """Raises Conflict when the row is no longer what the rules saw."""
    if (str(workload.node_id), workload.generation) != (node_id, generation):
        raise Conflict(f"workload {workload.id} is no longer generation {generation} there", code="stale")


def start_order(workload: Workload, epoch: int) -> Start:
    """Run its present generation."""
    return Start(
        workload=workload.id,
        generation=workload.generation,
        epoch=epoch,
        command=workload.command,
        args=list(workload.args),
        env={name: _spelled(value) for name, value in workload.env.items()},
        cpu=workload.cpu_required,
        memory=workload.memory_required,
        fenced=workload.is_fenced,
        type=workload.type.value,
    )


def stop_order(workload: Workload, epoch: int) -> Stop:
    """End its present generation, gracefully first."""
    return Stop(
        workload=workload.id,
        generation=workload.generation,
        epoch=epoch,
        grace_s=workload.stop_grace_s,
    )


def _spelled(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
