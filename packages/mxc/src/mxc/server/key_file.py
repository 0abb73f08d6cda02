"""Where the encryption keys come from: the environment, or a file below MXC_HOME that may change."""

from collections.abc import Sequence
from pathlib import Path

from mxc.server.home import Home, write_secret
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.rotation import counts
from mxc.server.kernel.sealing.ring import KeyRing, new_key, parsed


class KeyFile:
    """The keys in a file that only its owner reads; read again when it was written anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = 0
        self._keys: Sequence[bytes] = ()

    def __call__(self) -> Sequence[bytes]:
        """The keys as they are now; none when there is no file."""
        try:
            changed = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed != self._seen:
            self._keys, self._seen = parsed(self.path.read_text(encoding="utf-8")), changed
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

    Raises Conflict `keys-missing` when the database holds what other keys sealed: a key of our own would
    open none of it, and the coordinator that has them would not open what we seal.
    """
    if stated or key_file(home)():
        return
    missing = sorted(key_id for key_id in await counts(store, specs) if key_id)
    if missing:
        raise Conflict(
            f"the database holds what was sealed under keys that are not here: {', '.join(missing)}",
            code="keys-missing",
            hint="set MXC_ENCRYPTION_KEYS, or copy `encryption-keys` from the coordinator that made them. If "
            "they are lost, so is what they sealed: `mxc keys new` into that file begins anew",
            place=str(key_file(home).path),
        )
    key_file(home).ensure()
