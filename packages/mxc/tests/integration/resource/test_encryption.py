"""Encrypted columns in a real table: what lies there, who may open it, and the change of keys."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from mxc.server.domains.tenants.tenant import Tenant
from mxc.server.home import Home
from mxc.server.kernel import lost_keys, rotation
from mxc.server.kernel.access.actor import Actor
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Invalid, Unavailable
from mxc.server.kernel.perform import perform
from mxc.server.kernel.records import audit
from mxc.server.kernel.resource import Resource, action, column, identity, spec_of
from mxc.server.kernel.resource.fields import (
    BlindIndex,
    EncryptedEmail,
    EncryptedJson,
    EncryptedText,
    Name,
    blind_index,
)
from mxc.server.kernel.resource.unsealing import found_by, opened
from mxc.server.kernel.sealing.ring import KeyRing, new_key, parsed
from mxc.server.key_file import ensure_keys
from mxc.testing.declared import create_tables, run_sql
from mxc.testing.law import law

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Actor("user", "7", "ada", UUID(int=1), role="admin")
EVE = Actor("user", "8", "eve", UUID(int=2), role="admin")
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


class Vault(Resource):
    """Keeps what nobody should read in the table."""

    __tablename__ = "test_vaults"

    name: Mapped[Name]
    password: Mapped[EncryptedText]
    settings: Mapped[EncryptedJson | None]
    mail: Mapped[EncryptedEmail | None] = column(visible_to="admin")
    mail_index: Mapped[BlindIndex | None] = blind_index("mail")
    identities = identity("by_mail", "mail_index")

    @action
    def change(self, secret: EncryptedText) -> None:
        """Another password."""
        self.password = secret


SPEC = spec_of(Vault)
SPECS = (spec_of(Tenant), SPEC)


@pytest.fixture
async def under_old(dsn: str) -> AsyncIterator[Store]:
    """The database as it was before another key."""
    create_tables(dsn, Vault)
    store = Store(dsn, keys=KeyRing.fixed(OLD), judge=law())
    for actor in (ADA, EVE):
        system = Actor.system(actor.tenant_id)
        args = {"name": actor.name, "slug": actor.name}
        await perform(store, Tenant.create, actor.tenant_id, actor=system, now=NOON, **args)
    yield store
    await store.close()


@pytest.fixture
async def under_new(dsn: str, under_old: Store) -> AsyncIterator[Store]:
    """The same database with another key before the old one."""
    store = Store(dsn, keys=KeyRing.fixed(NEW, OLD), judge=law())
    yield store
    await store.close()


async def put(store: Store, actor: Actor = ADA, name: str = "one", **args: Any) -> Vault:
    given = {"password": "hunter2", "mail": "Ada@Example.org", "settings": {"key": "hunter3"}} | args
    made: Vault = await perform(store, Vault.create, actor=actor, now=NOON, name=name, **given)
    return made


async def everything(dsn: str) -> str:
    with psycopg.connect(dsn) as by_hand:
        tables = ("test_vaults", "audit", "changes")
        rows = [by_hand.execute(f"select * from {name}".encode()).fetchall() for name in tables]
    return str(rows)


async def row(store: Store) -> Vault:
    async with store.session(ADA.tenant_id) as session:
        return (await session.scalars(select(Vault))).one()


async def test_neither_table_nor_audit_nor_document_shows_it(under_old: Store, dsn: str) -> None:
    made = await put(under_old)
    await perform(under_old, Vault.change, made.id, actor=ADA, now=NOON, secret="hunter4")
    stored = await everything(dsn)
    for secret in ("hunter2", "hunter3", "hunter4", "ada@example.org"):
        assert secret not in stored
    found = await row(under_old)
    assert opened(found, "password", under_old.keys) == "hunter4"
    shown = SPEC.document(found, now=NOON, sees=SPEC.guarded, keys=under_old.keys)
    assert shown["mail"] == "ada@example.org", "who may see it sees it"
    assert not {"password", "settings", "mail_index"} & shown.keys()
    assert SPEC.document(found, now=NOON)["mail"] == "•••"


async def test_a_ciphertext_opens_in_its_own_row_only(under_old: Store, dsn: str) -> None:
    await put(under_old)
    await put(under_old, name="two", mail="b@example.org", password="swordfish")
    run_sql(
        dsn,
        "update test_vaults set password = (select password from test_vaults where name = 'two') "
        "where name = 'one'",
    )
    async with under_old.session(ADA.tenant_id) as session:
        moved = (await session.scalars(select(Vault).where(Vault.name == "one"))).one()
    with pytest.raises(Unavailable) as refused:
        opened(moved, "password", under_old.keys)
    assert (refused.value.code, refused.value.place) == ("unsealing-refused", "test_vaults.password")
    await perform(under_old, Vault.change, moved.id, actor=ADA, now=NOON, secret="another")
    async with under_old.session(ADA.tenant_id) as session:
        mended = (await session.scalars(select(Vault).where(Vault.name == "one"))).one()
    assert opened(mended, "password", under_old.keys) == "another", "it can be written anew"


async def test_a_row_is_found_by_what_nobody_can_read(under_old: Store) -> None:
    made = await put(under_old)
    await put(under_old, actor=EVE)
    condition = found_by(Vault.mail_index, " ADA@example.org", under_old.keys, ADA.tenant_id)
    async with under_old.session(ADA.tenant_id) as session:
        assert [each.id for each in await session.scalars(select(Vault).where(condition))] == [made.id]
    with pytest.raises(Conflict) as refused:
        await put(under_old, name="again")
    assert refused.value.code == "already-exists"


async def test_the_same_text_changes_nothing(under_old: Store) -> None:
    made = await put(under_old)
    same = await perform(under_old, Vault.change, made.id, actor=ADA, now=NOON, secret="hunter2")
    assert same.revision == 1
    await perform(under_old, Vault.update, made.id, actor=ADA, now=NOON, mail=None)
    assert (await row(under_old)).mail_index is None


async def test_rotation_seals_everything_anew_and_the_old_key_can_go(
    under_old: Store, under_new: Store, dsn: str
) -> None:
    for actor in (ADA, EVE):
        for number in range(5):
            await put(under_old, actor, f"v{number}", mail=f"{number}@example.org")
    old, new = under_old.keys.primary.id, under_new.keys.primary.id
    assert await rotation.counts(under_new, SPECS) == {old: 30}
    told: list[tuple[str, int]] = []
    assert await rotation.rotate(under_new, SPECS, lambda: NOON, lambda *each: told.append(each)) == 10
    assert await rotation.counts(under_new, SPECS) == {new: 30}
    assert told == [("test_vaults", 5), ("test_vaults", 5)]
    assert await rotation.rotate(under_new, SPECS, lambda: NOON) == 0
    alone = Store(dsn, keys=KeyRing.fixed(NEW), judge=law())
    async with alone.session(ADA.tenant_id) as session:
        condition = found_by(Vault.mail_index, "3@example.org", alone.keys, ADA.tenant_id)
        (found,) = await session.scalars(select(Vault).where(condition))
        noted = (await session.execute(select(audit).where(audit.c.action == "rotate_keys"))).all()
    assert (opened(found, "password", alone.keys), found.revision) == ("hunter2", 1)
    assert [each.args for each in noted] == [{"key": new, "rows": 5}]
    await alone.close()


async def test_work_goes_on_while_keys_change(
    under_old: Store, under_new: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    made = [await put(under_old, name=f"v{n}", mail=f"{n}@example.org") for n in range(6)]
    turning = asyncio.create_task(rotation.rotate(under_new, SPECS, lambda: NOON))
    for turn in range(4):
        for each in made:
            await perform(under_new, Vault.change, each.id, actor=ADA, now=NOON, secret=f"turn {turn}")
    await turning
    await rotation.rotate(under_new, SPECS, lambda: NOON)
    assert set(await rotation.counts(under_new, SPECS)) == {under_new.keys.primary.id}
    async with under_new.session(ADA.tenant_id) as session:
        rows = list(await session.scalars(select(Vault)))
    assert {opened(each, "password", under_new.keys) for each in rows} == {"turn 3"}


async def test_an_identity_holds_while_half_of_it_is_under_the_old_key(
    under_old: Store, under_new: Store
) -> None:
    await put(under_old)
    with pytest.raises(Conflict) as refused:
        await put(under_new, name="again")
    assert refused.value.details["identity"] == "by_mail"


async def test_an_interrupted_rotation_goes_on_where_it_was(
    under_old: Store, under_new: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(6):
        await put(under_old, name=f"v{number}", mail=f"{number}@example.org")

    class KilledError(Exception):
        """As if the process were gone."""

    def die(_: str, done: int) -> None:
        if done >= 4:
            raise KilledError

    with pytest.raises(KilledError):
        await rotation.rotate(under_new, SPECS, lambda: NOON, die)
    left = await rotation.counts(under_new, SPECS)
    assert left[under_old.keys.primary.id] == 6, "two rows with three values each"
    assert await rotation.rotate(under_new, SPECS, lambda: NOON) == 2


async def test_what_was_in_the_open_is_sealed(under_old: Store, dsn: str) -> None:
    await put(under_old)
    run_sql(dsn, "update test_vaults set password = decode('00', 'hex') || convert_to('öpen', 'UTF8')")
    assert (await rotation.counts(under_old, SPECS))[""] == 1
    with pytest.raises(Unavailable, match="not encrypted yet"):
        opened(await row(under_old), "password", under_old.keys)
    await rotation.rotate_when_leading(under_old, SPECS, lambda: NOON, only_bare=True)
    assert "" not in await rotation.counts(under_old, SPECS)
    assert opened(await row(under_old), "password", under_old.keys) == "öpen"


async def test_a_missing_key_stops_rotation_and_loses_nothing(under_old: Store, dsn: str) -> None:
    await put(under_old)
    stranger = Store(dsn, keys=KeyRing.fixed(NEW), judge=law())
    with pytest.raises(Unavailable, match=under_old.keys.primary.id):
        await rotation.rotate(stranger, SPECS, lambda: NOON)
    await rotation.rotate_when_leading(stranger, SPECS, lambda: NOON)
    await stranger.close()
    assert opened(await row(under_old), "password", under_old.keys) == "hunter2"


async def test_a_home_makes_no_key_beside_those_in_use(under_old: Store, tmp_path: Path) -> None:
    await ensure_keys(under_old, SPECS, "", Home(tmp_path))
    ours = (tmp_path / "encryption-keys").read_text()
    await put(under_old)
    await ensure_keys(under_old, SPECS, "", Home(tmp_path))
    assert (tmp_path / "encryption-keys").read_text() == ours
    other = Home(tmp_path / "other")
    with pytest.raises(Conflict, match=under_old.keys.primary.id) as refused:
        await ensure_keys(under_old, SPECS, "", other)
    assert (refused.value.code, refused.value.place) == ("keys-missing", str(other.path / "encryption-keys"))
    await ensure_keys(under_old, SPECS, ours, other)


async def test_stated_keys_must_open_what_is_there(under_old: Store, dsn: str, tmp_path: Path) -> None:
    await put(under_old)
    stranger = Store(dsn, keys=KeyRing.fixed(NEW), judge=law())
    with pytest.raises(Conflict, match=under_old.keys.primary.id) as refused:
        await ensure_keys(stranger, SPECS, "the new one", Home(tmp_path))
    assert (refused.value.code, refused.value.place) == ("keys-missing", "MXC_ENCRYPTION_KEYS")
    assert f"mxc keys abandon {under_old.keys.primary.id}" in refused.value.hint
    await ensure_keys(under_old, SPECS, "the old one", Home(tmp_path))
    assert Home(tmp_path).secret("encryption-keys") == ""
    await stranger.close()


async def test_what_a_lost_key_sealed_is_given_up(under_old: Store, under_new: Store, dsn: str) -> None:
    lost, kept = await put(under_old), await put(under_new, name="kept", mail="kept@example.org")
    old = under_old.keys.primary.id
    with pytest.raises(Conflict, match="is here and opens"):
        await lost_keys.abandon(under_new, SPECS, old, lambda: NOON)
    with pytest.raises(Invalid, match="8 digits"):
        await lost_keys.abandon(under_new, SPECS, "nonsense", lambda: NOON)
    alone = Store(dsn, keys=KeyRing.fixed(NEW), judge=law())
    assert await lost_keys.missing_keys(alone, SPECS, {alone.keys.primary.id}) == [old]
    assert await lost_keys.abandon(alone, SPECS, old, lambda: NOON) == 1
    assert await lost_keys.abandon(alone, SPECS, old, lambda: NOON) == 0
    assert set(await rotation.counts(alone, SPECS)) == {alone.keys.primary.id}
    async with alone.session(ADA.tenant_id) as session:
        rows = {each.id: each for each in await session.scalars(select(Vault))}
        noted = (await session.execute(select(audit).where(audit.c.action == "abandon_key"))).one()
    emptied = rows[lost.id]
    assert (emptied.mail, emptied.mail_index, emptied.settings) == (None, None, None)
    assert opened(emptied, "password", alone.keys) == "", "it has to hold something"
    assert opened(rows[kept.id], "password", alone.keys) == "hunter2"
    assert noted.args == {"key": old, "rows": 1}
    await alone.close()


async def test_only_one_changes_keys_at_a_time(under_old: Store) -> None:
    async with rotation.alone(under_old):
        with pytest.raises(Conflict) as refused:
            async with rotation.alone(under_old):
                pass
        assert refused.value.code == "keys-busy"
    async with rotation.alone(under_old):
        pass


async def test_two_who_rotate_at_once_seal_everything_and_wait_for_nobody_forever(
    under_old: Store, under_new: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    for number in range(20):
        await put(under_old, name=f"v{number}", mail=f"{number}@example.org")
    both = [rotation.rotate(under_new, SPECS, lambda: NOON) for _ in range(2)]
    assert sum(await asyncio.gather(*both)) == 20
    assert set(await rotation.counts(under_new, SPECS)) == {under_new.keys.primary.id}


async def test_the_command_rotates_what_is_ours(dsn: str, tmp_path: Path) -> None:
    def keys(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {**os.environ, "DATABASE_URL": dsn, "MXC_HOME": str(tmp_path), **environment}
        command = [sys.executable, "-m", "mxc.server.keys", *arguments]
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    first = new_key()
    (tmp_path / "encryption-keys").touch(mode=0o600)
    (tmp_path / "encryption-keys").write_text(first)
    store = Store(dsn, keys=KeyRing.fixed(*parsed(first)), judge=law())
    system = Actor.system(ADA.tenant_id)
    args = {"name": "Acme", "slug": "acme", "contact_email": "boss@example.org"}
    await perform(store, Tenant.create, ADA.tenant_id, actor=system, now=NOON, **args)
    await store.close()
    done = await asyncio.to_thread(keys, "rotate")
    assert "1 rows are sealed" in done.stdout, done.stderr
    assert len((tmp_path / "encryption-keys").read_text().split()) == 2
    assert (await asyncio.to_thread(keys, "retire")).returncode == 0
    assert first not in (tmp_path / "encryption-keys").read_text()
    stated = await asyncio.to_thread(
        keys, "rotate", MXC_ENCRYPTION_KEYS=(tmp_path / "encryption-keys").read_text()
    )
    assert (stated.returncode, "put a new key before it" in stated.stderr) == (1, True)
    assert first not in done.stdout + done.stderr
