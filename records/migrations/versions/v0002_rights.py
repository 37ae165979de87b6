"""Rights have a version of their own; what the index may still show by earlier ones is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; files whose sidecar named a privacy class before it counted are read again."""
    for column in (
        sa.Column("access_version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("access_changed_at", sa.Float),
        sa.Column("access_source", sa.String(10), nullable=False, server_default="sidecar"),
        sa.Column("rights_only", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("shown_access", sa.JSON),
        sa.Column("shown_until", sa.Float),
    ):
        op.add_column("entries", column)
    op.create_index("ix_entries_shown_until", "entries", ["tenant", "shown_until"])
    op.execute("update entries set access_changed_at = created_at")
    op.execute("update entries set access_source = 'archive' where parent_id is not null")
    op.execute("update entries set shown_until = 1e18 where state = 'removing' and indexed_version is not null")
    op.execute("""update entries set fingerprint = null where cast(metadata as text) like '%"privacy_class"%'""")
