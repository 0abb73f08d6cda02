"""Columns that are kept encrypted, and those by which they are found."""

from json import dumps
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, TypeAdapter
from sqlalchemy import LargeBinary
from sqlalchemy.orm import MappedColumn, mapped_column

from mxc.server.kernel.resource.fields.bags import Json
from mxc.server.kernel.resource.fields.look import SAID, Look, Said
from mxc.server.kernel.resource.fields.texts import Email, Text
from mxc.server.kernel.sealing.sealed import Sealed, SealedBytes

_TEXT: Final = TypeAdapter(Text)
_EMAIL: Final = TypeAdapter(Email)
_JSON: Final = TypeAdapter(Json)


def _text(value: Any) -> Any:
    return value if isinstance(value, Sealed) else _TEXT.validate_python(value)


def _email(value: Any) -> Any:
    return value if isinstance(value, Sealed) else _EMAIL.validate_python(value)


def _json(value: Any) -> Any:
    return value if isinstance(value, Sealed) else dumps(_JSON.validate_python(value))


EncryptedText = Annotated[
    Sealed, mapped_column(SealedBytes), BeforeValidator(_text), Look("encrypted", secret=True, masked=True)
]
EncryptedEmail = Annotated[
    Sealed, mapped_column(SealedBytes), BeforeValidator(_email), Look("encrypted", secret=True, masked=True)
]
EncryptedJson = Annotated[
    Sealed, mapped_column(SealedBytes), BeforeValidator(_json), Look("encrypted", secret=True, masked=True)
]
BlindIndex = Annotated[bytes, mapped_column(LargeBinary), Look("blind", secret=True, masked=True)]


def blind_index(of: str) -> MappedColumn[Any]:
    """What an encrypted column is found by: `mail_index: Mapped[BlindIndex | None] = blind_index("mail")`.

    `perform` fills it. An identity over it keeps the encrypted values apart from one another.
    """
    return mapped_column(info={SAID: Said(blind_of=of)})
