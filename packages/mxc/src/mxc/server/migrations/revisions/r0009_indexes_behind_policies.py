"""Indexes over labels, networks and small letters serve behind row-level security.

When a policy stands before the row, PostgreSQL asks an index only with functions it holds for leakproof. None
of these tells anything of its arguments but its result. Only a superuser may say so; elsewhere such filters
read all rows of the tenant, which is slower and just as right.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "jsonb_contains(jsonb, jsonb)",
    "jsonb_exists(jsonb, text)",
    "jsonb_exists_any(jsonb, text[])",
    "lower(text)",
    "network_sub(inet, inet)",
    "network_subeq(inet, inet)",
)
SAY = """
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        {statements}
    end if;
end $$
"""


def upgrade() -> None:
    """Says that they leak nothing."""
    _say("leakproof")


def downgrade() -> None:
    """As PostgreSQL ships them."""
    _say("not leakproof")


def _say(what: str) -> None:
    statements = "\n        ".join(f"alter function pg_catalog.{each} {what};" for each in FUNCTIONS)
    op.execute(SAY.format(statements=statements))
