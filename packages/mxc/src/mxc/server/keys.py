"""`python -m mxc.server.keys`: what `mxc keys` becomes. It works on the database that runs, or runs ours."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mxc.server.embedded.failure import StartError
from mxc.server.embedded.postgres import Postgres
from mxc.server.embedded.running import running_dsn
from mxc.server.home import Home
from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, MxcError
from mxc.server.kernel.facts.clock import Clock
from mxc.server.kernel.lost_keys import abandon
from mxc.server.kernel.resource import catalogue
from mxc.server.kernel.rotation import alone, counts, rotate
from mxc.server.kernel.sealing.ring import new_key
from mxc.server.key_file import key_file, key_ring
from mxc.server.settings.settings import Settings, read

IN_THE_OPEN = "in the open"


def main(arguments: Sequence[str]) -> int:
    """Does one of `new`, `status`, `rotate`, `retire`, `abandon KEY`; exits with 1 when it could not."""
    verb, *rest = arguments or ("status",)
    try:
        if verb == "new":
            _say(new_key())
        else:
            asyncio.run(_run(verb, rest, read(os.environ)))
    except MxcError as error:
        sys.stderr.write(f"mxc: {error.message}\n{error.hint}\n")
        return 1
    return 0


async def _run(verb: str, rest: Sequence[str], settings: Settings) -> None:
    home = Home(settings.process.home)
    with _database(settings.database.dsn, home.postgres) as dsn:
        store = Store(dsn, pool_size=2, keys=key_ring(settings.encryption.keys, home))
        await _do(verb, rest, store, settings, home)


@contextmanager
def _database(stated: str, ours: Path) -> Iterator[str]:
    """The database, which is started for as long as it takes where it is ours and does not run."""
    server = Postgres(ours)
    try:
        dsn = stated or (server.start() if (ours / "cluster").exists() else running_dsn(ours))
    except StartError as error:
        if error.code != "database-in-use":
            raise
        dsn = running_dsn(ours)
    try:
        yield dsn
    finally:
        server.stop()


async def _do(verb: str, rest: Sequence[str], store: Store, settings: Settings, home: Home) -> None:
    try:
        if verb != "status":
            async with alone(store):
                await _change(verb, rest, store, settings, home)
        _tell(await counts(store, catalogue()), store)
    finally:
        await store.close()


async def _change(verb: str, rest: Sequence[str], store: Store, settings: Settings, home: Home) -> None:
    if verb == "rotate":
        await _rotate(store, settings, home)
    elif verb == "retire":
        await _retire(store, settings, home)
    elif verb == "abandon":
        if not settings.encryption.keys:
            key_file(home).ensure()
        done = await abandon(store, catalogue(), "".join(rest), Clock().now)
        _say(f"what the key {''.join(rest)} sealed is given up: {done} rows")


async def _rotate(store: Store, settings: Settings, home: Home) -> None:
    """An interrupted rotation is finished first; only then is there reason for another key."""
    is_finished = set(await counts(store, catalogue())) <= {store.keys.primary.id}
    if is_finished and not settings.encryption.keys:
        key_file(home).add()
        _say(f"made the key {store.keys.primary.id}, which seals from now on")
    elif is_finished:
        raise Conflict(
            "everything is sealed under the first key of MXC_ENCRYPTION_KEYS",
            code="nothing-to-rotate",
            hint="put a new key before it (`mxc keys new` prints one), restart the coordinators, then rotate",
        )
    done = await rotate(
        store, catalogue(), Clock().now, lambda table, rows: _say(f"{table}: {rows} rows sealed anew")
    )
    _say(f"{done} rows are sealed under the key {store.keys.primary.id}")


async def _retire(store: Store, settings: Settings, home: Home) -> None:
    if settings.encryption.keys:
        raise Conflict(
            "the keys come from MXC_ENCRYPTION_KEYS", code="keys-stated", hint="take the old ones out there"
        )
    if set(await counts(store, catalogue())) - {store.keys.primary.id}:
        raise Conflict("older keys still seal something", code="keys-in-use", hint="`mxc keys rotate` first")
    key_file(home).keep_newest()
    _say("older keys are forgotten; backups that were made under them need them still")


def _tell(found: Mapping[str, int], store: Store) -> None:
    for key in store.keys.known():
        seals = " (seals)" if key.id == store.keys.primary.id else ""
        _say(f"{key.id}  {found.get(key.id, 0)} values{seals}")
    for key_id in sorted(set(found) - {key.id for key in store.keys.known()}):
        _say(f"{key_id or IN_THE_OPEN}  {found[key_id]} values" + (" (the key is missing)" if key_id else ""))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
