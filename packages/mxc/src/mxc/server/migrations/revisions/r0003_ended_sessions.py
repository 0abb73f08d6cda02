"""Sessions that were signed out of, until their cookies are over anyway."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row per session that ended early."""
    op.create_table(
        "ended_sessions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ended_sessions")),
    )
    op.execute("select mxc_protect('ended_sessions', 'resource')")


def downgrade() -> None:
    """Every cookie that is not over is good again."""
    op.drop_table("ended_sessions")
