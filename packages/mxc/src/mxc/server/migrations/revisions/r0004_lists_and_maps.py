"""Lists and maps are what they say."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = (
    "alter table nodes add constraint ck_nodes_capabilities CHECK (jsonb_typeof(capabilities) = 'object')",
    "alter table workloads add constraint ck_workloads_args CHECK (jsonb_typeof(args) = 'array')",
    "alter table workloads add constraint ck_workloads_constraints CHECK (jsonb_typeof(constraints) "
    "= 'object')",
    "alter table workloads add constraint ck_workloads_env CHECK (jsonb_typeof(env) = 'object')",
)
DOWN = (
    "alter table nodes drop constraint ck_nodes_capabilities",
    "alter table workloads drop constraint ck_workloads_args",
    "alter table workloads drop constraint ck_workloads_constraints",
    "alter table workloads drop constraint ck_workloads_env",
)


def upgrade() -> None:
    """Lists and maps are what they say."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0003."""
    for statement in DOWN:
        op.execute(statement)
