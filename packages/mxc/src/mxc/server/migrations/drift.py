"""Does a database say what the resources declare? Both are asked of PostgreSQL, so both are spelled alike.

What is declared is built in a schema of its own, inside a transaction that is rolled back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import CheckConstraint, Connection, create_engine, text

from mxc.server.kernel import records
from mxc.server.kernel.access.tenancy import database_url
from mxc.server.kernel.replies import replies
from mxc.server.kernel.resource import Global, Journal, Row, Spec, catalogue
from mxc.server.migrations.shape import Part, Shape, shape_of

KEPT: Final = (records.audit.name, records.decisions.name, replies.name)
DECLARED: Final = "mxc_declared"
RECORDS: Final = (records.audit, records.decisions, records.outbox, records.changes, records.leases, replies)
# Written by hand in revisions, because no other table is like them: what the core sees of all tenants.
FOR_CORE: Final = ("tenants", "outbox", "memberships", "api_tokens", "audit", "replies")
BY_HAND: Final = frozenset(
    {
        *(Part(table, "policy", "core") for table in FOR_CORE),
        *(Part("memberships", "trigger", name) for name in ("last_owner", "limited", "role_known")),
        Part("roles", "trigger", "in_use"),
        *(Part("outbox", kind, name) for kind, name in (("policy", "tenant"), ("row security", ""))),
        Part("outbox", "trigger", "note_insert"),
        *(Part(table, "grant", "mxc_app") for table in ("outbox", "replies")),
        *(Part(table, "grant", "mxc_core") for table in (*FOR_CORE, "changes", "leases")),
    }
)


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; `declared` or `found` is empty when that side has no such part.

    `source` is what to write for it: PostgreSQL does not spell a CHECK as it wants to read it.
    """

    part: Part
    declared: str
    found: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        if not self.found:
            return f"{self.part} is declared and not there: {self.declared}"
        if not self.declared:
            return f"{self.part} is there and not declared: {self.found}"
        return f"{self.part} is {self.found}, declared is {self.declared}"


def protections() -> dict[str, str]:
    """Table → what `mxc_protect` calls it; reading this loads the declarations."""
    kinds = {spec.plural: kind_of(spec) for spec in catalogue()}
    return {**kinds, **dict.fromkeys(KEPT, "journal")}


def drift(dsn: str) -> list[Drift]:
    """What a migrated database lacks, has too much or has otherwise than declared."""
    engine = create_engine(database_url(dsn))
    try:
        with engine.connect() as connection:
            return _drift(connection)
    finally:
        engine.dispose()


def kind_of(spec: Spec) -> str:
    """What `mxc_protect` calls the table of this resource."""
    if issubclass(spec.resource, Journal):
        return "journal"
    if spec.is_platform:
        return "platform"
    return "global" if issubclass(spec.resource, Global) else "resource"


def _drift(connection: Connection) -> list[Drift]:
    schema = connection.execute(text("select current_schema()")).scalar_one()
    found = dict(_ours(shape_of(connection, schema)))
    declared = dict(_ours(_declared(connection)))
    return [
        Drift(part, declared.get(part, ""), found.get(part, ""), _source(part) or declared.get(part, ""))
        for part in {**declared, **found}
        if declared.get(part) != found.get(part)
    ]


def _declared(connection: Connection) -> Shape:
    kinds = protections()
    names = {*kinds, *(table.name for table in RECORDS)}
    connection.execute(text(f"create schema {DECLARED}"))
    connection.execute(text(f"set local search_path to {DECLARED}, public"))
    tables = [table for table in Row.metadata.sorted_tables if table.name in names]
    Row.metadata.create_all(connection, tables, checkfirst=False)
    for table, kind in kinds.items():
        protect = text("select mxc_protect(cast(:table as regclass), :kind)")
        connection.execute(protect, {"table": table, "kind": kind})
    shape = shape_of(connection, DECLARED)
    connection.rollback()
    return shape


def _source(part: Part) -> str:
    table = Row.metadata.tables.get(part.table)
    for each in table.constraints if table is not None else ():
        if isinstance(each, CheckConstraint) and each.name == part.name:
            return f"CHECK ({each.sqltext})"
    return ""


def _ours(shape: Shape) -> Iterator[tuple[Part, str]]:
    """Without the table in which Alembic keeps its place, and what has no declaration."""
    for part, definition in shape.items():
        if part.table != "alembic_version" and part not in BY_HAND:
            yield part, definition
