"""What the core itself writes down, beside the resources: audit, decisions, outbox, change notes, leases.

`audit` and `decisions` are append only; `outbox` and `changes` are emptied by the core; nobody but
`perform`, the reactor and the lease writes here.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from mxc.server.kernel.resource.declaration import Row

INSTANT: Final = DateTime(timezone=True)

audit = Table(
    "audit",
    Row.metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("row_id", Uuid, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("epoch", BigInteger),
    Column("cause", Uuid),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "at"),
    Index(None, "tenant_id", "row_id", "at"),
)

decisions = Table(
    "decisions",
    Row.metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("proof", JSONB, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("epoch", BigInteger),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "at"),
    Index(None, "tenant_id", "target", "at"),
)

outbox = Table(
    "outbox",
    Row.metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("workload_id", Uuid, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("tenant_id", "id"),
)

# No key: notes are a heap to be emptied, and the same row may be noted many times.
changes = Table(
    "changes",
    Row.metadata,
    Column("tenant_id", Uuid, nullable=False),
    Column("relation", Text, nullable=False),
    Column("row_id", Uuid, nullable=False),
)

# The unique (name, epoch) makes `epoch` a key column: writers' FOR KEY SHARE waits for a takeover and a
# takeover waits for them, while renewing, which leaves the key alone, disturbs nobody.
leases = Table(
    "leases",
    Row.metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Index("uq_leases_name_epoch", "name", "epoch", unique=True),
)
