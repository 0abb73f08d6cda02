"""What other machines ask for, until a person answers."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = (
    "create table device_grants (\n"
    "    id uuid not null,\n"
    "    created_at timestamp with time zone not null,\n"
    "    updated_at timestamp with time zone not null,\n"
    "    revision bigint default 1 not null,\n"
    "    name character varying(120) not null,\n"
    "    address text not null,\n"
    "    scope character varying(32) not null,\n"
    "    days bigint not null,\n"
    "    device_hash text not null,\n"
    "    user_hash text not null,\n"
    "    status character varying(32) not null,\n"
    "    user_id uuid,\n"
    "    place_id uuid,\n"
    "    expires_at timestamp with time zone not null,\n"
    "    constraint pk_device_grants PRIMARY KEY (id),\n"
    "    constraint ck_device_grants_days CHECK (days >= 0 and days <= 9007199254740992),\n"
    "    constraint ck_device_grants_revision CHECK (revision >= 0 and revision <= 9007199254740992),\n"
    "    constraint ck_device_grants_scope CHECK (scope in ('read', 'write', 'admin')),\n"
    "    constraint ck_device_grants_status CHECK (status in ('waiting', 'approved', 'denied', 'used'))\n"
    ")",
    "CREATE INDEX ix_device_grants_place_id ON device_grants USING btree (place_id)",
    "CREATE INDEX ix_device_grants_user_id ON device_grants USING btree (user_id)",
    "CREATE UNIQUE INDEX uq_device_grants_by_code ON device_grants USING btree (user_hash)",
    "CREATE UNIQUE INDEX uq_device_grants_by_device ON device_grants USING btree (device_hash)",
    "select mxc_protect('device_grants', 'platform')",
    "alter table device_grants add constraint fk_device_grants_place_id FOREIGN KEY (place_id) REFERENCES "
    "tenants(id) ON DELETE CASCADE",
    "alter table device_grants add constraint fk_device_grants_user_id FOREIGN KEY (user_id) REFERENCES "
    "users(id) ON DELETE CASCADE",
)
DOWN = (
    "alter table device_grants drop constraint fk_device_grants_place_id",
    "alter table device_grants drop constraint fk_device_grants_user_id",
    "drop table device_grants",
)


def upgrade() -> None:
    """Device grants."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0012."""
    for statement in DOWN:
        op.execute(statement)
