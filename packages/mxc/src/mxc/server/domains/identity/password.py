"""Passwords: hashed with Argon2id in a thread, because a hash takes about a tenth of a second by design."""

import asyncio
from secrets import token_urlsafe
from typing import Final

from pwdlib import PasswordHash

AT_ONCE: Final = 2
LONGEST: Final = 1024
_hasher: Final = PasswordHash.recommended()
_room: Final = asyncio.Semaphore(AT_ONCE)


async def hashed(password: str) -> str:
    """What is kept of a password."""
    async with _room:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password. Takes as long when nobody is there to have one."""
    if len(password) > LONGEST:
        return False
    async with _room:
        if kept is None:
            await asyncio.to_thread(_hasher.hash, password)
            return False
        return await asyncio.to_thread(_hasher.verify, password, kept)


def new_password() -> str:
    """One that nobody can guess."""
    return token_urlsafe(15)
