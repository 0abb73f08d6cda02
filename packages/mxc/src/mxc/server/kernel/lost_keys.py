"""Keys that sealed something and are not in the ring: which they are, and giving up what they sealed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final, get_args
from uuid import uuid4

from sqlalchemy import LargeBinary, Select, cast, func, or_, select, union

from mxc.server.kernel.access.tenancy import Store
from mxc.server.kernel.errors import Conflict, Invalid
from mxc.server.kernel.resource import Spec
from mxc.server.kernel.resource.columns import without_none
from mxc.server.kernel.resource.fields import EncryptedJson
from mxc.server.kernel.resource.unsealing import place_of
from mxc.server.kernel.rotation import Holding, holdings, note, rewrite
from mxc.server.kernel.sealing.ring import HEADER, ID_BYTES, SEALED, key_of
from mxc.server.kernel.sealing.sealed import Sealed

NOTHING: Final = ""
NO_JSON: Final = "{}"


async def missing_keys(store: Store, specs: Sequence[Spec], known: Collection[str]) -> list[str]:
    """The ids of the keys that sealed something and are not known. One query for each tenant."""
    found: set[str] = set()
    there = sorted([each async for each in holdings(store, specs)], key=_whose)
    for _, group in groupby(there, _whose):
        several = list(group)
        heads = union(*(_heads(holding, name) for holding in several for name in holding.spec.sealed))
        async with several[0].session(store) as session:
            found |= {key_of(bytes(head)) for head in await session.scalars(heads)}
    return sorted(found - set(known))


async def abandon(store: Store, specs: Sequence[Spec], key_id: str, now: Callable[[], datetime]) -> int:
    """Empties every value that a lost key sealed; how many rows. May be interrupted and begun again.

    Raises Conflict `key-here` for a key that can still open them, Invalid for what is no id of a key.
    """
    header = _header(key_id)
    if key_id in {key.id for key in store.keys.known()}:
        raise Conflict(
            f"the key {key_id} is here and opens what it sealed", code="key-here",
            hint="`mxc keys rotate` seals it anew, `mxc keys retire` then forgets the key",
        )  # fmt: skip
    total = 0
    async for holding in holdings(store, specs):
        lost = or_(*(_head(holding, name) == header for name in holding.spec.sealed))
        done = 0
        while count := await rewrite(store, holding, lost, partial(_emptied, header)):
            done += count
        if done:
            await note(store, holding, "abandon_key", {"key": key_id, "rows": done}, now())
        total += done
    return total


def _whose(holding: Holding) -> str:
    return str(holding.tenant_id or "")


def _head(holding: Holding, name: str) -> Any:
    return func.substr(cast(holding.table.c[name], LargeBinary), 1, HEADER)


def _heads(holding: Holding, name: str) -> Select[Any]:
    head = _head(holding, name)
    return select(head).where(func.substr(head, 1, 1) == SEALED)


def _header(key_id: str) -> bytes:
    try:
        found = SEALED + bytes.fromhex(key_id)
    except ValueError:
        found = b""
    if len(found) != HEADER:
        raise Invalid(
            f"{key_id!r} is no id of a key: it has {2 * ID_BYTES} digits 0-9 a-f", code="no-key-id",
            hint="`mxc keys status` shows them",
        )  # fmt: skip
    return found


def _emptied(header: bytes, store: Store, holding: Holding, row: Mapping[str, Any]) -> dict[str, Any]:
    """The lost values of a row as nothing; where a column must hold something, as an empty text."""
    spec, table, tenant_id = holding.spec, holding.table, row.get("tenant_id")
    values = {name: row[name] for name in (*spec.sealed, *spec.blind)}
    lost = [name for name in spec.sealed if row[name] is not None and row[name].kept[:HEADER] == header]
    for name in lost:
        place = place_of(spec.plural, name, tenant_id, row["id"])
        empty = Sealed.fresh(_empty(spec, name)).seal(store.keys, place)
        values[name] = None if table.c[name].nullable else empty
    for name, of in spec.blind.items():
        if of in lost:
            # Nobody finds it by that, and no two of them are alike.
            mark = store.keys.mark(str(uuid4()), place_of(spec.plural, name, tenant_id, ""))
            values[name] = None if table.c[name].nullable else mark
    return values


def _empty(spec: Spec, name: str) -> str:
    is_json = get_args(without_none(spec.field(name).annotation)) == get_args(EncryptedJson)
    return NO_JSON if is_json else NOTHING
