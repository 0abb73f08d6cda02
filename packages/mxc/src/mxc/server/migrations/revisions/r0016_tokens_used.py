"""Where from and how often a token was used, whether it is enabled, and who revoked it."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

UP = (
    "alter table api_tokens add column description text",
    "alter table api_tokens add column enabled boolean not null default true",
    "alter table api_tokens alter column enabled drop default",
    "alter table api_tokens add column last_used_ip text",
    "alter table api_tokens add column use_count bigint not null default 0",
    "alter table api_tokens alter column use_count drop default",
    "alter table api_tokens add column revoked_by character varying(120)",
    "alter table api_tokens add constraint ck_api_tokens_use_count CHECK (use_count >= 0 and use_count <= "
    "9007199254740992)",
)
DOWN = (
    "alter table api_tokens drop constraint ck_api_tokens_use_count",
    "alter table api_tokens drop column description",
    "alter table api_tokens drop column enabled",
    "alter table api_tokens drop column last_used_ip",
    "alter table api_tokens drop column use_count",
    "alter table api_tokens drop column revoked_by",
)


def upgrade() -> None:
    """Tokens used."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0015."""
    for statement in DOWN:
        op.execute(statement)
