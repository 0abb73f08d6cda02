"""The browsers somebody is signed in with: seen and ended by themselves."""

from uuid import UUID

from mxc.server.domains.identity.session import Session
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import NotFound


async def own_sessions(core: Core, actor: Actor) -> list[Session]:
    """Those that are not over, the one in use last first."""
    system, now = Actor.system(actor.tenant_id), core.clock.now()
    mine = (Session.user_id == UUID(actor.id), Session.ended_at.is_(None), Session.expires_at > now)
    return await core.select(system, Session, *mine, order=(Session.seen_at.desc(), Session.id))


async def end_own_session(core: Core, actor: Actor, row_id: UUID) -> Session:
    """Signs that browser out. Raises NotFound for one that is not theirs."""
    if row_id not in {row.id for row in await own_sessions(core, actor)}:
        raise NotFound(f"you have no session {row_id}")
    ended: Session = await core.perform(actor, Session.end, row_id)
    return ended
