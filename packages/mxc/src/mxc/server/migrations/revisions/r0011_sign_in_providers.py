"""Providers that vouch for people, whom they vouched for, and sessions confined to one organisation."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UP = (
    "create table sign_in_providers (\n"
    "    tenant_id uuid not null,\n"
    "    id uuid not null,\n"
    "    created_at timestamp with time zone not null,\n"
    "    updated_at timestamp with time zone not null,\n"
    "    revision bigint default 1 not null,\n"
    "    name character varying(120) not null,\n"
    "    kind character varying(32) not null,\n"
    "    issuer character varying(2048),\n"
    "    client_id character varying(120) not null,\n"
    "    client_secret bytea not null,\n"
    "    email_domains jsonb not null,\n"
    "    role_for_newcomers character varying(32),\n"
    "    enabled boolean not null,\n"
    "    constraint pk_sign_in_providers PRIMARY KEY (tenant_id, id),\n"
    "    constraint ck_sign_in_providers_email_domains CHECK (jsonb_typeof(email_domains) = 'array'),\n"
    "    constraint ck_sign_in_providers_issuer CHECK (issuer ~ "
    "'^https?://[^@/?#[:space:]]+([/?#][^[:space:]]*)?$'),\n"
    "    constraint ck_sign_in_providers_kind CHECK (kind in ('google', 'github', 'oidc')),\n"
    "    constraint ck_sign_in_providers_revision CHECK (revision >= 0 and revision <= 9007199254740992),\n"
    "    constraint ck_sign_in_providers_role_for_newcomers CHECK (role_for_newcomers in ('viewer', "
    "'operator', 'admin'))\n"
    ")",
    "CREATE INDEX ix_sign_in_providers_email_domains ON sign_in_providers USING gin (email_domains)",
    "CREATE UNIQUE INDEX uq_sign_in_providers_by_name ON sign_in_providers USING btree (tenant_id, "
    "lower((name)::text))",
    "select mxc_protect('sign_in_providers', 'resource')",
    "create table user_identities (\n"
    "    id uuid not null,\n"
    "    created_at timestamp with time zone not null,\n"
    "    updated_at timestamp with time zone not null,\n"
    "    revision bigint default 1 not null,\n"
    "    user_id uuid not null,\n"
    "    provider character varying(120) not null,\n"
    "    subject text not null,\n"
    "    email character varying(120) not null,\n"
    "    last_used_at timestamp with time zone not null,\n"
    "    constraint pk_user_identities PRIMARY KEY (id),\n"
    "    constraint ck_user_identities_revision CHECK (revision >= 0 and revision <= 9007199254740992)\n"
    ")",
    "CREATE INDEX ix_user_identities_user_id ON user_identities USING btree (user_id)",
    "CREATE UNIQUE INDEX uq_user_identities_by_subject ON user_identities USING btree (provider, subject)",
    "select mxc_protect('user_identities', 'platform')",
    "alter table sessions add column confined_to uuid",
    "CREATE INDEX ix_sessions_confined_to ON sessions USING btree (confined_to)",
    "alter table sessions add constraint fk_sessions_confined_to FOREIGN KEY (confined_to) REFERENCES "
    "tenants(id) ON DELETE CASCADE",
    "alter table user_identities add constraint fk_user_identities_user_id FOREIGN KEY (user_id) REFERENCES "
    "users(id) ON DELETE CASCADE",
)
DOWN = (
    "alter table sessions drop constraint fk_sessions_confined_to",
    "alter table user_identities drop constraint fk_user_identities_user_id",
    "drop index ix_sessions_confined_to",
    "alter table sessions drop column confined_to",
    "drop table sign_in_providers",
    "drop table user_identities",
)


def upgrade() -> None:
    """Providers that vouch for people, whom they vouched for, and sessions confined to one organisation."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0010."""
    for statement in DOWN:
        op.execute(statement)
