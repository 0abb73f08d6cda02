"""Mail that waits to be sent, and the links it carries."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables that no tenant reaches."""
    op.create_table(
        "mails",
        *_identified(),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("status in ('waiting', 'sent', 'given_up')", name=op.f("ck_mails_status")),
        sa.CheckConstraint("tries >= 0 and tries <= 9007199254740992", name=op.f("ck_mails_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_status_next_try_at"), "mails", ["status", "next_try_at"])
    op.create_table(
        "links",
        *_identified(),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('sign-in', 'password', 'confirm')", name=op.f("ck_links_purpose")),
        sa.CheckConstraint("status in ('fresh', 'used')", name=op.f("ck_links_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_secret_hash"), "links", ["secret_hash"], unique=True)
    for table in ("mails", "links"):
        op.execute(f"select mxc_protect('{table}', 'platform')")


def _identified() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def downgrade() -> None:
    """Mail that was not sent is not sent."""
    op.drop_table("links")
    op.drop_table("mails")
