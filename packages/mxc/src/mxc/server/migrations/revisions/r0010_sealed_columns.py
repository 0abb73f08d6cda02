"""Whom to ask about an organisation, and mail that waits, are kept encrypted.

A revision has no keys: what was there gets a byte that says so, and is sealed as soon as a coordinator leads.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Nobody could read them any more.
SEALED = """
do $$
begin
    if exists (select from mails where status = 'waiting' and get_byte(content, 0) <> 0) then
        raise exception 'mails wait that are encrypted: let them be sent before going back';
    end if;
    update mails set content = decode('00', 'hex') where get_byte(content, 0) <> 0;
end $$
"""
UP = (
    r"alter table mails alter column content type bytea using '\x00'::bytea || convert_to(content, 'UTF8')",
    "alter table tenants add column contact_name bytea",
    "alter table tenants add column contact_email bytea",
    "alter table tenants add column contact_email_index bytea",
)
DOWN = (
    "alter table mails no force row level security",
    SEALED,
    "alter table mails force row level security",
    "alter table mails alter column content type text using convert_from(substr(content, 2), 'UTF8')",
    "alter table tenants drop column contact_name",
    "alter table tenants drop column contact_email",
    "alter table tenants drop column contact_email_index",
)


def upgrade() -> None:
    """New columns, and one of another type."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0009."""
    for statement in DOWN:
        op.execute(statement)
