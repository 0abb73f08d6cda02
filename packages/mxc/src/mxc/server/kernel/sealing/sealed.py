"""A sealed value in memory: what was read stays ciphertext until somebody opens it on purpose."""

from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from mxc.server.kernel.sealing.ring import KeyRing

MASK: Final = "•••"


class Sealed:
    """Fresh from its writer (`Sealed.fresh`), or as it is kept. It never shows what it holds."""

    __slots__ = ("_fresh", "_kept")

    def __init__(self, fresh: str | None, kept: bytes = b"") -> None:
        self._fresh = fresh
        self._kept = kept

    @classmethod
    def fresh(cls, text: str) -> "Sealed":
        """To be sealed when it is written."""
        return cls(text)

    @property
    def is_fresh(self) -> bool:
        """Is it still to be sealed?"""
        return self._fresh is not None

    @property
    def kept(self) -> bytes:
        """The ciphertext. Raises TypeError when it was never sealed: only `perform` writes such a column."""
        if self._fresh is not None:
            raise TypeError("a value that is kept encrypted is written by perform alone")
        return self._kept

    def seal(self, keys: KeyRing, place: str) -> "Sealed":
        """As it is to be kept at that place."""
        return self if self._fresh is None else Sealed(None, keys.seal(self._fresh, place))

    def open(self, keys: KeyRing, place: str) -> str:
        """What it holds. Raises Unavailable: see `KeyRing.open`."""
        return self._fresh if self._fresh is not None else keys.open(self._kept, place)

    def open_any(self, keys: KeyRing, place: str) -> str:
        """The same, also for what is not sealed yet."""
        return self._fresh if self._fresh is not None else keys.open_any(self._kept, place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and (self._fresh, self._kept) == (other._fresh, other._kept)

    def __hash__(self) -> int:
        return hash((self._fresh, self._kept))

    def __repr__(self) -> str:
        return MASK

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_as_sealed)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "writeOnly": True, "format": "password"}


def _as_sealed(value: object) -> Sealed:
    if isinstance(value, Sealed):
        return value
    if not isinstance(value, str):
        raise ValueError("must be text")
    return Sealed.fresh(value)


class SealedBytes(TypeDecorator[Sealed]):
    """Bytes in the table, `Sealed` in Python."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        """The ciphertext."""
        return None if value is None else value.kept

    def process_result_value(self, value: Any, dialect: Dialect) -> Sealed | None:
        """Still ciphertext."""
        return None if value is None else Sealed(None, bytes(value))
