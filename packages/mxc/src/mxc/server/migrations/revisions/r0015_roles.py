"""Tenants have roles of their own; a member has one that is there, and one that somebody has stays.

On the way back whoever has such a role becomes a viewer.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Who comes in with a role, or gets one, keeps it from going away until they are written.
ROLE_KNOWN = """
create function mxc_role_known() returns trigger language plpgsql set search_path from current as $$
begin
    if new.role not in ('viewer', 'operator', 'admin', 'owner') then
        perform from roles where tenant_id = new.tenant_id and name = new.role for key share;
        if not found then
            raise exception 'there is no role %', new.role using errcode = 'MX004';
        end if;
    end if;
    return new;
end $$
"""
ROLE_IN_USE = """
create function mxc_role_in_use() returns trigger language plpgsql set search_path from current as $$
begin
    if exists (select from memberships where tenant_id = old.tenant_id and role = old.name) then
        raise exception 'somebody has the role %', old.name using errcode = 'MX005';
    end if;
    return old;
end $$
"""
UP = (
    "create table roles (\n"
    "    tenant_id uuid not null,\n"
    "    id uuid not null,\n"
    "    created_at timestamp with time zone not null,\n"
    "    updated_at timestamp with time zone not null,\n"
    "    revision bigint default 1 not null,\n"
    "    name character varying(64) not null,\n"
    "    description text not null,\n"
    "    grants jsonb not null,\n"
    "    constraint pk_roles PRIMARY KEY (tenant_id, id),\n"
    "    constraint ck_roles_grants CHECK (jsonb_typeof(grants) = 'array'),\n"
    "    constraint ck_roles_name CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),\n"
    "    constraint ck_roles_revision CHECK (revision >= 0 and revision <= 9007199254740992)\n"
    ")",
    "CREATE UNIQUE INDEX uq_roles_by_name ON roles USING btree (tenant_id, name)",
    "select mxc_protect('roles', 'resource')",
    "alter table memberships drop constraint ck_memberships_role",
    "alter table memberships alter column role type character varying(64)",
    "alter table memberships add constraint ck_memberships_role CHECK (role ~ '^[a-z][a-z0-9-]{0,62}$')",
    ROLE_KNOWN,
    "create trigger role_known before insert or update of role on memberships "
    "for each row execute function mxc_role_known()",
    ROLE_IN_USE,
    "create trigger in_use before delete on roles for each row execute function mxc_role_in_use()",
)
DOWN = (
    "drop trigger role_known on memberships",
    "drop function mxc_role_known()",
    "alter table memberships no force row level security",
    "update memberships set role = 'viewer' where role not in ('viewer', 'operator', 'admin', 'owner')",
    "alter table memberships force row level security",
    "alter table memberships drop constraint ck_memberships_role",
    "alter table memberships alter column role type character varying(32)",
    "alter table memberships add constraint ck_memberships_role "
    "check (role in ('viewer', 'operator', 'admin', 'owner'))",
    "drop table roles",
    "drop function mxc_role_in_use()",
)


def upgrade() -> None:
    """Everybody keeps the role they have."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0014."""
    for statement in DOWN:
        op.execute(statement)
