"""Runs the steps on the connection that `records.sql.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from records.audit_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
