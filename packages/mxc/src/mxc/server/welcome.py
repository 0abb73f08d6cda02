"""What a start leaves behind for people and programs on this machine: a first password, tokens."""

import socket
from typing import Final

from mxc.server.domains.identity.api_token import Scope
from mxc.server.domains.identity.issue import (
    Credentials,
    ensure_first_admin,
    make_default_tenant,
    new_token,
)
from mxc.server.domains.identity.membership import Membership, Role
from mxc.server.domains.tenants.tenant import DEFAULT_TENANT, Tenant
from mxc.server.home import Home
from mxc.server.hosting.core import Core
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.errors import NotFound

AGENT_TOKEN: Final = "agent-token"  # noqa: S105 (a file's name)


async def ensure_default_tenant(core: Core) -> None:
    """The tenant that everybody is in until there are others."""
    system = Actor.system(DEFAULT_TENANT)
    if not await core.select(system, Tenant, limit=1):
        await make_default_tenant(core)


class Welcome:
    """The credentials of one home, made when they are missing or no longer valid."""

    def __init__(self, core: Core, home: Home) -> None:
        self._core = core
        self._home = home

    async def first_admin(self) -> Credentials | None:
        """The administrator's first password, on the first start only."""
        return await ensure_first_admin(self._core)

    async def for_command_line(self, url: str) -> None:
        """Address and token in `cli.json`; the token of an earlier start is kept while it is valid."""
        token = self._home.command_line_token()
        if not await self._is_valid(token):
            token = await self._issue("the command line", Scope.ADMIN)
        self._home.tell_command_line(url, token)

    async def for_agent(self) -> str:
        """The token that the agent beside us enrols with."""
        token = self._home.secret(AGENT_TOKEN)
        if not await self._is_valid(token):
            token = await self._issue("the agent", Scope.WRITE)
            self._home.keep_secret(AGENT_TOKEN, token)
        return token

    async def _is_valid(self, token: str) -> bool:
        return bool(token) and await self._core.identity.actor_from_token(self._core, token) is not None

    async def _issue(self, whose: str, scope: Scope) -> str:
        system = Actor.system(DEFAULT_TENANT)
        administering = Membership.role.in_((Role.OWNER, Role.ADMIN))
        admins = await self._core.select(
            system, Membership, administering, order=(Membership.created_at,), limit=1
        )
        if not admins:
            raise NotFound("There is no administrator.", hint="A start with an empty database makes one.")
        name = f"{whose} on {socket.gethostname()}"[:120]
        return (await new_token(self._core, DEFAULT_TENANT, admins[0].user_id, name, scope)).text
