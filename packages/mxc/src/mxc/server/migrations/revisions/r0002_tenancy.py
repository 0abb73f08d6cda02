"""Roles, row-level security and change notes for every table of a tenant.

`mxc_protect(table, kind)` is kept in the database, so that later revisions protect their new tables with
one call: `resource` and `global` tables are noted in `changes` and may be written, `journal` tables are
append only.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RESOURCES = ("api_tokens", "nodes", "notices", "scheduling_rules", "users", "workloads")
JOURNALS = ("audit", "decisions", "workload_events")

# Roles belong to the whole server: another database may have made them, or an administrator for us.
ROLES = """
do $$
declare
    wanted text;
begin
    foreach wanted in array array['mxc_app', 'mxc_core'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin nosuperuser nobypassrls', wanted);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
        begin
            execute format('grant %I to current_user', wanted);
        exception when insufficient_privilege then
            if not pg_has_role(current_user, wanted, 'member') then
                raise;
            end if;
        end;
    end loop;
end $$
"""

TENANT = """
create function mxc_tenant() returns uuid language sql stable parallel safe
    return nullif(current_setting('mxc.tenant', true), '')::uuid
"""

# The lease's row is locked FOR KEY SHARE: renewing goes on, a takeover waits for our commit.
BEGIN = """
create function mxc_begin(tenant uuid, wanted bigint) returns void
    language plpgsql security definer set search_path from current as $$
begin
    perform set_config('mxc.tenant', coalesce(tenant::text, ''), true);
    if wanted is null then
        return;
    end if;
    perform 1 from leases where name = 'core' and epoch = wanted for key share;
    if not found then
        raise exception 'epoch % is not the current one', wanted using errcode = 'MX001';
    end if;
end $$
"""

NOTE_TOUCHED = """
create function mxc_note_touched() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if tg_argv[0] = 'global' then
        insert into changes (tenant_id, relation, row_id) select id, tg_table_name, id from touched;
    else
        insert into changes (tenant_id, relation, row_id) select tenant_id, tg_table_name, id from touched;
    end if;
    if found then
        perform pg_notify('mxc_changes', '');
    end if;
    return null;
end $$
"""

# An update by hand may even move a row to another id or tenant: both are noted.
NOTE_UPDATED = """
create function mxc_note_updated() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if tg_argv[0] = 'global' then
        insert into changes (tenant_id, relation, row_id)
        select id, tg_table_name, id from before union select id, tg_table_name, id from touched;
    else
        insert into changes (tenant_id, relation, row_id)
        select tenant_id, tg_table_name, id from before
        union select tenant_id, tg_table_name, id from touched;
    end if;
    if found then
        perform pg_notify('mxc_changes', '');
    end if;
    return null;
end $$
"""

NOTE_SENT = """
create function mxc_note_sent() returns trigger language plpgsql as $$
begin
    perform pg_notify('mxc_outbox', '');
    return null;
end $$
"""

PROTECT = """
create function mxc_protect(protected regclass, kind text) returns void language plpgsql as $$
declare
    owner text := case kind when 'global' then 'id' else 'tenant_id' end;
    rights text := case kind when 'journal' then 'select, insert' else 'select, insert, update, delete' end;
begin
    execute format('alter table %s enable row level security', protected);
    execute format('alter table %s force row level security', protected);
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

# Across tenants the core sees only who they are, what changed and what is to be sent.
CORE = (
    "grant usage on schema {schema} to mxc_app, mxc_core",
    "grant select on tenants to mxc_core",
    "create policy core on tenants for select to mxc_core using (true)",
    "grant select, delete on changes to mxc_core",
    "grant select, delete on outbox to mxc_core",
    "create policy core on outbox to mxc_core using (true)",
    "grant select, insert, update on leases to mxc_core",
    "grant select, insert on outbox to mxc_app",
)
OUTBOX = (
    "alter table outbox enable row level security",
    "alter table outbox force row level security",
    "create policy tenant on outbox using (tenant_id = (select mxc_tenant())) "
    "with check (tenant_id = (select mxc_tenant()))",
    "create trigger note_insert after insert on outbox for each statement execute function mxc_note_sent()",
)
FUNCTIONS = (
    "mxc_protect(regclass, text)",
    "mxc_note_sent()",
    "mxc_note_updated()",
    "mxc_note_touched()",
    "mxc_begin(uuid, bigint)",
    "mxc_tenant()",
)


def upgrade() -> None:
    """Locks every tenant table, and lets the core hear of changes."""
    for statement in (ROLES, TENANT, BEGIN, NOTE_TOUCHED, NOTE_UPDATED, NOTE_SENT, PROTECT, *OUTBOX):
        op.execute(statement)
    op.execute("revoke execute on function mxc_begin(uuid, bigint) from public")
    op.execute("grant execute on function mxc_begin(uuid, bigint) to mxc_app, mxc_core")
    for kind, tables in (("resource", RESOURCES), ("journal", JOURNALS), ("global", ("tenants",))):
        for table in tables:
            op.execute(f"select mxc_protect('{table}', '{kind}')")
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    for statement in CORE:
        op.execute(statement.format(schema=schema))


def downgrade() -> None:
    """Plain tables again; the roles stay, other databases of the server may use them."""
    op.execute("drop policy core on outbox")
    op.execute("drop policy core on tenants")
    op.execute("drop trigger note_insert on outbox")
    for table in ("outbox", *JOURNALS, *RESOURCES, "tenants"):
        op.execute(f"drop policy tenant on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
    for table in (*RESOURCES, "tenants"):
        for event in ("insert", "delete", "update"):
            op.execute(f"drop trigger note_{event} on {table}")
    for table in ("outbox", "changes", "leases", *JOURNALS, *RESOURCES, "tenants"):
        op.execute(f"revoke all on {table} from mxc_app, mxc_core")
    schema = op.get_bind().exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    op.execute(f"revoke usage on schema {schema} from mxc_app, mxc_core")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
