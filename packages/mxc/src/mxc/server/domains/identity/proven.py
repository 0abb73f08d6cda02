"""That somebody reads mail at their address, and what that makes of what was there before."""

from mxc.server.domains.identity.session import Session
from mxc.server.domains.identity.user import User
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor


async def proven(core: Core, user: User) -> User:
    """The person, who has just proved that the address is theirs by other means than their password.

    A password that was chosen before is forgotten and its sessions are over: whoever typed the address first
    could otherwise wait inside for the one it belongs to.
    """
    if user.confirmed_at is not None:
        return user
    system = Actor.system(DEFAULT_TENANT, user.email)
    running = (Session.user_id == user.id, Session.ended_at.is_(None))
    sessions = await core.select(system, Session, *running, limit=1000)
    async with core.unit(system, platform=True) as work:
        claimed: User = await work.perform(User.claim, user.id)
        for session in sessions:
            await work.perform(Session.end, session.id)
    return claimed
