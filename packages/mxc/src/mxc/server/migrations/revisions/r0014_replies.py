"""What was answered to requests with an Idempotency-Key is kept for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Answers are amended and replaced, unlike what `journal` tables hold, and forgotten by the core.
RIGHTS = (
    "select mxc_protect('replies', 'journal')",
    "grant update, delete on replies to mxc_app",
    "grant select, delete on replies to mxc_core",
    "create policy core on replies to mxc_core using (true)",
)


def upgrade() -> None:
    """A table that each tenant sees its own rows of."""
    op.create_table(
        "replies",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "actor", "key", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_at"), "replies", ["at"])
    for statement in RIGHTS:
        op.execute(statement)


def downgrade() -> None:
    """Whoever asks again does it again."""
    op.drop_table("replies")
