"""Where the encryption keys come from: the environment, or a file below MXC_HOME that may change."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mxc.server.home import Home, write_secret
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Invalid, Unavailable
from mxc.server.kernel.lost_keys import missing_keys
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.sealing.ring import KeyRing, new_key, parsed

OTHERS: Final = 0o077


class KeyFile:
    """The keys in a file that only its owner reads; read again when it was written anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        self._keys: Sequence[bytes] = ()

    def __call__(self) -> Sequence[bytes]:
        """The keys as they are now; none when there is no file.

        Raises Unavailable when others can read it, Invalid for what is no key.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return ()
        if found.st_mtime_ns != self._seen:
            self._keys, self._seen = self._read(found), found.st_mtime_ns
        return self._keys

    def ensure(self) -> None:
        """Makes the first key when there is none."""
        if not self():
            self._write([new_key()])

    def add(self) -> None:
        """Makes a new key, which seals from now on."""
        self._write([new_key(), *self._lines()])

    def keep_newest(self) -> None:
        """Forgets every other key."""
        self._write(self._lines()[:1])

    def _read(self, found: os.stat_result) -> Sequence[bytes]:
        if found.st_mode & OTHERS:
            raise Unavailable(
                f"other users of this machine can read {self.path}",
                code="keys-exposed",
                hint=f"`chmod 600 {self.path}`; if somebody may have read it, `mxc keys rotate` after that",
                place=str(self.path),
            )
        try:
            return parsed(self.path.read_text(encoding="utf-8"))
        except Invalid as error:
            raise Invalid(
                f"{self.path}: {error.message}", code=error.code, hint=error.hint, place=str(self.path)
            ) from None

    def _lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").split() if self.path.exists() else []

    def _write(self, keys: Sequence[str]) -> None:
        write_secret(self.path, "\n".join(keys) + "\n")


def key_file(home: Home) -> KeyFile:
    """The file of this home."""
    return KeyFile(home.path / "encryption-keys")


def key_ring(stated: str, home: Home) -> KeyRing:
    """The ring of the keys that were stated, or of the home's file."""
    return KeyRing.fixed(*parsed(stated)) if stated else KeyRing(key_file(home))


async def ensure_keys(store: Store, specs: Sequence[Spec], stated: str, home: Home) -> None:
    """Makes the first key of this home, unless keys were stated or are there.

    Raises Conflict `keys-missing` when the database holds what keys sealed that are not in the ring: we would
    open none of it, and whoever has them would not open what we seal.
    """
    has_keys = bool(stated or key_file(home)())
    known = {key.id for key in store.keys.known()} if has_keys else set()
    missing = await missing_keys(store, specs, known)
    if missing:
        raise Conflict(
            f"the database holds what was sealed under keys that are not here: {', '.join(missing)}",
            code="keys-missing",
            hint="set MXC_ENCRYPTION_KEYS, or copy `encryption-keys` from the coordinator that made them. If "
            f"they are lost, so is what they sealed: `mxc keys abandon {missing[0]}` empties it",
            place="MXC_ENCRYPTION_KEYS" if stated else str(key_file(home).path),
        )
    if not has_keys:
        key_file(home).ensure()
