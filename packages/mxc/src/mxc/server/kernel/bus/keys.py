"""Key pairs and the signed claims (JWT) that NATS trusts."""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mxc.protocol.nkeys import Kind, public_text, seed_bytes, seed_text


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key of one kind. Its repr shows the public half only."""

    kind: Kind
    public: str
    _private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"KeyPair({self.public})"

    def sign(self, data: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private.sign(data)

    @property
    def seed(self) -> str:
        """The secret half, to be written to a file of mode 0600 and nowhere else."""
        return seed_text(self.kind, self._private.private_bytes_raw())


def key_from(kind: Kind, raw: bytes) -> KeyPair:
    """The pair whose secret half is these 32 bytes."""
    private = Ed25519PrivateKey.from_private_bytes(raw)
    return KeyPair(kind, public_text(kind, private.public_key().public_bytes_raw()), private)


def new_key(kind: Kind) -> KeyPair:
    """A pair nobody had before."""
    return key_from(kind, os.urandom(32))


def kept_key(path: Path, kind: Kind) -> KeyPair:
    """The pair whose seed is in `path`; made and written (mode 0600) when there is none.

    Raises ValueError naming the file when it holds something else.
    """
    try:
        found, raw = seed_bytes(path.read_text().strip())
    except FileNotFoundError:
        return _keep(path, new_key(kind))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if found is not kind:
        raise ValueError(f"{path}: holds a key of kind {found.name.lower()}, not {kind.name.lower()}")
    return key_from(kind, raw)


def _keep(path: Path, key: KeyPair) -> KeyPair:
    """Write the seed whole or not at all; when somebody else was quicker, theirs wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(key.seed)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return kept_key(path, key.kind)
    finally:
        draft.unlink()
    return key


def kept_numbers(path: Path) -> dict[str, int]:
    """Numbers by name, as `keep_numbers` wrote them; none when it never did. Raises ValueError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from None


def keep_numbers(path: Path, numbers: Mapping[str, int]) -> None:
    """Write them whole or not at all, for us alone to read."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(numbers))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def revocations_in(jwt: str) -> dict[str, int]:
    """The revocations that an account's claims hold; none when these are no claims."""
    parts = jwt.split(".")
    if len(parts) != 3:
        return {}
    body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    found = msgspec.json.decode(body).get("nats", {}).get("revocations") or {}
    return {str(nkey): int(at) for nkey, at in found.items()}


def sign_claims(
    signer: KeyPair, subject: str, name: str, nats: Mapping[str, object], issued_at: int, expires_at: int = 0
) -> str:
    """A JWT in which `signer` says `nats` of the key `subject`. Times are unix seconds; 0 never expires."""
    claims: dict[str, object] = {"iat": issued_at, "iss": signer.public, "name": name, "sub": subject}
    if expires_at:
        claims["exp"] = expires_at
    claims["nats"] = {**nats, "version": 2}
    digest = hashlib.new("sha512_256", msgspec.json.encode(claims)).digest()
    claims["jti"] = base64.b32encode(digest).decode().rstrip("=")
    header = {"typ": "JWT", "alg": "ed25519-nkey"}
    body = f"{_base64(msgspec.json.encode(header))}.{_base64(msgspec.json.encode(claims))}"
    return f"{body}.{_base64(signer.sign(body.encode()))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
