"""Alembic runs this to apply or draft revisions over the connection it is given."""

from alembic import context

from mxc.server.kernel.resource import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    include_object=context.config.attributes.get("include_object"),
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
