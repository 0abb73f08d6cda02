"""The output of a workload, read from its agent for as long as the page is open."""

import asyncio
import logging
from uuid import UUID

from nicegui import context

from mxc.protocol import LogBatch, LogsRequest
from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.hosting.design.log_view import LogView
from mxc.server.hosting.page import Visit
from mxc.server.kernel.bus.logs import read_logs
from mxc.server.kernel.errors import MxcError

log = logging.getLogger(__name__)
TAIL = 500


class Output:
    """Follows one generation at a time; `follow` again when the workload moved or ran anew."""

    def __init__(self, visit: Visit, workload_id: UUID, view: LogView) -> None:
        self._visit = visit
        self._workload_id = workload_id
        self._view = view
        self._reading: asyncio.Task[None] | None = None
        self._source: tuple[UUID, int] | None = None
        context.client.on_delete(self.stop)

    def follow(self, node_id: UUID | None, generation: int) -> None:
        """Shows what this generation writes on this node; nothing changes when it is shown already."""
        if node_id is None or self._source == (node_id, generation):
            return
        self.stop()
        self._source = (node_id, generation)
        self._view.forget()
        self._reading = asyncio.create_task(self._read(node_id, generation))

    def stop(self) -> None:
        """Reads no further."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, node_id: UUID, generation: int) -> None:
        request = LogsRequest(workload=self._workload_id, generation=generation, tail=TAIL, follow=True)
        try:
            tenant = await self._visit.core.get(self._visit.actor, Tenant, self._visit.actor.tenant_id)
            async for batch in read_logs(self._visit.core.bus, tenant.slug, node_id, request):
                self._show(batch)
        except MxcError as error:
            self._source = None
            self._view.append([("note", f"{error.message}\n")])
        except Exception:
            log.exception("the output of workload %s could not be read", self._workload_id)

    def _show(self, batch: LogBatch) -> None:
        chunks = [(str(line.stream), line.text + ("\n" if line.is_whole else "")) for line in batch.lines]
        if chunks:
            self._view.append(chunks)
