"""Who changed what, and what it was before: the audit of one row as entries of a timeline."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from mxc.server.hosting.design.inputs import label_of
from mxc.server.hosting.design.status import Tone, status_of
from mxc.server.hosting.design.timeline import Change, Entry
from mxc.server.hosting.design.times import iso, short_id
from mxc.server.hosting.page import Visit
from mxc.server.kernel.records import audit
from mxc.server.surfaces.web.derived.cells import in_words
from mxc.server.surfaces.web.derived.subject import Subject, is_hidden

STEP: Final = 20
LONGEST: Final = 200
QUIET: Final = frozenset({"id", "tenant_id", "created_at", "updated_at", "revision"})


async def entries_of(
    visit: Visit, tenant_id: UUID, subject: Subject, row_id: UUID, limit: int, names: Mapping[str, str]
) -> tuple[list[Entry], bool]:
    """The newest entries, and whether there are older ones."""
    about = (audit.c.resource == subject.spec.plural, audit.c.row_id == row_id)
    statement = select(audit).where(*about).order_by(audit.c.at.desc(), audit.c.id).limit(limit + 1)
    async with visit.core.store.session(tenant_id) as session:
        found = [dict(each) for each in (await session.execute(statement)).mappings()]
    return [_entry(subject, each, names) for each in found[:limit]], len(found) > limit


def _entry(subject: Subject, noted: Mapping[str, Any], names: Mapping[str, str]) -> Entry:
    who = _actor(noted, names)
    action = str(noted["action"]).replace("_", " ")
    parts = [f"by {who}", "because the rules decided so" if noted["cause"] else ""]
    note = ", ".join(part for part in parts if part)
    tone = _tone(subject, noted)
    return Entry(iso(noted["at"]), action.capitalize(), note, tone, tuple(_changes(subject, noted, names)))


def _actor(noted: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = str(noted["actor_name"])
    if noted["actor_kind"] == "agent":
        return f"the agent of {names.get(name, short_id(name))}"
    return "the core" if (noted["actor_kind"], name) == ("system", "core") else name


def _tone(subject: Subject, noted: Mapping[str, Any]) -> Tone:
    status = noted["after"].get(subject.status) if subject.status else None
    if status:
        return status_of(str(status)).tone
    if noted["action"] == "create":
        return Tone.OK
    return Tone.OFF if noted["before"] and not noted["after"] else Tone.BUSY


def _changes(subject: Subject, noted: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Change]:
    before, after = noted["before"], noted["after"]
    known = {each.name: each for each in subject.spec.fields}
    gone = bool(before) and not after
    for name in before if gone else after:
        field = known.get(name)
        if name in QUIET or field is None or is_hidden(field):
            continue
        was, now = (_said(each.get(name), names, field.kind) for each in (before, {} if gone else after))
        if was != now:
            yield Change(label_of(name), was, now)


def _said(value: Any, names: Mapping[str, str], kind: str) -> str:
    if kind == "instant" and isinstance(value, str):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S} UTC"
    words = names.get(str(value)) or ("–" if value in ("", [], {}) else in_words(value, kind))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
