"""Organisations have partitions; nodes, workloads, members and tokens may be in one.

`mxc_protect` holds a table with `partition_id` to the partition of the transaction, beside its tenant.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

HELD = ("nodes", "workloads", "memberships", "api_tokens")
PARTITION = """
create function mxc_partition() returns uuid language sql stable parallel safe
    return nullif(current_setting('mxc.partition', true), '')::uuid
"""
# The one with two arguments stays for coordinators of the release before, until they are gone.
BEGIN = """
create function mxc_begin(tenant uuid, wanted bigint, confined uuid) returns void
    language plpgsql security definer set search_path from current as $$
begin
    perform mxc_begin(tenant, wanted);
    perform set_config('mxc.partition', coalesce(confined::text, ''), true);
end $$
"""
# What is of no partition is seen from each, and changed from none.
CONFINE = """
create function mxc_confine(protected regclass) returns void language plpgsql as $$
declare
    held text := case when protected::text like '%partitions' then 'id' else 'partition_id' end;
    own text := format('(select mxc_partition()) is null or %I = (select mxc_partition())', held);
begin
    execute format('create policy partition on %s as restrictive using (%s or %I is null) with check (%s)',
        protected, own, held, own);
    execute format('create policy partition_delete on %s as restrictive for delete using (%s)',
        protected, own);
end $$
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
    PARTITIONS
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
CONFINED = """if exists (select from pg_attribute where attrelid = protected and attname = 'partition_id')
        or protected::text like '%partitions'
    then
        perform mxc_confine(protected);
    end if;"""
TABLE = """
create table partitions (
    tenant_id uuid not null,
    id uuid not null,
    created_at timestamp with time zone not null,
    updated_at timestamp with time zone not null,
    revision bigint default 1 not null,
    name character varying(120) not null,
    slug character varying(120) not null,
    description text not null,
    constraint pk_partitions primary key (tenant_id, id),
    constraint ck_partitions_revision check (revision >= 0 and revision <= 9007199254740992),
    constraint ck_partitions_slug check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
)
"""
SLUGS = "create unique index uq_partitions_by_slug on partitions (tenant_id, slug)"
# It counts all of them, whatever partition whoever acts is confined to.
LIMIT = """
create or replace function mxc_limit() returns trigger
    language plpgsql security definer set search_path from current as $$
declare
    most bigint;
    there bigint;
    confined text := CONFINED;
begin
    EVERYWHERE
    execute format('select %I from tenants where id = $1 for no key update', tg_argv[0])
        into most using new.tenant_id;
    execute format('select count(*) from %I where tenant_id = $1', tg_table_name)
        into there using new.tenant_id;
    if there > most then
        raise exception 'at most % %', most, tg_table_name using errcode = 'MX003';
    end if;
    BACK
    return null;
end $$
"""
UNLIMITED = {
    "CONFINED": "current_setting('mxc.partition', true)",
    "EVERYWHERE": "perform set_config('mxc.partition', '', true);",
    "BACK": "perform set_config('mxc.partition', coalesce(confined, ''), true);",
}
# An owner who is confined to a partition cannot set anybody free again.
LAST_OWNER = """
create or replace function mxc_last_owner() returns trigger
    language plpgsql security definer set search_path from current as $$
begin
    if old.role = 'owner' WHOLE_OLD
        and exists (select from tenants where id = old.tenant_id and status <> 'deleted')
        and not exists (select from memberships where tenant_id = old.tenant_id and role = 'owner' WHOLE)
    then
        raise exception 'nobody would own the tenant' using errcode = 'MX002';
    end if;
    return null;
end $$
"""
WHOLE = {"WHOLE_OLD": "and old.partition_id is null", "WHOLE": "and partition_id is null"}


def upgrade() -> None:
    """A new table, and a column in those that may be in one; every row there is stays in none."""
    for statement in (PARTITION, BEGIN, CONFINE, PROTECT.replace("PARTITIONS", CONFINED), TABLE, SLUGS):
        op.execute(statement)
    op.execute("revoke execute on function mxc_begin(uuid, bigint, uuid) from public")
    op.execute("grant execute on function mxc_begin(uuid, bigint, uuid) to mxc_app, mxc_core")
    op.execute("select mxc_protect('partitions', 'resource')")
    for table in (*HELD, "workload_events"):
        op.execute(f"alter table {table} add column partition_id uuid")
        op.execute(f"select mxc_confine('{table}')")
    for table in HELD:
        op.execute(f"create index ix_{table}_tenant_id_partition_id on {table} (tenant_id, partition_id)")
        op.execute(
            f"alter table {table} add constraint fk_{table}_partition_id "
            "foreign key (tenant_id, partition_id) references partitions (tenant_id, id)"
        )
    op.execute(_filled(LIMIT, UNLIMITED))
    op.execute(_filled(LAST_OWNER, WHOLE))


def _filled(statement: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        statement = statement.replace(name, word)
    return statement


def downgrade() -> None:
    """Back to 0011: what was in a partition is in none."""
    op.execute(_filled(LAST_OWNER, dict.fromkeys(WHOLE, "")))
    op.execute(_filled(LIMIT, {**dict.fromkeys(UNLIMITED, ""), "CONFINED": "''"}))
    for table in (*HELD, "workload_events"):
        op.execute(f"drop policy partition on {table}")
        op.execute(f"drop policy partition_delete on {table}")
        op.execute(f"alter table {table} drop column partition_id")
    op.execute("drop table partitions")
    op.execute(PROTECT.replace("PARTITIONS", ""))
    for function in ("mxc_confine(regclass)", "mxc_begin(uuid, bigint, uuid)", "mxc_partition()"):
        op.execute(f"drop function {function}")
