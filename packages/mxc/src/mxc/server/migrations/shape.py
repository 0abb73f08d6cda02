"""What a schema looks like, read from PostgreSQL's catalogue: all that can be otherwise than meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import Connection, text

COLUMNS: Final = """
    select kind, relname, attname, definition
    from pg_attribute join pg_class on pg_class.oid = attrelid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    cross join lateral (values
        ('column', concat_ws(' ', format_type(atttypid, atttypmod),
            case attidentity when 'a' then 'generated always as identity' end)),
        ('not null', case when attnotnull then 'not null' end),
        ('default', pg_get_expr(adbin, adrelid))
    ) as part(kind, definition)
    where relnamespace = to_regnamespace(:schema) and relkind = 'r' and attnum > 0 and not attisdropped
    and definition is not null
    order by relname, attnum, array_position(array['column', 'default', 'not null'], kind)
"""
# Since PostgreSQL 18 "not null" is a constraint, too; the column tells it already.
CONSTRAINTS: Final = """
    select 'constraint', relname, conname, pg_get_constraintdef(pg_constraint.oid)
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where relnamespace = to_regnamespace(:schema) and contype in ('c', 'f', 'p', 'u')
    order by relname, array_position(array['p', 'u', 'c', 'f'], contype::text), conname
"""
INDEXES: Final = """
    select 'index', owner.relname, index.relname, pg_get_indexdef(indexrelid)
    from pg_index join pg_class owner on owner.oid = indrelid join pg_class index on index.oid = indexrelid
    where owner.relnamespace = to_regnamespace(:schema)
    and not exists (select from pg_constraint where conindid = indexrelid and conrelid = indrelid)
    order by owner.relname, index.relname
"""
POLICIES: Final = """
    select 'row security', relname, '', case when relrowsecurity then 'enabled' else 'disabled' end
        || case when relforcerowsecurity then ', forced' else '' end
    from pg_class where relnamespace = to_regnamespace(:schema) and relkind = 'r'
    union all
    select 'policy', tablename, policyname, concat_ws(' ', permissive, 'for', cmd, 'to', roles::text,
        'using ' || qual, 'with check ' || with_check)
    from pg_policies where schemaname = :schema
    order by 1, 2, 3
"""
TRIGGERS: Final = """
    select 'trigger', relname, tgname, pg_get_triggerdef(pg_trigger.oid)
    from pg_trigger join pg_class on pg_class.oid = tgrelid
    where relnamespace = to_regnamespace(:schema) and not tgisinternal
    order by relname, tgname
"""
GRANTS: Final = """
    select 'grant', relname, rolname, string_agg(lower(privilege_type), ', ' order by privilege_type)
    from pg_class cross join aclexplode(relacl) join pg_roles on pg_roles.oid = grantee
    where relnamespace = to_regnamespace(:schema) and relkind = 'r' and grantee <> relowner
    group by relname, rolname
    order by relname, rolname
"""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One thing of a schema that has a definition: the `index` called `ix_nodes_…` of the table `nodes`."""

    table: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.table}: {self.kind} {self.name}".strip()


Shape: TypeAlias = Mapping[Part, str]
"""Each part with its definition as PostgreSQL spells it, without the schema's name; columns in order."""


def shape_of(connection: Connection, schema: str) -> Shape:
    """Every column, constraint, index, policy, trigger and grant of the tables of a schema."""
    connection.execute(text("select set_config('search_path', :path, true)"), {"path": f"{schema}, public"})
    found: dict[Part, str] = {}
    for query in (COLUMNS, CONSTRAINTS, INDEXES, POLICIES, TRIGGERS, GRANTS):
        for kind, table, name, definition in connection.execute(text(query), {"schema": schema}):
            found[Part(table, kind, name)] = definition.replace(f"{schema}.", "")
    return found
