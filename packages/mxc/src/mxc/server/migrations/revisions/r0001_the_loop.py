"""The tables of the loop."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of the loop."""
    op.create_table(
        "api_tokens",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("token_prefix", sa.String(length=120), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("read", "write", "admin", name="scope", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope in ('read', 'write', 'admin')", name=op.f("ck_api_tokens_scope")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_tokens")),
    )
    op.create_index(
        op.f("ix_api_tokens_tenant_id_token_hash"), "api_tokens", ["tenant_id", "token_hash"], unique=True
    )
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_tenant_id_at"), "audit", ["tenant_id", "at"], unique=False)
    op.create_index(
        op.f("ix_audit_tenant_id_row_id_at"), "audit", ["tenant_id", "row_id", "at"], unique=False
    )
    op.create_table(
        "changes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("predicate", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proof", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_tenant_id_at"), "decisions", ["tenant_id", "at"], unique=False)
    op.create_index(
        op.f("ix_decisions_tenant_id_target_at"), "decisions", ["tenant_id", "target", "at"], unique=False
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_index("uq_leases_name_epoch", "leases", ["name", "epoch"], unique=True)
    op.create_table(
        "nodes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hostname", sa.String(length=120), nullable=False),
        sa.Column("cpu_total", sa.Float(precision=53), nullable=False),
        sa.Column("memory_total", sa.BigInteger(), nullable=False),
        sa.Column(
            "hypervisor",
            sa.Enum(
                "none", "qemu", "cloud-hypervisor", "vfkit", name="hypervisor", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("capabilities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "liveness",
            sa.Enum("available", "unavailable", name="liveness", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "intent",
            sa.Enum("schedulable", "cordoned", "draining", name="intent", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("last_heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cpu_used", sa.Float(precision=53), nullable=False),
        sa.Column("memory_used", sa.BigInteger(), nullable=False),
        sa.Column("agent_version", sa.String(length=120), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "hypervisor in ('none', 'qemu', 'cloud-hypervisor', 'vfkit')", name=op.f("ck_nodes_hypervisor")
        ),
        sa.CheckConstraint("intent in ('schedulable', 'cordoned', 'draining')", name=op.f("ck_nodes_intent")),
        sa.CheckConstraint("liveness in ('available', 'unavailable')", name=op.f("ck_nodes_liveness")),
        sa.CheckConstraint("cpu_total > 0 and cpu_total <= 100000", name=op.f("ck_nodes_cpu_total")),
        sa.CheckConstraint("cpu_used >= 0 and cpu_used <= 1000000000000000", name=op.f("ck_nodes_cpu_used")),
        sa.CheckConstraint(
            "memory_total > 0 and memory_total <= 1000000000", name=op.f("ck_nodes_memory_total")
        ),
        sa.CheckConstraint(
            "memory_used >= 0 and memory_used <= 9007199254740992", name=op.f("ck_nodes_memory_used")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_nodes")),
    )
    op.create_table(
        "notices",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "cleared", name="noticestatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('open', 'cleared')", name=op.f("ck_notices_status")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notices")),
    )
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("workload_id", sa.Uuid(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "scheduling_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("rule_text", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("draft", "shadow", "enforce", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mode in ('draft', 'shadow', 'enforce')", name=op.f("ck_scheduling_rules_mode")),
        sa.CheckConstraint(
            "priority >= 0 and priority <= 9007199254740992", name=op.f("ck_scheduling_rules_priority")
        ),
        sa.CheckConstraint(
            "version >= 0 and version <= 9007199254740992", name=op.f("ck_scheduling_rules_version")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_scheduling_rules")),
    )
    op.create_index(
        op.f("ix_scheduling_rules_tenant_id_name"), "scheduling_rules", ["tenant_id", "name"], unique=True
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "suspended", "deleted", name="tenantstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('active', 'suspended', 'deleted')", name=op.f("ck_tenants_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenants_slug")),
    )
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "operator", "admin", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('viewer', 'operator', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_tenant_id_email"), "users", ["tenant_id", "email"], unique=True)
    op.create_table(
        "workload_events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workload_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "generation >= 0 and generation <= 9007199254740992", name=op.f("ck_workload_events_generation")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_workload_events")),
    )
    op.create_index(
        op.f("ix_workload_events_tenant_id_workload_id_at"),
        "workload_events",
        ["tenant_id", "workload_id", "at"],
        unique=False,
    )
    op.create_table(
        "workloads",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "type",
            sa.Enum("process", "microvm", name="workloadtype", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "starting",
                "running",
                "stopping",
                "stopped",
                "succeeded",
                "failed",
                name="status",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("env", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cpu_required", sa.Float(precision=53), nullable=False),
        sa.Column("memory_required", sa.BigInteger(), nullable=False),
        sa.Column("constraints", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "strategy",
            sa.Enum("spread", "pack", "random", name="strategy", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column(
            "restart_policy",
            sa.Enum("never", "on-failure", "always", name="restart", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("restart_max", sa.BigInteger(), nullable=False),
        sa.Column("restart_count", sa.BigInteger(), nullable=False),
        sa.Column("backoff_s", sa.Float(precision=53), nullable=False),
        sa.Column("stop_grace_s", sa.Float(precision=53), nullable=False),
        sa.Column("is_fenced", sa.Boolean(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=True),
        sa.Column("last_node_id", sa.Uuid(), nullable=True),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_deleting", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "restart_policy in ('never', 'on-failure', 'always')", name=op.f("ck_workloads_restart_policy")
        ),
        sa.CheckConstraint(
            "status in ('pending', 'starting', 'running', 'stopping', 'stopped', 'succeeded', 'failed')",
            name=op.f("ck_workloads_status"),
        ),
        sa.CheckConstraint("strategy in ('spread', 'pack', 'random')", name=op.f("ck_workloads_strategy")),
        sa.CheckConstraint("type in ('process', 'microvm')", name=op.f("ck_workloads_type")),
        sa.CheckConstraint("backoff_s >= 0 and backoff_s <= 31622400", name=op.f("ck_workloads_backoff_s")),
        sa.CheckConstraint(
            "cpu_required > 0 and cpu_required <= 100000", name=op.f("ck_workloads_cpu_required")
        ),
        sa.CheckConstraint(
            "generation >= 0 and generation <= 9007199254740992", name=op.f("ck_workloads_generation")
        ),
        sa.CheckConstraint(
            "memory_required > 0 and memory_required <= 1000000000", name=op.f("ck_workloads_memory_required")
        ),
        sa.CheckConstraint(
            "priority >= 0 and priority <= 9007199254740992", name=op.f("ck_workloads_priority")
        ),
        sa.CheckConstraint(
            "restart_count >= 0 and restart_count <= 9007199254740992",
            name=op.f("ck_workloads_restart_count"),
        ),
        sa.CheckConstraint(
            "restart_max >= 0 and restart_max <= 9007199254740992", name=op.f("ck_workloads_restart_max")
        ),
        sa.CheckConstraint(
            "stop_grace_s >= 0 and stop_grace_s <= 31622400", name=op.f("ck_workloads_stop_grace_s")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_workloads")),
    )


def downgrade() -> None:
    """An empty database."""
    op.drop_table("workloads")
    op.drop_index(op.f("ix_workload_events_tenant_id_workload_id_at"), table_name="workload_events")
    op.drop_table("workload_events")
    op.drop_index(op.f("ix_users_tenant_id_email"), table_name="users")
    op.drop_table("users")
    op.drop_table("tenants")
    op.drop_index(op.f("ix_scheduling_rules_tenant_id_name"), table_name="scheduling_rules")
    op.drop_table("scheduling_rules")
    op.drop_table("outbox")
    op.drop_table("notices")
    op.drop_table("nodes")
    op.drop_index("uq_leases_name_epoch", table_name="leases")
    op.drop_table("leases")
    op.drop_index(op.f("ix_decisions_tenant_id_target_at"), table_name="decisions")
    op.drop_index(op.f("ix_decisions_tenant_id_at"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("changes")
    op.drop_index(op.f("ix_audit_tenant_id_row_id_at"), table_name="audit")
    op.drop_index(op.f("ix_audit_tenant_id_at"), table_name="audit")
    op.drop_table("audit")
    op.drop_index(op.f("ix_api_tokens_tenant_id_token_hash"), table_name="api_tokens")
    op.drop_table("api_tokens")
