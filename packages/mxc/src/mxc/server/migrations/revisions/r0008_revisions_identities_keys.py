"""Rows have revisions, identities of their own, and keys to one another."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UP = (
    "drop index ix_api_tokens_tenant_id_token_hash",
    "alter table api_tokens add column revision bigint default 1 not null",
    "alter table api_tokens add constraint ck_api_tokens_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE INDEX ix_api_tokens_tenant_id_user_id ON api_tokens USING btree (tenant_id, user_id)",
    "CREATE UNIQUE INDEX uq_api_tokens_by_hash ON api_tokens USING btree (tenant_id, token_hash)",
    "drop index ix_links_secret_hash",
    "alter table links add column revision bigint default 1 not null",
    "alter table links alter column email type character varying(254)",
    "alter table links add constraint ck_links_email CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and "
    "email !~ '[A-Z]')",
    "alter table links add constraint ck_links_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE INDEX ix_links_user_id ON links USING btree (user_id)",
    "CREATE UNIQUE INDEX uq_links_by_secret ON links USING btree (secret_hash)",
    "alter table mails add column revision bigint default 1 not null",
    "alter table mails add constraint ck_mails_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "drop index ix_memberships_tenant_id_user_id",
    "alter table memberships add column revision bigint default 1 not null",
    "alter table memberships alter column email type character varying(254)",
    "alter table memberships add constraint ck_memberships_email CHECK (email ~ "
    "'^[^@[:space:]]+@[^@[:space:]]+$' and email !~ '[A-Z]')",
    "alter table memberships add constraint ck_memberships_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE UNIQUE INDEX uq_memberships_by_user ON memberships USING btree (tenant_id, user_id)",
    "alter table nodes add column revision bigint default 1 not null",
    "alter table nodes add constraint ck_nodes_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "alter table notices add column revision bigint default 1 not null",
    "alter table notices add constraint ck_notices_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "drop index ix_scheduling_rules_tenant_id_name",
    "alter table scheduling_rules add column revision bigint default 1 not null",
    "alter table scheduling_rules add constraint ck_scheduling_rules_revision CHECK (revision >= 0 and "
    "revision <= 9007199254740992)",
    "CREATE UNIQUE INDEX uq_scheduling_rules_by_name ON scheduling_rules USING btree (tenant_id, name)",
    "drop index ix_sessions_token_hash",
    "alter table sessions add column revision bigint default 1 not null",
    "alter table sessions add constraint ck_sessions_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE INDEX ix_sessions_place_id ON sessions USING btree (place_id)",
    "CREATE UNIQUE INDEX uq_sessions_by_hash ON sessions USING btree (token_hash)",
    "alter table tenants drop constraint uq_tenants_slug",
    "alter table tenants add column revision bigint default 1 not null",
    "alter table tenants add constraint ck_tenants_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "alter table tenants add constraint ck_tenants_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')",
    "CREATE UNIQUE INDEX uq_tenants_by_slug ON tenants USING btree (slug)",
    "drop index ix_users_email",
    "alter table users add column revision bigint default 1 not null",
    "alter table users alter column email type character varying(254)",
    "alter table users add constraint ck_users_email CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and "
    "email !~ '[A-Z]')",
    "alter table users add constraint ck_users_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE UNIQUE INDEX uq_users_by_email ON users USING btree (email)",
    "alter table workloads add column revision bigint default 1 not null",
    "alter table workloads add constraint ck_workloads_revision CHECK (revision >= 0 and revision <= "
    "9007199254740992)",
    "CREATE INDEX ix_workloads_tenant_id_last_node_id ON workloads USING btree (tenant_id, last_node_id)",
    "CREATE INDEX ix_workloads_tenant_id_node_id ON workloads USING btree (tenant_id, node_id)",
    "alter table api_tokens add constraint fk_api_tokens_user_id FOREIGN KEY (user_id) REFERENCES users(id) "
    "ON DELETE CASCADE",
    "alter table links add constraint fk_links_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE "
    "CASCADE",
    "alter table memberships add constraint fk_memberships_user_id FOREIGN KEY (user_id) REFERENCES "
    "users(id)",
    "alter table sessions add constraint fk_sessions_place_id FOREIGN KEY (place_id) REFERENCES tenants(id) "
    "ON DELETE CASCADE",
    "alter table sessions add constraint fk_sessions_user_id FOREIGN KEY (user_id) REFERENCES users(id) ON "
    "DELETE CASCADE",
    "alter table workloads add constraint fk_workloads_last_node_id FOREIGN KEY (tenant_id, last_node_id) "
    "REFERENCES nodes(tenant_id, id) ON DELETE SET NULL (last_node_id)",
    "alter table workloads add constraint fk_workloads_node_id FOREIGN KEY (tenant_id, node_id) REFERENCES "
    "nodes(tenant_id, id)",
)
DOWN = (
    "alter table api_tokens drop constraint fk_api_tokens_user_id",
    "alter table links drop constraint fk_links_user_id",
    "alter table memberships drop constraint fk_memberships_user_id",
    "alter table sessions drop constraint fk_sessions_place_id",
    "alter table sessions drop constraint fk_sessions_user_id",
    "alter table workloads drop constraint fk_workloads_last_node_id",
    "alter table workloads drop constraint fk_workloads_node_id",
    "alter table api_tokens drop constraint ck_api_tokens_revision",
    "drop index ix_api_tokens_tenant_id_user_id",
    "drop index uq_api_tokens_by_hash",
    "alter table api_tokens drop column revision",
    "CREATE UNIQUE INDEX ix_api_tokens_tenant_id_token_hash ON api_tokens USING btree (tenant_id, "
    "token_hash)",
    "alter table links drop constraint ck_links_email",
    "alter table links drop constraint ck_links_revision",
    "drop index ix_links_user_id",
    "drop index uq_links_by_secret",
    "alter table links drop column revision",
    "alter table links alter column email type character varying(120)",
    "CREATE UNIQUE INDEX ix_links_secret_hash ON links USING btree (secret_hash)",
    "alter table mails drop constraint ck_mails_revision",
    "alter table mails drop column revision",
    "alter table memberships drop constraint ck_memberships_email",
    "alter table memberships drop constraint ck_memberships_revision",
    "drop index uq_memberships_by_user",
    "alter table memberships drop column revision",
    "alter table memberships alter column email type character varying(120)",
    "CREATE UNIQUE INDEX ix_memberships_tenant_id_user_id ON memberships USING btree (tenant_id, user_id)",
    "alter table nodes drop constraint ck_nodes_revision",
    "alter table nodes drop column revision",
    "alter table notices drop constraint ck_notices_revision",
    "alter table notices drop column revision",
    "alter table scheduling_rules drop constraint ck_scheduling_rules_revision",
    "drop index uq_scheduling_rules_by_name",
    "alter table scheduling_rules drop column revision",
    "CREATE UNIQUE INDEX ix_scheduling_rules_tenant_id_name ON scheduling_rules USING btree (tenant_id, "
    "name)",
    "alter table sessions drop constraint ck_sessions_revision",
    "drop index ix_sessions_place_id",
    "drop index uq_sessions_by_hash",
    "alter table sessions drop column revision",
    "CREATE UNIQUE INDEX ix_sessions_token_hash ON sessions USING btree (token_hash)",
    "alter table tenants drop constraint ck_tenants_revision",
    "alter table tenants drop constraint ck_tenants_slug",
    "drop index uq_tenants_by_slug",
    "alter table tenants drop column revision",
    "alter table tenants add constraint uq_tenants_slug UNIQUE (slug)",
    "alter table users drop constraint ck_users_email",
    "alter table users drop constraint ck_users_revision",
    "drop index uq_users_by_email",
    "alter table users drop column revision",
    "alter table users alter column email type character varying(120)",
    "CREATE UNIQUE INDEX ix_users_email ON users USING btree (email)",
    "alter table workloads drop constraint ck_workloads_revision",
    "drop index ix_workloads_tenant_id_last_node_id",
    "drop index ix_workloads_tenant_id_node_id",
    "alter table workloads drop column revision",
)


def upgrade() -> None:
    """Rows have revisions, identities of their own, and keys to one another."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Back to 0007."""
    for statement in DOWN:
        op.execute(statement)
