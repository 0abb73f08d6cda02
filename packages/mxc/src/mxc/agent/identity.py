"""Who this agent is: its id, made once and kept on its disk, and its key, whose seed never leaves it."""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mxc.protocol.nkeys import Kind, public_text, seed_bytes, seed_text


class InUseError(Exception):
    """Another agent already runs on this data directory."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The node's id, its public key, and the means to sign. Holds a lock on the directory until `release`."""

    node_id: UUID
    public_nkey: str
    _private: Ed25519PrivateKey = field(repr=False)
    _lock: IO[bytes] = field(repr=False)

    @classmethod
    def open(cls, directory: Path) -> "Identity":
        """Read it, or make it on the first start. Raises InUseError, ValueError (a damaged file, named)."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _locked(directory / "lock")
        node_id = _parsed(directory / "node-id", _kept(directory / "node-id", lambda: str(uuid4())))
        seed = directory / "node.seed"
        try:
            _, raw = seed_bytes(_kept(seed, lambda: seed_text(Kind.USER, os.urandom(32))))
        except ValueError as error:
            raise ValueError(f"{seed}: {error}; delete it to have a new key made") from None
        private = Ed25519PrivateKey.from_private_bytes(raw)
        public = public_text(Kind.USER, private.public_key().public_bytes_raw())
        return cls(node_id, public, private, lock)

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(data)

    def release(self) -> None:
        """Let another agent use the directory."""
        self._lock.close()


def _locked(path: Path) -> IO[bytes]:
    lock = path.open("a+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise InUseError(
            f"another agent runs on {path.parent}; give this one a data directory of its own"
        ) from None
    return lock


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; made and written whole, mode 0600, when there is no file."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        text = make()
    draft = path.with_name(path.name + ".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return text


def _parsed(path: Path, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError(f"{path}: {text[:40]!r} is not a node id; delete it to become a new node") from None
