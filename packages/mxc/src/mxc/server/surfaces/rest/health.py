"""Is it alive, and can it be asked?"""

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import text

from mxc.server.hosting.core import Core
from mxc.server.hosting.request import core_of
from mxc.server.kernel.errors import MxcError

router = APIRouter(prefix="/health", tags=["health"])
ALIVE = text("select 1")


@router.get("/live")
async def live() -> dict[str, Any]:
    """The process answers."""
    return {"data": {"status": "ok"}}


@router.get("/ready", responses={503: {"description": "not all of it works now"}})
async def ready(request: Request) -> Response:
    """The database answers, the bus is connected, this coordinator leads; else 503 and which is not so."""
    core = core_of(request)
    checks = {
        "database": await _database(core),
        "bus": core.bus.is_connected,
        "leads": core.lease.is_current,
        "engine": any(True for _ in core.engines),
    }
    is_ready = all(checks.values())
    document = {"data": {"status": "ok" if is_ready else "not-ready", "checks": checks}}
    return Response(msgspec.json.encode(document), 200 if is_ready else 503, media_type="application/json")


async def _database(core: Core) -> bool:
    try:
        async with core.store.system() as session:
            await session.execute(ALIVE)
    except MxcError:
        return False
    return True
