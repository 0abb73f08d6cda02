"""People belong to the installation, memberships to tenants; sessions are rows that can be ended.

Users of one e-mail in several tenants become one person; the first of them keeps the password.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

USERS = """
insert into people (id, created_at, updated_at, email, password_hash, is_super_admin, confirmed_at,
                    last_sign_in_at, failed_sign_ins)
select case when row_number() over (partition by id order by created_at, email) = 1 then id
            else gen_random_uuid() end,
       created_at, updated_at, lower(email), password_hash,
       tenant_id = '00000000-0000-0000-0000-000000000000' and role = 'admin', null, last_sign_in_at, 0
from (select distinct on (lower(email)) * from users order by lower(email), created_at, tenant_id) first
"""

# Somebody must be able to decide about everything: who administered first owns.
MEMBERSHIPS = """
insert into memberships (tenant_id, id, created_at, updated_at, user_id, email, role, last_sign_in_at)
select users.tenant_id, users.id, users.created_at, users.updated_at, people.id, people.email,
       case when users.id = (select first.id from users first where first.tenant_id = users.tenant_id
                             and first.role = 'admin' order by first.created_at, first.id limit 1)
            then 'owner' else users.role end,
       users.last_sign_in_at
from users join people on people.email = lower(users.email)
on conflict do nothing
"""

TOKENS = """
update api_tokens set user_id = people.id
from users join people on people.email = lower(users.email)
where users.id = api_tokens.user_id and users.tenant_id = api_tokens.tenant_id
"""

PROTECT = """
create or replace function mxc_protect(protected regclass, kind text) returns void language plpgsql as $$
declare
    owner text := case kind when 'global' then 'id' else 'tenant_id' end;
    rights text := case kind when 'journal' then 'select, insert' else 'select, insert, update, delete' end;
begin
    execute format('alter table %s enable row level security', protected);
    execute format('alter table %s force row level security', protected);
    if kind = 'platform' then
        execute format('create policy core on %s to mxc_core using (true)', protected);
        execute format('grant %s on %s to mxc_core', rights, protected);
        return;
    end if;
    execute format('create policy tenant on %s using (%I = (select mxc_tenant()))
        with check (%I = (select mxc_tenant()))', protected, owner, owner);
    execute format('grant %s on %s to mxc_app', rights, protected);
    if kind = 'journal' then
        return;
    end if;
    execute format('create trigger note_insert after insert on %s referencing new table as touched
        for each statement execute function mxc_note_touched(%L)', protected, kind);
    execute format('create trigger note_delete after delete on %s referencing old table as touched
        for each statement execute function mxc_note_touched(%L)', protected, kind);
    execute format('create trigger note_update after update on %s
        referencing old table as before new table as touched
        for each statement execute function mxc_note_updated(%L)', protected, kind);
end $$
"""

LAST_OWNER = """
create function mxc_last_owner() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if old.role = 'owner'
        and exists (select from tenants where id = old.tenant_id and status <> 'deleted')
        and not exists (select from memberships where tenant_id = old.tenant_id and role = 'owner')
    then
        raise exception 'nobody would own the tenant' using errcode = 'MX002';
    end if;
    return null;
end $$
"""

# Everybody of a tenant is read at sign-in, before it is known which tenant that will be.
GRANTS = (
    "grant select on memberships, api_tokens to mxc_core",
    "create policy core on memberships for select to mxc_core using (true)",
    "create policy core on api_tokens for select to mxc_core using (true)",
    "grant insert on audit to mxc_core",
    "create policy core on audit for insert to mxc_core with check (true)",
)


def upgrade() -> None:
    """Who could sign in still can, and may do what they could."""
    _tables()
    for table in ("users", "api_tokens"):
        op.execute(f"alter table {table} no force row level security")
    for statement in (USERS, MEMBERSHIPS, TOKENS):
        op.execute(statement)
    op.execute("alter table api_tokens force row level security")
    op.drop_table("users")
    op.drop_table("ended_sessions")
    op.rename_table("people", "users")
    op.execute("alter table users rename constraint pk_people to pk_users")
    op.execute("alter index ix_people_email rename to ix_users_email")
    op.execute("alter table users rename constraint ck_people_failed_sign_ins to ck_users_failed_sign_ins")
    op.execute(PROTECT)
    for kind, tables in (("resource", ("memberships",)), ("platform", ("users", "sessions"))):
        for table in tables:
            op.execute(f"select mxc_protect('{table}', '{kind}')")
    op.execute(LAST_OWNER)
    op.execute(
        "create constraint trigger last_owner after update or delete on memberships "
        "deferrable initially deferred for each row execute function mxc_last_owner()"
    )
    for statement in GRANTS:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "people",
        *_identified(),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_super_admin", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_sign_ins", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "failed_sign_ins >= 0 and failed_sign_ins <= 9007199254740992",
            name=op.f("ck_people_failed_sign_ins"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_email"), "people", ["email"], unique=True)
    op.create_table(
        "memberships",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *_identified(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "operator", "admin", "owner", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role in ('viewer', 'operator', 'admin', 'owner')", name=op.f("ck_memberships_role")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_memberships")),
    )
    op.create_index(
        op.f("ix_memberships_tenant_id_user_id"), "memberships", ["tenant_id", "user_id"], unique=True
    )
    op.create_table(
        "sessions",
        *_identified(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("means", sa.String(length=120), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_token_hash"), "sessions", ["token_hash"], unique=True)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def _identified() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def downgrade() -> None:
    """A user per tenant again; who owns administers, and everybody signs in anew."""
    op.execute("revoke insert on audit from mxc_core")
    op.execute("drop policy core on audit")
    op.execute("drop policy core on api_tokens")
    op.execute("revoke select on api_tokens from mxc_core")
    op.execute("drop trigger last_owner on memberships")
    op.execute("drop function mxc_last_owner()")
    op.rename_table("users", "people")
    op.execute("alter table people no force row level security")
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *_identified(),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("viewer", "operator", "admin", name="role", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('viewer', 'operator', 'admin')", name=op.f("ck_users_role")),
    )
    op.execute("alter table memberships no force row level security")
    op.execute("alter table api_tokens no force row level security")
    op.execute(
        "insert into users select m.tenant_id, m.id, m.created_at, m.updated_at, m.email, "
        "coalesce(p.password_hash, ''), case m.role when 'owner' then 'admin' else m.role end, "
        "m.last_sign_in_at from memberships m join people p on p.id = m.user_id"
    )
    op.execute(
        "update api_tokens set user_id = m.id from memberships m "
        "where m.user_id = api_tokens.user_id and m.tenant_id = api_tokens.tenant_id"
    )
    op.execute("alter table api_tokens force row level security")
    for table in ("sessions", "memberships", "people"):
        op.drop_table(table)
    op.execute("alter table users add constraint pk_users primary key (tenant_id, id)")
    op.create_index(op.f("ix_users_tenant_id_email"), "users", ["tenant_id", "email"], unique=True)
    op.execute("select mxc_protect('users', 'resource')")
    op.create_table(
        "ended_sessions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        *_identified(),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ended_sessions")),
    )
    op.execute("select mxc_protect('ended_sessions', 'resource')")
