"""The steps that bring an audit log from one version to the next (Alembic)."""
