"""Who may touch what on the bus: the operator's and accounts' keys, and the claims they sign.

operator ─┬─ SYS     the server's own account: claims are pushed through it
          ├─ CORE    us. Offers `mxc.*.up.>`; takes from each tenant its commands, requests and stream API
          └─ tenant  one each. Offers those three; takes `mxc.<its own slug>.up.>` and nothing else
              └─ user: one agent, its own subjects, inbox and consumer only
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from mxc.protocol import COMMANDS, inbox
from mxc.protocol.nkeys import Kind, public_bytes
from mxc.protocol.subjects import token
from mxc.server.kernel.bus.keys import (
    KeyPair,
    keep_numbers,
    kept_key,
    kept_numbers,
    new_key,
    sign_claims,
)
from mxc.server.kernel.errors import Invalid

TENANT_DISK_BYTES: Final = 256 * 1024 * 1024
AGENT_USER_S: Final = 30 * 24 * 3600
_UNLIMITED: Final[Mapping[str, object]] = {
    "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": True, "conn": -1,
    "leaf": -1,
}  # fmt: skip
_REPLY_S: Final = 300
_NOBODY: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the bus: its key and the claims that let it in."""

    key: KeyPair
    jwt: str


@dataclass(frozen=True, slots=True)
class Authority:
    """The keys below one directory (mode 0700). Losing it means that every agent enrols again."""

    directory: Path
    operator: KeyPair
    system: KeyPair
    core: KeyPair

    @classmethod
    def open(cls, directory: Path) -> "Authority":
        """The keys kept in `directory`; made on first use."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = (
            kept_key(directory / f"{name}.seed", kind)
            for name, kind in (
                ("operator", Kind.OPERATOR),
                ("system", Kind.ACCOUNT),
                ("core", Kind.ACCOUNT),
            )
        )
        return cls(directory, *keys)

    def tenants(self) -> list[str]:
        """Slugs that have an account."""
        return sorted(path.stem.removeprefix("tenant-") for path in self.directory.glob("tenant-*.seed"))

    def tenant(self, slug: str) -> KeyPair:
        """The tenant's account key; made on first use."""
        return kept_key(self.directory / f"tenant-{token(slug)}.seed", Kind.ACCOUNT)

    def operator_claims(self, now: int) -> str:
        """The operator, by itself."""
        nats = {"type": "operator", "system_account": self.system.public}
        return sign_claims(self.operator, self.operator.public, "mxc", nats, now)

    def system_claims(self, now: int) -> str:
        """The server's own account."""
        return self._account(self.system, "SYS", now)

    def core_claims(self, now: int) -> str:
        """Our account, with an import for every tenant that exists now."""
        imports = [item for slug in self.tenants() for item in _core_imports(slug, self.tenant(slug).public)]
        return self._account(self.core, "CORE", now, [_service("mxc.*.up.>")], imports)

    def tenant_claims(self, slug: str, now: int) -> str:
        """A tenant's account: a bounded JetStream, and a way up for its own slug only."""
        exports = [
            _service(f"mxc.{slug}.cmd.>"),
            _service(f"mxc.{slug}.down.>", "Stream"),
            _service("$JS.API.>", "Stream"),
        ]
        imports = [_imported(f"mxc.{slug}.up.>", self.core.public)]
        valid = {nkey: at for nkey, at in self.revoked(slug).items() if at > now - AGENT_USER_S}
        return self._account(self.tenant(slug), slug, now, exports, imports, TENANT_DISK_BYTES, valid)

    def revoked(self, slug: str) -> Mapping[str, int]:
        """Agents' public keys; users issued to them until then (unix seconds) are void."""
        return kept_numbers(self._revoked_path(slug))

    def revoke(self, slug: str, revoked: Mapping[str, int]) -> None:
        """Void every user issued to these keys until then; in force once the tenant's claims are pushed."""
        known = self.revoked(slug)
        later = {nkey: max(at, known.get(nkey, 0)) for nkey, at in revoked.items()}
        if later.items() - known.items():
            keep_numbers(self._revoked_path(slug), {**known, **later})

    def _revoked_path(self, slug: str) -> Path:
        return self.directory / f"revoked-{token(slug)}.json"

    def core_member(self, now: int) -> Member:
        """A user of CORE for this process, held in memory only."""
        return _member(self.core, "coordinator", now)

    def system_member(self, now: int) -> Member:
        """A user of SYS for this process, to push claims."""
        return _member(self.system, "coordinator", now)

    def agent_claims(self, slug: str, agent: UUID, public_nkey: str, now: int) -> str:
        """Claims for an agent's own key, valid 30 days. Raises Invalid when that is no user's public key."""
        try:
            public_bytes(Kind.USER, public_nkey)
        except ValueError as error:
            raise Invalid(
                fields={"public_nkey": [str(error)]}, hint="Send the public key (U…), never the seed."
            ) from None
        nats = {"type": "user", **_agent_permissions(slug, agent)}
        return sign_claims(self.tenant(slug), public_nkey, str(agent), nats, now, now + AGENT_USER_S)

    def _account(
        self,
        key: KeyPair,
        name: str,
        now: int,
        exports: Sequence[object] = (),
        imports: Sequence[object] = (),
        disk_bytes: int = 0,
        revoked: Mapping[str, int] = _NOBODY,
    ) -> str:
        storage = {"mem_storage": 0, "disk_storage": disk_bytes, "streams": -1, "consumer": -1}
        nats = {
            "type": "account",
            "limits": {**_UNLIMITED, **storage},
            "exports": list(exports),
            "imports": list(imports),
            "revocations": dict(revoked),
        }
        return sign_claims(self.operator, key.public, name, nats, now)


def stream_api(slug: str) -> str:
    """Where CORE finds the JetStream API of a tenant's account, instead of `$JS.API`."""
    return f"mxc.{token(slug)}.js"


def _core_imports(slug: str, account: str) -> list[object]:
    return [
        _imported(f"mxc.{slug}.cmd.>", account),
        _imported(f"mxc.{slug}.down.>", account),
        _imported("$JS.API.>", account, local=f"{stream_api(slug)}.>"),
    ]


def _service(subject: str, answers: str = "Singleton") -> object:
    return {"name": subject, "subject": subject, "type": "service", "response_type": answers}


def _imported(subject: str, account: str, local: str = "") -> object:
    found = {"name": subject, "subject": subject, "account": account, "type": "service"}
    return {**found, "local_subject": local} if local else found


def _member(account: KeyPair, name: str, now: int) -> Member:
    key = new_key(Kind.USER)
    nats = {"type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1}
    return Member(key, sign_claims(account, key.public, name, nats, now))


def _agent_permissions(slug: str, agent: UUID) -> Mapping[str, object]:
    """Its own subjects, inbox and consumer; replies to what it was asked, for some minutes."""
    speak = [
        f"mxc.{slug}.up.{agent}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{agent}",
        f"$JS.API.CONSUMER.INFO.{COMMANDS}.{agent}",
        f"$JS.ACK.{COMMANDS}.{agent}.>",
    ]
    listen = [f"{inbox(agent)}.>", f"mxc.{slug}.down.{agent}.*"]
    return {
        "pub": {"allow": speak},
        "sub": {"allow": listen},
        "resp": {"max": -1, "ttl": _REPLY_S * 1_000_000_000},
        "subs": 64,
        "data": -1,
        "payload": -1,
    }
