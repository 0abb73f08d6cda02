"""Where the encryption keys come from: the environment, or a file below MXC_HOME that may change."""

from collections.abc import Sequence
from pathlib import Path

from mxc.server.home import Home, write_secret
from mxc.server.kernel.sealing.ring import KeyRing, new_key, parsed


class KeyFile:
    """The keys in a file that only its owner reads; read again when it was written anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = 0
        self._keys: Sequence[bytes] = ()

    def __call__(self) -> Sequence[bytes]:
        """The keys as they are now; none when there is no file."""
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed != self._seen:
            self._keys, self._seen = parsed(self._path.read_text(encoding="utf-8")), changed
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
        return self._path.read_text(encoding="utf-8").split() if self._path.exists() else []

    def _write(self, keys: Sequence[str]) -> None:
        write_secret(self._path, "\n".join(keys) + "\n")


def key_file(home: Home) -> KeyFile:
    """The file of this home."""
    return KeyFile(home.path / "encryption-keys")


def key_ring(stated: str, home: Home) -> KeyRing:
    """The ring of the keys that were stated, or of the home's file."""
    return KeyRing.fixed(*parsed(stated)) if stated else KeyRing(key_file(home))
