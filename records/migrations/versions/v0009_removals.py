"""Deletions have receipts, records can be held, and the end of retention can be asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of records.removal_tables, and the column."""
    op.create_table(
        "deletions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("record_id", sa.String(26), nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("left_at", sa.Float, nullable=False),
        sa.Column("unindexed_at", sa.Float),
        sa.Column("erased_at", sa.Float),
        sa.Column("returned_at", sa.Float),
    )
    op.create_index("ix_deletions_tenant", "deletions", ["tenant", "id"])
    op.create_index("ix_deletions_entry", "deletions", ["entry_id", "erased_at"])
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("record_id", sa.String(26), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("placed_at", sa.Float, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("access", sa.JSON, nullable=False),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lifted_at", sa.Float),
    )
    op.create_index("ix_holds_tenant", "holds", ["tenant", "id"])
    op.create_index("ix_holds_entry", "holds", ["entry_id", "lifted_at"])
    op.create_index("ix_holds_sha256", "holds", ["sha256"])
    op.add_column("entries", sa.Column("retention_end", sa.String(10)))
    op.create_index("ix_entries_tenant_retention", "entries", ["tenant", "retention_end"])
    end = "json_extract(metadata, '$.retention_end')"
    if op.get_bind().dialect.name == "postgresql":
        end = "metadata ->> 'retention_end'"
    op.execute(f"update entries set retention_end = {end}")  # noqa: S608 - one of the two above
