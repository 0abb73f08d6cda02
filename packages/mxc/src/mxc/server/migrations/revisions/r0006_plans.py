"""Tenants have a plan, and no more of what is limited than it allows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTED = ("max_users", "max_devices")

# The tenant's row is locked, so that two who come in at once are counted one after the other.
LIMIT = """
create function mxc_limit() returns trigger
    language plpgsql security definer set search_path from current as $$
declare
    most bigint;
    there bigint;
begin
    execute format('select %I from tenants where id = $1 for no key update', tg_argv[0])
        into most using new.tenant_id;
    execute format('select count(*) from %I where tenant_id = $1', tg_table_name)
        into there using new.tenant_id;
    if there > most then
        raise exception 'at most % %', most, tg_table_name using errcode = 'MX003';
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    """The installation's own tenant has no limits that anybody would meet."""
    plan = sa.Enum("free", "pro", "enterprise", name="plan", native_enum=False, length=32)
    op.add_column("tenants", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("tenants", sa.Column("plan", plan, nullable=False, server_default="enterprise"))
    op.add_column("tenants", sa.Column("max_users", sa.BigInteger(), nullable=False, server_default="100000"))
    op.add_column(
        "tenants", sa.Column("max_devices", sa.BigInteger(), nullable=False, server_default="1000000")
    )
    for column in ("plan", *COUNTED):
        op.alter_column("tenants", column, server_default=None)
    op.create_check_constraint(op.f("ck_tenants_plan"), "tenants", "plan in ('free', 'pro', 'enterprise')")
    for column in COUNTED:
        bounds = f"{column} >= 0 and {column} <= 9007199254740992"
        op.create_check_constraint(op.f(f"ck_tenants_{column}"), "tenants", bounds)
    op.execute(LIMIT)
    op.execute(
        "create trigger limited after insert on memberships "
        "for each row execute function mxc_limit('max_users')"
    )


def downgrade() -> None:
    """No limits."""
    op.execute("drop trigger limited on memberships")
    op.execute("drop function mxc_limit()")
    for column in ("reason", "plan", *COUNTED):
        op.drop_column("tenants", column)
