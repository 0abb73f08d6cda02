"""Find a person of the installation."""

from uuid import UUID

from sqlalchemy import select

from mxc.server.domains.identity.user import User
from mxc.server.hosting.core import Core


async def user_by_email(core: Core, email: str) -> User | None:
    """The person with this address, in any case of its letters."""
    if "\0" in email:
        return None
    async with core.store.system() as session:
        query = select(User).where(User.email == email.strip().lower())
        return (await session.scalars(query)).one_or_none()


async def user_by_id(core: Core, user_id: UUID) -> User | None:
    """The person with this id."""
    async with core.store.system() as session:
        return (await session.scalars(select(User).where(User.id == user_id))).one_or_none()
