"""Passwords: hashed with Argon2id in a thread, because a hash takes about a tenth of a second by design."""

import asyncio
from secrets import token_urlsafe
from typing import Annotated, Final

from pwdlib import PasswordHash
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from mxc.server.kernel.errors import Invalid

AT_ONCE: Final = 2
LONGEST: Final = 1024
SHORTEST: Final = 12
FEWEST_CHARACTERS: Final = 5


def _hard_to_guess(password: str) -> str:
    if len(set(password)) < FEWEST_CHARACTERS:
        raise ValueError(f"must be made of at least {FEWEST_CHARACTERS} different characters")
    return password


# Length is what resists guessing (NIST SP 800-63B); we ask for nothing that people write down because of it.
NewPassword = Annotated[
    str,
    Field(
        min_length=SHORTEST,
        max_length=LONGEST,
        json_schema_extra={"format": "password", "writeOnly": True},
    ),
    AfterValidator(_hard_to_guess),
]
_new_password: Final[TypeAdapter[str]] = TypeAdapter(NewPassword)
_hasher: Final = PasswordHash.recommended()
_room: Final = asyncio.Semaphore(AT_ONCE)


def good_enough(password: str) -> str:
    """The password, if it may be chosen. Raises Invalid saying what it lacks."""
    try:
        return _new_password.validate_python(password)
    except ValidationError as error:
        complaints = [each["msg"].removeprefix("Value error, ") for each in error.errors(include_input=False)]
        raise Invalid(fields={"password": complaints}) from None


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
