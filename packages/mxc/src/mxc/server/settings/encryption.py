"""What is kept encrypted, and with which keys."""

from pydantic import field_validator

from mxc.server.kernel.errors import Invalid
from mxc.server.kernel.sealing.ring import parsed
from mxc.server.settings.section import Section, secret


class Encryption(Section):
    """Contacts, mail that waits and other people's credentials are kept encrypted (AES-256-GCM)."""

    keys: str = secret(
        "MXC_ENCRYPTION_KEYS",
        "Keys of 32 bytes in base64, separated by commas, the newest first (`mxc keys new` prints one). When "
        "unset, one is made and kept in `encryption-keys` below MXC_HOME. Coordinators that share a database "
        "share them. Without them what they sealed is lost: keep them where the backups are not.",
    )

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, keys: str) -> str:
        try:
            parsed(keys)
        except Invalid as error:
            raise ValueError(error.message) from None
        return keys
